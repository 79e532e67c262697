"""AWS Organizations with boto3 and the AWS CLI: the tree, accounts, policies that decide, pages, bad input, and
what moto answers to the same calls. Refusals by code and reason are in crates/core/tests/organizations.rs."""
import json
import signal
import threading

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import Service

MANAGEMENT, SECURITY, WORKLOAD, OUTSIDE = "111122223333", "222233334444", "333344445555", "999900001111"
ORGANIZATION, ROOT, WORKLOADS = "o-a1b2c3d4e5", "r-ab12", "ou-ab12-22222222"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


DENY_KEYS = document({"Effect": "Deny", "Action": "kms:CreateKey", "Resource": "*"})


def refusal(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"], error.value.response.get("Reason")


def session(service, account, role="OrganizationAccountAccessRole"):
    arn = f"arn:aws:iam::{account}:role/{role}"
    return service.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]


def policy(organizations, name, content, policy_type="SERVICE_CONTROL_POLICY"):
    made = organizations.create_policy(Name=name, Description="", Type=policy_type, Content=content)
    return made["Policy"]["PolicySummary"]["Id"]


def new_account(service, organizations, name, **more):
    status = organizations.create_account(Email=f"{name}@example.org", AccountName=name, **more)["CreateAccountStatus"]
    assert status["State"] == "IN_PROGRESS"
    service.claviger("clock", "advance", "10s")
    status = organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
    assert status["State"] == "SUCCEEDED", status
    return status["AccountId"]


