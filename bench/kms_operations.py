#!/usr/bin/env python3
"""Latency of every cryptographic operation at one connection, for each key spec.

Makes one key of each spec, drives each operation over one connection with `wrk`
as kms_load.py does (same environment), and prints one JSON line each: operation,
spec, p50_ms, p99_ms. Beside it `cargo bench -p claviger-crypto --bench primitives`
tells what the primitive alone costs; with the service's directory on a tmpfs
(/dev/shm) the sync of the disk is out of the figures too.

    AWS_ENDPOINT_URL=... AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=... \
    python3 kms_operations.py --seconds 2

Exit status: 0 all requests succeeded; 1 otherwise; 2 bad use.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

from kms_load import Client, b64, emit, wrk_command

MESSAGE = b64(bytes(range(64)))
RSA = ["RSA_2048", "RSA_3072", "RSA_4096"]
# One signing algorithm for each spec.
SIGNING = {spec: "RSASSA_PSS_SHA_256" for spec in RSA} | {
    "ECC_NIST_P256": "ECDSA_SHA_256", "ECC_NIST_P384": "ECDSA_SHA_384", "ECC_NIST_P521": "ECDSA_SHA_512",
    "ECC_SECG_P256K1": "ECDSA_SHA_256", "ECC_NIST_EDWARDS25519": "ED25519_SHA_512",
    "ML_DSA_44": "ML_DSA_SHAKE_256", "ML_DSA_65": "ML_DSA_SHAKE_256", "ML_DSA_87": "ML_DSA_SHAKE_256"}
PAIRS = ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519",
         "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"]


def new_key(client, spec, usage):
    return client.call("CreateKey", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]


def symmetric(client):
    key = new_key(client, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    blob = client.call("Encrypt", KeyId=key, Plaintext=MESSAGE)["CiphertextBlob"]
    for operation, params in [
            ("DescribeKey", {}), ("Encrypt", {"Plaintext": MESSAGE}), ("Decrypt", {"CiphertextBlob": blob}),
            ("GenerateDataKey", {"KeySpec": "AES_256"}),
            ("GenerateDataKeyWithoutPlaintext", {"KeySpec": "AES_256"})]:
        yield operation, "SYMMETRIC_DEFAULT", {"KeyId": key, **params}
    yield "ReEncrypt", "SYMMETRIC_DEFAULT", {"CiphertextBlob": blob, "DestinationKeyId": key}
    yield "GenerateRandom", "-", {"NumberOfBytes": 32}
    for spec in PAIRS:
        yield "GenerateDataKeyPair", spec, {"KeyId": key, "KeyPairSpec": spec}


def asymmetric(client):
    for spec in RSA:
        key = new_key(client, spec, "ENCRYPT_DECRYPT")
        common = {"KeyId": key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
        blob = client.call("Encrypt", Plaintext=MESSAGE, **common)["CiphertextBlob"]
        yield "Encrypt", spec, {"Plaintext": MESSAGE, **common}
        yield "Decrypt", spec, {"CiphertextBlob": blob, **common}
    for spec, algorithm in SIGNING.items():
        key = new_key(client, spec, "SIGN_VERIFY")
        common = {"KeyId": key, "Message": MESSAGE, "SigningAlgorithm": algorithm}
        signature = client.call("Sign", **common)["Signature"]
        yield "Sign", spec, common
        yield "Verify", spec, {"Signature": signature, **common}
        yield "GetPublicKey", spec, {"KeyId": key}
    for bits in (224, 256, 384, 512):
        key = new_key(client, f"HMAC_{bits}", "GENERATE_VERIFY_MAC")
        common = {"KeyId": key, "Message": MESSAGE, "MacAlgorithm": f"HMAC_SHA_{bits}"}
        mac = client.call("GenerateMac", **common)["Mac"]
        yield "GenerateMac", f"HMAC_{bits}", common
        yield "VerifyMac", f"HMAC_{bits}", {"Mac": mac, **common}
    for spec in ("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"):
        key = new_key(client, spec, "KEY_AGREEMENT")
        peer = client.call("GetPublicKey", KeyId=new_key(client, spec, "KEY_AGREEMENT"))["PublicKey"]
        yield "DeriveSharedSecret", spec, {"KeyId": key, "PublicKey": peer, "KeyAgreementAlgorithm": "ECDH"}
    for spec in ("ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"):
        key = new_key(client, spec, "ENCAPSULATE_DECAPSULATE")
        common = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}
        made = client.call("Encapsulate", **common)
        yield "Encapsulate", spec, common
        yield "Decapsulate", spec, {"SharedSecretCiphertextBlob": made["SharedSecretCiphertextBlob"], **common}


def measure(args, client, operation, spec, params):
    with tempfile.NamedTemporaryFile(prefix="kms_operations_") as f:
        data = client.raw(operation, params)
        f.write(b"%d\n" % len(data) + data)
        f.flush()
        env = dict(os.environ, KMS_LOAD_REQUESTS=f.name)
        run = subprocess.run(wrk_command(args, client.endpoint, 1, args.seconds), env=env, capture_output=True,
                             text=True, timeout=args.seconds + 60)
    line = next((x for x in run.stdout.splitlines() if x.startswith("KMSLOAD ")), None)
    if line is None:
        raise RuntimeError("wrk said: " + (run.stdout + run.stderr)[-400:])
    r = json.loads(line[8:])
    errors = sum(v for k, v in r.items() if k.startswith("err_"))
    emit(operation=operation, spec=spec, p50_ms=r["p50_us"] / 1000, p99_ms=r["p99_us"] / 1000,
         requests=r["requests"], errors=errors)
    return errors == 0


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--seconds", type=int, default=2, help="per measurement")
    p.add_argument("--wrk", default="wrk")
    p.add_argument("--wrk-cpu", help="pin wrk to this CPU list (taskset -c)")
    args = p.parse_args()
    args.wrk_threads = 1
    if not shutil.which(args.wrk):
        p.error("wrk is not installed (Debian package wrk)")
    e = os.environ
    endpoint = e.get("AWS_ENDPOINT_URL_KMS") or e.get("AWS_ENDPOINT_URL")
    if not endpoint:
        p.error("AWS_ENDPOINT_URL is not set")
    client = Client(endpoint, e.get("AWS_ACCESS_KEY_ID", "test"), e.get("AWS_SECRET_ACCESS_KEY", "test"),
                    e.get("AWS_SESSION_TOKEN"), e.get("AWS_REGION") or "us-east-1", 60)
    good = True
    for operation, spec, params in [*symmetric(client), *asymmetric(client)]:
        good &= measure(args, client, operation, spec, params)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
