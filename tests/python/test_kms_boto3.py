"""KMS through boto3: what an unmodified client sees."""
import pytest
from botocore.exceptions import ClientError

CONTEXT = {"tenant": "a", "purpose": "test"}


def code(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


@pytest.fixture(scope="module")
def kms(service):
    return service.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key(Description="a key")["KeyMetadata"]


def test_metadata(kms, key):
    assert key["KeyState"] == "Enabled" and key["Enabled"] and key["KeyManager"] == "CUSTOMER"
    assert kms.describe_key(KeyId=key["Arn"])["KeyMetadata"] == key
    assert key["KeyId"] in [k["KeyId"] for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 1}) for k in page["Keys"]]


def test_round_trip_with_context(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"hello", EncryptionContext=CONTEXT)["CiphertextBlob"]
    back = kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)
    assert back["Plaintext"] == b"hello" and back["KeyId"] == key["Arn"]
    assert code(kms.decrypt, CiphertextBlob=blob) == "InvalidCiphertextException"
    assert code(kms.decrypt, CiphertextBlob=blob, EncryptionContext=CONTEXT | {"tenant": "A"}) == "InvalidCiphertextException"
    for i in range(len(blob)):
        changed = bytearray(blob)
        changed[i] ^= 1
        assert code(kms.decrypt, CiphertextBlob=bytes(changed), EncryptionContext=CONTEXT) in (
            "InvalidCiphertextException", "AccessDeniedException")


def test_data_keys(kms, key):
    made = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256", EncryptionContext=CONTEXT)
    assert len(made["Plaintext"]) == 32
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)["Plaintext"] == made["Plaintext"]
    blind = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], NumberOfBytes=64)
    assert "Plaintext" not in blind
    assert len(kms.decrypt(CiphertextBlob=blind["CiphertextBlob"])["Plaintext"]) == 64
    assert len(kms.generate_random(NumberOfBytes=1024)["Plaintext"]) == 1024


def test_re_encrypt(kms, key):
    other = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other["KeyId"], DestinationEncryptionContext=CONTEXT)
    assert moved["KeyId"] == other["Arn"]
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=CONTEXT)["Plaintext"] == b"x"
    assert code(kms.decrypt, CiphertextBlob=blob, KeyId=other["KeyId"]) == "IncorrectKeyException"


def test_states(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key["KeyId"])
    assert code(kms.decrypt, CiphertextBlob=blob) == "DisabledException"
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert code(kms.schedule_key_deletion, KeyId=key["KeyId"], PendingWindowInDays=6) == "ValidationException"
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert code(kms.decrypt, CiphertextBlob=blob) == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key["KeyId"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"


def test_rotation_keeps_old_ciphertext_readable(kms, key):
    blobs = [kms.encrypt(KeyId=key["KeyId"], Plaintext=b"0")["CiphertextBlob"]]
    for i in range(1, 4):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
        blobs.append(kms.encrypt(KeyId=key["KeyId"], Plaintext=b"%d" % i)["CiphertextBlob"])
    assert [kms.decrypt(CiphertextBlob=b)["Plaintext"] for b in blobs] == [b"0", b"1", b"2", b"3"]
    assert len({kms.decrypt(CiphertextBlob=b)["KeyMaterialId"] for b in blobs}) == 4
    listed = kms.list_key_rotations(KeyId=key["KeyId"], IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [r["KeyMaterialState"] for r in listed] == ["NON_CURRENT"] * 3 + ["CURRENT"]
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is False


def test_aliases(kms, key):
    kms.create_alias(AliasName="alias/one", TargetKeyId=key["KeyId"])
    assert code(kms.create_alias, AliasName="alias/one", TargetKeyId=key["KeyId"]) == "AlreadyExistsException"
    assert code(kms.create_alias, AliasName="one", TargetKeyId=key["KeyId"]) == "ValidationException"
    other = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId="alias/one", Plaintext=b"x")["CiphertextBlob"]
    kms.update_alias(AliasName="alias/one", TargetKeyId=other["KeyId"])
    assert kms.describe_key(KeyId="alias/one")["KeyMetadata"]["Arn"] == other["Arn"]
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == key["Arn"]
    assert [a["AliasName"] for a in kms.list_aliases(KeyId=other["KeyId"])["Aliases"]] == ["alias/one"]
    kms.delete_alias(AliasName="alias/one")
    assert code(kms.encrypt, KeyId="alias/one", Plaintext=b"x") == "NotFoundException"


def test_policy_and_lockout(kms, key):
    text = kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    assert "Enable IAM User Permissions" in text
    locked = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:Decrypt","Resource":"*"}]}'
    with pytest.raises(ClientError, match="will not allow you to update the key policy in the future"):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=locked)
    with pytest.raises(ClientError, match="MalformedPolicyDocument"):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=text.replace(":root", ":role/nobody"))
    kms.put_key_policy(KeyId=key["KeyId"], Policy=text.replace("kms:*", "kms:P*"))
    with pytest.raises(ClientError, match="because no resource-based policy allows the kms:Encrypt action"):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")


