"""Imported key material through boto3. `cryptography` makes and wraps the material, and does outside what the
service does with it: the two must agree."""
import datetime
import hmac
import os

import pytest
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from conftest import Service

STAYS = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
OAEP_HASH = {"SHA_1": hashes.SHA1, "SHA_256": hashes.SHA256}
PRIVATE = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
SPKI = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def code(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


@pytest.fixture(scope="module")
def kms(service):
    return service.client("kms")


def create(kms, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT"):
    made = kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]
    assert made["KeyState"] == "PendingImport" and "ExpirationModel" not in made
    return made["KeyId"]


def wrapped(kms, key, material, algorithm="RSAES_OAEP_SHA_256", wrapping="RSA_2048"):
    """What a client does between the two calls."""
    given = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec=wrapping)
    public = serialization.load_der_public_key(given["PublicKey"])
    assert public.key_size == int(wrapping.removeprefix("RSA_"))
    chosen = OAEP_HASH["SHA_1" if algorithm.endswith("SHA_1") else "SHA_256"]()
    oaep = padding.OAEP(mgf=padding.MGF1(algorithm=chosen), algorithm=chosen, label=None)
    if algorithm.startswith("RSA_AES"):
        aes = os.urandom(32)
        blob = public.encrypt(aes, oaep) + keywrap.aes_key_wrap_with_padding(aes, material)
    else:
        blob = public.encrypt(material, oaep)
    return {"KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": blob}


def brought(kms, spec, usage, material, *wrapping):
    key = create(kms, spec, usage)
    kms.import_key_material(**wrapped(kms, key, material, *wrapping), **STAYS)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    return key


@pytest.mark.parametrize("wrapping", ["RSA_2048", "RSA_3072", "RSA_4096"])
@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"])
def test_symmetric(kms, algorithm, wrapping):
    material = os.urandom(32)
    key = brought(kms, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", material, algorithm, wrapping)
    blob = kms.encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"]
    first = kms.delete_imported_key_material(KeyId=key)["KeyMaterialId"]
    assert code(kms.decrypt, CiphertextBlob=blob) == "KMSInvalidStateException"
    assert code(kms.import_key_material, **wrapped(kms, key, os.urandom(32)), **STAYS) == "IncorrectKeyMaterialException"
    again = kms.import_key_material(**wrapped(kms, key, material), **STAYS)
    assert again["KeyMaterialId"] == first
    back = kms.decrypt(CiphertextBlob=blob)
    assert back["Plaintext"] == b"hello" and back["KeyMaterialId"] == first


@pytest.mark.parametrize("spec, length", [("HMAC_224", 28), ("HMAC_256", 32), ("HMAC_384", 48), ("HMAC_512", 128)])
def test_hmac(kms, spec, length):
    material = os.urandom(length)
    key = brought(kms, spec, "GENERATE_VERIFY_MAC", material)
    algorithm = spec.replace("HMAC_", "HMAC_SHA_")
    made = kms.generate_mac(KeyId=key, Message=b"hello", MacAlgorithm=algorithm)["Mac"]
    assert made == hmac.digest(material, b"hello", spec.replace("HMAC_", "sha"))


@pytest.mark.parametrize("wrapping", ["RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"])
@pytest.mark.parametrize("size", [2048, 3072, 4096])
def test_rsa_that_encrypts(kms, size, wrapping):
    private = rsa.generate_private_key(65537, size)
    key = brought(kms, f"RSA_{size}", "ENCRYPT_DECRYPT", private.private_bytes(*PRIVATE), wrapping)
    assert kms.get_public_key(KeyId=key)["PublicKey"] == private.public_key().public_bytes(*SPKI)
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    algorithm = {"KeyId": key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    inside = kms.encrypt(Plaintext=b"hello", **algorithm)["CiphertextBlob"]
    assert private.decrypt(inside, oaep) == b"hello"
    outside = private.public_key().encrypt(b"hello", oaep)
    assert kms.decrypt(CiphertextBlob=outside, **algorithm)["Plaintext"] == b"hello"


CURVES = {
    "ECC_NIST_P256": (ec.SECP256R1, hashes.SHA256, "ECDSA_SHA_256"),
    "ECC_NIST_P384": (ec.SECP384R1, hashes.SHA384, "ECDSA_SHA_384"),
    "ECC_NIST_P521": (ec.SECP521R1, hashes.SHA512, "ECDSA_SHA_512"),
    "ECC_SECG_P256K1": (ec.SECP256K1, hashes.SHA256, "ECDSA_SHA_256"),
}


@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256"])
@pytest.mark.parametrize("spec", CURVES)
def test_curves_that_sign(kms, spec, algorithm):
    curve, digest, signing = CURVES[spec]
    private = ec.generate_private_key(curve())
    wrapping = "RSA_3072" if spec == "ECC_NIST_P521" else "RSA_2048"
    key = brought(kms, spec, "SIGN_VERIFY", private.private_bytes(*PRIVATE), algorithm, wrapping)
    by = {"KeyId": key, "Message": b"hello", "SigningAlgorithm": signing}
    made = kms.sign(**by)["Signature"]
    private.public_key().verify(made, b"hello", ec.ECDSA(digest()))
    with pytest.raises(InvalidSignature):
        private.public_key().verify(made, b"other", ec.ECDSA(digest()))
    assert kms.verify(Signature=private.sign(b"hello", ec.ECDSA(digest())), **by)["SignatureValid"]


def test_rsa_that_signs(kms):
    private = rsa.generate_private_key(65537, 2048)
    key = brought(kms, "RSA_2048", "SIGN_VERIFY", private.private_bytes(*PRIVATE), "RSA_AES_KEY_WRAP_SHA_256")
    pss = padding.PSS(padding.MGF1(hashes.SHA384()), padding.PSS.DIGEST_LENGTH)
    by = {"KeyId": key, "Message": b"hello", "SigningAlgorithm": "RSASSA_PSS_SHA_384"}
    private.public_key().verify(kms.sign(**by)["Signature"], b"hello", pss, hashes.SHA384())
    assert kms.verify(Signature=private.sign(b"hello", pss, hashes.SHA384()), **by)["SignatureValid"]


def test_ed25519(kms):
    private = ed25519.Ed25519PrivateKey.generate()
    key = brought(kms, "ECC_NIST_EDWARDS25519", "SIGN_VERIFY", private.private_bytes(*PRIVATE))
    made = kms.sign(KeyId=key, Message=b"hello", SigningAlgorithm="ED25519_SHA_512")["Signature"]
    assert made == private.sign(b"hello")


def test_key_agreement(kms):
    private, other = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP384R1())
    key = brought(kms, "ECC_NIST_P384", "KEY_AGREEMENT", private.private_bytes(*PRIVATE))
    made = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=other.public_key().public_bytes(*SPKI))
    assert made["SharedSecret"] == private.exchange(ec.ECDH(), other.public_key())
    assert made["KeyOrigin"] == "EXTERNAL"


