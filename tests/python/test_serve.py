"""`claviger serve` as an operator runs it: configuration, bootstrap, admin port, logs, certificates
that are replaced while it runs, draining, the service manager."""
import base64
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request

import boto3
import pytest
import trustme
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from conftest import BIN, clean_environment

ACCOUNT = "123456789012"
REGION = "eu-central-1"


class Serve:
    """A running `claviger serve`."""

    def __init__(self, place, extra="", environment=None):
        self.place = pathlib.Path(place)
        self.file = self.place / "claviger.toml"
        self.write(extra)
        self.environment = environment or {}

    def write(self, extra, filter="info"):
        self.file.write_text(
            'directory = "data"\nlisten = "127.0.0.1:0"\n'
            + (extra if not extra.startswith("[") else "")
            + f'[admin]\nlisten = "127.0.0.1:0"\n[log]\nformat = "json"\nfilter = "{filter}"\n'
            + (extra if extra.startswith("[") else ""))

    def start(self):
        self.process = subprocess.Popen(
            [BIN, "serve", "--config", str(self.file), "--output", "json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=clean_environment() | self.environment)
        self.log, self.logged = [], threading.Condition()
        self.reader = threading.Thread(target=self.read_log, args=[self.process.stderr])
        self.reader.start()
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise AssertionError(self.whole_log())
        self.said = json.loads(line)
        return self

    def read_log(self, stream):
        for line in stream:
            with self.logged:
                self.log.append(line)
                self.logged.notify_all()

    def whole_log(self):
        """All that was logged, once the process has ended."""
        self.reader.join()
        return "".join(self.log)

    def until_logged(self, text):
        """Returns the line with a text once it was logged."""
        def found():
            return next((line for line in self.log if text in line), None)
        with self.logged:
            line = self.logged.wait_for(found, timeout=60)
        assert line, self.log
        return line

    def run(self, *arguments):
        return subprocess.run([BIN, *arguments, "--config", str(self.file)],
                              capture_output=True, text=True, env=clean_environment() | self.environment)

    def bootstrap(self, *more):
        done = self.run("bootstrap", "--management-account", ACCOUNT, "--region", REGION,
                        "--output", "json", *more)
        assert done.returncode == 0, done.stderr
        self.admin = json.loads(done.stdout)
        return self.admin

    def get(self, path, method="GET"):
        request = urllib.request.Request(self.said["admin"] + path, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def client(self, name, admin=None, **more):
        admin = admin or self.admin
        return boto3.client(
            name, region_name=REGION, endpoint_url=self.said["endpoint"],
            aws_access_key_id=admin["accessKeyId"], aws_secret_access_key=admin["secretAccessKey"],
            config=Config(retries={"total_max_attempts": 1}), **more)

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=30)


@pytest.fixture
def serve(tmp_path):
    running = Serve(tmp_path)
    yield running
    if getattr(running, "process", None) and running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def metrics(serve):
    """Samples by name and labels, as Prometheus's own parser reads them."""
    status, text = serve.get("/metrics")
    assert status == 200
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[(sample.name, tuple(sorted(sample.labels.items())))] = sample.value
    return found


def test_it_is_ready_once_it_has_an_installation(serve):
    serve.start()
    assert serve.said["listening"] and not serve.said["bootstrapped"]
    assert serve.get("/healthz") == (200, "ok\n")
    status, text = serve.get("/readyz")
    assert status == 503 and "claviger bootstrap" in text
    admin = serve.bootstrap("--member", "222233334444=security", "--delegated-administrator", "222233334444")
    assert admin["account"] == ACCOUNT and admin["region"] == REGION
    assert serve.get("/readyz") == (200, "ready\n")
    assert serve.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/admin"
    role = "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole"
    session = serve.client("sts").assume_role(RoleArn=role, RoleSessionName="session")
    assert session["AssumedRoleUser"]["Arn"].endswith("assumed-role/OrganizationAccountAccessRole/session")
    # Identity Center is there, in the home Region, owned by the management account.
    [instance] = serve.client("sso-admin").list_instances()["Instances"]
    assert instance["OwnerAccountId"] == ACCOUNT
    assert serve.stop() == 0
    # And again, after a restart.
    serve.start()
    assert serve.said["bootstrapped"]
    assert serve.client("sts").get_caller_identity()["Account"] == ACCOUNT


def test_the_admin_port_answers_nothing_else(serve):
    serve.start()
    for path, method, status in [("/", "GET", 404), ("/readyz/", "GET", 404), ("/metrics", "POST", 405),
                                 ("/healthz", "DELETE", 405), ("/healthz", "HEAD", 200)]:
        assert serve.get(path, method)[0] == status, (path, method)


def test_bootstrap_with_nobody_running_and_only_once(serve):
    admin = serve.bootstrap("--user", "first")
    assert admin["user"] == "first" and admin["organization"].startswith("o-")
    again = serve.run("bootstrap", "--management-account", ACCOUNT)
    assert again.returncode == 3 and "already" in again.stderr and "--replace-key" in again.stderr
    serve.start()
    again = serve.run("bootstrap", "--management-account", "999999999999")
    assert again.returncode == 3 and "already" in again.stderr
    assert serve.client("sts").get_caller_identity()["Arn"].endswith("user/first")


def test_a_lost_key_is_replaced(serve):
    serve.bootstrap()
    old = dict(serve.admin)
    for running in (False, True):
        if running:
            serve.start()
        done = serve.run("bootstrap", "--replace-key", "--output", "json")
        assert done.returncode == 0, done.stderr
        new = json.loads(done.stdout)
        assert new["deleted"] == [old["accessKeyId"]]
        old = new
    assert serve.client("sts", new).get_caller_identity()["Arn"].endswith("user/admin")
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        serve.client("sts", serve.admin).get_caller_identity()
    # Only an administrator gets one: not somebody who is not there, nor anybody else.
    iam = serve.client("iam", new)
    iam.create_user(UserName="bob")
    for user in ("admni", "bob"):
        done = serve.run("bootstrap", "--replace-key", "--user", user)
        assert done.returncode == 3 and f"no user {user} with AdministratorAccess" in done.stderr
    assert iam.list_access_keys(UserName="bob")["AccessKeyMetadata"] == []
    # The way back in when the administrator was deleted.
    done = serve.run("bootstrap", "--new-administrator", "admin")
    assert done.returncode == 3 and "has a user admin already" in done.stderr
    done = serve.run("bootstrap", "--new-administrator", "rescue", "--output", "json")
    rescue = json.loads(done.stdout)
    assert rescue["deleted"] == []
    assert serve.client("iam", rescue).get_user(UserName="rescue")["User"]["UserName"] == "rescue"
    data = str(serve.place / "data")
    told = subprocess.run([BIN, "trail", "query", "--event", "DeleteAccessKey", "--dir", data, "--output", "json"],
                          capture_output=True, text=True, env=clean_environment())
    assert [r["eventType"] for r in json.loads(told.stdout)] == ["AwsServiceEvent"] * 2


@pytest.mark.parametrize("arguments, told", [
    (["--management-account", "12"], "--management-account"),
    ([], "needs its management account"),
    (["--management-account", ACCOUNT, "--member", f"{ACCOUNT}=again"], "named twice"),
    (["--management-account", ACCOUNT, "--member", "222233334444"], "ID=NAME"),
    (["--management-account", ACCOUNT, "--delegated-administrator", "222233334444"], "one of the member accounts"),
    (["--management-account", ACCOUNT, "--user", "a b"], "name of a user"),
    (["--management-account", ACCOUNT, "--member", "222233334444="], "name of an account"),
    (["--management-account", ACCOUNT, "--region", "Mars"], "--region"),
    (["--replace-key"], "no installation yet"),
])
def test_a_bootstrap_that_is_none_makes_nothing(serve, arguments, told):
    done = serve.run("bootstrap", *arguments)
    assert done.returncode in (2, 3) and told in done.stderr, done.stderr
    assert done.stdout == ""
    assert serve.bootstrap()["account"] == ACCOUNT


def test_metrics_count_by_service_and_operation(serve):
    serve.start()
    serve.bootstrap()
    kms = serve.client("kms")
    before = metrics(serve)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(3):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    with pytest.raises(ClientError):
        kms.describe_key(KeyId="alias/never-seen-label")
    denied = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "kms:ListKeys", "Resource": "*"}]}
    serve.client("iam").put_user_policy(UserName="admin", PolicyName="p", PolicyDocument=json.dumps(denied))
    with pytest.raises(ClientError):
        kms.list_keys()
    with pytest.raises(ClientError):
        serve.client("kms", {"accessKeyId": "AKIANOBODY", "secretAccessKey": "x"}).list_keys()
    after = metrics(serve)

    def grown(name, **labels):
        at = (name, tuple(sorted(labels.items())))
        return after.get(at, 0) - before.get(at, 0)

    def requests(operation, outcome, service="kms"):
        return grown("claviger_requests_total", service=service, operation=operation, outcome=outcome)

    assert requests("CreateKey", "success") == 1
    assert requests("Encrypt", "success") == 3
    assert requests("DescribeKey", "client_error") == 1
    assert requests("ListKeys", "denied") == 1
    assert requests("PutUserPolicy", "success", "iam") == 1
    assert grown("claviger_request_duration_seconds_count", service="kms", operation="Encrypt") == 3
    assert grown("claviger_unauthenticated_requests_total", code="UnrecognizedClientException") == 1
    commits = grown("claviger_commits_total", result="committed")
    assert 1 <= commits <= 7 and grown("claviger_records_total") == 7
    assert grown("claviger_commit_duration_seconds_count") == commits
    assert grown("claviger_commit_batch_requests_sum") == 7
    assert after[("claviger_snapshot_rows", (("collection", "kms.key"),))] == 1
    assert after[("claviger_ready", ())] == 1
    assert after[("claviger_commit_queue_depth", ())] == 0
    assert after[("process_resident_memory_bytes", ())] > 1_000_000
    assert after[("claviger_build_info", (("version", "0.1.0"),))] == 1
    # No label is made of what a caller sent.
    values = {value for _, labels in after for _, value in labels}
    assert not any("never-seen" in value or key in value or "AKIA" in value for value in values)


