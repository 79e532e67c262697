"""The example of a pytest fixture is run as its README says."""
import os
import pathlib
import subprocess
import sys

from conftest import BIN, clean_environment


def test_the_pytest_example():
    example = pathlib.Path(__file__).parents[2] / "examples" / "pytest"
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(example)],
                          capture_output=True, text=True, env=clean_environment() | {"CLAVIGER": os.path.abspath(BIN)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
