"""Computes keys.json: keys of every spec and what other implementations made with them.

Run by hand (python make_keys.py > keys.json). Signatures, ciphertexts, MACs, secrets and wrapped
keys come from Python's `cryptography` (OpenSSL), Ed25519ph from libsodium by way of PyNaCl,
ML-KEM-512 from kyber-py, none of which shares code with the crate or with AWS-LC. RSA keys are
made anew at each run and serve these vectors alone; all other keys are stretched from names.
"""

import hashlib
import hmac
import json

import kyber_py.ml_kem as kyber
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa, utils
from nacl import bindings as sodium

DER, RAW = serialization.Encoding.DER, serialization.NoEncryption()
HASHES = {"SHA_1": hashes.SHA1(), "SHA_256": hashes.SHA256(), "SHA_384": hashes.SHA384(), "SHA_512": hashes.SHA512()}
CURVES = {
    "ECC_NIST_P256": (ec.SECP256R1(), 32, "SHA_256"), "ECC_NIST_P384": (ec.SECP384R1(), 48, "SHA_384"),
    "ECC_NIST_P521": (ec.SECP521R1(), 66, "SHA_512"), "ECC_SECG_P256K1": (ec.SECP256K1(), 32, "SHA_256"),
}
ML_DSA = {
    "ML_DSA_44": mldsa.MLDSA44PrivateKey, "ML_DSA_65": mldsa.MLDSA65PrivateKey,
    "ML_DSA_87": mldsa.MLDSA87PrivateKey,
}
ML_KEM = {"ML_KEM_768": mlkem.MLKEM768PrivateKey, "ML_KEM_1024": mlkem.MLKEM1024PrivateKey}
MESSAGE = b"What Claviger signs, others verify."


def stretch(seed, length):
    """Bytes that look random and can be made again."""
    return hashlib.shake_256(seed.encode()).digest(length)


def pkcs8(key):
    return key.private_bytes(DER, serialization.PrivateFormat.PKCS8, RAW)


def spki(key):
    return key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def digest(name, data):
    h = hashes.Hash(HASHES[name])
    h.update(data)
    return h.finalize()


def scalar(spec):
    curve, length, _ = CURVES[spec]
    return int.from_bytes(stretch(spec, length), "big") % (2 ** (curve.key_size - 1))


keys, signatures, ciphertexts, macs, secrets, encapsulated, wrapped = [], [], [], [], [], [], []
private = {}


def add_key(spec, material, imported, public):
    keys.append({"spec": spec, "material": material.hex(), "imported": imported.hex(), "spki": public.hex()})


def add_signature(spec, algorithm, kind, message, signature, fixed):
    signatures.append({
        "spec": spec, "algorithm": algorithm, "kind": kind, "message": message.hex(),
        "signature": signature.hex(), "deterministic": fixed,
    })


for size in (2048, 3072, 4096):
    spec = f"RSA_{size}"
    key = private[spec] = rsa.generate_private_key(65537, size)
    add_key(spec, pkcs8(key), pkcs8(key), spki(key))
    for name in ("SHA_256", "SHA_384", "SHA_512"):
        h, d = HASHES[name], digest(name, MESSAGE)
        for algorithm, pad in ((f"RSASSA_PKCS1_V1_5_{name}", padding.PKCS1v15()),
                               (f"RSASSA_PSS_{name}", padding.PSS(padding.MGF1(h), h.digest_size))):
            fixed = "PKCS1" in algorithm
            add_signature(spec, algorithm, "RAW", MESSAGE, key.sign(MESSAGE, pad, h), fixed)
            add_signature(spec, algorithm, "DIGEST", d, key.sign(d, pad, utils.Prehashed(h)), fixed)
    for name in ("SHA_1", "SHA_256"):
        h = HASHES[name]
        most = size // 8 - 2 * h.digest_size - 2
        for length in (1, most):
            plaintext = stretch(f"{spec}/{name}/{length}", length)
            pad = padding.OAEP(padding.MGF1(h), h, None)
            ciphertexts.append({
                "spec": spec, "algorithm": f"RSAES_OAEP_{name}", "plaintext": plaintext.hex(),
                "ciphertext": key.public_key().encrypt(plaintext, pad).hex(),
            })

