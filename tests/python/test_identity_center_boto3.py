"""Identity Center under its key, through boto3."""
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def center(fresh):
    sso = fresh.client("sso-admin")
    instance = sso.list_instances()["Instances"][0]
    details = sso.describe_instance(InstanceArn=instance["InstanceArn"])
    return fresh, sso, fresh.client("identitystore"), fresh.client("kms"), instance, details


def test_users_live_under_the_key(center):
    service, sso, store, kms, instance, details = center
    key = details["EncryptionConfigurationDetails"]
    assert key["KeyType"] == "CUSTOMER_MANAGED_KEY" and key["EncryptionStatus"] == "ENABLED"
    assert kms.describe_key(KeyId="alias/iic-cmk-prod")["KeyMetadata"]["Arn"] == key["KmsKeyArn"]
    store_id = instance["IdentityStoreId"]
    user = store.create_user(IdentityStoreId=store_id, UserName="zaphod.b", DisplayName="Zaphod",
                             Name={"GivenName": "Zaphod", "FamilyName": "Beeblebrox"},
                             Emails=[{"Value": "zaphod@example.com", "Type": "work", "Primary": True}])["UserId"]
    assert store.describe_user(IdentityStoreId=store_id, UserId=user)["Name"]["FamilyName"] == "Beeblebrox"
    assert store.get_user_id(IdentityStoreId=store_id, AlternateIdentifier={
        "UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "zaphod.b"}})["UserId"] == user
    store.update_user(IdentityStoreId=store_id, UserId=user, Operations=[{"AttributePath": "displayName", "AttributeValue": "Z."}])
    assert [u["DisplayName"] for u in store.list_users(IdentityStoreId=store_id)["Users"]] == ["Z."]
    with pytest.raises(store.exceptions.ConflictException) as caught:
        store.create_user(IdentityStoreId=store_id, UserName="zaphod.b", DisplayName="x", Name={"GivenName": "x", "FamilyName": "y"})
    assert caught.value.response["Reason"] == "UNIQUENESS_CONSTRAINT_VIOLATION"

    decrypts = [r for r in service.records("--event", "Decrypt") if r["sourceIPAddress"] == "identitystore.amazonaws.com"]
    assert {r["userIdentity"].get("type") for r in decrypts} == {"AWSService", "IAMUser"}
    assert all("tenant-key-id" in r["requestParameters"]["encryptionContext"] for r in decrypts)
    for path in service.directory.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for secret in (b"zaphod", b"Zaphod", b"Beeblebrox"):
                assert secret not in content, path

    for break_it, mend_it, error, reason in [
        (lambda: kms.disable_key(KeyId=key["KmsKeyArn"]), lambda: kms.enable_key(KeyId=key["KmsKeyArn"]),
         "ValidationException", "KMS_DISABLED"),
        (lambda: kms.schedule_key_deletion(KeyId=key["KmsKeyArn"], PendingWindowInDays=7),
         lambda: (kms.cancel_key_deletion(KeyId=key["KmsKeyArn"]), kms.enable_key(KeyId=key["KmsKeyArn"])),
         "ValidationException", "KMS_INVALID_STATE"),
    ]:
        break_it()
        for call in (lambda: store.list_users(IdentityStoreId=store_id), lambda: store.delete_user(IdentityStoreId=store_id, UserId=user)):
            with pytest.raises(ClientError) as caught:
                call()
            assert caught.value.response["Error"]["Code"] == error
            assert caught.value.response["Reason"] == reason
        sso.describe_instance(InstanceArn=instance["InstanceArn"])
        mend_it()
        assert store.describe_user(IdentityStoreId=store_id, UserId=user)["UserName"] == "zaphod.b"

    unchecked = service.client("sso-admin", parameter_validation=False)
    for bad in ("alias/iic-cmk-prod", key["KmsKeyArn"].rsplit("/", 1)[1], key["KmsKeyArn"].replace("111122223333", "999900001111"),
                key["KmsKeyArn"][:-4] + "0000"):
        with pytest.raises(ClientError):
            unchecked.update_instance(InstanceArn=instance["InstanceArn"],
                                      EncryptionConfiguration={"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": bad})
    assert sso.describe_instance(InstanceArn=instance["InstanceArn"])["EncryptionConfigurationDetails"]["KmsKeyArn"] == key["KmsKeyArn"]
    assert store.describe_user(IdentityStoreId=store_id, UserId=user)["DisplayName"] == "Z."
    store.delete_user(IdentityStoreId=store_id, UserId=user)
    assert store.list_users(IdentityStoreId=store_id)["Users"] == []
