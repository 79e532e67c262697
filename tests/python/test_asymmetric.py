"""Keys of every spec through boto3, and what others make of it: each signature, ciphertext, MAC and secret that the
service makes is verified or opened outside, by OpenSSL (`cryptography`), libsodium (PyNaCl) or kyber-py; what they
make, the service verifies or opens.
"""
import hashlib
import hmac

import kyber_py.ml_kem as kyber
import pytest
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from nacl import bindings as sodium

HASHES = {"SHA_1": hashes.SHA1(), "SHA_256": hashes.SHA256(), "SHA_384": hashes.SHA384(), "SHA_512": hashes.SHA512()}
CURVES = {"ECC_NIST_P256": ec.SECP256R1(), "ECC_NIST_P384": ec.SECP384R1(), "ECC_NIST_P521": ec.SECP521R1(),
          "ECC_SECG_P256K1": ec.SECP256K1()}
RSA = ["RSA_2048", "RSA_3072", "RSA_4096"]
MESSAGE = b"What Claviger signs, others verify. " * 100


@pytest.fixture(scope="module")
def kms(service):
    return service.client("kms")


@pytest.fixture(scope="module")
def keys(kms):
    """Keys by spec and usage, each made once."""
    made = {}

    def key(spec, usage):
        if (spec, usage) not in made:
            made[spec, usage] = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]
        return made[spec, usage]
    return key


def refused(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def public(kms, key):
    return serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])


def digest(name, data):
    h = hashes.Hash(HASHES[name])
    h.update(data)
    return h.finalize()


