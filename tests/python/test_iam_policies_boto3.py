"""Customer managed policies, groups and permissions boundaries through boto3."""
import concurrent.futures
import json

import pytest
from botocore.exceptions import ClientError


def allow(action):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


def user(service, name):
    iam = service.client("iam")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return service.client("kms", credentials=key)


def test_versions_decide_at_once(service):
    iam = service.client("iam")
    kms = user(service, "versioned")
    policy = iam.create_policy(PolicyName="Versioned", Path="/app/", PolicyDocument=allow("kms:ListKeys"))["Policy"]
    assert policy["Arn"] == "arn:aws:iam::111122223333:policy/app/Versioned" and policy["PolicyId"].startswith("ANPA")
    iam.attach_user_policy(UserName="versioned", PolicyArn=policy["Arn"])
    kms.list_keys()
    iam.create_policy_version(PolicyArn=policy["Arn"], PolicyDocument=allow("kms:ListAliases"), SetAsDefault=True)
    kms.list_aliases()
    with pytest.raises(ClientError, match="no identity-based policy allows the kms:ListKeys action"):
        kms.list_keys()
    iam.set_default_policy_version(PolicyArn=policy["Arn"], VersionId="v1")
    kms.list_keys()
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId="v2")["PolicyVersion"]
    assert version["Document"]["Statement"][0]["Action"] == "kms:ListAliases" and not version["IsDefaultVersion"]
    with pytest.raises(iam.exceptions.DeleteConflictException, match="Cannot delete the default version"):
        iam.delete_policy_version(PolicyArn=policy["Arn"], VersionId="v1")
    pages = iam.get_paginator("list_policy_versions").paginate(PolicyArn=policy["Arn"], PaginationConfig={"PageSize": 1})
    assert [v["VersionId"] for page in pages for v in page["Versions"]] == ["v2", "v1"]
    record = [r for r in service.records("--event", "CreatePolicyVersion") if "errorCode" not in r][-1]
    assert record["responseElements"]["policyVersion"]["versionId"] == "v2"


def test_aws_managed_policies(service):
    iam = service.client("iam")
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={"PageSize": 10})
    arns = [p["Arn"] for page in pages for p in page["Policies"]]
    assert len(arns) == len(set(arns)) == 29
    for arn in arns:
        policy = iam.get_policy(PolicyArn=arn)["Policy"]
        version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        assert version["Document"]["Version"] == "2012-10-17"
    with pytest.raises(ClientError) as caught:
        iam.create_policy_version(PolicyArn=arns[0], PolicyDocument=allow("*"))
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


def test_groups_decide_for_their_users(service):
    iam = service.client("iam")
    kms = user(service, "member")
    group = iam.create_group(GroupName="Readers", Path="/team/")["Group"]
    assert group["GroupId"].startswith("AGPA")
    iam.put_group_policy(GroupName="Readers", PolicyName="list", PolicyDocument=allow("kms:ListKeys"))
    iam.add_user_to_group(GroupName="Readers", UserName="member")
    kms.list_keys()
    iam.update_group(GroupName="Readers", NewGroupName="Listers")
    kms.list_keys()
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName="member")["Groups"]] == ["Listers"]
    assert [u["UserName"] for u in iam.get_group(GroupName="listers")["Users"]] == ["member"]
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_group(GroupName="Listers")
    iam.remove_user_from_group(GroupName="Listers", UserName="member")
    with pytest.raises(ClientError, match="AccessDenied"):
        kms.list_keys()


def test_a_boundary_limits(service):
    iam = service.client("iam")
    kms = user(service, "bounded")
    iam.attach_user_policy(UserName="bounded", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    limit = iam.create_policy(PolicyName="Limit", PolicyDocument=allow("kms:ListKeys"))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="bounded", PermissionsBoundary=limit)
    kms.list_keys()
    with pytest.raises(ClientError, match="no permissions boundary allows the kms:ListAliases action"):
        kms.list_aliases()
    assert iam.get_policy(PolicyArn=limit)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    iam.delete_user_permissions_boundary(UserName="bounded")
    kms.list_aliases()


