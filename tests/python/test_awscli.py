"""The AWS CLI, unmodified, with nothing but the environment of `claviger env`."""
import base64


def test_the_commands_of_the_readme(service, tmp_path):
    # fileb:// means the same in both major versions of the CLI; a bare argument does not.
    text, file = tmp_path / "text", tmp_path / "blob"
    text.write_bytes(b"hello")
    blob = service.aws("kms", "encrypt", "--key-id", "alias/iic-cmk-prod", "--plaintext", f"fileb://{text}")["CiphertextBlob"]
    file.write_bytes(base64.b64decode(blob))
    plain = service.aws("kms", "decrypt", "--ciphertext-blob", f"fileb://{file}")["Plaintext"]
    assert base64.b64decode(plain) == b"hello"
    assert service.aws("sts", "get-caller-identity")["Account"] == "111122223333"
    session = service.aws("sts", "assume-role", "--role-arn", "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole",
                          "--role-session-name", "cli")
    assert session["Credentials"]["AccessKeyId"].startswith("ASIA")
    instance = service.aws("sso-admin", "list-instances")["Instances"][0]
    details = service.aws("sso-admin", "describe-instance", "--instance-arn", instance["InstanceArn"])
    assert details["EncryptionConfigurationDetails"]["EncryptionStatus"] == "ENABLED"
    assert service.aws("identitystore", "list-users", "--identity-store-id", instance["IdentityStoreId"])["Users"] == []
    assert service.aws("iam", "get-user")["User"]["UserName"] == "admin"


def test_a_refusal_is_awss(service):
    key = service.aws("kms", "describe-key", "--key-id", "alias/iic-cmk-prod")["KeyMetadata"]["Arn"]
    text = service.aws("kms", "encrypt", "--key-id", key, "--plaintext", "eA==", ok=False, profile="outsider")
    assert "An error occurred (AccessDeniedException) when calling the Encrypt operation: User: " \
           "arn:aws:iam::999900001111:user/outsider is not authorized to perform: kms:Encrypt on resource: " + key in text