def test_one_key_material_for_ever(kms):
    private = ec.generate_private_key(ec.SECP256R1()).private_bytes(*PRIVATE)
    key = brought(kms, "ECC_NIST_P256", "SIGN_VERIFY", private)
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(*PRIVATE)
    assert code(kms.import_key_material, **wrapped(kms, key, other), **STAYS) == "IncorrectKeyMaterialException"
    kms.delete_imported_key_material(KeyId=key)
    kms.import_key_material(**wrapped(kms, key, private), **STAYS)


def test_rotation_to_imported_material(kms):
    key = create(kms)
    materials = [os.urandom(32) for _ in range(3)]
    ids, blobs = [], []
    for n, material in enumerate(materials):
        kind = {"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": f"number {n}"}
        ids.append(kms.import_key_material(**wrapped(kms, key, material), **STAYS, **kind)["KeyMaterialId"])
        if n:
            listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
            assert [r["KeyMaterialState"] for r in listed][-2:] == ["CURRENT", "PENDING_ROTATION"]
            kms.rotate_key_on_demand(KeyId=key)
        blobs.append(kms.encrypt(KeyId=key, Plaintext=b"%d" % n)["CiphertextBlob"])
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == ids[-1]
    assert [kms.decrypt(CiphertextBlob=blob)["KeyMaterialId"] for blob in blobs] == ids
    rotated = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert [(r["KeyMaterialId"], r["RotationType"], r["KeyMaterialDescription"]) for r in rotated] == [
        (ids[1], "ON_DEMAND", "number 1"), (ids[2], "ON_DEMAND", "number 2")]
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=ids[0])
    assert code(kms.decrypt, CiphertextBlob=blobs[2]) == "KMSInvalidStateException"
    kms.import_key_material(**wrapped(kms, key, materials[0]), **STAYS)
    assert [kms.decrypt(CiphertextBlob=blob)["Plaintext"] for blob in blobs] == [b"0", b"1", b"2"]


def test_a_token_outlives_a_restart_and_a_day_ends_it(tmp_path):
    """Nothing is stored between the two calls; the clock ends the token, and the material."""
    running = Service(tmp_path / "dir").start()
    kms = running.client("kms")
    key, material = create(kms), os.urandom(32)
    ready = wrapped(kms, key, material)
    assert running.stop() == 0
    running.start()
    kms = running.client("kms")
    until = kms.describe_key(KeyId=key)["KeyMetadata"]["CreationDate"] + datetime.timedelta(days=30)
    kms.import_key_material(**ready, ValidTo=until)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["ValidTo"] == until
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    running.claviger("clock", "advance", "1d")
    assert code(kms.import_key_material, **ready, **STAYS) == "ExpiredImportTokenException"
    running.claviger("clock", "advance", "29d")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    kms.import_key_material(**wrapped(kms, key, material), **STAYS)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert [r["serviceEventDetails"]["keyId"] for r in running.records()
            if r["eventName"] == "DeleteExpiredKeyMaterial"] == [key]
    running.stop()