def altered(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def check_signatures(kms, key, algorithm, name, verify):
    """RAW and DIGEST; `verify(signature, message)` is the outside."""
    hashed = digest(name, MESSAGE)
    for kind, message in (("RAW", MESSAGE), ("DIGEST", hashed)):
        parameters = {"KeyId": key, "SigningAlgorithm": algorithm, "Message": message, "MessageType": kind}
        signature = kms.sign(**parameters)["Signature"]
        verify(signature, MESSAGE)
        with pytest.raises(InvalidSignature):
            verify(signature, MESSAGE + b"x")
        assert kms.verify(**parameters, Signature=signature)["SignatureValid"]
        assert refused(kms.verify, **parameters, Signature=altered(signature)) == "KMSInvalidSignatureException"


@pytest.mark.parametrize("spec", RSA)
def test_rsa_signatures(kms, keys, spec):
    key = keys(spec, "SIGN_VERIFY")
    outside = public(kms, key)
    assert outside.key_size == int(spec[4:])
    for name in ("SHA_256", "SHA_384", "SHA_512"):
        h = HASHES[name]
        # The salt is as long as the hash, no longer and no shorter.
        for algorithm, pad in ((f"RSASSA_PSS_{name}", padding.PSS(padding.MGF1(h), h.digest_size)),
                               (f"RSASSA_PKCS1_V1_5_{name}", padding.PKCS1v15())):
            check_signatures(kms, key, algorithm, name, lambda s, m: outside.verify(s, m, pad, h))


@pytest.mark.parametrize("spec,name", [("ECC_NIST_P256", "SHA_256"), ("ECC_NIST_P384", "SHA_384"),
                                       ("ECC_NIST_P521", "SHA_512"), ("ECC_SECG_P256K1", "SHA_256")])
def test_ecdsa(kms, keys, spec, name):
    key = keys(spec, "SIGN_VERIFY")
    outside = public(kms, key)
    assert outside.curve.name == CURVES[spec].name
    check_signatures(kms, key, f"ECDSA_{name}", name, lambda s, m: outside.verify(s, m, ec.ECDSA(HASHES[name])))


def test_ed25519(kms, keys):
    key = keys("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
    outside = public(kms, key)
    raw = {"KeyId": key, "SigningAlgorithm": "ED25519_SHA_512", "Message": MESSAGE}
    signature = kms.sign(**raw)["Signature"]
    assert len(signature) == 64
    outside.verify(signature, MESSAGE)
    assert kms.verify(**raw, Signature=signature)["SignatureValid"]
    # The digest is hashed once more, as FIPS 186-5 begins Ed25519ph.
    hashed = digest("SHA_512", MESSAGE)
    prehashed = {"KeyId": key, "SigningAlgorithm": "ED25519_PH_SHA_512", "Message": hashed, "MessageType": "DIGEST"}
    signature = kms.sign(**prehashed)["Signature"]

    def by_sodium(message):
        state = sodium.crypto_sign_ed25519ph_state()
        sodium.crypto_sign_ed25519ph_update(state, message)
        return sodium.crypto_sign_ed25519ph_final_verify(state, signature, outside.public_bytes_raw())
    assert by_sodium(hashed)
    with pytest.raises(Exception):
        by_sodium(MESSAGE)
    assert kms.verify(**prehashed, Signature=signature)["SignatureValid"]
    assert refused(kms.verify, **prehashed, Signature=altered(signature)) == "KMSInvalidSignatureException"


@pytest.mark.parametrize("spec,length", [("ML_DSA_44", 2420), ("ML_DSA_65", 3309), ("ML_DSA_87", 4627)])
def test_ml_dsa(kms, keys, spec, length):
    key = keys(spec, "SIGN_VERIFY")
    outside = public(kms, key)
    tr = hashlib.shake_256(outside.public_bytes_raw()).digest(64)
    mu = hashlib.shake_256(tr + b"\0\0" + MESSAGE).digest(64)
    base = {"KeyId": key, "SigningAlgorithm": "ML_DSA_SHAKE_256"}
    raw = base | {"Message": MESSAGE, "MessageType": "RAW"}
    external = base | {"Message": mu, "MessageType": "EXTERNAL_MU"}
    for parameters in (raw, external):
        signature = kms.sign(**parameters)["Signature"]
        assert len(signature) == length
        outside.verify(signature, MESSAGE)
        with pytest.raises(InvalidSignature):
            outside.verify(altered(signature), MESSAGE)
        # Both ways of telling the message are the same message.
        for other in (raw, external):
            assert kms.verify(**other, Signature=signature)["SignatureValid"]
            assert refused(kms.verify, **other, Signature=altered(signature)) == "KMSInvalidSignatureException"


@pytest.mark.parametrize("spec", RSA)
def test_rsa_encryption(kms, keys, spec):
    key = keys(spec, "ENCRYPT_DECRYPT")
    outside = public(kms, key)
    for name in ("SHA_1", "SHA_256"):
        h, algorithm = HASHES[name], f"RSAES_OAEP_{name}"
        most = outside.key_size // 8 - 2 * h.digest_size - 2
        blob = outside.encrypt(b"x" * most, padding.OAEP(padding.MGF1(h), h, None))
        opened = kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
        assert opened["Plaintext"] == b"x" * most and "KeyMaterialId" not in opened
        assert refused(kms.decrypt, KeyId=key, CiphertextBlob=altered(blob),
                       EncryptionAlgorithm=algorithm) == "InvalidCiphertextException"
        blob = kms.encrypt(KeyId=key, Plaintext=b"hello", EncryptionAlgorithm=algorithm)["CiphertextBlob"]
        assert len(blob) == outside.key_size // 8
        assert kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)["Plaintext"] == b"hello"
        with pytest.raises(ClientError) as caught:
            kms.encrypt(KeyId=key, Plaintext=b"x" * (most + 1), EncryptionAlgorithm=algorithm)
        assert caught.value.response["Error"]["Message"] == (
            f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes.")


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_macs(kms, keys, bits):
    """No key leaves, so what can be seen outside is that equal messages have equal MACs of the right length. The
    bytes are compared with others' in `testdata/keys`.
    """
    parameters = {"KeyId": keys(f"HMAC_{bits}", "GENERATE_VERIFY_MAC"), "MacAlgorithm": f"HMAC_SHA_{bits}"}
    made = [kms.generate_mac(**parameters, Message=m)["Mac"] for m in (MESSAGE, MESSAGE, MESSAGE + b"x")]
    assert made[0] == made[1] != made[2] and len(made[0]) == bits // 8
    assert kms.verify_mac(**parameters, Message=MESSAGE, Mac=made[0])["MacValid"]
    assert refused(kms.verify_mac, **parameters, Message=MESSAGE, Mac=made[2]) == "KMSInvalidMacException"


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_shared_secrets(kms, keys, spec):
    key = keys(spec, "KEY_AGREEMENT")
    peer = ec.generate_private_key(CURVES[spec])
    spki = peer.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    found = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=spki)
    assert found["SharedSecret"] == peer.exchange(ec.ECDH(), public(kms, key)) and found["KeyOrigin"] == "AWS_KMS"
    assert refused(kms.derive_shared_secret, KeyId=key, KeyAgreementAlgorithm="ECDH",
                   PublicKey=altered(spki)) == "ValidationException"


@pytest.mark.parametrize("spec", ["ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"])
def test_encapsulation(kms, keys, spec):
    key = keys(spec, "ENCAPSULATE_DECAPSULATE")
    spki = kms.get_public_key(KeyId=key)["PublicKey"]
    length = {"ML_KEM_512": 800, "ML_KEM_768": 1184, "ML_KEM_1024": 1568}[spec]
    if spec == "ML_KEM_512":
        secret, blob = kyber.ML_KEM_512.encaps(spki[-length:])
    else:
        outside = serialization.load_der_public_key(spki)
        assert outside.public_bytes_raw() == spki[-length:]
        secret, blob = outside.encapsulate()
    parameters = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}
    opened = kms.decapsulate(**parameters, SharedSecretCiphertextBlob=blob)
    assert opened["SharedSecret"] == secret
    # Of a ciphertext that was altered others come out, of one that is too short none.
    assert kms.decapsulate(**parameters, SharedSecretCiphertextBlob=altered(blob))["SharedSecret"] != secret
    assert refused(kms.decapsulate, **parameters,
                   SharedSecretCiphertextBlob=blob[:-1]) == "InvalidCiphertextException"
    made = kms.encapsulate(**parameters)
    opened = kms.decapsulate(**parameters, SharedSecretCiphertextBlob=made["SharedSecretCiphertextBlob"])
    assert opened["SharedSecret"] == made["SharedSecret"]


