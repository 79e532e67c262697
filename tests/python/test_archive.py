"""The log archive of a development service as AWS's own tools see it: CloudTrail's API, the bucket
through S3, and `aws cloudtrail validate-logs`; and as a killed process leaves it."""
import collections
import datetime
import gzip
import json
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import BIN, Service, clean_environment
from test_serve import REGION, Serve

BUCKET = "claviger-audit-logs"
ACCOUNT = "111122223333"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/claviger"


def now(service):
    return json.loads(service.claviger("clock", "show", "--output", "json"))["now"]


def advance(service, by):
    service.claviger("clock", "advance", by)


def archived(service):
    """The records in the archive, by file."""
    found = {}
    for path in (service.directory / "archive").rglob("*.json.gz"):
        if "_CloudTrail_" in path.name:
            found[path] = json.loads(gzip.decompress(path.read_bytes()))["Records"]
    return found


def stored(service):
    """The records in the database."""
    database = sqlite3.connect(f"file:{service.directory}/claviger.db?mode=ro", uri=True)
    rows = database.execute("SELECT body FROM record ORDER BY position").fetchall()
    database.close()
    return [json.loads(body) for (body,) in rows]


def validate(service, start, end, *more, region="us-east-1"):
    env = clean_environment() | service.environment()
    aws = str(pathlib.Path(sys.executable).with_name("aws"))
    done = subprocess.run(
        [sys.executable, aws, "cloudtrail", "validate-logs", "--region", region, "--trail-arn", TRAIL,
         "--start-time", start, "--end-time", end, "--verbose", *more], capture_output=True, text=True, env=env)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def delivered(tmp_path):
    """A service with three hours of calls in two Regions, delivered."""
    running = Service(tmp_path / "dir").start()
    running.begun = now(running)
    running.requests = []
    for hour in range(3):
        for region in ["us-east-1", "us-west-2"]:
            kms = running.client("kms", region)
            key = kms.create_key(Description=str(hour))
            running.requests.append(key["ResponseMetadata"]["RequestId"])
            read = kms.describe_key(KeyId=key["KeyMetadata"]["KeyId"])
            running.requests.append(read["ResponseMetadata"]["RequestId"])
        advance(running, "1h")
    advance(running, "1h")
    running.ended = now(running)
    yield running
    running.stop(signal.SIGKILL)


def test_records_leave_the_database_for_log_files(delivered):
    files = archived(delivered)
    ids = collections.Counter(r["requestID"] for records in files.values() for r in records if "requestID" in r)
    assert all(ids[request] == 1 for request in delivered.requests)
    assert not {r.get("requestID") for r in stored(delivered)} & set(delivered.requests)
    for path, records in files.items():
        _, account, _, region, *_ = path.relative_to(delivered.directory / "archive").parts
        assert {r["recipientAccountId"] for r in records} == {account}
        assert {r["awsRegion"] for r in records} == {region}
        assert path.stat().st_mode & 0o777 == 0o600
    whole = [r["eventID"] for records in files.values() for r in records] + [r["eventID"] for r in stored(delivered)]
    assert len(whole) == len(set(whole))


