"""What many clients do at once comes out as if they had come one after another."""
import threading

import pytest
from botocore.exceptions import ClientError

ADMIN = "arn:aws:iam::111122223333:user/admin"


@pytest.fixture
def kms(service):
    return service.client("kms")


def at_once(calls):
    """Carries all calls out at the same time; their results, or the code of the refusal."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def one(i):
        barrier.wait()
        try:
            results[i] = calls[i]()
        except ClientError as refused:
            results[i] = refused.response["Error"]["Code"]

    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_grant_of_one_name_is_one_grant(kms):
    for _ in range(5):
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        made = at_once([lambda: kms.create_grant(KeyId=key, GranteePrincipal=ADMIN, Operations=["Decrypt"],
                                                 Name="same")["GrantId"]] * 16)
        assert len(set(made)) == 1, made
        assert [g["GrantId"] for g in kms.list_grants(KeyId=key)["Grants"]] == made[:1]


def test_a_key_has_at_most_fifty_aliases(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    made = at_once([lambda i=i: kms.create_alias(AliasName=f"alias/race-{key}-{i}", TargetKeyId=key)
                    for i in range(60)])
    assert made.count("LimitExceededException") == 10
    assert len(kms.list_aliases(KeyId=key, Limit=100)["Aliases"]) == 50


def test_markers_are_good_for_their_list(kms):
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]
    for key in keys:
        for _ in range(3):
            kms.create_grant(KeyId=key, GranteePrincipal=ADMIN, RetiringPrincipal=ADMIN, Operations=["Decrypt"])
    marker = kms.list_grants(KeyId=keys[0], Limit=1)["NextMarker"]
    assert len(kms.list_grants(KeyId=keys[0], Marker=marker)["Grants"]) == 2
    retirable = kms.list_retirable_grants(RetiringPrincipal=ADMIN, Limit=1)["NextMarker"]
    root = "arn:aws:iam::111122223333:root"
    for call in [lambda: kms.list_grants(KeyId=keys[1], Marker=marker),
                 lambda: kms.list_grants(KeyId=keys[0], GranteePrincipal=ADMIN, Marker=marker),
                 lambda: kms.list_retirable_grants(RetiringPrincipal=root, Marker=retirable)]:
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"]["Code"] == "InvalidMarkerException"
