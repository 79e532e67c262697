#!/usr/bin/env python3
"""Runs the same behaviours of AWS KMS against Claviger and against moto, and prints both beside what AWS documents.

    CLAVIGER_BIN=target/debug/claviger python3 bench/kms_beside_moto.py [--write FILE]

Each behaviour is a call, or a few, and what AWS answers: the code and, where AWS's text is recorded or documented,
the text. A cell says "as AWS", or what was answered instead. moto is started in this process as its package does it.
Needs boto3 and moto[server].
Exit status: 0 when Claviger answers all of them as AWS does, else 1.
"""
import argparse
import json
import logging
import os
import re
import subprocess
import sys
import tempfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "us-east-1"
ABSENT = "1234abcd-12ab-34cd-56ef-1234567890ab"
BEHAVIOURS = []


def behaviour(title, code=None, text=None):
    """A behaviour: a function of a place that returns what it saw, or raises; `None` stands for success."""
    def keep(function):
        BEHAVIOURS.append((title, code, text, function))
        return function
    return keep


def refused(title, code, text, operation, make):
    BEHAVIOURS.append((title, code, text, lambda p: p.call(operation, **make(p))))


def holds(title, check):
    BEHAVIOURS.append((title, None, None, check))


class Place:
    """One service, and what the behaviours need of it, made when first asked for."""

    def __init__(self, endpoint, access, secret):
        self.kms = boto3.client(
            "kms", region_name=REGION, endpoint_url=endpoint, aws_access_key_id=access,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False))
        self.made = {}

    def call(self, operation, **input):
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        return getattr(self.kms, name)(**input)

    def new(self, **input):
        return self.kms.create_key(**input)["KeyMetadata"]

    def one(self, name, **input):
        if name not in self.made:
            self.made[name] = self.new(**input)
        return self.made[name]

    @property
    def key(self):
        return self.one("key")["KeyId"]

    @property
    def arn(self):
        return self.one("key")["Arn"]

    @property
    def signing(self):
        return self.one("signing", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyId"]

    @property
    def mac(self):
        return self.one("mac", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]

    @property
    def rsa(self):
        return self.one("rsa", KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyId"]

    @property
    def external(self):
        return self.one("external", Origin="EXTERNAL")["KeyId"]

    @property
    def primary(self):
        return self.one("primary", MultiRegion=True)["KeyId"]

    @property
    def disabled(self):
        if "disabled" not in self.made:
            self.kms.disable_key(KeyId=self.one("disabled")["KeyId"])
        return self.made["disabled"]["KeyId"]

    @property
    def pending(self):
        if "pending" not in self.made:
            self.kms.schedule_key_deletion(KeyId=self.one("pending")["KeyId"], PendingWindowInDays=7)
        return self.made["pending"]["KeyId"]

    @property
    def blob(self):
        return self.kms.encrypt(KeyId=self.key, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]

    def alias(self, name="alias/one", key=None):
        if name not in self.made:
            self.kms.create_alias(AliasName=name, TargetKeyId=key or self.key)
            self.made[name] = name
        return name


VALIDATION = "1 validation error detected: Value "
PREFIX = ('Alias must start with the prefix "alias/". Please see '
          "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html")
DRY = "The request would have succeeded, but the DryRun option is set."
WRONG_KEY = "The key ID in the request does not identify a CMK that can perform this operation."

refused("a key that is not there", "NotFoundException", rf"Key 'arn:aws:kms:{REGION}:\d+:key/{ABSENT}' does not exist",
        "DescribeKey", lambda p: {"KeyId": ABSENT})
refused("a text that is no key id", "NotFoundException", "Invalid keyId 'fake-key-id'", "DescribeKey",
        lambda p: {"KeyId": "fake-key-id"})
refused("a key ARN of another Region", "NotFoundException", "Invalid arn eu-north-1", "DescribeKey",
        lambda p: {"KeyId": p.arn.replace(REGION, "eu-north-1")})
refused("an alias that is not there", "NotFoundException", r"Alias arn:aws:kms:.*:alias/none is not found\.",
        "DescribeKey", lambda p: {"KeyId": "alias/none"})
refused("an alias where a key must be named", "InvalidArnException", None, "DisableKey",
        lambda p: {"KeyId": p.alias()})
refused("an empty key id", "ValidationException",
        VALIDATION + "'' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
        "DescribeKey", lambda p: {"KeyId": ""})
refused("an RSA key without usage", "ValidationException",
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.", "CreateKey",
        lambda p: {"KeySpec": "RSA_2048"})
refused("a usage that its spec does not have", "ValidationException",
        "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048", "CreateKey",
        lambda p: {"KeySpec": "RSA_2048", "KeyUsage": "KEY_AGREEMENT"})
refused("a key policy that is no JSON", "MalformedPolicyDocumentException", None, "CreateKey",
        lambda p: {"Policy": "{"})
refused("a key policy that locks its author out", "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.", "PutKeyPolicy",
        lambda p: {"KeyId": p.key, "PolicyName": "default", "Policy": json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"AWS": p.arn.split(":")[4]}, "Action": "kms:Decrypt",
                "Resource": "*"}]})})
