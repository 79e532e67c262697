"""kill -9 in the middle of writes and encrypts, again and again: what was acknowledged is there."""
import contextlib
import random
import signal
import sqlite3
import threading

from botocore.exceptions import BotoCoreError, ClientError

ROUNDS = 5
CLIENTS = 8
BEFORE_KILL = 60


def load(client, acknowledged, enough, stop):
    """Creates keys and grants and encrypts until the service dies; notes what was answered."""
    try:
        key = client.create_key()
        acknowledged.append(("CreateKey", key["KeyMetadata"]["KeyId"], key["ResponseMetadata"]["RequestId"]))
        key_id = key["KeyMetadata"]["KeyId"]
        while not stop.is_set():
            grant = client.create_grant(KeyId=key_id, GranteePrincipal="arn:aws:iam::111122223333:user/admin", Operations=["Decrypt"])
            acknowledged.append(("CreateGrant", (key_id, grant["GrantId"]), grant["ResponseMetadata"]["RequestId"]))
            blob = client.encrypt(KeyId=key_id, Plaintext=b"x")
            acknowledged.append(("Encrypt", (key_id, blob["CiphertextBlob"]), blob["ResponseMetadata"]["RequestId"]))
            if len(acknowledged) >= BEFORE_KILL:
                enough.set()
    except (BotoCoreError, ClientError, OSError):
        enough.set()


def test_nothing_acknowledged_is_lost(fresh):
    rng = random.Random(7)
    everything = []
    for _ in range(ROUNDS):
        acknowledged, enough, stop = [], threading.Event(), threading.Event()
        clients = [fresh.client("kms", connect_timeout=2, read_timeout=5) for _ in range(CLIENTS)]
        threads = [threading.Thread(target=load, args=(c, acknowledged, enough, stop)) for c in clients]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        threading.Event().wait(rng.random() / 20)  # the kill falls at a random moment, not at a quiet one
        fresh.stop(signal.SIGKILL)
        stop.set()
        for thread in threads:
            thread.join()
        everything += acknowledged
        fresh.start()
    kms = fresh.client("kms")
    requests = {}
    for record in fresh.records():
        if record.get("requestID"):
            requests.setdefault(record["requestID"], []).append(record["eventID"])
    for kind, thing, request_id in everything:
        assert len(requests.get(request_id, [])) == 1, (kind, request_id)
        if kind == "CreateKey":
            assert kms.describe_key(KeyId=thing)["KeyMetadata"]["Enabled"]
        elif kind == "CreateGrant":
            assert kms.list_grants(KeyId=thing[0], GrantId=thing[1])["Grants"]
        else:
            assert kms.decrypt(CiphertextBlob=thing[1], KeyId=thing[0])["Plaintext"] == b"x"
    created = [r for r in fresh.records("--event", "CreateKey") if "errorCode" not in r]
    keys = {k["KeyId"] for page in kms.get_paginator("list_keys").paginate() for k in page["Keys"]}
    assert {r["responseElements"]["keyMetadata"]["keyId"] for r in created} == keys
    assert fresh.claviger("trail", "verify")


def test_a_visitor_with_sqlite_costs_nothing(fresh):
    """Somebody looks into the database of a running service with SQLite's own tools. Had the service lost its locks
    by then (as it would by closing the file once somewhere), the visitor would think itself the last, and take
    the log away from under it.
    """
    kms = fresh.client("kms")
    with contextlib.closing(sqlite3.connect(fresh.directory / "claviger.db")) as visitor:
        assert visitor.execute('SELECT count(*) FROM "row"').fetchone()[0] > 0
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    fresh.stop(signal.SIGKILL)
    fresh.start()
    assert fresh.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Enabled"]


def test_sixty_four_clients_at_once(service):
    kms = service.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    failures, start = [], threading.Barrier(64)

    def work(number):
        try:
            client = service.client("kms")
            start.wait()
            for i in range(10):
                text = b"%d/%d" % (number, i)
                blob = client.encrypt(KeyId=key, Plaintext=text)["CiphertextBlob"]
                assert client.decrypt(CiphertextBlob=blob)["Plaintext"] == text
            client.tag_resource(KeyId=key, Tags=[{"TagKey": f"t{number % 40}", "TagValue": str(number)}])
        except Exception as error:  # noqa: BLE001 - every failure of a client is reported below
            failures.append(repr(error))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(kms.list_resource_tags(KeyId=key)["Tags"]) == 40