def test_cloudtrail_answers(delivered):
    trail = delivered.client("cloudtrail")
    assert trail.describe_trails()["trailList"] == [{
        "Name": "claviger", "S3BucketName": BUCKET, "IncludeGlobalServiceEvents": True, "IsMultiRegionTrail": True,
        "HomeRegion": "us-east-1", "TrailARN": TRAIL, "LogFileValidationEnabled": True,
        "HasCustomEventSelectors": False, "HasInsightSelectors": False, "IsOrganizationTrail": False}]
    status = trail.get_trail_status(Name="claviger")
    assert status["IsLogging"] and "LatestDeliveryError" not in status
    assert status["LatestDigestDeliveryTime"] > status["StartLoggingTime"]
    end = datetime.datetime.fromisoformat(delivered.ended)
    keys = trail.list_public_keys(StartTime=delivered.begun, EndTime=end)["PublicKeyList"]
    assert len(keys) == 1 and len(keys[0]["Fingerprint"]) == 32
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateKey"}],
        PaginationConfig={"PageSize": 1})
    events = [event for page in pages for event in page["Events"]]
    found = [json.loads(event["CloudTrailEvent"])["requestID"] for event in events]
    # Events of one second have no order, and the service made keys of its own as it started.
    assert [request for request in found if request in delivered.requests] == delivered.requests[8::-4]
    times = [event["EventTime"] for event in events]
    assert times == sorted(times, reverse=True)
    # What was just done is still in the database.
    call = trail.list_trails()["ResponseMetadata"]["RequestId"]
    own = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ListTrails"}])["Events"]
    assert [json.loads(event["CloudTrailEvent"])["requestID"] for event in own] == [call]
    newest = trail.lookup_events(MaxResults=50)["Events"]
    assert newest and not any(event["EventSource"] == "s3.amazonaws.com" for event in newest)


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
def test_awss_validator_finds_all_valid(delivered, region):
    code, told = validate(delivered, delivered.begun, delivered.ended, region=region)
    assert code == 0, told
    assert "INVALID" not in told and "No log files were delivered" not in told, told
    assert "digest files valid" in told and "log files valid" in told, told
    own = sorted(p for p in archived(delivered) if f"/{ACCOUNT}/CloudTrail/{region}/" in str(p))
    assert len(own) >= 3
    # The newest may be of an hour that is not over.
    for path in own[:-1]:
        assert f"s3://{BUCKET}/{path.relative_to(delivered.directory / 'archive')}\tvalid" in told


def pick(service, kind, which):
    folder = service.directory / "archive" / "AWSLogs" / ACCOUNT / kind / "us-east-1"
    return sorted(folder.rglob("*.json.gz"))[which]