refused("a key policy of more than 32 KiB", "LimitExceededException", None, "PutKeyPolicy",
        lambda p: {"KeyId": p.key, "PolicyName": "default", "Policy": "x" * 32769})
refused("a key policy of RAM", "ValidationException", "The AWS_RAM policy can only be managed by the RAM service",
        "PutKeyPolicy", lambda p: {"KeyId": p.key, "PolicyName": "AWS_RAM", "Policy": "{}"})
refused("a custom key store that is not there, for a key", "CustomKeyStoreNotFoundException", None, "CreateKey",
        lambda p: {"CustomKeyStoreId": "cks-1234567890abcdef0", "Origin": "AWS_CLOUDHSM"})
refused("a custom key store that is not there", "CustomKeyStoreNotFoundException", None, "ConnectCustomKeyStore",
        lambda p: {"CustomKeyStoreId": "cks-1234567890abcdef0"})
holds("no custom key stores: an empty list",
      lambda p: p.call("DescribeCustomKeyStores")["CustomKeyStores"] == [])
refused("a duplicate tag", "TagException", "Duplicate tag keys", "TagResource",
        lambda p: {"KeyId": p.key, "Tags": [{"TagKey": "a", "TagValue": v} for v in "12"]})
refused("a tag of aws:", "TagException", "Tags beginning with aws: are reserved", "TagResource",
        lambda p: {"KeyId": p.key, "Tags": [{"TagKey": "aws:x", "TagValue": ""}]})
refused("51 tags", "TagException", "Too many tags", "TagResource",
        lambda p: {"KeyId": p.key, "Tags": [{"TagKey": f"k{n}", "TagValue": ""} for n in range(51)]})
refused("a tag key of 129 characters", "ValidationException",
        r".*at 'tags\.1\.member\.tagKey' failed to satisfy constraint: Member must have length less than or equal to "
        "128", "TagResource", lambda p: {"KeyId": p.key, "Tags": [{"TagKey": "k" * 129, "TagValue": ""}]})
refused("an alias without prefix", "ValidationException", re.escape(PREFIX), "CreateAlias",
        lambda p: {"AliasName": "one", "TargetKeyId": p.key})
refused("an alias that is there", "AlreadyExistsException",
        r"An alias with the name arn:aws:kms:.*:alias/one already exists", "CreateAlias",
        lambda p: {"AliasName": p.alias(), "TargetKeyId": p.key})
refused("an alias over to a key of another type", "ValidationException", None, "UpdateAlias",
        lambda p: {"AliasName": p.alias(), "TargetKeyId": p.mac})
refused("deleting an alias that is not there", "NotFoundException", r"Alias arn:aws:kms:.*:alias/none is not found\.",
        "DeleteAlias", lambda p: {"AliasName": "alias/none"})
refused("a marker that no page ended with", "InvalidMarkerException", None, "ListKeys",
        lambda p: {"Marker": "nonsense"})
refused("a limit above 1000", "ValidationException", None, "ListKeys", lambda p: {"Limit": 1001})


@behaviour("pages of keys by Limit and Marker")
def pages(p):
    for _ in range(3):
        p.new()
    first = p.kms.list_keys(Limit=2)
    second = p.kms.list_keys(Limit=2, Marker=first["NextMarker"])
    return (first["Truncated"] and len(first["Keys"]) == 2
            and not {k["KeyId"] for k in first["Keys"]} & {k["KeyId"] for k in second["Keys"]})


