"""Forwarding of audit records by `claviger serve`: real receivers of syslog over TLS, of Splunk's HTTP
Event Collector and of a webhook, which die, come late and refuse; the service is killed in between.
Every record must reach every sink at least once, in order, and no call may wait for one."""
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest
import trustme

from conftest import BIN, clean_environment
from test_serve import Serve, metrics

FRAME = re.compile(rb"([1-9][0-9]*) ")
MESSAGE = re.compile(
    r"<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ kms-1 claviger - [!-~]{1,32} - (\{.*\})", re.DOTALL)


class Receiver:
    """What all receivers share: the records that they got, in their order."""

    def __init__(self):
        self.records, self.changed = [], threading.Condition()

    def take(self, records):
        with self.changed:
            self.records += records
            self.changed.notify_all()

    def ids(self):
        """The ids in the order in which each was first seen."""
        with self.changed:
            return list(dict.fromkeys(record["eventID"] for record in self.records))

    def until_it_has(self, ids):
        with self.changed:
            complete = self.changed.wait_for(
                lambda: set(ids) <= {record["eventID"] for record in self.records}, timeout=120)
        assert complete, (len(ids), len(self.records))


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Syslog(Receiver):
    """Syslog over TLS (RFC 5425): a message counts once its whole connection was read."""

    def __init__(self, authority, port=None):
        super().__init__()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self.context)
        self.listener = socket.create_server(("127.0.0.1", port or 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(plain, server_side=True) as stream:
                    text = b""
                    while more := stream.recv(65536):
                        text += more
                    self.take(self.parse(text))
                    stream.unwrap()
            except OSError:
                continue

    @staticmethod
    def parse(text):
        records = []
        while text:
            head = FRAME.match(text)
            end = head.end() + int(head[1])
            message = MESSAGE.fullmatch(text[head.end():end].decode())
            records.append(json.loads(message[1]))
            text = text[end:]
        return records

    def die(self):
        """Takes no more connections; returns when the last one was read."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()


class Web(Receiver):
    """An HTTP receiver; `refusals` many requests are refused first."""

    def __init__(self, read, authority=None, refusals=0):
        super().__init__()
        self.refusals, self.refused = refusals, 0
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.refused < receiver.refusals:
                    receiver.refused += 1
                    self.answer(503, b'{"text":"Server is busy","code":9}')
                    return
                records = read(self.path, self.headers, body)
                if records is None:
                    self.answer(403, b'{"text":"Invalid token","code":4}')
                    return
                receiver.take(records)
                self.answer(200, b'{"text":"Success","code":0}')

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if authority:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("localhost").configure_cert(context)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def read_hec(path, headers, body):
    if headers["Authorization"] != "Splunk t0ken":
        return None
    assert path == "/services/collector/event"
    decoder, text, records = json.JSONDecoder(), body.decode(), []
    while text := text.strip():
        event, end = decoder.raw_decode(text)
        assert (event["source"], event["sourcetype"], event["index"]) == ("claviger", "aws:cloudtrail", "kms")
        assert isinstance(event["time"], int)
        records.append(event["event"])
        text = text[end:]
    return records


def read_webhook(path, headers, body):
    assert path == "/hook?x=1"
    timestamp = headers["Claviger-Timestamp"]
    assert abs(time.time() - int(timestamp)) < 300
    wanted = hmac.new(b"s3cret", timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(headers["Claviger-Signature"], f"sha256={wanted}"):
        return None
    records = [json.loads(line) for line in body.splitlines()]
    first, last = map(int, headers["Claviger-Records"].split("-"))
    assert last - first + 1 == len(records)
    return records


def secret(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    os.chmod(path, 0o600)


@pytest.fixture
def authority(tmp_path):
    authority = trustme.CA()
    (tmp_path / "sinks-ca.pem").write_bytes(authority.cert_pem.bytes())
    secret(tmp_path, "token", "t0ken\n")
    secret(tmp_path, "secret", "s3cret\n")
    return authority


@pytest.fixture
def serve(tmp_path):
    running = Serve(tmp_path, 'sinks = "sinks.toml"\n')
    yield running
    if getattr(running, "process", None) and running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def write_sinks(tmp_path, *tables):
    text = ""
    for table in tables:
        text += "[[sink]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items())
    (tmp_path / "sinks.toml").write_text(text)


def syslog_table(port):
    return {"name": "siem", "kind": "syslog", "address": f"localhost:{port}", "ca": "sinks-ca.pem",
            "hostname": "kms-1"}


def hec_table(port):
    return {"name": "splunk", "kind": "splunk-hec", "url": f"https://localhost:{port}", "ca": "sinks-ca.pem",
            "token_file": "token", "index": "kms"}


def hook_table(port):
    return {"name": "hook", "kind": "webhook", "url": f"http://127.0.0.1:{port}/hook?x=1",
            "secret_file": "secret"}


FILE = {"name": "lines", "kind": "file", "path": "records.jsonl"}


def committed(serve):
    """The ids of all records, in their order."""
    done = subprocess.run(
        [BIN, "trail", "query", "--limit", "1000000", "--output", "json", "--dir", str(serve.place / "data")],
        capture_output=True, text=True, env=clean_environment())
    assert done.returncode == 0, done.stderr
    return [record["eventID"] for record in json.loads(done.stdout)]


def lines(tmp_path):
    text = (tmp_path / "records.jsonl").read_text() if (tmp_path / "records.jsonl").exists() else ""
    return list(dict.fromkeys(json.loads(line)["eventID"] for line in text.splitlines()))


def until_lines_are(tmp_path, ids):
    deadline = time.monotonic() + 60
    while lines(tmp_path) != ids:
        assert time.monotonic() < deadline, (len(lines(tmp_path)), len(ids))
        time.sleep(0.05)


def test_every_sink_gets_every_record_in_order(serve, tmp_path, authority):
    siem, splunk = Syslog(authority), Web(read_hec, authority, refusals=2)
    hook = Web(read_webhook)
    write_sinks(tmp_path, FILE, syslog_table(siem.port), hec_table(splunk.port), hook_table(hook.port))
    serve.start()
    serve.bootstrap()
    kms = serve.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(20):
        kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": "a"})
    ids = committed(serve)
    assert len(ids) > 20
    for receiver in (siem, splunk, hook):
        receiver.until_it_has(ids)
        assert receiver.ids() == ids
    assert splunk.refused == 2
    names = ("siem", "splunk", "hook", "lines")
    # A sink counts what was taken after it was taken.
    counted, deadline = False, time.monotonic() + 60
    while not counted and time.monotonic() < deadline:
        found = metrics(serve)
        counted = all(found[("claviger_sink_records_total", (("sink", name),))] >= len(ids) for name in names)
    assert counted, found
    for name in names:
        label = (("sink", name),)
        assert found[("claviger_sink_lost_records_total", label)] == 0
    assert found[("claviger_sink_failures_total", (("sink", "splunk"),))] == 2
    until_lines_are(tmp_path, ids)
    assert serve.stop() == 0


def test_nothing_is_lost_when_the_service_is_killed_and_a_sink_is_dead(serve, tmp_path, authority):
    port = free_port()
    hook = Web(read_webhook)
    write_sinks(tmp_path, FILE, syslog_table(port), hook_table(hook.port))
    serve.start()
    serve.bootstrap()
    for round in range(4):
        kms = serve.client("kms")
        for _ in range(25):
            kms.list_keys()
        # The syslog server comes late, and dies for a while in between.
        if round in (1, 3):
            siem = Syslog(authority, port)
            siem.until_it_has(committed(serve)[:1] if round == 1 else [])
            if round == 1:
                siem.die()
                seen = siem.ids()
        serve.process.send_signal(signal.SIGKILL)
        serve.process.wait()
        serve.start()
    serve.client("kms").list_keys()
    ids = committed(serve)
    assert len(ids) > 100
    hook.until_it_has(ids)
    siem.until_it_has([known for known in ids if known not in seen])
    assert hook.ids() == ids
    assert seen + [known for known in siem.ids() if known not in seen] == ids
    until_lines_are(tmp_path, ids)
    assert serve.stop() == 0


def test_sinks_are_reloaded_all_or_none(serve, tmp_path, authority):
    write_sinks(tmp_path, FILE)
    serve.start()
    serve.bootstrap()
    serve.client("kms").list_keys()
    first = Web(read_webhook)
    # One that cannot be used leaves all as they are.
    write_sinks(tmp_path, FILE, hook_table(first.port), hook_table(first.port))
    serve.process.send_signal(signal.SIGHUP)
    assert "another sink has the same name" in serve.until_logged("nothing of it was taken over")
    write_sinks(tmp_path, FILE, hook_table(first.port))
    serve.process.send_signal(signal.SIGHUP)
    serve.until_logged("the configuration was read again: ")
    ids = committed(serve)
    first.until_it_has(ids)
    assert first.ids() == ids
    # One that moves goes on where it was.
    second = Web(read_webhook)
    write_sinks(tmp_path, FILE, hook_table(second.port))
    serve.process.send_signal(signal.SIGHUP)
    last = serve.client("kms").list_keys()["ResponseMetadata"]["RequestId"]
    ids = committed(serve)
    second.until_it_has(ids[-1:])
    assert second.records[-1]["requestID"] == last
    assert set(ids) == set(first.ids()) | set(second.ids())
    until_lines_are(tmp_path, ids)
    assert serve.stop() == 0


@pytest.mark.parametrize("tables,problem", [
    ([{"name": "a", "kind": "kafka"}], "unknown variant `kafka`"),
    ([{"name": "a", "kind": "file", "path": "/nonexistent/x"}], "/nonexistent/x: No such file"),
    ([hook_table(1) | {"secret_file": "open"}], "others could read it"),
    ([syslog_table(1) | {"ca": "claviger.toml"}], "there is no certificate in it"),
])
def test_sinks_that_cannot_be_used_are_refused(serve, tmp_path, authority, tables, problem):
    secret(tmp_path, "open", "x")
    os.chmod(tmp_path / "open", 0o644)
    write_sinks(tmp_path, *tables)
    for command in (["config", "check"], ["serve"]):
        done = serve.run(*command)
        assert done.returncode == 2 and problem in done.stderr, done.stderr
