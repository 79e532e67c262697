"""AWS tools that are pointed at the service by its files alone: AWS_CONFIG_FILE and
AWS_SHARED_CREDENTIALS_FILE, over HTTPS under its own authority and over HTTP."""
import os
import subprocess
import sys

import pytest

from conftest import Service, clean_environment

SCRIPT = """
import boto3
print(boto3.Session().client("sts").get_caller_identity()["Arn"])
print(boto3.Session(profile_name="outsider").client("sts").get_caller_identity()["Arn"])
print(boto3.client("kms").describe_key(KeyId="alias/iic-cmk-prod")["KeyMetadata"]["MultiRegion"])
"""


@pytest.mark.parametrize("options", [(), ("--tls",)])
def test_files_alone(tmp_path, options):
    service = Service(tmp_path / "dir", *options).start()
    try:
        assert service.endpoint.startswith("https" if options else "http:")
        env = clean_environment() | {
            "AWS_CONFIG_FILE": str(service.directory / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(service.directory / "credentials")}
        done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=env)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == [
            "arn:aws:iam::111122223333:user/admin", "arn:aws:iam::999900001111:user/outsider", "True"]
        for name in ("config", "credentials"):
            assert os.stat(service.directory / name).st_mode & 0o777 == 0o600
    finally:
        assert service.stop() == 0


def test_a_client_that_does_not_trust_the_authority_is_not_served(tmp_path):
    service = Service(tmp_path / "dir", "--tls").start()
    try:
        env = clean_environment() | service.environment()
        del env["AWS_CA_BUNDLE"]
        script = "import boto3; boto3.client('sts').get_caller_identity()"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env)
        assert done.returncode != 0 and "CERTIFICATE_VERIFY_FAILED" in done.stderr
    finally:
        service.stop()
