"""STS and IAM through boto3."""
import json

import pytest
from botocore.exceptions import ClientError

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}]})
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def test_who_am_i(service):
    for profile, arn in [(None, "arn:aws:iam::111122223333:user/admin"), ("outsider", "arn:aws:iam::999900001111:user/outsider")]:
        identity = service.client("sts", profile=profile).get_caller_identity()
        assert identity["Arn"] == arn and identity["UserId"].startswith("AIDA")


def test_member_account_by_its_access_role(service):
    sts = service.client("sts")
    session = sts.assume_role(RoleArn="arn:aws:iam::333344445555:role/OrganizationAccountAccessRole", RoleSessionName="me")
    assert session["AssumedRoleUser"]["Arn"] == "arn:aws:sts::333344445555:assumed-role/OrganizationAccountAccessRole/me"
    member = service.client("kms", credentials=session["Credentials"])
    arn = member.create_key()["KeyMetadata"]["Arn"]
    assert ":333344445555:" in arn
    with pytest.raises(ClientError, match="is not authorized to perform: sts:AssumeRole"):
        service.client("sts", profile="outsider").assume_role(
            RoleArn="arn:aws:iam::333344445555:role/OrganizationAccountAccessRole", RoleSessionName="me")


def test_session_policies_narrow(service):
    iam, sts = service.client("iam"), service.client("sts")
    role = iam.create_role(RoleName="narrowed", Path="/team/", AssumeRolePolicyDocument=TRUST)["Role"]
    iam.attach_role_policy(RoleName="narrowed", PolicyArn=ADMINISTRATOR)
    only_list = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]})
    session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="session", Policy=only_list, SourceIdentity="alice",
                              Tags=[{"Key": "team", "Value": "a"}], DurationSeconds=900)
    kms = service.client("kms", credentials=session["Credentials"])
    kms.list_keys()
    with pytest.raises(ClientError, match="because no session policy allows the kms:ListAliases action"):
        kms.list_aliases()
    record = [r for r in service.records("--event", "ListKeys") if r["userIdentity"].get("arn", "").endswith("narrowed/session")][-1]
    assert record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == role["Arn"]
    assert record["userIdentity"]["sessionContext"]["sourceIdentity"] == "alice"


def test_a_role_made_again_is_another(service):
    iam, sts, kms = service.client("iam"), service.client("sts"), service.client("kms")
    role = iam.create_role(RoleName="again", AssumeRolePolicyDocument=TRUST)["Role"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": role["Arn"]}, "Action": "kms:Encrypt", "Resource": "*"}]})
    key = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]

    def encrypt():
        session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="session")
        client = service.client("kms", credentials=session["Credentials"])
        return client, client.encrypt(KeyId=key, Plaintext=b"x")

    old, _ = encrypt()
    iam.delete_role(RoleName="again")
    with pytest.raises(ClientError) as caught:
        old.encrypt(KeyId=key, Plaintext=b"x")
    assert caught.value.response["Error"]["Code"] == "UnrecognizedClientException"
    iam.create_role(RoleName="again", AssumeRolePolicyDocument=TRUST)
    with pytest.raises(ClientError, match="AccessDenied"):
        encrypt()


def test_users_and_keys(service):
    iam = service.client("iam")
    iam.create_user(UserName="worker")
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName="Worker")
    key = iam.create_access_key(UserName="worker")["AccessKey"]
    theirs = service.client("iam", credentials=key)
    with pytest.raises(ClientError, match="no identity-based policy allows the iam:ListUsers action"):
        theirs.list_users()
    iam.put_user_policy(UserName="worker", PolicyName="list", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]}))
    assert "worker" in [u["UserName"] for u in theirs.list_users()["Users"]]
    assert iam.get_user_policy(UserName="worker", PolicyName="list")["PolicyDocument"]["Version"] == "2012-10-17"
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_user(UserName="worker")
    iam.delete_access_key(UserName="worker", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="worker", PolicyName="list")
    iam.delete_user(UserName="worker")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_user(UserName="worker")


@pytest.mark.parametrize("name, wanted", [("kms", "UnrecognizedClientException"), ("sts", "InvalidClientTokenId")])
def test_strangers(service, name, wanted):
    stranger = service.client(name, credentials={"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x" * 40})
    call = stranger.list_keys if name == "kms" else stranger.get_caller_identity
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == wanted


@pytest.mark.parametrize("name, wanted", [("kms", "InvalidSignatureException"), ("sts", "SignatureDoesNotMatch")])
def test_wrong_secret(service, name, wanted):
    key = service.environment()["AWS_ACCESS_KEY_ID"]
    wrong = service.client(name, credentials={"AccessKeyId": key, "SecretAccessKey": "x" * 40})
    call = wrong.list_keys if name == "kms" else wrong.get_caller_identity
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == wanted