@pytest.mark.parametrize("spec", RSA + list(CURVES) + ["ECC_NIST_EDWARDS25519", "ML_KEM_512", "ML_KEM_768",
                                                      "ML_KEM_1024"])
def test_data_key_pairs(kms, keys, spec):
    key = keys("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    context = {"purpose": "pair"}
    made = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec, EncryptionContext=context)
    plaintext = made["PrivateKeyPlaintext"]
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == plaintext and opened["KeyMaterialId"] == made["KeyMaterialId"]
    if spec.startswith("ML_KEM"):
        assert len(plaintext) == 86, "the seed form is as long for all three"
    if spec == "ML_KEM_512":
        seen = kyber.ML_KEM_512.key_derive(plaintext[-64:])[0]
        assert made["PublicKey"].endswith(seen)
    else:
        private = serialization.load_der_private_key(plaintext, None)
        assert private.public_key() == serialization.load_der_public_key(made["PublicKey"])
    if spec not in RSA[1:]:
        blind = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec=spec)
        assert "PrivateKeyPlaintext" not in blind and blind["PublicKey"] != made["PublicKey"]


def test_what_the_records_show(service, kms, keys):
    """Algorithms and message types; no message, signature or secret."""
    key = keys("ECC_NIST_P256", "SIGN_VERIFY")
    signature = kms.sign(KeyId=key, Message=b"secret message", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    kms.verify(KeyId=key, Message=b"secret message", SigningAlgorithm="ECDSA_SHA_256", Signature=signature)
    for event in ("Sign", "Verify"):
        record = service.records("--event", event)[-1]
        assert record["requestParameters"] == {
            "keyId": key, "messageType": "RAW", "signingAlgorithm": "ECDSA_SHA_256"}
        assert record["responseElements"] is None and record["readOnly"]
        assert record["resources"][0]["ARN"] == key
    pair = kms.generate_data_key_pair(KeyId=keys("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), KeyPairSpec="ECC_NIST_P256")
    record = service.records("--event", "GenerateDataKeyPair")[-1]
    assert record["additionalEventData"] == {"keyMaterialId": pair["KeyMaterialId"]}


def test_the_making_of_rsa_keys_holds_nobody_up(service, kms):
    """While keys are made that take seconds, others are answered: each of the few small calls ends before the last
    of the large ones.
    """
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(8) as pool:
        large = [pool.submit(kms.create_key, KeySpec="RSA_4096", KeyUsage="SIGN_VERIFY") for _ in range(4)]
        for _ in range(20):
            kms.generate_random(NumberOfBytes=8)
        assert not all(made.done() for made in large)
        assert len({made.result()["KeyMetadata"]["KeyId"] for made in large}) == 4
