#!/usr/bin/env python3
"""How long a service with many keys and grants takes to start, and how much memory it needs.

Makes --keys keys over the KMS API, each with one grant, in a new directory (or goes on with the
keys of one that was filled before: --filled), then stops and starts the service --starts times.
One JSON line for each start: seconds until it takes connections, seconds until it is ready (its
records verified, the key of Identity Center proved), resident memory when ready.

    python3 bench/start_time.py --binary target/release/claviger --dir /var/tmp/many --keys 100000

Exit status: 0 done; 1 a call or a start failed; 2 bad use. Standard library only.
"""
import argparse
import http.client
import json
import multiprocessing
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time

from kms_load import Client, emit

PROCESSES = 4
# Two Regions: an account's quota of keys is 100,000 in each.
REGIONS = ["us-east-1", "us-west-2"]
GRANTEE = "arn:aws:iam::111122223333:user/admin"


def started(arguments):
    """A running service, with the seconds it took to listen and to be ready."""
    begun = time.monotonic()
    with open(os.path.join(arguments.dir + ".log"), "wb") as log:
        service = subprocess.Popen([arguments.binary, "up", "--dir", arguments.dir, "--listen", arguments.listen],
                                   stdout=subprocess.PIPE, stderr=log, text=True)
    host, port = arguments.listen.rsplit(":", 1)
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            break
        except OSError:
            if service.poll() is not None:
                sys.exit(f"the service ended with status {service.returncode}; see {arguments.dir}.log")
            time.sleep(0.005)
    listens = time.monotonic() - begun
    for line in service.stdout:
        if re.search("ready", line, re.IGNORECASE):
            break
    else:
        sys.exit(f"the service ended before it was ready; see {arguments.dir}.log")
    return service, listens, time.monotonic() - begun


def stopped(service):
    service.send_signal(signal.SIGTERM)
    service.communicate()


def environment(arguments):
    text = subprocess.run([arguments.binary, "env", "--dir", arguments.dir], check=True, capture_output=True, text=True)
    words = [word for word in shlex.split(text.stdout) if "=" in word]
    return dict(word.split("=", 1) for word in words)


def fill(env, region, count):
    client = Client(env["AWS_ENDPOINT_URL"], env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], None, region, 60)
    connection = http.client.HTTPConnection(client.host, client.port, timeout=60)

    def call(target, **params):
        body = json.dumps(params).encode()
        connection.request("POST", "/", body, client.headers(target, body))
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            sys.exit(f"{target}: {response.status} {answer}")
        return answer

    for _ in range(count):
        key = call("CreateKey")["KeyMetadata"]["KeyId"]
        call("CreateGrant", KeyId=key, GranteePrincipal=GRANTEE, Operations=["Encrypt", "Decrypt"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--dir", required=True)
    parser.add_argument("--listen", default="127.0.0.1:4699")
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--filled", action="store_true", help="the directory has its keys already")
    arguments = parser.parse_args()
    if not arguments.filled and os.path.exists(arguments.dir):
        print(f"{arguments.dir} exists; name a new directory, or say --filled", file=sys.stderr)
        sys.exit(2)
    if not arguments.filled:
        service, _, _ = started(arguments)
        env = environment(arguments)
        shares = [arguments.keys // PROCESSES] * PROCESSES
        shares[0] += arguments.keys % PROCESSES
        workers = [multiprocessing.Process(target=fill, args=(env, REGIONS[i % len(REGIONS)], share))
                   for i, share in enumerate(shares)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        stopped(service)
        if any(worker.exitcode for worker in workers):
            sys.exit(1)
    for _ in range(arguments.starts):
        service, listens, ready = started(arguments)
        with open(f"/proc/{service.pid}/status") as status:
            resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        emit(listens_s=round(listens, 2), ready_s=round(ready, 2), rss_mib=resident // 1024)
        stopped(service)


if __name__ == "__main__":
    main()