def test_grants(service, kms, key):
    iam = service.client("iam")
    user = iam.create_user(UserName="grantee")["User"]
    credentials = iam.create_access_key(UserName="grantee")["AccessKey"]
    theirs = service.client("kms", credentials=credentials)
    assert code(theirs.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "AccessDeniedException"
    grant = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=user["Arn"], Operations=["Encrypt", "Decrypt", "RetireGrant"],
                             Constraints={"EncryptionContextSubset": {"tenant": "a"}}, Name="g")
    again = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=user["Arn"], Operations=["Encrypt", "Decrypt", "RetireGrant"],
                             Constraints={"EncryptionContextSubset": {"tenant": "a"}}, Name="g")
    assert again["GrantId"] == grant["GrantId"] and again["GrantToken"] != grant["GrantToken"]
    blob = theirs.encrypt(KeyId=key["Arn"], Plaintext=b"x", EncryptionContext=CONTEXT, GrantTokens=[grant["GrantToken"]])["CiphertextBlob"]
    assert theirs.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)["Plaintext"] == b"x"
    assert code(theirs.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "AccessDeniedException"
    assert [g["Name"] for g in kms.list_grants(KeyId=key["KeyId"])["Grants"]] == ["g"]
    theirs.retire_grant(GrantToken=grant["GrantToken"])
    assert code(theirs.encrypt, KeyId=key["Arn"], Plaintext=b"x", EncryptionContext=CONTEXT) == "AccessDeniedException"
    assert code(theirs.encrypt, KeyId=key["Arn"], Plaintext=b"x", GrantTokens=[grant["GrantToken"]]) == "InvalidGrantTokenException"


def test_tags(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "team", "TagValue": "identity"}])
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [{"TagKey": "team", "TagValue": "identity"}]
    assert code(kms.tag_resource, KeyId=key["KeyId"], Tags=[{"TagKey": "aws:x", "TagValue": ""}]) == "TagException"
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=["team", "absent"])
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == []


@pytest.mark.parametrize("operation, parameters, wanted, text", [
    ("encrypt", {"KeyId": "fake-key-id", "Plaintext": b"x"}, "NotFoundException", "Invalid keyId 'fake-key-id'"),
    ("encrypt", {"KeyId": "alias/none", "Plaintext": b"x"}, "NotFoundException", "is not found."),
    ("generate_random", {"NumberOfBytes": 1025}, "ValidationException", "Member must have value less than or equal to 1024"),
    ("generate_random", {}, "ValidationException", "NumberOfBytes is required."),
    ("create_key", {"KeySpec": "RSA_2048", "KeyUsage": "KEY_AGREEMENT"}, "ValidationException", "is not compatible with KeySpec"),
    ("create_key", {"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}, "UnsupportedOperationException", "SM2"),
    ("describe_key", {"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}, "NotFoundException", "does not exist"),
    ("list_keys", {"Marker": "nonsense"}, "InvalidMarkerException", "marker"),
    ("connect_custom_key_store", {"CustomKeyStoreId": "cks-1234567890abcdef0"}, "CustomKeyStoreNotFoundException", ""),
])
def test_errors(kms, operation, parameters, wanted, text):
    with pytest.raises(ClientError) as caught:
        getattr(kms, operation)(**parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == wanted and text in error["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_another_account_needs_both_sides(service, kms, key):
    outsider = service.client("kms", profile="outsider")
    assert code(outsider.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "AccessDeniedException"
    text = kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    kms.put_key_policy(KeyId=key["KeyId"], Policy=text.replace(
        '"arn:aws:iam::111122223333:root"', '["arn:aws:iam::111122223333:root","arn:aws:iam::999900001111:root"]'))
    blob = outsider.encrypt(KeyId=key["Arn"], Plaintext=b"x")["CiphertextBlob"]
    assert outsider.decrypt(CiphertextBlob=blob)["KeyId"] == key["Arn"]
    assert code(outsider.disable_key, KeyId=key["Arn"]) == "AccessDeniedException"
    copies = [r for r in service.records("--event", "Encrypt", "--key", key["KeyId"]) if "errorCode" not in r]
    assert {r["recipientAccountId"] for r in copies} == {"111122223333", "999900001111"}
    assert len({r["sharedEventID"] for r in copies}) == 1 and len({r["eventID"] for r in copies}) == 2


def test_regions_are_apart(service, key):
    west = service.client("kms", region="us-west-2")
    assert code(west.describe_key, KeyId=key["KeyId"]) == "NotFoundException"
    with pytest.raises(ClientError, match="Invalid arn us-east-1"):
        west.describe_key(KeyId=key["Arn"])