def flip(path):
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[len(content) // 2] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))


def cut(path):
    # Without the last bytes alone AWS's validator still reads all of the content.
    path.write_bytes(path.read_bytes()[:-60])


def remove(path):
    path.unlink()


def unsign(path):
    metadata = path.with_name(path.name + ".metadata.json")
    known = json.loads(metadata.read_text())
    metadata.write_text(json.dumps(known | {"signature": "00" + known["signature"][2:]}))


@pytest.mark.parametrize("kind, which, alter, expect", [
    ("CloudTrail", 0, flip, "hash value doesn't match"),
    ("CloudTrail", 1, cut, "INVALID"),
    ("CloudTrail", 0, remove, "INVALID: not found"),
    ("CloudTrail-Digest", 1, flip, "INVALID"),
    ("CloudTrail-Digest", 1, remove, "INVALID: not found"),
    ("CloudTrail-Digest", 1, unsign, "signature verification failed"),
])
def test_awss_validator_finds_what_was_altered(delivered, kind, which, alter, expect):
    path = pick(delivered, kind, which)
    alter(path)
    code, told = validate(delivered, delivered.begun, delivered.ended)
    assert code == 1, told
    assert expect in told and path.name in told, told


def test_the_bucket_is_read_through_s3(delivered):
    s3 = delivered.client("s3")
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] is None
    root = delivered.directory / "archive"

    def there():
        return sorted(str(p.relative_to(root)) for p in root.rglob("*.json.gz"))
    names = there()
    for list_names, page in [("list_objects", "Marker"), ("list_objects_v2", "StartAfter")]:
        pages = s3.get_paginator(list_names).paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 7})
        listed = [o["Key"] for p in pages for o in p["Contents"]]
        # The service goes on delivering meanwhile.
        assert listed == sorted(listed) and set(names) <= set(listed) <= set(there())
        few = getattr(s3, list_names)(Bucket=BUCKET, **{page: names[3]}, MaxKeys=2)
        assert [o["Key"] for o in few["Contents"]] == names[4:6] and few["IsTruncated"]
        top = getattr(s3, list_names)(Bucket=BUCKET, Prefix=f"AWSLogs/{ACCOUNT}/", Delimiter="/")
        assert [p["Prefix"] for p in top["CommonPrefixes"]] == [
            f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/", f"AWSLogs/{ACCOUNT}/CloudTrail/"]
        assert "Contents" not in top
    digest = pick(delivered, "CloudTrail-Digest", 0)
    name = str(digest.relative_to(root))
    known = json.loads(digest.with_name(digest.name + ".metadata.json").read_text())
    for found in [s3.head_object(Bucket=BUCKET, Key=name), s3.get_object(Bucket=BUCKET, Key=name)]:
        assert found["Metadata"] == known
        assert found["ContentLength"] == digest.stat().st_size
    assert found["Body"].read() == digest.read_bytes()
    delivered.aws("s3", "cp", "--quiet", f"s3://{BUCKET}/{name}", str(delivered.directory / "copy"))
    assert (delivered.directory / "copy").read_bytes() == digest.read_bytes()


def test_what_s3_refuses(delivered):
    s3, outsider = delivered.client("s3"), delivered.client("s3", profile="outsider")
    stranger = delivered.client("s3", credentials={"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x"})
    wrong = delivered.client("s3", credentials={
        "AccessKeyId": delivered.environment()["AWS_ACCESS_KEY_ID"], "SecretAccessKey": "x"})
    name = str(pick(delivered, "CloudTrail", 0).relative_to(delivered.directory / "archive"))
    for call, status, code in [
        (lambda: s3.get_object(Bucket=BUCKET, Key="AWSLogs/x"), 404, "NoSuchKey"),
        (lambda: s3.get_object(Bucket=BUCKET, Key="../claviger.db"), 404, "NoSuchKey"),
        (lambda: s3.head_object(Bucket=BUCKET, Key="AWSLogs/x"), 404, "404"),
        (lambda: s3.list_objects_v2(Bucket="other-bucket"), 404, "NoSuchBucket"),
        (lambda: s3.put_object(Bucket=BUCKET, Key="x", Body=b"x"), 405, "MethodNotAllowed"),
        (lambda: s3.delete_object(Bucket=BUCKET, Key=name), 405, "MethodNotAllowed"),
        (lambda: s3.get_object_acl(Bucket=BUCKET, Key=name), 501, "NotImplemented"),
        (lambda: outsider.get_object(Bucket=BUCKET, Key=name), 403, "AccessDenied"),
        (lambda: outsider.list_objects(Bucket=BUCKET), 403, "AccessDenied"),
        (lambda: stranger.list_objects(Bucket=BUCKET), 403, "InvalidAccessKeyId"),
        (lambda: wrong.list_objects(Bucket=BUCKET), 403, "SignatureDoesNotMatch"),
    ]:
        with pytest.raises(ClientError) as refused:
            call()
        response = refused.value.response
        assert (response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]) == (status, code)
    assert pick(delivered, "CloudTrail", 0).exists()
    # Reading the archive is recorded too, as data events.
    reads = [r for r in stored(delivered) if r["eventSource"] == "s3.amazonaws.com"]
    assert {r["eventName"] for r in reads} == {"GetObject", "HeadObject", "ListObjects", "ListObjectsV2"}
    assert {r["eventCategory"] for r in reads} == {"Data"}
    assert {r["managementEvent"] for r in reads} == {False}