def test_an_operation_that_is_not_served_makes_no_label(serve):
    serve.start()
    serve.bootstrap()
    serve.client("kms").list_keys()
    with pytest.raises(ClientError):
        serve.client("iam").create_virtual_mfa_device(VirtualMFADeviceName="x")
    names = {dict(labels).get("operation") for _, labels in metrics(serve)}
    assert "ListKeys" in names and "CreateVirtualMFADevice" not in names


def certificate(place, authority):
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(place / "key.pem")
    os.chmod(place / "key.pem", 0o600)
    (place / "certificate.pem").write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))


TLS = '[tls]\ncertificate = "certificate.pem"\nkey = "key.pem"\n'


def presented(serve):
    """The certificate that a new connection is shown."""
    address = serve.said["endpoint"].removeprefix("https://").split(":")
    return ssl.get_server_certificate((address[0], int(address[1])), timeout=10)


def test_certificates_and_log_filter_are_replaced_by_sighup(tmp_path):
    authority = trustme.CA()
    (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
    certificate(tmp_path, authority)
    serve = Serve(tmp_path, TLS).start()
    try:
        serve.bootstrap()
        assert serve.said["endpoint"].startswith("https://")
        kms = serve.client("kms", verify=str(tmp_path / "ca.pem"))
        kms.list_keys()
        first = presented(serve)
        certificate(tmp_path, authority)
        serve.write(TLS, filter="info,claviger_server::request=debug")
        serve.process.send_signal(signal.SIGHUP)
        serve.until_logged("certificates and log filter")
        assert presented(serve) != first
        request_id = kms.list_keys()["ResponseMetadata"]["RequestId"]
        line = json.loads(serve.until_logged(request_id))
        assert (line["service"], line["operation"], line["status"]) == ("kms", "ListKeys", 200)
        # All or nothing: a key that does not fit leaves the certificate and the filter as they are.
        second = presented(serve)
        certificate(tmp_path, authority)
        (tmp_path / "key.pem").write_text("broken")
        serve.write(TLS, filter="error")
        serve.process.send_signal(signal.SIGHUP)
        serve.until_logged("nothing of it was taken over")
        assert presented(serve) == second
        # What needs a restart is named.
        certificate(tmp_path, authority)
        serve.write(TLS)
        serve.file.write_text("drain_deadline = \"1m\"\n" + serve.file.read_text())
        serve.process.send_signal(signal.SIGHUP)
        assert json.loads(serve.until_logged("need a restart"))["settings"] == "drain_deadline"
        assert presented(serve) != second
    finally:
        assert serve.stop() == 0


def test_a_key_that_others_may_read_is_refused(tmp_path):
    certificate(tmp_path, trustme.CA())
    os.chmod(tmp_path / "key.pem", 0o644)
    serve = Serve(tmp_path, TLS)
    for command in (["config", "check"], ["serve"]):
        done = serve.run(*command)
        assert done.returncode == 2 and "mode 644" in done.stderr and "chmod 600" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_broken_configuration_starts_nothing(serve):
    serve.file.write_text('lisen = "127.0.0.1:0"\n[tls]\ncertificate = "c.pem"\n')
    for command in (["config", "check"], ["serve"], ["bootstrap", "--management-account", ACCOUNT]):
        done = serve.run(*command)
        assert done.returncode == 2 and done.stdout == "", done.stderr
        assert f"{serve.file}:1:1: there is no setting lisen; did you mean listen?" in done.stderr
        assert f"{serve.file}:3:15: tls.certificate needs tls.key beside it" in done.stderr
    assert os.listdir(serve.place) == ["claviger.toml"]
    serve.environment = {"CLAVIGER_SERVE_LISTN": "x"}
    serve.file.write_text("")
    assert "did you mean CLAVIGER_SERVE_LISTEN?" in serve.run("config", "check").stderr
    gone = subprocess.run([BIN, "serve", "--config", "/nonexistent.toml"], capture_output=True, text=True,
                          env=clean_environment())
    assert gone.returncode == 2 and "/nonexistent.toml: No such file" in gone.stderr


def test_config_check_shows_where_each_value_comes_from(serve):
    serve.environment = {"CLAVIGER_SERVE_CONNECTIONS": "7"}
    done = serve.run("config", "check", "--output", "json")
    shown = {row["setting"]: (row["value"], row["from"]) for row in json.loads(done.stdout)}
    assert shown["listen"] == ("127.0.0.1:0", "file 2:10")
    assert shown["connections"] == ("7", "environment")
    assert shown["drain_deadline"] == ("10s", "default")
    assert shown["tls.key"] == (None, "default")


def test_lax_directories_and_seals_are_refused(serve):
    serve.bootstrap()
    data = serve.place / "data"
    for path, lax, strict in [(data, 0o755, 0o700), (data / "seal.key", 0o644, 0o600)]:
        os.chmod(path, lax)
        done = serve.run("serve")
        assert done.returncode == 3 and f"mode {lax:03o}" in done.stderr and "chmod" in done.stderr, done.stderr
        os.chmod(path, strict)
    serve.start()


def test_the_clock_is_real(serve):
    serve.bootstrap()
    serve.start()
    data = str(serve.place / "data")
    env = clean_environment()
    moved = subprocess.run([BIN, "clock", "advance", "1d", "--dir", data], capture_output=True, text=True, env=env)
    assert moved.returncode == 3 and "its time is real and cannot be moved" in moved.stderr
    shown = subprocess.run([BIN, "clock", "show", "--dir", data, "--output", "json"], capture_output=True, text=True,
                           env=env)
    assert json.loads(shown.stdout)["aheadSeconds"] == 0


def test_each_kind_of_installation_has_its_own_command(serve, fresh):
    serve.bootstrap()
    up = subprocess.run([BIN, "up", "--dir", str(serve.place / "data"), "--listen", "127.0.0.1:0"],
                        capture_output=True, text=True, env=clean_environment())
    assert up.returncode == 3 and "holds a production installation" in up.stderr
    fresh.stop()
    serve.file.write_text(f'directory = "{fresh.directory}"\n')
    done = serve.run("serve")
    assert done.returncode == 3 and "whose clock can be moved" in done.stderr
    # A development service that runs is asked, and says no.
    fresh.start()
    done = serve.run("bootstrap", "--management-account", ACCOUNT)
    assert done.returncode == 3 and "already" in done.stderr
    done = serve.run("bootstrap", "--replace-key")
    assert done.returncode == 3 and "development installation" in done.stderr
    assert fresh.client("sts").get_caller_identity()["Account"] == "111122223333"


def test_a_production_installation_is_not_reset(serve):
    serve.bootstrap()
    data = serve.place / "data"
    before = sorted(os.listdir(data))
    for options in ([], ["--yes"]):
        done = subprocess.run([BIN, "reset", "--dir", str(data), *options], capture_output=True, text=True,
                              env=clean_environment())
        assert done.returncode == 3 and "production installation" in done.stderr, done.stderr
    # What SQLite makes to read is no change.
    left = {name for name in os.listdir(data) if not name.endswith(("-shm", "-wal"))}
    assert left == set(before)
    serve.start()


def test_readiness_tells_when_the_store_cannot_be_written(serve):
    serve.start()
    serve.bootstrap()
    data = serve.place / "data"
    database = data / "claviger.db"
    # Somebody else holds the database.
    with sqlite3.connect(database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        status, text = serve.get("/readyz")
        assert status == 503 and text.startswith("not ready: "), text
        other.execute("ROLLBACK")
    assert serve.get("/readyz")[0] == 200
    # The file is gone: nothing may be written into what no name leads to any more.
    os.rename(database, data / "away")
    status, text = serve.get("/readyz")
    assert status == 503 and "claviger.db" in text
    with pytest.raises(ClientError, match="KMSInternalException"):
        serve.client("kms").create_key()
    os.rename(data / "away", database)
    assert serve.get("/readyz")[0] == 200
    serve.client("kms").create_key()


def test_a_backup_of_a_running_service_is_restored(serve, tmp_path):
    serve.start()
    serve.bootstrap()
    kms = serve.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    data, copy = serve.place / "data", tmp_path / "copy.db"
    stop = threading.Event()

    def load():
        client = serve.client("kms")
        while not stop.is_set():
            client.encrypt(KeyId=key, Plaintext=b"meanwhile")

    thread = threading.Thread(target=load)
    thread.start()

    def backup(to):
        return subprocess.run([BIN, "admin", "backup", "--dir", str(data), "--to", str(to), "--output", "json"],
                              capture_output=True, text=True, env=clean_environment())
    done = backup(copy)
    stop.set()
    thread.join()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["bytes"] == copy.stat().st_size and copy.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir() if "partial" in p.name] == []
    # Nothing is written over, and a place that cannot be written leaves nothing.
    for to, text in [(copy, "exists; name a new file"), (tmp_path / "none" / "copy.db", "No such file")]:
        refused = backup(to)
        assert refused.returncode == 3 and text in refused.stderr, refused.stderr
    later = kms.create_key()["KeyMetadata"]["KeyId"]
    serve.stop()
    shutil.move(data, tmp_path / "lost")
    data.mkdir(mode=0o700)
    shutil.copy(copy, data / "claviger.db")
    refused = subprocess.run([BIN, "serve", "--config", str(serve.file)], capture_output=True, text=True,
                             env=clean_environment())
    assert refused.returncode == 3 and "seal.key" in refused.stderr, refused.stderr
    shutil.copy(tmp_path / "lost" / "seal.key", data / "seal.key")
    serve.start()
    kms = serve.client("kms")
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"before"
    with pytest.raises(ClientError, match="NotFoundException"):
        kms.describe_key(KeyId=later)
    verified = subprocess.run([BIN, "trail", "verify", "--dir", str(data)], capture_output=True, text=True,
                              env=clean_environment())
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_readiness_tells_when_the_seal_is_gone(serve):
    serve.start()
    serve.bootstrap()
    seal, kept = serve.place / "data" / "seal.key", serve.place / "kept"
    os.rename(seal, kept)
    # It works as long as it runs, so nobody is sent elsewhere; but it must be known in time.
    status, text = serve.get("/readyz")
    assert status == 200 and "is missing: put it back" in text, text
    serve.client("kms").create_key()
    seal.write_text("no key")
    os.chmod(seal, 0o600)
    assert "not after the next start" in serve.get("/readyz")[1]
    seal.unlink()
    os.rename(kept, seal)
    assert serve.get("/readyz") == (200, "ready\n")


def test_whoever_holds_the_socket_holds_up_nobody(serve):
    serve.start()
    path = str(serve.place / "data" / "control.sock")
    held = [socket.socket(socket.AF_UNIX) for _ in range(5)]
    for one in held:
        one.connect(path)
    begun = time.monotonic()
    serve.bootstrap()
    assert time.monotonic() - begun < 5
    for one in held:
        one.close()


def test_taken_addresses_are_told(serve):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        for name in ("CLAVIGER_SERVE_LISTEN", "CLAVIGER_SERVE_ADMIN_LISTEN"):
            serve.environment = {name: address}
            done = serve.run("serve")
            assert done.returncode == 3 and f"cannot listen on {address}" in done.stderr
    serve.environment = {}
    serve.start()
    second = serve.run("serve")
    assert second.returncode == 3 and str(serve.process.pid) in second.stderr


@pytest.mark.parametrize("format", ["text", "json"])
def test_no_log_line_holds_a_secret(tmp_path, format):
    """At the most talkative filter, over calls that carry every kind of secret."""
    serve = Serve(tmp_path, environment={
        "CLAVIGER_SERVE_LOG_FILTER": "trace", "CLAVIGER_SERVE_LOG_FORMAT": format}).start()
    try:
        serve.bootstrap()
        kms = serve.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        plaintext = b"the-plaintext-of-this-test-0123456789"
        encrypted = kms.encrypt(KeyId=key, Plaintext=plaintext)["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=encrypted)["Plaintext"] == plaintext
        data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"]
        iam = serve.client("iam")
        iam.create_user(UserName="u")
        access_key = iam.create_access_key(UserName="u")["AccessKey"]
        role = "arn:aws:iam::%s:role/r" % ACCOUNT
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
        session = serve.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
        with pytest.raises(ClientError):
            serve.client("kms", {"accessKeyId": access_key["AccessKeyId"], "secretAccessKey": "wrong"}).list_keys()
        assert serve.stop() == 0
    finally:
        if serve.process.poll() is None:
            serve.process.kill()
    log = serve.whole_log()
    assert "CreateKey" in log and "GenerateDataKey" in log
    for secret in (plaintext.decode(), base64.b64encode(plaintext).decode(), base64.b64encode(data_key).decode(),
                   data_key.hex(), access_key["SecretAccessKey"], session["SecretAccessKey"],
                   session["SessionToken"], serve.admin["secretAccessKey"]):
        assert secret not in log
    seal = (tmp_path / "data" / "seal.key").read_text().split()[1]
    assert len(seal) > 20 and seal not in log


def half_a_request(serve):
    """A connection whose request has not wholly arrived."""
    address = serve.said["endpoint"].removeprefix("http://").split(":")
    held = socket.create_connection((address[0], int(address[1])))
    held.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
    # The service asks for the rest once it has begun with the request, and not before.
    assert held.recv(100).startswith(b"HTTP/1.1 100 ")
    held.sendall(b"half")
    return held


def test_draining_has_a_deadline(tmp_path):
    serve = Serve(tmp_path, 'drain_deadline = "1s"\n').start()
    with half_a_request(serve):
        # Half a request cannot hold the service up beyond the deadline.
        begun = time.monotonic()
        assert serve.stop() == 0
        assert 0.9 < time.monotonic() - begun < 20


def test_readiness_ends_when_draining_begins_and_a_second_signal_ends_it(tmp_path):
    serve = Serve(tmp_path, 'drain_deadline = "10m"\n').start()
    serve.bootstrap()
    with half_a_request(serve):
        assert serve.get("/readyz")[0] == 200
        serve.process.send_signal(signal.SIGTERM)
        serve.until_logged("stopping")
        assert serve.get("/healthz")[0] == 200
        status, text = serve.get("/readyz")
        while status == 200:  # Between the log line and the listener's end there is a moment.
            status, text = serve.get("/readyz")
        assert (status, text) == (503, "not ready: the service is stopping\n")
        with pytest.raises((EndpointConnectionError, ConnectionClosedError)):
            serve.client("kms").list_keys()
        assert serve.stop() == 3


def test_the_service_manager_is_told(tmp_path):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(30)
        serve = Serve(tmp_path, environment={"NOTIFY_SOCKET": path}).start()
        assert manager.recv(100) == b"READY=1\n"
        assert serve.stop() == 0
        assert manager.recv(100) == b"STOPPING=1\n"


def test_what_was_received_is_answered_while_draining(serve):
    """64 clients write while the service is told to stop: each has its answer or none of its effect."""
    serve.start()
    serve.bootstrap()
    made, lock, go = [], threading.Lock(), threading.Event()

    def work():
        kms = serve.client("kms")
        while True:
            try:
                key = kms.create_key()["KeyMetadata"]["KeyId"]
            except (ClientError, EndpointConnectionError, ConnectionClosedError):
                return
            with lock:
                made.append(key)
                if len(made) > 100:
                    go.set()

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    assert go.wait(60)
    assert serve.stop() == 0
    for thread in threads:
        thread.join()
    serve.start()
    kms = serve.client("kms")
    there = {k["KeyId"] for page in kms.get_paginator("list_keys").paginate() for k in page["Keys"]}
    assert there == set(made)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_the_unit_file_is_one(tmp_path):
    text = (pathlib.Path(__file__).parents[2] / "deploy" / "claviger.service").read_text()
    unit = tmp_path / "claviger.service"
    unit.write_text(text.replace("/usr/local/bin/claviger", BIN))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    assert done.returncode == 0 and "claviger.service" not in done.stderr, done.stderr


def test_the_dashboard_asks_for_metrics_that_there_are(serve):
    serve.start()
    serve.bootstrap()
    serve.client("kms").create_key()
    with pytest.raises(ClientError):
        serve.client("kms", admin={"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "secretAccessKey": "x"}).list_keys()
    there = {name for name, _ in metrics(serve)}
    dashboard = pathlib.Path(__file__).parents[2] / "deploy" / "grafana" / "claviger.json"
    expressions = [target["expr"] for panel in json.loads(dashboard.read_text())["panels"]
                   for target in panel["targets"]]
    asked = {name for text in expressions for name in re.findall(r"\b(?:claviger|process)_\w+", text)}
    assert len(asked) > 10 and asked <= there, asked - there
