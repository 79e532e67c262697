"""Multi-Region keys through boto3 in three Regions: what an unmodified client sees."""
import time

import pytest
from botocore.exceptions import ClientError

from conftest import Service

EAST, WEST, IRELAND = "us-east-1", "us-west-2", "eu-west-1"


def error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A service whose clock these tests move."""
    started = Service(tmp_path_factory.mktemp("claviger") / "dir").start()
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="module")
def kms(running):
    return {region: running.client("kms", region) for region in (EAST, WEST, IRELAND)}


def described(kms, region, key):
    return kms[region].describe_key(KeyId=key)["KeyMetadata"]


def wait(kms, region, key, state):
    """As a program does that makes a replica and goes on: it asks until the key is there."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = described(kms, region, key)
        if found["KeyState"] == state:
            return found
    raise AssertionError(f"{key} in {region} is still {found['KeyState']}")


@pytest.fixture
def primary(kms):
    return kms[EAST].create_key(MultiRegion=True, Description="one")["KeyMetadata"]["KeyId"]


@pytest.fixture
def related(kms, primary):
    """A key in three Regions."""
    for region in (WEST, IRELAND):
        kms[EAST].replicate_key(KeyId=primary, ReplicaRegion=region)
        wait(kms, region, primary, "Enabled")
    return primary


def test_a_replica_is_made_and_settles(kms, primary):
    made = kms[EAST].replicate_key(KeyId=primary, ReplicaRegion=WEST, Description="two",
                                   Tags=[{"TagKey": "a", "TagValue": "b"}])
    replica = made["ReplicaKeyMetadata"]
    assert replica["KeyState"] == "Creating" and not replica["Enabled"]
    assert "CurrentKeyMaterialId" not in replica
    assert replica["KeyId"] == primary and replica["Arn"].split(":")[3] == WEST
    assert made["ReplicaTags"] == [{"TagKey": "a", "TagValue": "b"}]
    there = wait(kms, WEST, primary, "Enabled")
    assert there["CurrentKeyMaterialId"] == described(kms, EAST, primary)["CurrentKeyMaterialId"]
    assert there["Description"] == "two" and described(kms, EAST, primary)["Description"] == "one"
    assert there["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA"
    assert kms[WEST].get_key_policy(KeyId=primary)["Policy"] == made["ReplicaPolicy"]


def test_any_region_opens_what_another_closed(kms, related):
    for here in kms:
        context = {"from": here}
        blob = kms[here].encrypt(KeyId=related, Plaintext=b"hello", EncryptionContext=context)["CiphertextBlob"]
        for there in kms:
            arn = described(kms, there, related)["Arn"]
            for named in ({}, {"KeyId": related}, {"KeyId": arn}):
                opened = kms[there].decrypt(CiphertextBlob=blob, EncryptionContext=context, **named)
                assert opened["Plaintext"] == b"hello" and opened["KeyId"] == arn
    arn = described(kms, EAST, related)["Arn"]
    assert error(kms[WEST].decrypt, CiphertextBlob=blob, KeyId=arn) == {
        "Code": "NotFoundException", "Message": "Invalid arn us-east-1"}


def test_rotation_is_the_primary_keys(kms, related):
    kms[EAST].enable_key_rotation(KeyId=related, RotationPeriodInDays=100)
    kms[EAST].rotate_key_on_demand(KeyId=related)
    states = {described(kms, region, related)["CurrentKeyMaterialId"] for region in kms}
    assert len(states) == 1
    for region in kms:
        status = kms[region].get_key_rotation_status(KeyId=related)
        assert status["KeyRotationEnabled"] and status["RotationPeriodInDays"] == 100
    refused = error(kms[WEST].enable_key_rotation, KeyId=related)
    assert refused["Code"] == "UnsupportedOperationException"
    assert refused["Message"].endswith("is not a multi-region primary key.")


def test_a_new_primary_region(running, kms, related):
    kms[EAST].update_primary_region(KeyId=related, PrimaryRegion=WEST)
    blob = kms[WEST].encrypt(KeyId=related, Plaintext=b"meanwhile")["CiphertextBlob"]
    assert kms[EAST].decrypt(CiphertextBlob=blob)["Plaintext"] == b"meanwhile"
    for region in (EAST, WEST):
        shown = wait(kms, region, related, "Enabled")["MultiRegionConfiguration"]
        assert shown["PrimaryKey"]["Region"] == WEST
        assert {key["Region"] for key in shown["ReplicaKeys"]} == {EAST, IRELAND}
    records = [r for r in running.records("--event", "UpdatePrimaryRegion")
               if r["requestParameters"]["keyId"].endswith(related)]
    by_region = {r["awsRegion"]: r["userIdentity"].get("invokedBy") for r in records}
    assert by_region == {EAST: None, WEST: "kms.amazonaws.com"}


def test_the_primary_key_goes_last(running, kms, related):
    left = kms[EAST].schedule_key_deletion(KeyId=related, PendingWindowInDays=7)
    assert left["KeyState"] == "PendingReplicaDeletion" and "DeletionDate" not in left
    for region in (WEST, IRELAND):
        kms[region].schedule_key_deletion(KeyId=related, PendingWindowInDays=7)
    running.claviger("clock", "advance", "8d")
    shown = described(kms, EAST, related)
    assert shown["KeyState"] == "PendingDeletion" and "DeletionDate" in shown
    assert shown["MultiRegionConfiguration"]["ReplicaKeys"] == []
    running.claviger("clock", "advance", "8d")
    for region in kms:
        assert error(kms[region].describe_key, KeyId=related)["Code"] == "NotFoundException"


def test_a_signature_of_one_region_holds_in_another(kms):
    key = kms[EAST].create_key(MultiRegion=True, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms[EAST].replicate_key(KeyId=key, ReplicaRegion=WEST)
    wait(kms, WEST, key, "Enabled")
    signing = {"KeyId": key, "Message": b"hello", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms[WEST].sign(**signing)["Signature"]
    assert kms[EAST].verify(**signing, Signature=signature)["SignatureValid"]
    assert kms[EAST].get_public_key(KeyId=key)["PublicKey"] == kms[WEST].get_public_key(KeyId=key)["PublicKey"]
