"""AWS's client-side encryption libraries, unmodified: each program knows nothing of Claviger but the environment
that `claviger env` gives it. What they did is read from the records afterwards.
"""
import json
import subprocess
import sys

from conftest import clean_environment

# Round trips through the AWS Encryption SDK: every kind of algorithm suite, frames or none, two keys for one
# message, and what must fail.
ENCRYPTION_SDK = """
import json, sys
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient, StrictAwsKmsMasterKeyProvider
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError, CustomMaximumValueExceeded
from aws_encryption_sdk.identifiers import Algorithm

one, two, other = sys.argv[1:]
context = {"purpose": "test", "tenant": "t1"}
client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
committing = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
both = StrictAwsKmsMasterKeyProvider(key_ids=[one, two])
suites = [
    (committing, Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY),
    (committing, Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384),
    (client, Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384),
    (client, Algorithm.AES_192_GCM_IV12_TAG16_HKDF_SHA256),
    (client, Algorithm.AES_128_GCM_IV12_TAG16),
]
done = []
for sdk, suite in suites:
    for frame in (0, 128, 4096):
        plaintext = bytes(range(256)) * 3
        message, _ = sdk.encrypt(source=plaintext, key_provider=both, algorithm=suite, frame_length=frame,
                                 encryption_context=context)
        for key in (one, two):
            found, header = client.decrypt(source=message,
                                           key_provider=StrictAwsKmsMasterKeyProvider(key_ids=[key]))
            assert found == plaintext and context.items() <= header.encryption_context.items()
        done.append(suite.name)
wrong = {}
def fails(name, key, message):
    try:
        client.decrypt(source=message, key_provider=StrictAwsKmsMasterKeyProvider(key_ids=[key]))
    except Exception as refused:
        wrong[name] = type(refused).__name__
fails("another key", other, message)
fails("altered", one, message[:-40] + bytes([message[-40] ^ 1]) + message[-39:])
print(json.dumps({"done": done, "wrong": wrong}))
"""

# The DynamoDB Encryption Client over a table of another emulator: signed and encrypted items, read back, and
# unreadable without the client.
DYNAMODB = """
import json, sys
import boto3
from dynamodb_encryption_sdk.encrypted.table import EncryptedTable
from dynamodb_encryption_sdk.identifiers import CryptoAction
from dynamodb_encryption_sdk.material_providers.aws_kms import AwsKmsCryptographicMaterialsProvider
from dynamodb_encryption_sdk.structures import AttributeActions

table = boto3.resource("dynamodb").create_table(
    TableName="t", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
table.wait_until_exists()
encrypted = EncryptedTable(
    table=table, materials_provider=AwsKmsCryptographicMaterialsProvider(key_id=sys.argv[1]),
    attribute_actions=AttributeActions(default_action=CryptoAction.ENCRYPT_AND_SIGN,
                                       attribute_actions={"plain": CryptoAction.DO_NOTHING}))
item = {"id": "1", "secret": "s3cret", "number": 99, "bytes": b"\\x00\\x01", "plain": "seen"}
encrypted.put_item(Item=item)
back = encrypted.get_item(Key={"id": "1"})["Item"]
stored = table.get_item(Key={"id": "1"})["Item"]
table.update_item(Key={"id": "1"}, UpdateExpression="SET secret = :s",
                  ExpressionAttributeValues={":s": stored["number"]})
try:
    encrypted.get_item(Key={"id": "1"})
    altered = "read"
except Exception as refused:
    altered = type(refused).__name__
print(json.dumps({
    "back": back["secret"] == item["secret"] and back["number"] == 99 and bytes(back["bytes"]) == item["bytes"],
    "hidden": stored["secret"] != item["secret"], "plain": stored["plain"], "altered": altered}))
"""

