"""Beside an emulator of other services: what Claviger serves goes to it, the rest to moto."""
import subprocess
import sys

from conftest import clean_environment

SCRIPT = """
import boto3
print(boto3.client("sts").get_caller_identity()["Arn"])
key = boto3.client("kms").describe_key(KeyId="alias/iic-cmk-prod")["KeyMetadata"]["KeyId"]
print(key.startswith("mrk-"))
s3 = boto3.client("s3")
s3.create_bucket(Bucket="beside")
print([b["Name"] for b in s3.list_buckets()["Buckets"]])
"""


def test_each_service_has_its_endpoint(service, emulator):
    own = service.environment(per_service=True)
    assert "AWS_ENDPOINT_URL" not in own
    assert {name for name in own if name.startswith("AWS_ENDPOINT_URL_")} == {
        f"AWS_ENDPOINT_URL_{s}" for s in ("KMS", "STS", "IAM", "SSO_ADMIN", "IDENTITYSTORE", "CLOUDTRAIL", "ORGANIZATIONS")}
    env = clean_environment() | own | {"AWS_ENDPOINT_URL": emulator}
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:3] == ["arn:aws:iam::111122223333:user/admin", "True", "['beside']"]
