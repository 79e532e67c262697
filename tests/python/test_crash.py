"""The crash rig (tests/crash) for a short while, and that it finds losses where there are some."""
import json
import pathlib
import subprocess
import sys

from conftest import BIN, clean_environment

RIG = pathlib.Path(__file__).parents[1] / "crash" / "rig.py"


def rig(tmp_path, *arguments):
    done = subprocess.run([sys.executable, str(RIG), "--binary", BIN, "--scratch", str(tmp_path), *arguments],
                          capture_output=True, text=True, env=clean_environment())
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def test_nothing_is_lost(tmp_path):
    report = rig(tmp_path, "--runs", "15", "--seed", "7", "--clients", "4")
    assert report["losses"] == [], json.dumps(report["losses"], indent=1)
    # Every kind of fault had its turn.
    assert report["runs"] == report["kills"] == 15 and len(report["byFault"]) == 5


def test_a_service_that_does_not_sync_loses(tmp_path):
    report = rig(tmp_path, "--runs", "4", "--seed", "7", "--clients", "4", "--only", "kill", "--sync", "ignore",
                 "--loss", "lose")
    assert report["losses"], report


def test_nothing_is_lost_while_records_leave_for_an_archive(tmp_path):
    report = rig(tmp_path, "--runs", "10", "--seed", "11", "--clients", "4", "--archive")
    assert report["losses"] == [], json.dumps(report["losses"], indent=1)
    assert report["runs"] == report["kills"] == 10 and report["logFiles"] > 0
