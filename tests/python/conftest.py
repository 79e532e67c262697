"""Starts the real binary on a directory of its own and gives each test clients for it.

CLAVIGER_BIN names the binary. The service listens on a free loopback port; nothing else is talked to.
Nothing of the environment of whoever runs the tests is seen, here or in what is started from here.
"""
import atexit
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

KEPT = ["PATH", "TMPDIR", "LLVM_PROFILE_FILE", "CARGO_LLVM_COV", "PYTHONDONTWRITEBYTECODE", "CLAVIGER_BIN"]
HOME = tempfile.mkdtemp(prefix="claviger-home-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
CLEAN = {name: os.environ[name] for name in KEPT if name in os.environ} | {
    "HOME": HOME, "LANG": "C.UTF-8", "TZ": "UTC", "AWS_EC2_METADATA_DISABLED": "true"}
# Before boto3 is loaded: its clients in this process read the environment too.
os.environ.clear()
os.environ.update(CLEAN)

import boto3
import pytest
from botocore.config import Config

BIN = os.environ.get("CLAVIGER_BIN")


class Service:
    """A running `claviger up`."""

    def __init__(self, directory, *options):
        self.directory = pathlib.Path(directory)
        self.options = options
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [BIN, "up", "--dir", str(self.directory), "--listen", "127.0.0.1:0", *self.options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment())
        self.output = []
        for line in self.process.stdout:
            self.output.append(line)
            if line.strip() == "ready":
                break
        else:
            raise AssertionError("claviger up did not become ready:\n" + "".join(self.output))
        self.endpoint = self.environment()["AWS_ENDPOINT_URL"]
        return self

    def environment(self, profile=None, per_service=False):
        command = [BIN, "env", "--dir", str(self.directory), "--output", "json"]
        if profile:
            command += ["--profile", profile]
        if per_service:
            command += ["--per-service"]
        done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), check=True)
        return json.loads(done.stdout)

    def client(self, name, region="us-east-1", profile=None, credentials=None, **config):
        env = self.environment(profile)
        keys = credentials or {
            "AccessKeyId": env["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": env["AWS_SECRET_ACCESS_KEY"],
        }
        return boto3.client(
            name, region_name=region, endpoint_url=self.endpoint,
            aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=64, **config))

    def aws(self, *arguments, ok=True, profile=None):
        """Runs the AWS CLI; gives its JSON answer, or its error text when `ok` is False."""
        env = clean_environment() | self.environment(profile)
        env["AWS_MAX_ATTEMPTS"] = "1"
        aws = str(pathlib.Path(sys.executable).with_name("aws"))
        done = subprocess.run([sys.executable, aws, *arguments, "--output", "json"],
                              capture_output=True, text=True, env=env)
        if not ok:
            assert done.returncode != 0, done.stdout
            return done.stderr
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def claviger(self, *arguments):
        done = subprocess.run([BIN, *arguments, "--dir", str(self.directory)],
                              capture_output=True, text=True, env=clean_environment())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def records(self, *filters):
        return json.loads(self.claviger("trail", "query", "--output", "json", "--limit", "100000", *filters))

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.stdout.read()
            return self.process.wait(timeout=30)
        return None


def clean_environment():
    return dict(CLEAN)


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    running = Service(tmp_path_factory.mktemp("claviger") / "dir").start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def fresh(tmp_path):
    running = Service(tmp_path / "dir").start()
    yield running
    running.stop(signal.SIGKILL)


@pytest.fixture
def emulator():
    """The endpoint of moto as a server, for services that Claviger does not serve."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = pathlib.Path(sys.executable).with_name("moto_server")
    process = subprocess.Popen([sys.executable, str(program), "-H", "127.0.0.1", "-p", str(port)],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment())
    for line in process.stdout:
        if "Running on" in line:
            break
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.stdout.read()
    process.wait()
