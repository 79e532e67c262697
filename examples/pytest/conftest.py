"""A development service for a test session, found by boto3 through the environment."""
import json
import os
import signal
import subprocess

import pytest

CLAVIGER = os.environ.get("CLAVIGER", "claviger")


def claviger(*arguments):
    done = subprocess.run([CLAVIGER, *arguments, "--output", "json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """The directory of a running service; port 0 takes a free one, so sessions run side by side."""
    directory = str(tmp_path_factory.mktemp("claviger") / "dir")
    process = subprocess.Popen([CLAVIGER, "up", "--dir", directory, "--listen", "127.0.0.1:0"],
                               stdout=subprocess.DEVNULL)
    claviger("wait", "--dir", directory)
    yield directory
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0


@pytest.fixture(autouse=True)
def aws(service, monkeypatch):
    """Points every AWS client of a test at the service."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in claviger("env", "--dir", service).items():
        monkeypatch.setenv(name, value)