def test_a_killed_process_loses_and_doubles_nothing(tmp_path):
    """Killed once the archive has so many files more, while time is moved over several deliveries."""
    service = Service(tmp_path / "dir").start()
    begun = now(service)
    answered = []
    for kill_at in [1, 2, 3, 5, 8, 13]:
        for region in ["us-east-1", "us-west-2", "eu-west-1"]:
            kms = service.client("kms", region)
            answered += [kms.list_keys()["ResponseMetadata"]["RequestId"] for _ in range(3)]
        folder = service.directory / "archive"
        before = sum(1 for _ in folder.rglob("*.gz")) if folder.exists() else 0
        moving = subprocess.Popen([BIN, "clock", "advance", "2h", "--dir", str(service.directory)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment())
        while moving.poll() is None:
            if sum(1 for _ in folder.rglob("*.gz")) >= before + kill_at:
                break
        service.stop(signal.SIGKILL)
        moving.wait()
        whole = collections.Counter(r["eventID"] for records in archived(service).values() for r in records)
        assert max(whole.values(), default=1) == 1
        service = Service(service.directory).start()
    advance(service, "3h")
    whole = [r for records in archived(service).values() for r in records] + stored(service)
    ids = collections.Counter(r["eventID"] for r in whole)
    assert max(ids.values()) == 1
    requests = collections.Counter(r.get("requestID") for r in whole)
    assert all(requests[request] == 1 for request in answered)
    code, told = validate(service, begun, now(service))
    assert code == 0, told
    service.stop(signal.SIGKILL)


def until(condition):
    """Waits for something that another process does."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_serve_delivers_to_a_bucket_and_waits_for_one_that_is_gone(tmp_path, emulator):
    keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
    extra = (f'[archive]\nbucket = "audit-logs"\nregion = "us-east-1"\nendpoint = "{emulator}"\n'
             'prefix = "claviger"\ninterval = "1s"\n')
    serve = Serve(tmp_path, extra, keys)
    serve.bootstrap()
    serve.start()
    bucket = boto3.client("s3", region_name="us-east-1", endpoint_url=emulator, aws_access_key_id="x",
                          aws_secret_access_key="x")
    try:
        # There is no bucket yet: keys are used all the same, and the operator is told.
        answered = [serve.client("kms").list_keys()["ResponseMetadata"]["RequestId"] for _ in range(20)]
        serve.until_logged("records are not delivered")
        until(lambda: "records are not delivered since" in serve.get("/readyz")[1])
        status, text = serve.get("/readyz")
        assert status == 200 and text.startswith("ready\n") and "NoSuchBucket" in text
        failure = serve.client("cloudtrail").get_trail_status(Name="claviger")["LatestDeliveryError"]
        assert "NoSuchBucket" in failure
        bucket.create_bucket(Bucket="audit-logs")
        serve.until_logged("records are delivered again")
        assert serve.get("/readyz") == (200, "ready\n")

        def delivered():
            found = collections.Counter()
            for page in bucket.get_paginator("list_objects_v2").paginate(Bucket="audit-logs"):
                for item in page.get("Contents", []):
                    assert item["Key"].startswith("claviger/AWSLogs/123456789012/CloudTrail")
                    body = bucket.get_object(Bucket="audit-logs", Key=item["Key"])["Body"].read()
                    content = json.loads(gzip.decompress(body))
                    found.update(r["requestID"] for r in content.get("Records", []) if "requestID" in r)
            return found

        until(lambda: all(delivered()[request] for request in answered))
        assert all(delivered()[request] == 1 for request in answered)
        # Events are looked up in the bucket.
        events = serve.client("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ListKeys"}])["Events"]
        assert {json.loads(e["CloudTrailEvent"])["requestID"] for e in events} == set(answered)
        assert {json.loads(e["CloudTrailEvent"])["awsRegion"] for e in events} == {REGION}
        assert serve.stop() == 0
    finally:
        if serve.process.poll() is None:
            serve.process.kill()
            serve.process.wait()


@pytest.mark.parametrize("account", [ACCOUNT, "333344445555"])
def test_awss_validator_on_a_trail_of_the_organisation(tmp_path, account):
    """The files of all accounts lie below the organisation's id, which the validator asks Organizations for."""
    running = Service(tmp_path / "dir", "--organization-trail").start()
    begun = now(running)
    role = "arn:aws:iam::333344445555:role/OrganizationAccountAccessRole"
    for _ in range(2):
        # A session is over after an hour.
        member = running.client("sts").assume_role(RoleArn=role, RoleSessionName="member")["Credentials"]
        running.client("kms").list_keys()
        running.client("kms", credentials=member).list_keys()
        advance(running, "1h")
    advance(running, "1h")
    below = running.directory / "archive" / "AWSLogs" / "o-a1b2c3d4e5"
    assert list((below / account / "CloudTrail").rglob("*.json.gz"))
    assert running.client("cloudtrail").describe_trails()["trailList"][0]["IsOrganizationTrail"]
    code, told = validate(running, begun, now(running), "--account-id", account)
    assert code == 0, told
    assert "INVALID" not in told and "digest files valid" in told and "log files valid" in told, told
    asked = running.records("--event", "DescribeOrganization")
    assert [(r["eventSource"], r["readOnly"]) for r in asked] == [("organizations.amazonaws.com", True)]
    # Without the account AWS's validator does not know where to look.
    code, told = validate(running, begun, now(running))
    assert code != 0 and "account-id" in told
    running.stop(signal.SIGKILL)
