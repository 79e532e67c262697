"""An archive in S3 (moto's), made here as CloudTrail makes it: claviger trail verify and the AWS CLI's
validate-logs say the same of it, whole and altered; claviger trail query reads it."""

import base64
import datetime
import gzip
import hashlib
import json
import subprocess

import boto3
import pytest
from awscli.customizations.cloudtrail.validation import DigestProvider, DigestTraverser
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from conftest import BIN, clean_environment

ACCOUNT, REGION, BUCKET = "111122223333", "us-east-1", "logs"
START = datetime.datetime(2026, 1, 5, 10, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": REGION}


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def log_file(hour, number):
    made = START + hour * HOUR + datetime.timedelta(minutes=5 * (number + 1))
    return (f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{made:%Y/%m/%d}/"
            f"{ACCOUNT}_CloudTrail_{REGION}_{made:%Y%m%dT%H%MZ}_{number:016}.json.gz")


def digest_file(hour):
    end = START + (hour + 1) * HOUR
    return (f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/{end:%Y/%m/%d}/"
            f"{ACCOUNT}_CloudTrail-Digest_{REGION}_trail_{REGION}_{end:%Y%m%dT%H%M%SZ}.json.gz")


class Archive:
    def __init__(self, endpoint, tmp_path):
        self.endpoint = endpoint
        self.s3 = boto3.client("s3", region_name=REGION, endpoint_url=endpoint,
                               aws_access_key_id="x", aws_secret_access_key="x")
        self.s3.create_bucket(Bucket=BUCKET)
        self.key = rsa.generate_private_key(65537, 2048)
        public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        self.fingerprint = hashlib.md5(public).hexdigest()
        self.keys = tmp_path / "keys.json"
        self.public = {"Value": base64.b64encode(public).decode(), "Fingerprint": self.fingerprint,
                       "ValidityStartTime": START.timestamp(),
                       "ValidityEndTime": (START + 24 * HOUR).timestamp()}
        self.keys.write_text(json.dumps({"PublicKeyList": [self.public]}))
        previous = None
        for hour in range(3):
            previous = self.put_digest(hour, previous, [self.put_log_file(hour, n) for n in range(2)])

    def put_log_file(self, hour, number):
        moment = iso(START + hour * HOUR + datetime.timedelta(seconds=number))
        record = {"eventID": f"{hour}-{number}", "eventTime": moment, "eventName": "Decrypt",
                  "eventSource": "kms.amazonaws.com", "awsRegion": REGION, "recipientAccountId": ACCOUNT}
        content = json.dumps({"Records": [record]}).encode()
        self.s3.put_object(Bucket=BUCKET, Key=log_file(hour, number), Body=gzip.compress(content))
        return {"s3Bucket": BUCKET, "s3Object": log_file(hour, number),
                "hashValue": hashlib.sha256(content).hexdigest(), "hashAlgorithm": "SHA-256",
                "newestEventTime": moment, "oldestEventTime": moment}

    def put_digest(self, hour, previous, files):
        name, end = digest_file(hour), iso(START + (hour + 1) * HOUR)
        digest = {
            "awsAccountId": ACCOUNT, "digestStartTime": iso(START + hour * HOUR), "digestEndTime": end,
            "digestS3Bucket": BUCKET, "digestS3Object": name,
            "digestPublicKeyFingerprint": self.fingerprint, "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": files[0]["newestEventTime"], "oldestEventTime": files[0]["oldestEventTime"],
            "previousDigestS3Bucket": None, "previousDigestS3Object": None, "previousDigestHashValue": None,
            "previousDigestHashAlgorithm": None, "previousDigestSignature": None, "logFiles": files}
        digest.update(previous or {})
        content = json.dumps(digest).encode()
        own = hashlib.sha256(content).hexdigest()
        text = f"{end}\n{BUCKET}/{name}\n{own}\n{digest['previousDigestSignature'] or 'null'}"
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()
        self.s3.put_object(Bucket=BUCKET, Key=name, Body=gzip.compress(content), Metadata={
            "signature": signature, "signature-algorithm": "SHA256withRSA"})
        return {"previousDigestS3Bucket": BUCKET, "previousDigestS3Object": name,
                "previousDigestHashValue": own, "previousDigestHashAlgorithm": "SHA-256",
                "previousDigestSignature": signature}

    def claviger(self, *arguments):
        return subprocess.run(
            [BIN, "trail", *arguments, "--archive", f"s3://{BUCKET}", "--endpoint-url", self.endpoint],
            capture_output=True, text=True, env=clean_environment() | CREDENTIALS)

    def verify(self):
        """The exit code and the kinds of findings."""
        done = self.claviger("verify", "--keys", str(self.keys), "--output", "json")
        assert done.returncode in (0, 1), done.stderr
        found = json.loads(done.stdout)["archive"]
        assert found["clean"] == (done.returncode == 0)
        return sorted({finding["kind"] for finding in found["findings"]})

    def validate_logs(self):
        """Whether the AWS CLI finds nothing, with the keys of ours in CloudTrail's place."""
        trouble = []

        class Clients:
            def get_client(_, bucket):
                return self.s3

        class Keys:
            def get_public_keys(_, start, end):
                return {self.fingerprint: self.public}

        def told(**what):
            trouble.append(what)

        traverser = DigestTraverser(
            DigestProvider(Clients(), ACCOUNT, "trail", REGION), BUCKET, None, Keys(),
            on_invalid=told, on_missing=told)
        for digest in traverser.traverse_digests(START, START + 6 * HOUR):
            for file in digest["logFiles"]:
                try:
                    body = self.s3.get_object(Bucket=BUCKET, Key=file["s3Object"])["Body"].read()
                    if hashlib.sha256(gzip.decompress(body)).hexdigest() != file["hashValue"]:
                        trouble.append(file)
                except Exception as error:
                    trouble.append(error)
        return not trouble


@pytest.fixture
def archive(emulator, tmp_path):
    return Archive(emulator, tmp_path)


def remove(name):
    return lambda archive: archive.s3.delete_object(Bucket=BUCKET, Key=name)


def move(name, to):
    def alter(archive):
        archive.s3.copy_object(Bucket=BUCKET, Key=to, CopySource={"Bucket": BUCKET, "Key": name})
        archive.s3.delete_object(Bucket=BUCKET, Key=name)
    return alter


def edit(name, old, new):
    def alter(archive):
        found = archive.s3.get_object(Bucket=BUCKET, Key=name)
        content = gzip.decompress(found["Body"].read())
        assert old in content
        archive.s3.put_object(Bucket=BUCKET, Key=name, Body=gzip.compress(content.replace(old, new)),
                              Metadata=found["Metadata"])
    return alter


def put_in(archive):
    archive.put_log_file(0, 7)


@pytest.mark.parametrize("alter,expect,aws_sees_it", [
    (lambda archive: None, [], False),
    (remove(log_file(1, 0)), ["log-file-missing"], True),
    (edit(log_file(1, 0), b"1-0", b"1-x"), ["log-file-hash"], True),
    (remove(digest_file(1)), ["digest-missing", "log-file-unattested"], True),
    (edit(digest_file(2), b'logFiles": [', b'logFiles":  ['),
     ["digest-signature", "log-file-unattested"], True),
    (move(digest_file(2), digest_file(3)), ["digest-moved", "log-file-unattested"], True),
    (put_in, ["log-file-unattested"], False),
])
def test_claviger_and_the_aws_cli_say_the_same(archive, alter, expect, aws_sees_it):
    alter(archive)
    assert archive.verify() == expect
    assert archive.validate_logs() == (not aws_sees_it)


def test_records_in_a_bucket_are_found(archive):
    done = archive.claviger("query", "--since", iso(START + HOUR), "--limit", "3", "--output", "json")
    assert done.returncode == 0, done.stderr
    assert [record["eventID"] for record in json.loads(done.stdout)] == ["1-1", "2-0", "2-1"]


@pytest.fixture
def delivered(fresh):
    """A development service whose records are in its archive, but for the newest."""
    for hour in range(3):
        for region in ["us-east-1", "us-west-2"]:
            kms = fresh.client("kms", region)
            kms.create_key(Description=str(hour))
        fresh.claviger("clock", "advance", "1h")
    fresh.client("kms").list_keys()
    return fresh


def test_a_services_own_archive_is_verified_with_its_database(delivered):
    told = json.loads(delivered.claviger("trail", "verify", "--output", "json"))
    assert told["intact"] and told["archive"]["clean"], told
    assert told["archive"]["bucket"] == "claviger-audit-logs"
    records = told["archive"]["records"]
    # The newest may be on its way while the two are read, the database first.
    assert 0 < records["left"] <= records["archived"]
    assert told["archive"]["logFiles"]["valid"] > 0
    # The same through its own S3 and CloudTrail, which are asked for the public keys.
    done = subprocess.run(
        [BIN, "trail", "verify", "--archive", "s3://claviger-audit-logs", "--output", "json",
         "--endpoint-url", delivered.endpoint],
        capture_output=True, text=True, env=clean_environment() | delivered.environment())
    assert done.returncode == 0, done.stdout + done.stderr
    remote = json.loads(done.stdout)["archive"]
    assert remote["clean"] and remote["chains"]
    # A file that is taken away is missing, and its records are.
    log_file = next((delivered.directory / "archive").rglob("*_CloudTrail_*.json.gz"))
    log_file.unlink()
    done = subprocess.run([BIN, "trail", "verify", "--dir", str(delivered.directory), "--output", "json"],
                          capture_output=True, text=True, env=clean_environment())
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert found["intact"]
    assert {finding["kind"] for finding in found["archive"]["findings"]} == {"log-file-missing", "records"}


def test_database_and_archive_are_queried_as_one(delivered):
    ids = [record["eventID"] for record in delivered.records()]
    assert len(ids) == len(set(ids))
    told = json.loads(delivered.claviger("trail", "verify", "--output", "json"))
    assert len(ids) == told["records"] + told["archive"]["records"]["left"]
    made = delivered.records("--event", "CreateKey", "--in-region", "us-west-2", "--source", "kms")
    assert [record["requestParameters"]["description"] for record in made] == ["0", "1", "2"]
    newest = json.loads(delivered.claviger("trail", "query", "--limit", "1", "--output", "json"))
    assert newest[0]["eventName"] == "ListKeys"


def test_records_are_followed(fresh):
    command = [BIN, "trail", "query", "--follow", "--event", "ListKeys", "--output", "json", "--limit", "1",
               "--dir", str(fresh.directory)]
    fresh.client("kms").list_keys()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=clean_environment()) as following:
        first = json.loads(following.stdout.readline())
        wanted = [fresh.client("kms", region).list_keys()["ResponseMetadata"]["RequestId"]
                  for region in ["us-east-1", "us-west-2", "us-east-1"]]
        seen = [json.loads(following.stdout.readline())["requestID"] for _ in wanted]
        following.kill()
    assert first["eventName"] == "ListKeys"
    assert seen == wanted


def test_a_bucket_that_is_not_there_is_told(archive):
    archive.endpoint = "http://127.0.0.1:9"
    done = archive.claviger("query", "--output", "json")
    assert done.returncode == 3
    assert json.loads(done.stderr.splitlines()[-1])["error"].startswith("ListObjectsV2 of s3://logs/: ")
