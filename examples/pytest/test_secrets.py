"""Code that keeps a secret under a KMS key, tested against keys that say no."""
import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import claviger


def seal(key, tenant, text):
    return boto3.client("kms").encrypt(KeyId=key, Plaintext=text, EncryptionContext={"tenant": tenant})["CiphertextBlob"]


def unseal(tenant, blob):
    return boto3.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext={"tenant": tenant})["Plaintext"]


@pytest.fixture
def key():
    return boto3.client("kms").create_key()["KeyMetadata"]["Arn"]


def test_a_tenants_secret_opens_for_nobody_else(key):
    blob = seal(key, "a", b"secret")
    assert unseal("a", blob) == b"secret"
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        unseal("b", blob)


def test_secrets_outlive_rotation(key, service):
    boto3.client("kms").enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    blob = seal(key, "a", b"secret")
    assert claviger("clock", "advance", "91d", "--dir", service)["done"] >= 1
    assert unseal("a", blob) == b"secret"
