"""`claviger explain`: the reason of a refusal found by its request id, and the decision as a policy
case that decides the same when it is evaluated."""
import json
import os
import subprocess

import pytest
from botocore.exceptions import ClientError

from conftest import BIN, clean_environment

SSO = "sso.us-east-1.amazonaws.com"


def claviger(*arguments):
    return subprocess.run([BIN, *arguments], capture_output=True, text=True, env=clean_environment())


def explain(service, request_id, *options):
    done = claviger("explain", request_id, "--dir", str(service.directory), *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["ResponseMetadata"]["RequestId"], error.value.response["Error"]


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=1)


ROOT = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*", "Resource": "*"}
NARROW = {"Sid": "OnlyThroughIdentityCenter", "Effect": "Allow", "Principal": {"AWS": "999900001111"},
          "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": SSO}}}


@pytest.fixture(scope="module")
def key(service):
    return service.client("kms").create_key(Policy=policy(ROOT, NARROW))["KeyMetadata"]["Arn"]


def replays(service, request_id, tmp_path):
    """The decisions as cases decide the same."""
    cases = explain(service, request_id, "--case")
    file = tmp_path / "case.json"
    file.write_text(cases)
    done = claviger("policy", "eval", str(file), "--output", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(cases)


def test_a_refusal_names_the_nearest_statement_and_both_values(service, key, tmp_path):
    ciphertext = service.client("kms").encrypt(
        KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": "a"})["CiphertextBlob"]
    outsider = service.client("kms", profile="outsider")
    request_id, error = refused(outsider.decrypt, CiphertextBlob=ciphertext, KeyId=key,
                                EncryptionContext={"tenant": "a"})
    assert error["Code"] == "AccessDeniedException"
    text = explain(service, request_id)
    assert "answered    AccessDeniedException" in text
    assert f"kms:Decrypt on {key} by arn:aws:iam::999900001111:user/outsider" in text
    assert "statement OnlyThroughIdentityCenter in line" in text
    assert f"failed: StringEquals kms:ViaService wants {SSO}; found nothing" in text
    [decision] = json.loads(explain(service, request_id, "--output", "json"))["decisions"]
    assert (decision["decision"], decision["layer"]) == ("implicitDeny", "resource")
    [missing] = decision["nearest"]["missing"]
    assert (missing["part"], missing["key"], missing["found"]) == ("condition", "kms:ViaService", None)
    line = policy(ROOT, NARROW).splitlines()[missing["line"] - 1]
    assert '"kms:ViaService"' in line
    [case] = replays(service, request_id, tmp_path)
    assert case["request"]["context"]["kms:EncryptionContext:tenant"] == "a"
    assert case["request"]["context"]["kms:ViaService"] is None
    assert case["expect"] == {"decision": "implicitDeny", "layer": "resource"}


def test_an_explicit_deny_shows_what_its_condition_found(service, tmp_path):
    deny = {"Sid": "NotThis", "Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*",
            "Condition": {"StringLike": {"kms:EncryptionContext:tenant": ["b*", "c"]}}}
    kms = service.client("kms")
    key = kms.create_key(Policy=policy(ROOT, deny))["KeyMetadata"]["KeyId"]
    request_id, _ = refused(kms.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": "bb"})
    text = explain(service, request_id)
    assert "denied by statement NotThis" in text
    assert "held: StringLike kms:EncryptionContext:tenant wants b*, c; found bb" in text
    replays(service, request_id, tmp_path)


def test_an_allow_is_explained_too_with_every_demand(service, key, tmp_path):
    kms = service.client("kms")
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    answer = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other)
    cases = replays(service, answer["ResponseMetadata"]["RequestId"], tmp_path)
    assert [c["request"]["action"] for c in cases] == ["kms:ReEncryptFrom", "kms:ReEncryptTo"]
    text = explain(service, answer["ResponseMetadata"]["RequestId"])
    assert "answered    success" in text and "decided by  statement #0" in text


def test_the_state_of_the_decision_counts_not_todays(service, tmp_path):
    kms, outsider = service.client("kms"), service.client("kms", profile="outsider")
    key = kms.create_key(Policy=policy(ROOT))["KeyMetadata"]["Arn"]
    request_id, _ = refused(outsider.describe_key, KeyId=key)
    open_to_all = {"Sid": "Now", "Effect": "Allow", "Principal": "*", "Action": "kms:DescribeKey", "Resource": "*"}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(ROOT, open_to_all))
    [case] = replays(service, request_id, tmp_path)
    assert "Now" not in json.dumps(case) and case["expect"]["decision"] == "implicitDeny"


def test_grants_sessions_and_session_policies_are_in_the_case(service, key, tmp_path):
    iam, sts, kms = service.client("iam"), service.client("sts"), service.client("kms")
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"},
                                                    "Action": "sts:AssumeRole"}}
    role = iam.create_role(RoleName="explained", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Encrypt"],
                     Constraints={"EncryptionContextSubset": {"tenant": "a"}})
    narrow = policy({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": key})
    session = sts.assume_role(RoleArn=role, RoleSessionName="session", Policy=narrow)["Credentials"]
    as_role = service.client("kms", credentials=session)
    allowed = as_role.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": "a", "more": "b"})
    [case] = replays(service, allowed["ResponseMetadata"]["RequestId"], tmp_path)
    assert case["expect"] == {"decision": "allowed", "layer": "grant"}
    assert case["request"]["principal"]["role"] == role and len(case["policies"]["session"]) == 1
    request_id, _ = refused(as_role.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": "b"})
    replays(service, request_id, tmp_path)
    text = explain(service, request_id)
    assert "EncryptionContextSubset" in text and "tenant=b" in text


def test_nested_decisions_of_services_are_explained(service, tmp_path):
    store = service.client("sso-admin").list_instances()["Instances"][0]["IdentityStoreId"]
    answer = service.client("identitystore").list_users(IdentityStoreId=store)
    cases = replays(service, answer["ResponseMetadata"]["RequestId"], tmp_path)
    principals = [c["request"]["principal"] for c in cases]
    assert {"service": "identitystore.amazonaws.com"} in principals
    via = [c["request"]["context"].get("kms:ViaService") for c in cases]
    assert any(value and value.startswith("identitystore.") for value in via)


def test_what_failed_before_a_policy_was_asked_says_so(service):
    request_id, error = refused(service.client("kms").describe_key, KeyId="alias/not-there")
    assert error["Code"] == "NotFoundException"
    assert "answered    NotFoundException" in explain(service, request_id)


def test_without_an_id_the_newest_refusal_is_explained(service, key):
    request_id, _ = refused(service.client("kms", profile="outsider").describe_key, KeyId=key)
    service.client("kms").describe_key(KeyId=key)
    done = claviger("explain", "--dir", str(service.directory), "--output", "json")
    assert json.loads(done.stdout)["requestId"] == request_id


def test_what_is_not_kept_is_told(service):
    for request_id in ("nonsense", "00000000-0000-0000-0000-000000000000"):
        done = claviger("explain", request_id, "--dir", str(service.directory))
        assert done.returncode == 3 and f"no recent request has the id {request_id}" in done.stderr
    nobody = claviger("explain", "x", "--dir", os.devnull + "-not-there")
    assert nobody.returncode == 3
