"""Computes vectors.json with Python's `cryptography` package, from the formats' descriptions.

Run by hand (python make.py > vectors.json) when a format version is added; old vectors stay. It
shares no code with the crate: derivation, GCM and every layout are written here again.
"""

import base64
import hashlib
import json
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode


def stretch(seed, length):
    """Bytes that look random and can be made again."""
    return hashlib.shake_256(seed.encode()).digest(length)


def derive(key, label, context):
    return KBKDFHMAC(
        algorithm=hashes.SHA256(), mode=Mode.CounterMode, length=32, rlen=4, llen=4,
        location=CounterLocation.BeforeFixed, label=label.encode(), context=context, fixed=None,
    ).derive(key)


def text(value):
    raw = value.encode()
    return struct.pack(">I", len(raw)) + raw


def canonical(context):
    names = sorted(context, key=lambda n: n.encode())
    return struct.pack(">I", len(names)) + b"".join(text(n) + text(context[n]) for n in names)


def ciphertext(name, key_id, context, plaintext):
    material, material_id = stretch(name + "/material", 32), stretch(name + "/material id", 32)
    nonce, iv = stretch(name + "/nonce", 16), stretch(name + "/iv", 12)
    multi_region = key_id.startswith("mrk-")
    raw_id = bytes.fromhex(key_id.removeprefix("mrk-").replace("-", ""))
    header = bytes([1, 1 if multi_region else 0]) + raw_id + material_id + nonce + iv
    key = derive(material, "claviger/ciphertext/v1", nonce)
    sealed = AESGCM(key).encrypt(iv, plaintext, header + canonical(context))
    return {
        "name": name, "key_id": key_id, "material": material.hex(),
        "material_id": material_id.hex(), "entropy": (nonce + iv).hex(), "context": context,
        "plaintext": plaintext.hex(), "blob": (header + sealed).hex(),
    }


def value(name, collection, row, version, plaintext):
    key_id, key = stretch(name + "/key id", 16), stretch(name + "/key", 32)
    nonce, iv = stretch(name + "/nonce", 16), stretch(name + "/iv", 12)
    header = bytes([1]) + key_id + nonce + iv
    place = text(collection) + text(row) + struct.pack(">Q", version)
    sealed = AESGCM(derive(key, "claviger/sealed-value/v1", nonce)).encrypt(iv, plaintext, header + place)
    return {
        "name": name, "key_id": key_id.hex(), "key": key.hex(), "entropy": (nonce + iv).hex(),
        "collection": collection, "row": row, "version": version, "plaintext": plaintext.hex(),
        "sealed": base64.b64encode(header + sealed).decode(),
    }


def wrapped(name):
    root, key_id, key = stretch(name + "/root", 32), stretch(name + "/id", 16), stretch(name + "/key", 32)
    nonce, iv = stretch(name + "/nonce", 16), stretch(name + "/iv", 12)
    root_id = derive(root, "claviger/root-key-id/v1", b"")[:8]
    header = bytes([1]) + root_id + key_id + nonce + iv
    sealed = AESGCM(derive(root, "claviger/store-key/v1", nonce)).encrypt(iv, key, header)
    return {
        "name": name,
        "root_file": f"claviger-root-key-v1 {base64.b64encode(root).decode()} {root_id.hex()}\n",
        "entropy": (key_id + key + nonce + iv).hex(),
        "wrapped": base64.b64encode(header + sealed).decode(),
    }


def index(name, purpose, data):
    key = stretch(name + "/key", 32)
    from cryptography.hazmat.primitives.hmac import HMAC
    mac = HMAC(derive(key, "claviger/index/v1", purpose.encode()), hashes.SHA256())
    mac.update(data.encode())
    return {"name": name, "key": key.hex(), "purpose": purpose, "data": data, "tag": mac.finalize().hex()}


UUID, MRK = "1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab"
print(json.dumps({
    "ciphertexts": [
        ciphertext("no context", UUID, {}, b"attack at dawn"),
        ciphertext("empty plaintext", UUID, {"a": "b"}, b""),
        ciphertext("multi-Region key", MRK, {"aws:sso:instance-arn": "arn:aws:sso:::instance/ssoins-1"}, b"x"),
        ciphertext("context out of order", UUID, {"b": "2", "a": "1", "B": "3"}, b"\x00\xff"),
        ciphertext("context beyond ASCII", MRK, {"schlüssel": "値", "\U0001f511": "", "z": "\uffff"}, b"k" * 32),
        ciphertext("4096 bytes", UUID, {"purpose": "largest"}, stretch("plaintext", 4096)),
    ],
    "values": [
        value("key material", "kms.material", "us-east-1/" + UUID, 1, stretch("material", 32)),
        value("empty", "", "", 0, b""),
        value("beyond ASCII", "identitystore.user", "ü/値", 2**64 - 1, "Jürgen".encode()),
    ],
    "wrapped": [wrapped("first"), wrapped("second")],
    "indexes": [index("user name", "UserName", "jane"), index("empty", "", "")],
}, indent=1, ensure_ascii=False))