# What infrastructure as code does: write, read at once, compare, again until nothing differs, take down.
READ_AFTER_WRITE = """
import json
import boto3

kms = boto3.client("kms")
policy = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Sid": "Enable IAM policies", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
    "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}]})
wanted = {"Description": "by code", "Tags": {"a": "1", "b": ""}, "Rotation": 180, "Enabled": False,
          "Alias": "alias/by-code"}

def read(key):
    told = kms.describe_key(KeyId=key)["KeyMetadata"]
    tags = kms.list_resource_tags(KeyId=key)["Tags"]
    rotation = kms.get_key_rotation_status(KeyId=key)
    aliases = [a["AliasName"] for a in kms.list_aliases(KeyId=key)["Aliases"]]
    return {"Description": told["Description"], "Tags": {t["TagKey"]: t["TagValue"] for t in tags},
            "Rotation": rotation.get("RotationPeriodInDays"), "Enabled": told["Enabled"],
            "Alias": aliases[0] if aliases else None,
            "Policy": json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])}

def write(key, found):
    if found["Description"] != wanted["Description"]:
        kms.update_key_description(KeyId=key, Description=wanted["Description"])
    if found["Tags"] != wanted["Tags"]:
        kms.tag_resource(KeyId=key, Tags=[{"TagKey": k, "TagValue": v} for k, v in wanted["Tags"].items()])
        gone = set(found["Tags"]) - set(wanted["Tags"])
        if gone:
            kms.untag_resource(KeyId=key, TagKeys=sorted(gone))
    if found["Rotation"] != wanted["Rotation"]:
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=wanted["Rotation"])
    if found["Alias"] is None:
        kms.create_alias(AliasName=wanted["Alias"], TargetKeyId=key)
    if found["Enabled"] != wanted["Enabled"]:
        kms.disable_key(KeyId=key)

plans = []
key = kms.create_key(Policy=policy, Tags=[{"TagKey": "old", "TagValue": "x"}])["KeyMetadata"]["KeyId"]
wanted["Policy"] = json.loads(policy)
for _ in range(2):
    found = read(key)
    differs = sorted(k for k in wanted if found[k] != wanted[k])
    plans.append(differs)
    write(key, found)
kms.delete_alias(AliasName=wanted["Alias"])
kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
plans.append(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])
print(json.dumps(plans))
"""


def run(program, *arguments, env):
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program, *arguments],
                          capture_output=True, text=True, env=clean_environment() | env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def new_key(service):
    return service.client("kms").create_key()["KeyMetadata"]["Arn"]


def on_keys(service, *arns):
    """The records that name one of these keys."""
    return [r for r in service.records() if any(k["ARN"] in arns for k in r.get("resources") or [])]


def test_aws_encryption_sdk(service):
    one, two, other = (new_key(service) for _ in range(3))
    told = run(ENCRYPTION_SDK, one, two, other, env=service.environment())
    assert len(told["done"]) == 15
    # Its errors are the SDK's own; that it refuses is what counts.
    assert set(told["wrong"]) == {"another key", "altered"}
    records = [r for r in on_keys(service, one, two) if r["eventName"] in ("GenerateDataKey", "Encrypt", "Decrypt")]
    contexts = [r["requestParameters"]["encryptionContext"] for r in records]
    assert len(records) >= 15 * 4
    assert all(c.items() >= {"purpose": "test", "tenant": "t1"}.items() for c in contexts)
    # A signing suite puts its public key into the context that KMS authenticates.
    assert any("aws-crypto-public-key" in c for c in contexts)


def test_dynamodb_encryption_client(service, emulator):
    key = new_key(service)
    env = service.environment(per_service=True) | {"AWS_ENDPOINT_URL": emulator}
    told = run(DYNAMODB, key, env=env)
    assert told["back"] and told["hidden"] and told["plain"] == "seen"
    assert told["altered"] != "read"
    contexts = [r["requestParameters"].get("encryptionContext", {}) for r in on_keys(service, key)
                if r["requestParameters"]]
    # The client binds each item's key to its table.
    assert any(c.get("*aws-kms-table*") == "t" and c.get("id") == "1" for c in contexts)


def test_read_after_write(service):
    assert run(READ_AFTER_WRITE, env=service.environment()) == [
        ["Alias", "Description", "Enabled", "Rotation", "Tags"], [], "PendingDeletion"]
