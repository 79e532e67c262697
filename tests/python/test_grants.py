"""Grants and dry runs through boto3: what an unmodified client sees."""
import json

import pytest
from botocore.exceptions import ClientError

SOURCE = "arn:aws:dynamodb:us-east-1:111122223333:table/Example"
SERVICE = "dynamodb.amazonaws.com"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}]})


def error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def code(call, **parameters):
    return error(call, **parameters)[0]


@pytest.fixture(scope="module")
def kms(service):
    return service.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture(scope="module")
def worker(service):
    """A role without policies, and a client for a session of it."""
    role = service.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    session = service.client("sts").assume_role(RoleArn=role, RoleSessionName="shift")
    return role, service.client("kms", credentials=session["Credentials"])


def test_a_grant_to_a_role(kms, key, worker):
    role, theirs = worker
    assert code(theirs.generate_data_key, KeyId=key, KeySpec="AES_256") == "AccessDeniedException"
    made = kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["GenerateDataKey", "Decrypt", "DescribeKey", "CreateGrant"],
                            Constraints={"EncryptionContextSubset": {"tenant": "a"}})
    context = {"tenant": "a", "file": "1"}
    data = theirs.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context, GrantTokens=[made["GrantToken"]] * 10)
    assert theirs.decrypt(CiphertextBlob=data["CiphertextBlob"], EncryptionContext=context)["Plaintext"] == data["Plaintext"]
    assert theirs.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    assert code(theirs.generate_data_key, KeyId=key, KeySpec="AES_256") == "AccessDeniedException"
    assert code(theirs.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext=context) == "AccessDeniedException"
    # A grant by a grant: no more operations, no looser constraint.
    child = {"KeyId": key, "GranteePrincipal": role, "Operations": ["Decrypt"]}
    assert code(theirs.create_grant, **child) == "AccessDeniedException"
    theirs.create_grant(**child, Constraints={"EncryptionContextEquals": {"tenant": "a"}})
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    assert code(theirs.describe_key, KeyId=key, GrantTokens=[made["GrantToken"]]) == "InvalidGrantTokenException"
    assert code(theirs.describe_key, KeyId=key) == "AccessDeniedException"


def test_more_than_ten_tokens(kms, key):
    assert "length less than or equal to 10" in error(kms.describe_key, KeyId=key, GrantTokens=["x"] * 11)[1]


def test_grants_to_services(kms, key):
    asked = {"KeyId": key, "GranteeServicePrincipal": SERVICE, "RetiringServicePrincipal": SERVICE,
             "Operations": ["Encrypt", "Decrypt"], "Constraints": {"SourceArn": SOURCE}}
    made = kms.create_grant(**asked)
    [entry] = kms.list_grants(KeyId=key)["Grants"]
    assert entry["GrantId"] == made["GrantId"] and entry["Constraints"] == {"SourceArn": SOURCE}
    assert entry["GranteeServicePrincipal"] == entry["RetiringServicePrincipal"] == SERVICE
    assert "GranteePrincipal" not in entry and "RetiringPrincipal" not in entry
    without = {k: v for k, v in asked.items() if k != "Constraints"}
    assert error(kms.create_grant, **without) == (
        "ValidationException", "A grant with a GranteeServicePrincipal needs a SourceArn grant constraint.")
    assert code(kms.create_grant, **asked | {"GranteeServicePrincipal": "nobody.amazonaws.com"}) == "InvalidArnException"
    assert code(kms.list_grants, KeyId=key, GranteeServicePrincipal=SERVICE) == "ValidationException"
    assert code(kms.list_retirable_grants, RetiringServicePrincipal=SERVICE) == "ValidationException"


def test_what_a_grant_may_not_say(kms, key):
    asked = {"KeyId": key, "GranteePrincipal": "arn:aws:iam::111122223333:root", "Operations": ["Encrypt"]}
    for more, text in [
        ({"Operations": ["CreateGrant"]}, "Grants must not contain only the CreateGrant operation."),
        ({"Operations": ["Sign"]}, "Grant operation Sign is not valid for a key with KeyUsage ENCRYPT_DECRYPT and KeySpec SYMMETRIC_DEFAULT."),
        ({"Constraints": {"EncryptionContextEquals": {"a": "b"}, "EncryptionContextSubset": {"a": "b"}}},
         "You can specify either EncryptionContextEquals or EncryptionContextSubset, but not both."),
    ]:
        assert error(kms.create_grant, **asked | more) == ("ValidationException", text)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_pages(kms, key, worker):
    role, _ = worker
    ids = {kms.create_grant(KeyId=key, GranteePrincipal=role, RetiringPrincipal=role, Operations=["Encrypt"])["GrantId"] for _ in range(40)}
    for size in (1, 7, 100):
        pages = kms.get_paginator("list_grants").paginate(KeyId=key, GranteePrincipal=role, PaginationConfig={"PageSize": size})
        listed = [g["GrantId"] for page in pages for g in page["Grants"]]
        assert listed == sorted(ids)
    marker, listed = {}, []
    while True:
        page = kms.list_retirable_grants(RetiringPrincipal=role, Limit=9, **marker)
        listed += [g["GrantId"] for g in page["Grants"]]
        if not page["Truncated"]:
            break
        marker = {"Marker": page["NextMarker"]}
    assert listed == sorted(ids)
    assert code(kms.list_retirable_grants, RetiringPrincipal=role, Marker="x") == "InvalidMarkerException"


def test_dry_runs(service, kms, key):
    would = ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
    asked = {"KeyId": key, "GranteePrincipal": "arn:aws:iam::111122223333:root", "Operations": ["Encrypt"]}
    assert error(kms.create_grant, **asked, DryRun=True) == would
    made = kms.create_grant(**asked)
    assert error(kms.revoke_grant, KeyId=key, GrantId=made["GrantId"], DryRun=True) == would
    assert error(kms.retire_grant, GrantToken=made["GrantToken"], DryRun=True) == would
    assert [g["GrantId"] for g in kms.list_grants(KeyId=key)["Grants"]] == [made["GrantId"]]
    ignore = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    assert error(kms.decrypt, KeyId=key, **ignore) == would
    assert error(kms.re_encrypt, SourceKeyId=key, DestinationKeyId=key, **ignore) == would
    assert code(kms.decrypt, KeyId=key, DryRun=True) == "ValidationException"
    outsider = service.client("kms", profile="outsider")
    assert code(outsider.decrypt, KeyId=key, **ignore) == "AccessDeniedException"
    record = [r for r in service.records("--event", "Decrypt") if r["requestParameters"].get("keyId") == key][0]
    assert record["errorCode"] in ("DryRunOperationException", "AccessDenied", "ValidationException")
    assert record["requestParameters"]["dryRun"] is True