for spec, (curve, _, name) in CURVES.items():
    key = private[spec] = ec.derive_private_key(scalar(spec), curve)
    add_key(spec, pkcs8(key), pkcs8(key), spki(key))
    h, d = HASHES[name], digest(name, MESSAGE)
    algorithm = f"ECDSA_{name}"
    add_signature(spec, algorithm, "RAW", MESSAGE, key.sign(MESSAGE, ec.ECDSA(h)), False)
    add_signature(spec, algorithm, "DIGEST", d, key.sign(d, ec.ECDSA(utils.Prehashed(h))), False)
    if "NIST" in spec:
        peer = ec.derive_private_key(scalar(spec) // 3, curve)
        secrets.append({
            "spec": spec, "peer": spki(peer).hex(), "secret": key.exchange(ec.ECDH(), peer.public_key()).hex(),
        })

seed = stretch("ECC_NIST_EDWARDS25519", 32)
key = private["ECC_NIST_EDWARDS25519"] = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
add_key("ECC_NIST_EDWARDS25519", seed, pkcs8(key), spki(key))
add_signature("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "RAW", MESSAGE, key.sign(MESSAGE), True)
d = digest("SHA_512", MESSAGE)
state = sodium.crypto_sign_ed25519ph_state()
sodium.crypto_sign_ed25519ph_update(state, d)
_, secret_key = sodium.crypto_sign_seed_keypair(seed)
add_signature("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512", "DIGEST", d,
              sodium.crypto_sign_ed25519ph_final_create(state, secret_key), True)

for spec, kind in ML_DSA.items():
    seed = stretch(spec, 32)
    key = kind.from_seed_bytes(seed)
    add_key(spec, seed, b"", spki(key))
    add_signature(spec, "ML_DSA_SHAKE_256", "RAW", MESSAGE, key.sign(MESSAGE), False)
    tr = hashlib.shake_256(key.public_key().public_bytes_raw()).digest(64)
    mu = hashlib.shake_256(tr + b"\0\0" + MESSAGE).digest(64)
    add_signature(spec, "ML_DSA_SHAKE_256", "EXTERNAL_MU", mu, key.sign_mu(mu), False)

for spec, kind in ML_KEM.items():
    seed = stretch(spec, 64)
    key = kind.from_seed_bytes(seed)
    add_key(spec, seed, pkcs8(key), spki(key))
    secret, ciphertext = key.public_key().encapsulate()
    encapsulated.append({"spec": spec, "ciphertext": ciphertext.hex(), "secret": secret.hex()})
    wrong = stretch(spec + "/wrong", len(ciphertext))
    encapsulated.append({"spec": spec, "ciphertext": wrong.hex(), "secret": key.decapsulate(wrong).hex()})

# kyber-py has no DER: the frames are those of RFC 9935 with the object identifier of ML-KEM-512.
oid = bytes.fromhex("300b0609608648016503040401")
seed = stretch("ML_KEM_512", 64)
ek, dk = kyber.ML_KEM_512.key_derive(seed)
add_key("ML_KEM_512", seed, bytes.fromhex("3054020100") + oid + bytes.fromhex("04428040") + seed,
        bytes.fromhex("30820332") + oid + bytes.fromhex("0382032100") + ek)
secret, ciphertext = kyber.ML_KEM_512.encaps(ek)
encapsulated.append({"spec": "ML_KEM_512", "ciphertext": ciphertext.hex(), "secret": secret.hex()})
wrong = stretch("ML_KEM_512/wrong", 768)
encapsulated.append({"spec": "ML_KEM_512", "ciphertext": wrong.hex(), "secret": kyber.ML_KEM_512.decaps(dk, wrong).hex()})

for bits, name in ((224, "sha224"), (256, "sha256"), (384, "sha384"), (512, "sha512")):
    for length in (bits // 8, 128):
        key = stretch(f"HMAC_{bits}/{length}", length)
        macs.append({
            "spec": f"HMAC_{bits}", "algorithm": f"HMAC_SHA_{bits}", "key": key.hex(),
            "message": MESSAGE.hex(), "mac": hmac.new(key, MESSAGE, name).hexdigest(),
        })

for size in (2048, 3072, 4096):
    wrapping = private[f"RSA_{size}"].public_key()
    for name in ("SHA_1", "SHA_256"):
        h = HASHES[name]
        pad = padding.OAEP(padding.MGF1(h), h, None)
        for aes in (16, 32):
            material = pkcs8(private["RSA_2048" if aes == 32 else "ECC_NIST_P521"])
            key = stretch(f"{size}/{name}/{aes}", aes)
            wrapped.append({
                "wrapping": f"RSA_{size}", "algorithm": f"RSA_AES_KEY_WRAP_{name}", "material": material.hex(),
                "wrapped": (wrapping.encrypt(key, pad) + keywrap.aes_key_wrap_with_padding(key, material)).hex(),
            })
        material = stretch(f"{size}/{name}", 32)
        wrapped.append({
            "wrapping": f"RSA_{size}", "algorithm": f"RSAES_OAEP_{name}", "material": material.hex(),
            "wrapped": wrapping.encrypt(material, pad).hex(),
        })

kinds = {
    "keys": keys, "signatures": signatures, "ciphertexts": ciphertexts, "macs": macs,
    "secrets": secrets, "encapsulated": encapsulated, "wrapped": wrapped,
}
lines = ",\n".join(f' "{k}": [\n  ' + ",\n  ".join(json.dumps(v) for v in vs) + "\n ]" for k, vs in kinds.items())
print("{\n" + lines + "\n}")