def test_the_organisation_as_it_is(service):
    organizations = service.client("organizations")
    shown = organizations.describe_organization()["Organization"]
    assert shown["Id"] == ORGANIZATION and shown["FeatureSet"] == "ALL"
    assert shown["MasterAccountArn"] == f"arn:aws:organizations::{MANAGEMENT}:account/{ORGANIZATION}/{MANAGEMENT}"
    assert shown["AvailablePolicyTypes"] == [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    (root,) = organizations.list_roots()["Roots"]
    assert root["Arn"] == f"arn:aws:organizations::{MANAGEMENT}:root/{ORGANIZATION}/{ROOT}"
    assert {t["Type"] for t in root["PolicyTypes"]} >= {"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"}
    accounts = {a["Id"]: a for a in organizations.list_accounts()["Accounts"]}
    assert {MANAGEMENT, SECURITY, WORKLOAD} <= set(accounts) and OUTSIDE not in accounts
    assert accounts[WORKLOAD]["Paths"] == [f"{ORGANIZATION}/{ROOT}/{WORKLOADS}/{WORKLOAD}/"]
    parents = organizations.list_parents(ChildId=WORKLOAD)["Parents"]
    assert parents == [{"Id": WORKLOADS, "Type": "ORGANIZATIONAL_UNIT"}]
    children = organizations.list_children(ParentId=WORKLOADS, ChildType="ACCOUNT")["Children"]
    assert children == [{"Id": WORKLOAD, "Type": "ACCOUNT"}]
    managed = organizations.describe_policy(PolicyId="p-FullAWSAccess")["Policy"]["PolicySummary"]
    assert managed["Arn"] == "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
    assert managed["AwsManaged"]


def test_a_tree_is_built_and_taken_apart(fresh):
    organizations = fresh.client("organizations")
    unit = organizations.create_organizational_unit(
        ParentId=ROOT, Name="Sandbox", Tags=[{"Key": "team", "Value": "blue"}])["OrganizationalUnit"]
    assert unit["Path"] == f"{ORGANIZATION}/{ROOT}/{unit['Id']}/" and unit["Id"].startswith("ou-ab12-")
    renamed = organizations.update_organizational_unit(OrganizationalUnitId=unit["Id"], Name="Play")
    assert renamed["OrganizationalUnit"]["Name"] == "Play"
    account = new_account(fresh, organizations, "player", RoleName="Admin")
    organizations.move_account(AccountId=account, SourceParentId=ROOT, DestinationParentId=unit["Id"])
    below = organizations.list_accounts_for_parent(ParentId=unit["Id"])["Accounts"]
    assert [a["Id"] for a in below] == [account]
    assert fresh.client("kms", credentials=session(fresh, account, "Admin")).create_key()["KeyMetadata"]
    code = refusal(organizations.delete_organizational_unit, OrganizationalUnitId=unit["Id"])
    assert code == ("OrganizationalUnitNotEmptyException", None)
    organizations.move_account(AccountId=account, SourceParentId=unit["Id"], DestinationParentId=ROOT)
    organizations.delete_organizational_unit(OrganizationalUnitId=unit["Id"])
    organizations.tag_resource(ResourceId=account, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    organizations.untag_resource(ResourceId=account, TagKeys=["a"])
    assert organizations.list_tags_for_resource(ResourceId=account)["Tags"] == [{"Key": "b", "Value": "2"}]
    fresh.claviger("clock", "advance", "5d")
    organizations.remove_account_from_organization(AccountId=account)
    own = fresh.client("organizations", credentials=session(fresh, account, "Admin"))
    assert refusal(own.describe_organization) == ("AWSOrganizationsNotInUseException", None)


def test_every_list_comes_in_pages(fresh):
    organizations = fresh.client("organizations")
    units = {organizations.create_organizational_unit(ParentId=ROOT, Name=f"unit {n}")["OrganizationalUnit"]["Id"]
             for n in range(25)}
    organizations.enable_policy_type(RootId=ROOT, PolicyType="TAG_POLICY")
    tags = [policy(organizations, f"tags {n}", '{"tags":{}}', "TAG_POLICY") for n in range(25)]
    scp = policy(organizations, "keys", DENY_KEYS)
    for unit in units:
        organizations.attach_policy(PolicyId=scp, TargetId=unit)
    for tag in tags[:5]:
        organizations.attach_policy(PolicyId=tag, TargetId=ROOT)

    def check(operation, member, least, **parameters):
        pages = list(organizations.get_paginator(operation).paginate(**parameters, PaginationConfig={"PageSize": 2}))
        items = [json.dumps(item, default=str) for page in pages for item in page[member]]
        assert all(len(page[member]) <= 2 for page in pages)
        assert len(items) == len(set(items)) >= least, operation
        whole = organizations.get_paginator(operation).paginate(**parameters)
        assert sorted(items) == sorted(json.dumps(i, default=str) for page in whole for i in page[member])
        return items

    check("list_organizational_units_for_parent", "OrganizationalUnits", 27, ParentId=ROOT)
    check("list_children", "Children", 27, ParentId=ROOT, ChildType="ORGANIZATIONAL_UNIT")
    check("list_policies", "Policies", 25, Filter="TAG_POLICY")
    check("list_policies_for_target", "Policies", 5, TargetId=ROOT, Filter="TAG_POLICY")
    check("list_targets_for_policy", "Targets", 25, PolicyId=scp)
    check("list_accounts", "Accounts", 3)
    check("list_accounts_for_parent", "Accounts", 1, ParentId=ROOT)
    check("list_roots", "Roots", 1)
    check("list_parents", "Parents", 1, ChildId=WORKLOAD)
    check("list_delegated_administrators", "DelegatedAdministrators", 1)
    check("list_delegated_services_for_account", "DelegatedServices", 1, AccountId=SECURITY)
    check("list_aws_service_access_for_organization", "EnabledServicePrincipals", 1)
    assert len(organizations.list_policies(Filter="TAG_POLICY")["Policies"]) == 20
    # A token is good for its own list.
    token = organizations.list_policies(Filter="TAG_POLICY")["NextToken"]
    assert refusal(organizations.list_accounts, NextToken=token) == ("InvalidInputException", "INVALID_NEXT_TOKEN")


def test_bad_input(service):
    organizations = service.client("organizations", parameter_validation=False)
    for call, parameters, expect in [
        ("describe_account", {"AccountId": "12"}, ("InvalidInputException", "INVALID_PATTERN")),
        ("describe_account", {}, ("InvalidInputException", "INPUT_REQUIRED")),
        ("list_accounts", {"MaxResults": 21}, ("InvalidInputException", "MAX_VALUE_EXCEEDED")),
        ("list_policies", {"Filter": "NONE"}, ("InvalidInputException", "INVALID_ENUM")),
        ("create_account", {"Email": "nobody", "AccountName": "x"}, ("InvalidInputException", "INVALID_PATTERN")),
        ("create_account", {"Email": "a@example.org", "AccountName": "x" * 51},
         ("InvalidInputException", "MAX_LENGTH_EXCEEDED")),
        ("create_policy", {"Name": "x", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": "{"},
         ("MalformedPolicyDocumentException", None)),
        ("list_accounts", {"MaxResults": "x"}, ("SerializationException", None)),
    ]:
        assert refusal(getattr(organizations, call), **parameters) == expect, (call, parameters)


# Written after the kinds of AWS's published data-perimeter samples: identity, resource and network perimeter.
IDENTITY_PERIMETER = document({
    "Sid": "EnforceOrgIdentities", "Effect": "Deny", "Principal": "*",
    "Action": ["kms:*", "secretsmanager:*", "s3:*", "sqs:*", "sts:AssumeRole"], "Resource": "*",
    "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
                  "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}})
CONFUSED_DEPUTY = document({
    "Sid": "EnforceSourceOrg", "Effect": "Deny", "Principal": "*", "Action": ["kms:*", "s3:*"], "Resource": "*",
    "Condition": {"StringNotEqualsIfExists": {"aws:SourceOrgID": ORGANIZATION}, "Null": {"aws:SourceAccount": "false"},
                  "Bool": {"aws:PrincipalIsAWSService": "true"}}})
RESOURCE_PERIMETER = document({
    "Sid": "EnforceOrgResources", "Effect": "Deny", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*",
    "Condition": {"StringNotEqualsIfExists": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}})
NETWORK_PERIMETER = document({
    "Sid": "EnforceNetwork", "Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*",
    "Condition": {"NotIpAddressIfExists": {"aws:SourceIp": "192.0.2.0/24"},
                  "BoolIfExists": {"aws:ViaAWSService": "false"},
                  "ArnNotLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::*:role/aws:ec2-infrastructure"}}})
REGION_LIMIT = document({
    "Sid": "OnlyOurRegions", "Effect": "Deny", "NotAction": ["iam:*", "organizations:*", "sts:*"], "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1"]}}})


def test_data_perimeters_decide(fresh):
    organizations = fresh.client("organizations")
    workload, outsider = session(fresh, WORKLOAD), None
    kms = fresh.client("kms", credentials=workload)
    foreign = fresh.client("kms", profile="outsider")
    open_policy = document({"Effect": "Allow", "Principal": {"AWS": [WORKLOAD, OUTSIDE, MANAGEMENT]},
                            "Action": "kms:*", "Resource": "*"})
    ours = kms.create_key(Policy=open_policy)["KeyMetadata"]["Arn"]
    theirs = foreign.create_key(Policy=document(
        {"Effect": "Allow", "Principal": {"AWS": [OUTSIDE, WORKLOAD]}, "Action": "kms:*", "Resource": "*"}))
    theirs = theirs["KeyMetadata"]["Arn"]
    sealed = kms.encrypt(KeyId=ours, Plaintext=b"x")["CiphertextBlob"]

    def denied(call, layer, **parameters):
        with pytest.raises(ClientError) as error:
            call(**parameters)
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
        assert f"with an explicit deny in a {layer} control policy" in str(error.value), str(error.value)

    def attached(name, content, policy_type, target):
        made = policy(organizations, name, content, policy_type)
        organizations.attach_policy(PolicyId=made, TargetId=target)
        return made

    foreign.encrypt(KeyId=ours, Plaintext=b"x")
    attached("identity", IDENTITY_PERIMETER, "RESOURCE_CONTROL_POLICY", ROOT)
    attached("deputy", CONFUSED_DEPUTY, "RESOURCE_CONTROL_POLICY", ROOT)
    denied(foreign.encrypt, "resource", KeyId=ours, Plaintext=b"x")
    kms.encrypt(KeyId=ours, Plaintext=b"x")
    fresh.client("kms").encrypt(KeyId=ours, Plaintext=b"x")

    kms.encrypt(KeyId=theirs, Plaintext=b"x")
    attached("resource", RESOURCE_PERIMETER, "SERVICE_CONTROL_POLICY", WORKLOADS)
    denied(kms.encrypt, "service", KeyId=theirs, Plaintext=b"x")
    kms.encrypt(KeyId=ours, Plaintext=b"x")

    network = attached("network", NETWORK_PERIMETER, "SERVICE_CONTROL_POLICY", WORKLOAD)
    denied(kms.decrypt, "service", CiphertextBlob=sealed)
    organizations.update_policy(PolicyId=network, Content=NETWORK_PERIMETER.replace("192.0.2.0/24", "127.0.0.0/8"))
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"

    attached("regions", REGION_LIMIT, "SERVICE_CONTROL_POLICY", WORKLOADS)
    elsewhere = fresh.client("kms", "eu-west-1", credentials=workload)
    denied(elsewhere.create_key, "service")
    kms.create_key()
    # Identity Center still reads its data: services are spared.
    fresh.client("sso-admin").list_instances()


def test_a_closed_account(fresh):
    organizations = fresh.client("organizations")
    credentials = session(fresh, WORKLOAD)
    organizations.close_account(AccountId=WORKLOAD)
    assert organizations.describe_account(AccountId=WORKLOAD)["Account"]["Status"] == "PENDING_CLOSURE"
    fresh.claviger("clock", "advance", "10s")
    assert organizations.describe_account(AccountId=WORKLOAD)["Account"]["State"] == "SUSPENDED"
    code, _ = refusal(fresh.client("kms", credentials=credentials).list_keys)
    assert code == "UnrecognizedClientException"


def test_what_changes_at_once_conflicts_cleanly(fresh):
    """Of many who attach at once as many get in as fit; one account moves to one place."""
    organizations = fresh.client("organizations")
    policies = [policy(organizations, f"p{n}", DENY_KEYS) for n in range(8)]
    units = [organizations.create_organizational_unit(ParentId=ROOT, Name=f"u{n}")["OrganizationalUnit"]["Id"]
             for n in range(8)]
    answers = []

    def attempt(call, **parameters):
        try:
            call(**parameters)
            answers.append("done")
        except ClientError as error:
            answers.append(error.response["Error"]["Code"])

    def at_once(calls):
        answers.clear()
        threads = [threading.Thread(target=attempt, args=[call], kwargs=p) for call, p in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(answers)

    found = at_once([(organizations.attach_policy, {"PolicyId": p, "TargetId": WORKLOADS}) for p in policies])
    assert found == ["ConstraintViolationException"] * 4 + ["done"] * 4
    attached = organizations.list_policies_for_target(TargetId=WORKLOADS, Filter="SERVICE_CONTROL_POLICY")["Policies"]
    assert len(attached) == 5
    move = [(organizations.move_account, {"AccountId": WORKLOAD, "SourceParentId": WORKLOADS,
                                          "DestinationParentId": unit}) for unit in units]
    assert at_once(move) == ["SourceParentNotFoundException"] * 7 + ["done"]
    (parent,) = organizations.list_parents(ChildId=WORKLOAD)["Parents"]
    assert parent["Id"] in units


def test_everything_is_there_after_a_restart(tmp_path):
    running = Service(tmp_path / "dir").start()
    organizations = running.client("organizations")
    made = policy(organizations, "keys", DENY_KEYS)
    organizations.attach_policy(PolicyId=made, TargetId=WORKLOADS)
    account = new_account(running, organizations, "kept")
    assert running.stop() == 0
    running.start()
    organizations = running.client("organizations")
    assert organizations.describe_account(AccountId=account)["Account"]["Name"] == "kept"
    kms = running.client("kms", credentials=session(running, WORKLOAD))
    assert refusal(kms.create_key) == ("AccessDeniedException", None)
    running.stop(signal.SIGKILL)


def test_the_aws_cli(service):
    shown = service.aws("organizations", "describe-organization")
    assert shown["Organization"]["Id"] == ORGANIZATION
    told = service.aws("organizations", "describe-account", "--account-id", OUTSIDE, ok=False)
    assert "AccountNotFoundException" in told and "You specified an account that doesn't exist." in told


def test_records(fresh):
    organizations = fresh.client("organizations", "eu-west-1")
    organizations.create_account(Email="secret@example.org", AccountName="Secret Name")
    fresh.claviger("clock", "advance", "10s")
    (called,) = fresh.records("--event", "CreateAccount")
    assert called["awsRegion"] == "us-east-1" and called["eventSource"] == "organizations.amazonaws.com"
    assert called["requestParameters"] == {"email": "****", "accountName": "****"}
    assert called["responseElements"]["createAccountStatus"]["state"] == "IN_PROGRESS"
    result = [r for r in fresh.records("--event", "CreateAccountResult") if "serviceEventDetails" in r][-1]
    assert result["serviceEventDetails"]["createAccountStatus"]["state"] == "SUCCEEDED"
    assert "Secret" not in json.dumps([called, result])


def test_moto_answers_alike(fresh, emulator):
    """The same calls on a new tree give the same codes and the same shapes."""
    def client(endpoint, **keys):
        return boto3.client("organizations", region_name="us-east-1", endpoint_url=endpoint,
                            config=Config(retries={"total_max_attempts": 1}), **keys)

    moto = client(emulator, aws_access_key_id="x", aws_secret_access_key="x")
    moto.create_organization(FeatureSet="ALL")

    def run(organizations):
        told = []

        def call(name, *members, **parameters):
            try:
                reply = getattr(organizations, name)(**parameters)
                for member in members:
                    reply = reply[member]
                told.append((name, type(reply).__name__, sorted(reply) if members and isinstance(reply, dict) else None))
                return reply
            except ClientError as error:
                told.append((name, error.response["Error"]["Code"], None))

        root = call("list_roots", "Roots", 0)["Id"]
        unit = call("create_organizational_unit", "OrganizationalUnit", "Id", ParentId=root, Name="a")
        call("update_organizational_unit", OrganizationalUnitId=unit, Name="b")
        made = call("create_policy", "Policy", "PolicySummary", Name="p", Description="d",
                    Type="SERVICE_CONTROL_POLICY", Content=DENY_KEYS)["Id"]
        call("create_policy", Name="p", Description="d", Type="SERVICE_CONTROL_POLICY", Content=DENY_KEYS)
        call("attach_policy", PolicyId=made, TargetId=unit)
        call("list_targets_for_policy", "Targets", 0, PolicyId=made)
        call("delete_policy", PolicyId=made)
        call("detach_policy", PolicyId=made, TargetId=unit)
        call("update_policy", "Policy", "PolicySummary", PolicyId=made, Name="q")
        call("delete_policy", PolicyId=made)
        call("describe_policy", PolicyId=made)
        call("describe_account", AccountId="000000000001")
        call("describe_organizational_unit", OrganizationalUnitId="ou-aaaa-aaaaaaaa")
        call("enable_policy_type", "Root", RootId=root, PolicyType="TAG_POLICY")
        call("enable_policy_type", RootId=root, PolicyType="TAG_POLICY")
        call("disable_policy_type", "Root", RootId=root, PolicyType="TAG_POLICY")
        call("enable_aws_service_access", ServicePrincipal="nothing.amazonaws.com")
        call("enable_aws_service_access", ServicePrincipal="ram.amazonaws.com")
        call("list_aws_service_access_for_organization", "EnabledServicePrincipals", 0)
        call("tag_resource", ResourceId=unit, Tags=[{"Key": "a", "Value": "b"}])
        call("list_tags_for_resource", "Tags", 0, ResourceId=unit)
        call("delete_organizational_unit", OrganizationalUnitId=unit)
        return told

    assert run(fresh.client("organizations")) == run(moto)