@pytest.mark.parametrize("call, arguments, code", [
    ("create_policy", {"PolicyName": "a b", "PolicyDocument": "{}"}, "ValidationError"),
    ("create_policy", {"PolicyName": "x", "PolicyDocument": "{}"}, "MalformedPolicyDocument"),
    ("create_policy", {"PolicyName": "x" * 129, "PolicyDocument": "{}"}, "ValidationError"),
    ("get_policy", {"PolicyArn": "arn:aws:iam::111122223333:policy/none"}, "NoSuchEntity"),
    ("get_policy", {"PolicyArn": "this is not an arn at all"}, "InvalidInput"),
    ("get_policy_version", {"PolicyArn": "arn:aws:iam::111122223333:policy/none", "VersionId": "one"}, "ValidationError"),
    ("create_group", {"GroupName": "Ünited"}, "ValidationError"),
    ("create_group", {"GroupName": "g", "Path": "no-slash"}, "ValidationError"),
    ("add_user_to_group", {"GroupName": "none", "UserName": "admin"}, "NoSuchEntity"),
    ("list_policies", {"Scope": "Everything"}, "ValidationError"),
    ("list_policies", {"MaxItems": 0}, "ValidationError"),
    ("tag_policy", {"PolicyArn": "arn:aws:iam::111122223333:policy/none",
                    "Tags": [{"Key": "aws:x", "Value": ""}]}, "InvalidInput"),
])
def test_bad_input(service, call, arguments, code):
    with pytest.raises(ClientError) as caught:
        getattr(service.client("iam", parameter_validation=False), call)(**arguments)
    assert caught.value.response["Error"]["Code"] == code


def outcome(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"


def test_concurrent_changes_leave_nothing_half_done(service):
    iam = service.client("iam")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for attempt in range(10):
            arn = iam.create_policy(PolicyName=f"Race{attempt}", PolicyDocument=allow("kms:*"))["Policy"]["Arn"]
            name = f"racer{attempt}"
            iam.create_user(UserName=name)
            attach, delete = pool.map(outcome, [
                lambda: iam.attach_user_policy(UserName=name, PolicyArn=arn),
                lambda: iam.delete_policy(PolicyArn=arn)])
            assert (attach, delete) in [("done", "DeleteConflict"), ("NoSuchEntity", "done")]
        arn = iam.create_policy(PolicyName="Five", PolicyDocument=allow("kms:*"))["Policy"]["Arn"]
        results = list(pool.map(lambda _: outcome(
            lambda: iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("kms:List*"))), range(16)))
        assert sorted(results) == ["LimitExceeded"] * 12 + ["done"] * 4
        ids = [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]]
        assert ids == ["v5", "v4", "v3", "v2", "v1"]
        results = list(pool.map(lambda call: outcome(call), [
            lambda: iam.set_default_policy_version(PolicyArn=arn, VersionId="v3"),
            lambda: iam.delete_policy_version(PolicyArn=arn, VersionId="v3")]))
        assert results in [["done", "DeleteConflict"], ["NoSuchEntity", "done"]]
        names = list(pool.map(lambda _: outcome(
            lambda: iam.create_policy(PolicyName="Once", PolicyDocument=allow("kms:*"))), range(8)))
        assert sorted(names) == ["EntityAlreadyExists"] * 7 + ["done"]
        iam.create_user(UserName="joiner")
        iam.create_group(GroupName="Closing")
        join, close = pool.map(outcome, [
            lambda: iam.add_user_to_group(GroupName="Closing", UserName="joiner"),
            lambda: iam.delete_group(GroupName="Closing")])
        assert (join, close) in [("done", "DeleteConflict"), ("NoSuchEntity", "done")]


