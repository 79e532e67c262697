"""No byte that the service stores shows what was given to it in confidence: not the database, its log, the archive, a
sink, a backup, nor what a killed process leaves."""
import base64
import gzip
import json
import os
import signal

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conftest import Service
from test_import import PRIVATE, STAYS, create, wrapped


class Planted:
    """Secrets by what they are, and what each looks like wherever it may be written."""

    def __init__(self):
        self.secrets = {}

    def __call__(self, what, secret):
        assert len(secret) >= 12, what
        self.secrets.setdefault(what, []).append(secret)
        return secret

    def forms(self):
        for what, secrets in self.secrets.items():
            for secret in secrets:
                data = secret.encode() if isinstance(secret, str) else secret
                yield what, "plain", data
                yield what, "hexadecimal", data.hex().encode()
                yield what, "HEXADECIMAL", data.hex().upper().encode()
                # Inside longer text, base64 begins at any of three places.
                for shift in range(3):
                    whole = base64.b64encode(b"\0" * shift + data)
                    yield what, "base64", whole[(4 if shift else 0):-4]


def key_bytes(pair):
    """The bytes of a private key that are its own, without the frame that all of its kind share."""
    key = serialization.load_der_private_key(pair, None)
    return key.private_numbers().private_value.to_bytes((key.key_size + 7) // 8, "big")


def use_everything(service, planted):
    kms, region = service.client("kms"), "us-east-1"
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    text = planted("plaintext", b"what is to be encrypted: 4711 0815")
    blob = kms.encrypt(KeyId=key, Plaintext=text)["CiphertextBlob"]
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == text
    planted("data key", kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"])
    planted("random bytes", kms.generate_random(NumberOfBytes=48)["Plaintext"])
    for spec in ("ECC_NIST_P256", "ECC_NIST_P521"):
        pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec)["PrivateKeyPlaintext"]
        planted("data key pair", key_bytes(pair))
    sign = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    message = planted("message", b"a message that is signed and nobody else's")
    kms.sign(KeyId=sign, Message=message, SigningAlgorithm="ECDSA_SHA_256")
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    kms.generate_mac(KeyId=mac, Message=planted("message", b"a message with its code"), MacAlgorithm="HMAC_SHA_256")
    rsa = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    sent = planted("plaintext", b"what RSA is to encrypt, too")
    sealed = kms.encrypt(KeyId=rsa, Plaintext=sent, EncryptionAlgorithm="RSAES_OAEP_SHA_256")["CiphertextBlob"]
    kms.decrypt(KeyId=rsa, CiphertextBlob=sealed, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    agree = [kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["KeyId"] for _ in "ab"]
    public = kms.get_public_key(KeyId=agree[1])["PublicKey"]
    planted("shared secret", kms.derive_shared_secret(
        KeyId=agree[0], KeyAgreementAlgorithm="ECDH", PublicKey=public)["SharedSecret"])
    kem = kms.create_key(KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE")["KeyMetadata"]["KeyId"]
    planted("shared secret", kms.encapsulate(KeyId=kem, EncapsulationAlgorithm="ML_KEM")["SharedSecret"])
    imported = create(kms)
    material = planted("imported material", os.urandom(32))
    kms.import_key_material(**wrapped(kms, imported, material), **STAYS)
    curve = create(kms, "ECC_NIST_P256", "SIGN_VERIFY")
    own = ec.generate_private_key(ec.SECP256R1())
    kms.import_key_material(**wrapped(kms, curve, own.private_bytes(*PRIVATE), "RSA_AES_KEY_WRAP_SHA_256"), **STAYS)
    planted("imported material", key_bytes(own.private_bytes(*PRIVATE)))
    grant = kms.create_grant(KeyId=key, GranteePrincipal="arn:aws:iam::111122223333:user/admin", Operations=["Decrypt"])
    planted("grant token", grant["GrantToken"])
    refused(service, planted, kms, key)
    credentials(service, planted)
    directory(service, planted, region)


def refused(service, planted, kms, key):
    """A refusal tells no more than a success."""
    outsider = service.client("kms", profile="outsider")
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    text = planted("refused plaintext", b"what an outsider wished to encrypt")
    for call, parameters in [
            (outsider.encrypt, {"KeyId": arn, "Plaintext": text}),
            (kms.encrypt, {"KeyId": key, "Plaintext": text, "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}),
            (kms.encrypt, {"KeyId": "alias/none", "Plaintext": text}),
            (kms.encrypt, {"KeyId": key, "Plaintext": text * 200})]:
        with pytest.raises(ClientError):
            call(**parameters)


def credentials(service, planted):
    iam = service.client("iam")
    iam.create_user(UserName="somebody")
    made = iam.create_access_key(UserName="somebody")["AccessKey"]
    planted("secret access key", made["SecretAccessKey"])
    gone = iam.create_access_key(UserName="somebody")["AccessKey"]
    planted("secret access key", gone["SecretAccessKey"])
    iam.delete_access_key(UserName="somebody", AccessKeyId=gone["AccessKeyId"])
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    session = service.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    planted("session", session["SecretAccessKey"])
    planted("session", session["SessionToken"])
    planted("admin", service.environment()["AWS_SECRET_ACCESS_KEY"])


def directory(service, planted, region):
    store = service.client("sso-admin", region).list_instances()["Instances"][0]["IdentityStoreId"]
    people = service.client("identitystore", region)
    user = people.create_user(
        IdentityStoreId=store, UserName=planted("user", "zaphod.beeblebrox.the.first"),
        DisplayName=planted("user", "Zaphod, President of it all"),
        Name={"GivenName": planted("user", "Zaphod-Oberon"), "FamilyName": planted("user", "Beeblebrox-Prefect")},
        Emails=[{"Value": planted("user", "zaphod@heart-of-gold.example"), "Primary": True}])["UserId"]
    people.update_user(IdentityStoreId=store, UserId=user, Operations=[
        {"AttributePath": "displayName", "AttributeValue": planted("user", "No longer President of it all")}])
    people.list_users(IdentityStoreId=store, Filters=[
        {"AttributePath": "UserName", "AttributeValue": "zaphod.beeblebrox.the.first"}])
    people.get_user_id(IdentityStoreId=store, AlternateIdentifier={"UniqueAttribute": {
        "AttributePath": "userName", "AttributeValue": "zaphod.beeblebrox.the.first"}})
    with pytest.raises(ClientError):
        people.create_user(
            IdentityStoreId=store, UserName="zaphod.beeblebrox.the.first", DisplayName="another of the name",
            Name={"GivenName": planted("user", "refused-given-name"), "FamilyName": "another"})


def contents(root, without):
    """Every file below, and what is inside those that are compressed."""
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path in without:
            continue
        data = path.read_bytes()
        yield path, data
        if path.suffix == ".gz":
            yield path, gzip.decompress(data)


def search(root, planted, without=()):
    forms = list(planted.forms())
    looked = 0
    for path, data in contents(root, without):
        looked += 1
        for what, form, secret in forms:
            assert secret not in data, f"{what} stands in {path.relative_to(root)} ({form})"
    return looked


def test_the_search_finds_what_is_there(tmp_path):
    """A test that cannot fail finds nothing."""
    secret = b"a secret of some length!"
    for form in (secret, secret.hex().encode(), b"x" + base64.b64encode(b"ab" + secret + b"c"),
                 base64.b64encode(b"a" + secret), gzip.compress(b"." + secret)):
        planted = Planted()
        planted("secret", secret)
        (tmp_path / "file.gz").write_bytes(form if form[:2] == b"\x1f\x8b" else gzip.compress(form))
        with pytest.raises(AssertionError, match="secret stands in file.gz"):
            search(tmp_path, planted)


def test_no_stored_byte_shows_a_secret(tmp_path):
    service = Service(tmp_path / "dir").start()
    planted = Planted()
    try:
        use_everything(service, planted)
        # What whoever started it needs lies there with mode 0600, and is no record of anything.
        given = [path for path in service.directory.rglob("*") if path.name in ("credentials", "service.json")]
        assert all(path.stat().st_mode & 0o077 == 0 for path in given)
        search(service.directory, planted, given)
        # Delivered, with the hour's digest; some of it still in the database.
        service.claviger("clock", "advance", "2h")
        service.client("kms").generate_random(NumberOfBytes=16)
        looked = search(service.directory, planted, given)
        assert len(list((service.directory / "archive").rglob("*_CloudTrail_*.json.gz"))) >= 1
        assert looked > 5
        records = service.records()
        assert any(r["eventName"] == "CreateUser" and r["eventSource"].startswith("identitystore") for r in records)
    finally:
        service.stop(signal.SIGKILL)
    search(service.directory, planted, given)
