#!/usr/bin/env python3
"""Kills the service at random moments, takes away what was not synced, breaks its disk; and checks after each start
that nothing was lost, doubled or made up.

    cargo build --release -p claviger-cli
    python3 tests/crash/rig.py --binary target/release/claviger --runs 300 --seed 1

A run starts `claviger serve` on a directory, has clients change and use keys, and ends the process: by SIGKILL at a
random moment, or, by a layer under its system calls (power_loss.c), at the Nth write, before or after the Nth sync:
between commit and reply. Then the writes since the last sync of each file are kept, lost, or lost in part. Other
runs break the disk meanwhile (full, unreadable, read-only, locked by another process) and mend it. Checked after
the next start:

  - each acknowledged answer has exactly one record, each refused write (500) none;
  - what was acknowledged is there: keys, grants, aliases, tags, states; ciphertexts open;
  - each key, grant and alias that is there has its record, and each such record what it tells of;
  - request ids and event ids are unique, and the chain of records is whole;
  - while the disk is broken calls fail with KMSInternalException and /readyz says so; afterwards the service works
    again by itself.

Prints a report as JSON on standard output; progress on standard error. Exit status: 0 nothing was lost; 1 something
was; 2 bad use. --sync ignore makes the layer lie about syncs, as SQLite does with synchronous=OFF: then the rig must find
losses. Needs a C compiler. Standard library only.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from clients import Client, Connection, Gone, Notes, Progress, Signer  # noqa: E402

HERE = pathlib.Path(__file__).parent
ACCOUNT, REGION = "123456789012", "eu-central-1"
# How many runs share a directory: long enough that starts find something, short enough to be read back.
RUNS_PER_DIRECTORY = 10
ENDS = ["kill", "write", "sync-before", "sync-after"]
LOSSES = ["keep", "lose", "some"]
FAULTS = {"full": "write=ENOSPC", "write-error": "write=EIO", "sync-error": "sync=EIO", "read-only": "write=EROFS",
          "locked": None}


FAILED = "KMSInternalException"


def until(so, what):
    """Asks again until something is so; each question takes its time at the other side."""
    deadline = time.monotonic() + 60
    while not so():
        if time.monotonic() > deadline:
            raise Broken("readyz", f"not so within a minute: {what}")


class Place:
    """A directory of the service with what lies around it."""

    def __init__(self, arguments, layer):
        self.arguments, self.layer = arguments, layer
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="claviger-crash-", dir=arguments.scratch))
        self.data, self.undo, self.control = self.root / "data", self.root / "undo", self.root / "control"
        self.undo.mkdir()
        self.notes, self.process, self.signer = [], None, None
        self.config = self.root / "claviger.toml"
        self.archive = self.data / "archive"
        # Once in two seconds, so that many a process ends while records leave.
        archive = f'[archive]\ndirectory = "{self.archive}"\ninterval = "2s"\n' if arguments.archive else ""
        self.config.write_text(f'directory = "{self.data}"\nlisten = "127.0.0.1:0"\n[admin]\nlisten = "127.0.0.1:0"\n'
                               + archive)

    def start(self, die=None):
        # A clean start first forgets what is on the disk for good.
        for journal in self.undo.iterdir():
            journal.unlink()
        self.tell("sync=ignore" if self.arguments.sync == "ignore" else "")
        environment = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(self.layer), "CRASH_DIR": str(self.data),
                       "CRASH_UNDO": str(self.undo), "CRASH_CONTROL": str(self.control)}
        if die:
            environment["CRASH_DIE"] = die
        log = open(self.root / "log", "ab")
        self.process = subprocess.Popen(
            [self.arguments.binary, "serve", "--config", str(self.config), "--output", "json"],
            stdout=subprocess.PIPE, stderr=log, env=environment)
        log.close()
        line = self.process.stdout.readline()
        if not line:
            # It may die by its own hand before it listens, where that is the plan.
            status = self.process.wait()
            if die and status == -signal.SIGKILL:
                return False
            raise Broken("start", f"the service did not start: {(self.root / 'log').read_text()[-2000:]}")
        said = json.loads(line)
        host, port = said["endpoint"].split("://")[1].rsplit(":", 1)
        self.address, self.admin = (host, int(port)), said["admin"]
        return True

    def bootstrap(self):
        done = self.claviger("bootstrap", "--management-account", ACCOUNT, "--region", REGION)
        self.signer = Signer(done["accessKeyId"], done["secretAccessKey"], REGION)

    def claviger(self, *arguments):
        done = subprocess.run([self.arguments.binary, *arguments, "--config", str(self.config), "--output", "json"],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Broken(" ".join(arguments[:2]), done.stderr)
        return json.loads(done.stdout)

    def trail(self, *arguments):
        # Before the first delivery there is none.
        archive = ["--archive", str(self.archive)] if self.log_files() else []
        done = subprocess.run([self.arguments.binary, "trail", *arguments, "--dir", str(self.data), *archive,
                               "--output", "json"], capture_output=True, text=True)
        if done.returncode != 0:
            raise Broken("trail " + arguments[0], done.stderr or done.stdout)
        return json.loads(done.stdout)

    def log_files(self):
        return [path for path in self.archive.rglob("*.json.gz") if "_CloudTrail_" in path.name]

    def tell(self, text):
        """What the layer shall do from now on."""
        new = self.root / "control.new"
        new.write_text(text)
        new.rename(self.control)

    def ready(self):
        try:
            with urllib.request.urlopen(self.admin + "/readyz", timeout=30) as answer:
                return answer.status == 200
        except urllib.error.HTTPError:
            return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.stdout.read()
        return self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.stdout.read()
            self.process.wait()

    def lose(self, how, rng):
        """Takes back writes that no sync made good, and what nobody can have open any more."""
        lost = 0
        if how != "keep":
            for journal in self.undo.iterdir():
                lost += take_back(journal, self.data, (lambda: rng.random() < 0.5) if how == "some" else lambda: True)
        for left in self.data.glob("*-shm"):
            left.unlink()
        return lost

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)


class Broken(Exception):
    """What the rig is for."""

    def __init__(self, what, how):
        super().__init__(f"{what}: {how}")
        self.what = what


def entries(journal):
    """The writes in a journal, oldest first: offset, size of the file before, old bytes, new bytes (None for a cut)."""
    data, at, found = journal.read_bytes(), 0, []
    while at + 32 <= len(data):
        offset, size, old, new = struct.unpack_from("<QQQQ", data, at)
        at += 32
        before = data[at:at + old]
        at += old
        after = None
        if new != 2**64 - 1:
            after = data[at:at + new]
            at += new
        found.append((offset, size, before, after))
    return found


def take_back(journal, data, lost):
    """Puts a file back to where it was at its last sync, then writes again what is not lost."""
    inode = int(journal.name.split("-")[1])
    path = next((p for p in data.rglob("*") if p.is_file() and p.stat().st_ino == inode), None)
    done = entries(journal)
    if path is None or not done:
        return 0
    taken = 0
    with open(path, "r+b") as file:
        for offset, size, before, _ in reversed(done):
            file.truncate(max(size, offset + len(before)))
            file.seek(offset)
            file.write(before)
            file.truncate(size)
        for offset, _, _, after in done:
            if lost():
                taken += 1
            elif after is None:
                file.truncate(offset)
            else:
                file.seek(offset)
                file.write(after)
    return taken


class Run:
    """One life of the service, from its start to the check after its end."""

    def __init__(self, place, rng, clients):
        self.place, self.rng, self.clients = place, rng, clients
        self.stop, self.progress, self.threads = threading.Event(), Progress(clients), []

    def load(self):
        for number in range(self.clients):
            notes = Notes()
            self.place.notes.append(notes)
            client = Client(number, self.place.address, self.place.signer, self.rng.random(), notes, self.progress,
                            self.stop)
            self.threads.append(client)
        for thread in self.threads:
            thread.start()

    def end_load(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def crash(self, end, loss):
        """Ends the process; says how many writes were lost."""
        die = None if end == "kill" else f"{end}:{self.rng.randrange(1, 400)}"
        started = self.place.start(die)
        if started:
            self.load()
            enough = self.rng.randrange(20, 400)
            self.progress.until(lambda p: p.answers >= enough and end == "kill", "the end of the process")
            self.place.kill()
            self.end_load()
        return self.place.lose(loss, self.rng)

    def break_disk(self, fault, loss):
        """Breaks the disk under load and mends it; then ends the process as `crash` does."""
        place, progress = self.place, self.progress
        place.start()
        self.load()
        progress.until(lambda p: p.answers >= 50, "50 answers")
        other = None
        if FAULTS[fault]:
            place.tell(FAULTS[fault])
        else:
            other = sqlite3.connect(place.data / "claviger.db", isolation_level=None, timeout=30)
            other.execute("BEGIN IMMEDIATE")
        # Whoever is in a batch of unknown result waits until it is known; all others are refused.
        until(lambda: not place.ready(), f"not ready, because {fault}")
        self.must_fail()
        if other:
            other.execute("ROLLBACK")
            other.close()
        place.tell("sync=ignore" if place.arguments.sync == "ignore" else "")
        # Nobody mends the service: it must go on by itself.
        before = progress.answers
        progress.until(lambda p: p.answers >= before + 50, "50 answers after the disk was mended")
        if progress.codes - {FAILED}:
            raise Broken("failures", f"calls failed with {sorted(progress.codes)}")
        if progress.running < self.clients:
            raise Broken("failures", "connections were closed while the disk was broken")
        until(place.ready, f"ready again, as no longer {fault}")
        place.kill()
        self.end_load()
        return place.lose(loss, self.rng)


    def must_fail(self):
        """A call of somebody who comes while the disk is broken."""
        connection = Connection(self.place.address, self.place.signer)
        status, answer, request = connection.call("CreateKey")
        connection.close()
        if status != 500 or not answer.get("__type", "").endswith(FAILED):
            raise Broken("failures", f"a call while the disk was broken: {status} {answer}")
        notes = Notes()
        notes.failed.append(request)
        self.place.notes.append(notes)


class Check:
    """Compares what the service has with what its clients know."""

    def __init__(self, place):
        self.place = place
        self.connection = Connection(place.address, place.signer)

    def call(self, target, **document):
        status, answer, _ = self.connection.call(target, **document)
        if status != 200:
            raise Broken("state", f"{target} {document}: {status} {answer}")
        return answer

    def every(self, target, member, **document):
        found, marker = [], {}
        while True:
            page = self.call(target, **document, **marker)
            found += page[member]
            if not page.get("Truncated"):
                return found
            marker = {"Marker": page["NextMarker"]}

    def all(self):
        self.place.trail("verify")
        records = self.place.trail("query", "--limit", "10000000")
        self.records(records)
        self.state(records)
        self.connection.close()

    def records(self, records):
        by_request = collections.Counter(r["requestID"] for r in records if r.get("requestID"))
        events = collections.Counter(r["eventID"] for r in records)
        doubled = [e for e, n in events.items() if n > 1]
        if doubled:
            raise Broken("doubled", f"event ids {doubled[:3]}")
        for notes in self.place.notes:
            for request in notes.acknowledged:
                if by_request[request] != 1:
                    raise Broken("lost" if by_request[request] == 0 else "doubled",
                                 f"{by_request[request]} records of the acknowledged request {request}")
            for request in notes.failed:
                if by_request[request]:
                    raise Broken("made up", f"a record of request {request}, which was told that it failed")

    def state(self, records):
        keys = {k["KeyId"] for k in self.every("ListKeys", "Keys", Limit=1000)}
        self.same("CreateKey", keys, records, lambda r: r["responseElements"]["keyMetadata"]["keyId"])
        aliases = {a["AliasName"] for a in self.every("ListAliases", "Aliases", Limit=100)
                   if a["AliasName"].startswith("alias/crash-")}
        self.same("CreateAlias", aliases, records, lambda r: r["requestParameters"]["aliasName"])
        grants = set()
        for notes in self.place.notes:
            for key, known in notes.keys.items():
                if key not in keys:
                    raise Broken("lost", f"key {key}")
                grants |= self.key(key, known, notes, aliases)
        recorded = {r["responseElements"]["grantId"] for r in records
                    if r["eventName"] == "CreateGrant" and "errorCode" not in r}
        if not grants <= recorded:
            raise Broken("unrecorded", f"grants {sorted(grants - recorded)[:3]}")

    def same(self, event, found, records, name):
        recorded = {name(r) for r in records if r["eventName"] == event and "errorCode" not in r}
        if found - recorded:
            raise Broken("unrecorded", f"{event}: {sorted(found - recorded)[:3]}")
        if recorded - found:
            raise Broken("lost", f"{event}: {sorted(recorded - found)[:3]}")

    def key(self, key, known, notes, aliases):
        target, at, asked = notes.under_way or (None, None, {})
        here = at == key
        grants = {g["GrantId"] for g in self.every("ListGrants", "Grants", KeyId=key, Limit=100)}
        if not known["grants"] <= grants or len(grants - known["grants"]) > (1 if target == "CreateGrant" and here else 0):
            raise Broken("lost", f"grants of {key}: {known['grants'] ^ grants}")
        if not known["aliases"] <= aliases:
            raise Broken("lost", f"aliases of {key}")
        tags = {t["TagKey"]: t["TagValue"] for t in self.every("ListResourceTags", "Tags", KeyId=key, Limit=50)}
        new = {t["TagKey"]: t["TagValue"] for t in asked.get("Tags", [])} if here else {}
        for name in tags.keys() | known["tags"].keys():
            if tags.get(name) not in {known["tags"].get(name), new.get(name, known["tags"].get(name))}:
                raise Broken("lost", f"tag {name} of {key}: {tags.get(name)} for {known['tags'].get(name)}")
        known["tags"] = tags
        enabled = self.call("DescribeKey", KeyId=key)["KeyMetadata"]["Enabled"]
        if enabled != known["enabled"] and not (here and target in ("DisableKey", "EnableKey")):
            raise Broken("lost", f"the state of {key}")
        known["enabled"] = enabled
        if enabled:
            for blob in known["blobs"]:
                self.call("Decrypt", KeyId=key, CiphertextBlob=blob)
        known["grants"], notes.under_way = grants, notes.under_way if here is False else None
        return grants


def plan(rng, number, only):
    """What a run does: how the process ends, what is lost, which fault before that."""
    faults = list(FAULTS)
    fault = faults[number % len(faults)] if number % 3 == 2 else None
    end = ENDS[number % len(ENDS)]
    if only:
        fault = only if only in FAULTS else None
        end = only if only in ENDS else end
    return fault, end, LOSSES[rng.randrange(len(LOSSES))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--only", choices=[*FAULTS, *ENDS], help="one fault, or one kind of end, in every run")
    parser.add_argument("--loss", choices=LOSSES, help="what becomes of unsynced writes, in every run")
    parser.add_argument("--sync", choices=["real", "ignore"], default="real")
    parser.add_argument("--archive", action="store_true",
                        help="records leave for an archive meanwhile; looked for in both")
    parser.add_argument("--scratch", help="where directories are made; the system's own by default")
    arguments = parser.parse_args()
    arguments.binary = str(pathlib.Path(arguments.binary).resolve())
    work = pathlib.Path(tempfile.mkdtemp(prefix="claviger-layer-"))
    layer = work / "power_loss.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", layer, HERE / "power_loss.c", "-ldl", "-lpthread"], check=True)
    rng = random.Random(arguments.seed)
    report = {"seed": arguments.seed, "runs": 0, "kills": 0, "byEnd": collections.Counter(),
              "byLoss": collections.Counter(), "byFault": collections.Counter(), "writesLost": 0, "acknowledged": 0,
              "failed": 0, "logFiles": 0, "losses": []}
    place = None
    for number in range(arguments.runs):
        if place is None:
            place = Place(arguments, layer)
            place.start()
            place.bootstrap()
            place.stop()
        fault, end, loss = plan(rng, number, arguments.only)
        loss = arguments.loss or loss
        run = Run(place, rng, arguments.clients)
        try:
            report["writesLost"] += run.break_disk(fault, loss) if fault else run.crash(end, loss)
            report["kills"] += 1
            place.start()
            Check(place).all()
            place.stop()
        except (Broken, Gone) as broken:
            what = getattr(broken, "what", "gone")
            report["losses"].append({"run": number, "fault": fault, "end": end, "loss": loss, "what": what,
                                     "how": str(broken)[:2000]})
            if place.process.poll() is None:
                place.kill()
            run.end_load()
        report["runs"] += 1
        report["byEnd"]["kill" if fault else end] += 1
        report["byLoss"][loss] += 1
        if fault:
            report["byFault"][fault] += 1
        print(f"run {number + 1}/{arguments.runs}: {fault or end}, {loss}: "
              f"{'LOST' if report['losses'] and report['losses'][-1]['run'] == number else 'nothing lost'}",
              file=sys.stderr, flush=True)
        over = (number + 1) % RUNS_PER_DIRECTORY == 0 or number + 1 == arguments.runs
        if over or (report["losses"] and report["losses"][-1]["run"] == number):
            report["acknowledged"] += sum(len(n.acknowledged) for n in place.notes)
            report["failed"] += sum(len(n.failed) for n in place.notes)
            report["logFiles"] += len(place.log_files())
            place.remove()
            place = None
    shutil.rmtree(work)
    print(json.dumps(report, indent=2))
    sys.exit(1 if report["losses"] else 0)


if __name__ == "__main__":
    main()