@behaviour("DescribeKey of alias/aws/s3 makes the AWS managed key")
def managed(p):
    made = p.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    again = p.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    return made["KeyManager"] == "AWS" and made["KeyId"] == again["KeyId"]


def managed_id(p):
    return {"KeyId": p.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"]}


holds("an AWS managed key rotates",
      lambda p: p.kms.get_key_rotation_status(**managed_id(p))["KeyRotationEnabled"])
refused("an AWS managed key is not disabled", "AccessDeniedException",
        r"User: .* is not authorized to perform: kms:DisableKey on resource: .* because no resource-based policy allows "
        "the kms:DisableKey action", "DisableKey", managed_id)
refused("an AWS managed key is used through its service only", "AccessDeniedException", None, "Encrypt",
        lambda p: managed_id(p) | {"Plaintext": b"x"})
refused("Encrypt by a disabled key", "DisabledException", r"arn:.* is disabled\.", "Encrypt",
        lambda p: {"KeyId": p.disabled, "Plaintext": b"x"})
refused("Encrypt by a key pending deletion", "KMSInvalidStateException", r"arn:.* is pending deletion\.", "Encrypt",
        lambda p: {"KeyId": p.pending, "Plaintext": b"x"})
refused("EnableKey of a key pending deletion", "KMSInvalidStateException", r"arn:.* is pending deletion\.", "EnableKey",
        lambda p: {"KeyId": p.pending})
refused("tags for a key pending deletion", "KMSInvalidStateException", r"arn:.* is pending deletion\.", "TagResource",
        lambda p: {"KeyId": p.pending, "Tags": [{"TagKey": "a", "TagValue": ""}]})
refused("an alias for a key pending deletion", "KMSInvalidStateException", r"arn:.* is pending deletion\.",
        "CreateAlias", lambda p: {"AliasName": "alias/pending", "TargetKeyId": p.pending})
refused("CancelKeyDeletion of an enabled key", "KMSInvalidStateException", r"arn:.* is not pending deletion\.",
        "CancelKeyDeletion", lambda p: {"KeyId": p.key})
refused("a waiting period of 6 days", "ValidationException", None, "ScheduleKeyDeletion",
        lambda p: {"KeyId": p.key, "PendingWindowInDays": 6})


@behaviour("CancelKeyDeletion leaves the key disabled")
def cancelled(p):
    key = p.new()["KeyId"]
    p.kms.schedule_key_deletion(KeyId=key)
    p.kms.cancel_key_deletion(KeyId=key)
    return p.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


refused("Encrypt by a key that waits for its import", "KMSInvalidStateException", r"arn:.* is pending import\.",
        "Encrypt", lambda p: {"KeyId": p.external, "Plaintext": b"x"})
refused("rotation of a key whose material is imported", "UnsupportedOperationException",
        r"arn:.* origin is EXTERNAL which is not valid for this operation\.", "EnableKeyRotation",
        lambda p: {"KeyId": p.external})
refused("rotation of an HMAC key", "UnsupportedOperationException", None, "EnableKeyRotation",
        lambda p: {"KeyId": p.mac})
refused("import parameters of a key of KMS", "UnsupportedOperationException",
        r"arn:.* origin is AWS_KMS which is not valid for this operation\.", "GetParametersForImport",
        lambda p: {"KeyId": p.key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"})
refused("a rotation period of 89 days", "ValidationException", None, "EnableKeyRotation",
        lambda p: {"KeyId": p.key, "RotationPeriodInDays": 89})


@behaviour("RotateKeyOnDemand: old ciphertext opens, and new material encrypts")
def rotated(p):
    key = p.new()["KeyId"]
    old = p.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    before = p.kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    p.kms.rotate_key_on_demand(KeyId=key)
    now = p.kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    return p.kms.decrypt(CiphertextBlob=old)["KeyMaterialId"] == before != now


@behaviour("DescribeKey of a key tells its current material")
def material(p):
    return len(p.kms.describe_key(KeyId=p.key)["KeyMetadata"]["CurrentKeyMaterialId"]) == 64


refused("ReplicateKey into the key's own Region", "AlreadyExistsException", None, "ReplicateKey",
        lambda p: {"KeyId": p.primary, "ReplicaRegion": REGION})
refused("ReplicateKey of a single-Region key", "UnsupportedOperationException", None, "ReplicateKey",
        lambda p: {"KeyId": p.key, "ReplicaRegion": "eu-west-1"})
holds("a multi-Region key id begins with mrk-", lambda p: p.primary.startswith("mrk-"))
refused("an encryption context that differs", "InvalidCiphertextException", "", "Decrypt",
        lambda p: {"CiphertextBlob": p.blob, "EncryptionContext": {"a": "c"}})
refused("a missing encryption context", "InvalidCiphertextException", "", "Decrypt",
        lambda p: {"CiphertextBlob": p.blob})
refused("a ciphertext with one bit changed", "InvalidCiphertextException", "", "Decrypt",
        lambda p: {"CiphertextBlob": p.blob[:-1] + bytes([p.blob[-1] ^ 1]), "EncryptionContext": {"a": "b"}})
refused("bytes that are no ciphertext", "InvalidCiphertextException", "", "Decrypt",
        lambda p: {"CiphertextBlob": b"nonsense"})
refused("Decrypt with another key", "IncorrectKeyException", re.escape(WRONG_KEY), "Decrypt",
        lambda p: {"CiphertextBlob": p.blob, "EncryptionContext": {"a": "b"}, "KeyId": p.primary})
refused("a plaintext of 4097 bytes", "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less "
        "than or equal to 4096", "Encrypt", lambda p: {"KeyId": p.key, "Plaintext": b"x" * 4097})
refused("RSA OAEP with 191 bytes", "ValidationException",
        r"Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes\.", "Encrypt",
        lambda p: {"KeyId": p.rsa, "Plaintext": b"x" * 191, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"})
refused("Encrypt by a signing key", "InvalidKeyUsageException",
        r"arn:.* key usage is SIGN_VERIFY which is not valid for Encrypt\.", "Encrypt",
        lambda p: {"KeyId": p.signing, "Plaintext": b"x", "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"})
refused("a data key without a length", "ValidationException", None, "GenerateDataKey", lambda p: {"KeyId": p.key})
refused("a data key with two lengths", "ValidationException", None, "GenerateDataKey",
        lambda p: {"KeyId": p.key, "KeySpec": "AES_256", "NumberOfBytes": 32})
refused("random bytes without a number", "ValidationException", r"NumberOfBytes is required\.", "GenerateRandom",
        lambda p: {})
refused("1025 random bytes", "ValidationException",
        VALIDATION + "'1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal "
        "to 1024", "GenerateRandom", lambda p: {"NumberOfBytes": 1025})
refused("a digest of a wrong length", "ValidationException",
        r"Digest is invalid length for algorithm RSASSA_PSS_SHA_256\.", "Sign",
        lambda p: {"KeyId": p.signing, "Message": b"x", "MessageType": "DIGEST",
                   "SigningAlgorithm": "RSASSA_PSS_SHA_256"})
refused("a signature that is none", "KMSInvalidSignatureException", "", "Verify",
        lambda p: {"KeyId": p.signing, "Message": b"x", "Signature": b"x" * 256,
                   "SigningAlgorithm": "RSASSA_PSS_SHA_256"})
refused("a MAC that is none", "KMSInvalidMacException", "", "VerifyMac",
        lambda p: {"KeyId": p.mac, "Message": b"x", "Mac": b"x" * 32, "MacAlgorithm": "HMAC_SHA_256"})
refused("a MAC algorithm of another spec", "InvalidKeyUsageException",
        r"Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256\.", "GenerateMac",
        lambda p: {"KeyId": p.mac, "Message": b"x", "MacAlgorithm": "HMAC_SHA_512"})
refused("the public key of a symmetric key", "UnsupportedOperationException", None, "GetPublicKey",
        lambda p: {"KeyId": p.key})
refused("a dry run of Encrypt", "DryRunOperationException", re.escape(DRY), "Encrypt",
        lambda p: {"KeyId": p.key, "Plaintext": b"x", "DryRun": True})
refused("a grant token that is none", "InvalidGrantTokenException", None, "Encrypt",
        lambda p: {"KeyId": p.key, "Plaintext": b"x", "GrantTokens": ["nonsense"]})
refused("a grant for a principal that does not exist", "InvalidArnException", None, "CreateGrant",
        lambda p: {"KeyId": p.key, "Operations": ["Decrypt"],
                   "GranteePrincipal": f"arn:aws:iam::{p.arn.split(':')[4]}:role/nobody"})
refused("a grant of Sign on a symmetric key", "ValidationException", None, "CreateGrant",
        lambda p: {"KeyId": p.key, "Operations": ["Sign"], "GranteePrincipal": grantee(p)})


def grantee(p):
    return f"arn:aws:iam::{p.arn.split(':')[4]}:root"


@behaviour("the same grant by name is the same grant")
def named_grant(p):
    input = {"KeyId": p.key, "Operations": ["Decrypt"], "GranteePrincipal": grantee(p), "Name": "n"}
    return p.kms.create_grant(**input)["GrantId"] == p.kms.create_grant(**input)["GrantId"]


@behaviour("GetKeyLastUsage tells the last cryptographic use")
def last_use(p):
    p.kms.encrypt(KeyId=p.key, Plaintext=b"x")
    return p.kms.get_key_last_usage(KeyId=p.key)["KeyLastUsage"]["Operation"] == "Encrypt"


@behaviour("ML-KEM: both sides have the same secret")
def encapsulated(p):
    key = p.new(KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE")["KeyId"]
    out = p.kms.encapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM")
    back = p.kms.decapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM",
                             SharedSecretCiphertextBlob=out["SharedSecretCiphertextBlob"])
    return out["SharedSecret"] == back["SharedSecret"]


def carry_out(place, code, text, function):
    """"as AWS", or what was answered instead."""
    try:
        found = function(place)
    except ClientError as error:
        got, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        fits = got == code and (text is None or re.fullmatch(text, said))
        return "as AWS" if fits else f"{got}: {said}" if got == code else got
    except Exception as error:  # a service that breaks off, or lacks a member
        return f"fails ({type(error).__name__})"
    if code is None:
        return "as AWS" if found else "does not hold"
    return "accepted"


def cell(text):
    short = text if len(text) <= 90 else text[:87] + "…"
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", short).replace("|", "\\|")


def run(claviger, moto):
    lines, counts = [], [0, 0]
    for title, code, text, function in BEHAVIOURS:
        documented = "holds" if code is None else code
        answers = [carry_out(place, code, text, function) for place in (claviger, moto)]
        for at, answer in enumerate(answers):
            counts[at] += answer == "as AWS"
        lines.append(f"| {title} | {documented} | {cell(answers[0])} | {cell(answers[1])} |")
    return lines, counts


def page(lines, counts, version):
    return "\n".join([
        "## Beside moto", "",
        f"{len(lines)} behaviours that AWS documents or that were recorded from it, run by `bench/kms_beside_moto.py` "
        f"with boto3 against", f"this service and moto {version}. As AWS: {counts[0]} here, {counts[1]} in moto. Codes "
        "are compared, and texts where AWS's is known; a cell with", "a text has the right code and another text.", "",
        "| behaviour | AWS | Claviger | moto |", "|---|---|---|---|", *lines, ""])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--write", metavar="FILE", help="where the table is kept")
    arguments = arguments.parse_args()
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    from importlib.metadata import version
    from moto.server import ThreadedMotoServer
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    peer = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    peer.start()
    host, port = peer.get_host_and_port()
    binary = os.environ["CLAVIGER_BIN"]
    with tempfile.TemporaryDirectory() as directory:
        service = subprocess.Popen([binary, "up", "--dir", directory, "--listen", "127.0.0.1:0"],
                                   stdout=subprocess.PIPE, text=True)
        try:
            for line in service.stdout:
                if line.strip() == "ready":
                    break
            told = subprocess.run([binary, "env", "--dir", directory, "--output", "json"], capture_output=True,
                                  text=True, check=True)
            env = json.loads(told.stdout)
            own = Place(env["AWS_ENDPOINT_URL"], env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
            lines, counts = run(own, Place(f"http://{host}:{port}", "testing", "testing"))
        finally:
            service.terminate()
            service.wait()
            peer.stop()
    text = page(lines, counts, version("moto"))
    print(text)
    if arguments.write:
        with open(arguments.write, "w", encoding="utf-8") as file:
            file.write(text)
    return 0 if counts[0] == len(lines) else 1


if __name__ == "__main__":
    sys.exit(main())