def test_the_account_as_a_whole(service):
    iam = service.client("iam")
    user(service, "detailed")
    iam.put_user_policy(UserName="detailed", PolicyName="own", PolicyDocument=allow("kms:ListKeys"))
    pages = iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2})
    users = {u["UserName"]: u for page in pages for u in page["UserDetailList"]}
    assert users["detailed"]["UserPolicyList"][0]["PolicyDocument"]["Version"] == "2012-10-17"
    assert users["admin"]["AttachedManagedPolicies"][0]["PolicyName"] == "AdministratorAccess"
    summary = iam.get_account_summary()["SummaryMap"]
    assert summary["Users"] == len(users) and summary["PolicySizeQuota"] == 6144
    iam.create_account_alias(AccountAlias="acme-keys")
    assert iam.list_account_aliases()["AccountAliases"] == ["acme-keys"]
    iam.delete_account_alias(AccountAlias="acme-keys")


def test_simulations(service):
    iam = service.client("iam")
    user(service, "simulated")
    iam.put_user_policy(UserName="simulated", PolicyName="own", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
         "Condition": {"StringEquals": {"kms:EncryptionContext:team": "blue"}}}]}))
    source = "arn:aws:iam::111122223333:user/simulated"

    def simulate(**more):
        return iam.simulate_principal_policy(
            PolicySourceArn=source, ActionNames=["kms:Decrypt"], **more)["EvaluationResults"][0]

    bare = simulate()
    assert bare["EvalDecision"] == "implicitDeny" and bare["MissingContextValues"] == ["kms:EncryptionContext:team"]
    team = {"ContextKeyName": "kms:EncryptionContext:team", "ContextKeyValues": ["blue"], "ContextKeyType": "string"}
    allowed = simulate(ContextEntries=[team])
    assert allowed["EvalDecision"] == "allowed"
    assert allowed["MatchedStatements"][0]["SourcePolicyId"] == "user_simulated_own"
    assert allowed["OrganizationsDecisionDetail"]["AllowedByOrganizations"]
    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=source)["ContextKeyNames"]
    assert keys == ["kms:EncryptionContext:team"]
    custom = iam.simulate_custom_policy(PolicyInputList=[allow("s3:*")], ActionNames=["s3:GetObject", "kms:Sign"])
    assert [r["EvalDecision"] for r in custom["EvaluationResults"]] == ["allowed", "implicitDeny"]
    with pytest.raises(iam.exceptions.InvalidInputException, match="line 1, column"):
        iam.simulate_custom_policy(PolicyInputList=["{not json"], ActionNames=["s3:GetObject"])


def test_service_linked_roles(service):
    iam = service.client("iam")
    role = iam.create_service_linked_role(AWSServiceName="sso.amazonaws.com")["Role"]
    assert role["Path"] == "/aws-service-role/sso.amazonaws.com/" and role["RoleName"] == "AWSServiceRoleForSSO"
    with pytest.raises(iam.exceptions.UnmodifiableEntityException):
        iam.delete_role(RoleName="AWSServiceRoleForSSO")
    task = iam.delete_service_linked_role(RoleName="AWSServiceRoleForSSO")["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"


def test_the_last_use_of_a_key(service):
    iam = service.client("iam")
    iam.create_user(UserName="seldom")
    iam.attach_user_policy(UserName="seldom", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName="seldom")["AccessKey"]
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert used["UserName"] == "seldom" and used["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    service.client("kms", region="eu-west-1", credentials=key).create_key()
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("kms", "eu-west-1") and used["LastUsedDate"]


def test_policies_show_the_ids_of_roles_that_are_gone(service):
    iam, kms = service.client("iam"), service.client("kms")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}]})
    role = iam.create_role(RoleName="Mortal", AssumeRolePolicyDocument=trust)["Role"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": role["Arn"]}, "Action": "kms:Encrypt", "Resource": "*"}]})
    key = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    iam.delete_role(RoleName="Mortal")
    iam.create_role(RoleName="Mortal", AssumeRolePolicyDocument=trust)
    shown = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert shown["Statement"][1]["Principal"]["AWS"] == role["RoleId"]
