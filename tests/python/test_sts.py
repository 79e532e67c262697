"""Sessions that users get for themselves and for others, through boto3 and the AWS CLI."""
import json

import pytest
from botocore.exceptions import ClientError

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
LIST_KEYS = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]})
ADMIN = "arn:aws:iam::111122223333:user/admin"
GUEST = "arn:aws:sts::111122223333:federated-user/guest"


def refused(code, call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response["Error"]["Message"]


def test_a_session_of_a_user(service):
    credentials = service.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    own = service.client("sts", credentials=credentials)
    assert own.get_caller_identity()["Arn"] == ADMIN
    service.client("kms", credentials=credentials).list_keys()
    assert refused("AccessDenied", own.get_session_token) == "Cannot call GetSessionToken with session credentials"
    refused("InvalidClientTokenId", service.client("iam", credentials=credentials).list_users)
    record = [r for r in service.records("--event", "ListKeys") if r["userIdentity"].get("accessKeyId") == credentials["AccessKeyId"]][-1]
    assert record["userIdentity"]["type"] == "IAMUser"
    assert record["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"


def test_a_federated_user(service):
    reply = service.client("sts").get_federation_token(
        Name="guest", Policy=LIST_KEYS, Tags=[{"Key": "team", "Value": "a"}], DurationSeconds=3600)
    assert reply["FederatedUser"] == {"Arn": GUEST, "FederatedUserId": "111122223333:guest"}
    assert reply["PackedPolicySize"] > 0
    credentials = reply["Credentials"]
    sts, kms = service.client("sts", credentials=credentials), service.client("kms", credentials=credentials)
    assert sts.get_caller_identity()["Arn"] == GUEST
    kms.list_keys()
    assert "because no session policy allows" in refused("AccessDeniedException", kms.list_aliases)
    refused("AccessDenied", sts.assume_role, RoleArn="arn:aws:iam::333344445555:role/OrganizationAccountAccessRole", RoleSessionName="session")
    record = [r for r in service.records("--event", "ListKeys") if r["userIdentity"].get("arn") == GUEST][-1]
    assert record["userIdentity"]["type"] == "FederatedUser"
    assert record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == ADMIN


def test_whose_an_access_key_is(service):
    sts, outsider = service.client("sts"), service.client("sts", profile="outsider")
    session = outsider.get_session_token()["Credentials"]
    assert sts.get_access_key_info(AccessKeyId=session["AccessKeyId"])["Account"] == "999900001111"
    refused("ValidationError", sts.get_access_key_info, AccessKeyId="AKIAIOSFODNN7EXAMPLE")


def test_bad_input(service):
    sts = service.client("sts", parameter_validation=False)
    for arguments in [{"DurationSeconds": 899}, {"DurationSeconds": 129601}, {"MinimumSessionTokenSize": 10}]:
        refused("ValidationError", sts.get_session_token, **arguments)
    assert refused("AccessDenied", sts.get_session_token, SerialNumber="arn:aws:iam::111122223333:mfa/x",
                   TokenCode="123456").startswith("MultiFactorAuthentication failed")
    refused("ValidationError", sts.get_federation_token, Name="a b")
    refused("MalformedPolicyDocument", sts.get_federation_token, Name="guest", Policy="{")
    refused("MalformedPolicyDocument", sts.get_federation_token, Name="guest", PolicyArns=[{"arn": ADMINISTRATOR + "s"}])
    refused("PackedPolicyTooLarge", sts.get_federation_token, Name="guest",
            Tags=[{"Key": f"{n}{'k' * 100}", "Value": "v" * 200} for n in range(50)])
    refused("InvalidAction", sts.decode_authorization_message, EncodedMessage="x")


def test_the_cli_names_the_session(service):
    credentials = service.aws("sts", "get-session-token")["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
