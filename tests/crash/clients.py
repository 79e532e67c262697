"""Clients of the crash rig: each has a key of its own, changes and uses it until the service dies, and notes what
was acknowledged, what was refused and what was under way. Standard library only.
"""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import random
import threading

PLAINTEXT = base64.b64encode(b"planted-plaintext-" + bytes(range(32))).decode()


class Signer:
    """Signature Version 4 for KMS's JSON protocol (IAM User Guide, "Create a signed AWS API request")."""

    def __init__(self, access_key, secret, region):
        self.access_key, self.secret, self.region = access_key, secret, region

    def headers(self, host, target, body):
        now = datetime.datetime.now(datetime.timezone.utc)
        date = now.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{date[:8]}/{self.region}/kms/aws4_request"
        signed = {"content-type": "application/x-amz-json-1.1", "host": host, "x-amz-date": date,
                  "x-amz-target": "TrentService." + target}
        names = ";".join(sorted(signed))
        canonical = "\n".join(["POST", "/", "", *(f"{name}:{signed[name]}" for name in sorted(signed)), "", names,
                               hashlib.sha256(body).hexdigest()])
        text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for part in [date[:8], self.region, "kms", "aws4_request"]:
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        signed["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, SignedHeaders={names}, "
                                   f"Signature={signature}")
        return signed


class Gone(Exception):
    """The service does not answer any more."""


class Connection:
    """One kept connection."""

    def __init__(self, address, signer):
        self.host = f"{address[0]}:{address[1]}"
        self.signer = signer
        self.http = http.client.HTTPConnection(*address, timeout=30)

    def call(self, target, **document):
        """Status, answer and request id; `Gone` when there is no whole answer."""
        body = json.dumps(document).encode()
        try:
            self.http.request("POST", "/", body, self.signer.headers(self.host, target, body))
            response = self.http.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Gone(str(error)) from error
        return response.status, json.loads(answer or b"{}"), response.getheader("x-amzn-RequestId")

    def close(self):
        self.http.close()


class Notes:
    """What one client knows of the service: by it the service is judged afterwards."""

    def __init__(self):
        self.acknowledged = []  # request ids of answers, refusals of ours included
        self.failed = []        # request ids of answers that say that nothing took place (500)
        self.keys = {}          # key id: {"tags": …, "enabled": …, "grants": …, "aliases": …, "blobs": …}
        self.under_way = None   # the operation and its key when the service died


class Client(threading.Thread):
    """Works until it is told to stop or the service dies."""

    def __init__(self, number, address, signer, seed, notes, progress, stop):
        super().__init__(daemon=True)
        self.number, self.notes, self.progress, self.stop = number, notes, progress, stop
        self.connection = Connection(address, signer)
        self.random = random.Random(seed)
        self.counter = 0

    def run(self):
        try:
            while not self.stop.is_set():
                self.step()
        except Gone:
            pass
        finally:
            self.connection.close()
            self.progress.gone()

    def call(self, target, key, **document):
        self.notes.under_way = (target, key, document)
        status, answer, request_id = self.connection.call(target, **document)
        self.notes.under_way = None
        if status == 500:
            self.notes.failed.append(request_id)
            self.progress.failure(answer.get("__type", ""))
        else:
            self.notes.acknowledged.append(request_id)
            self.progress.answer()
        return (status, answer)

    def step(self):
        keys = self.notes.keys
        if not keys or self.random.random() < 0.04:
            status, answer = self.call("CreateKey", None)
            if status == 200:
                keys[answer["KeyMetadata"]["KeyId"]] = {
                    "tags": {}, "enabled": True, "grants": set(), "aliases": set(), "blobs": []}
            return
        key = self.random.choice(sorted(keys))
        known = keys[key]
        kind = self.random.choices(
            ["Encrypt", "Decrypt", "GenerateDataKey", "TagResource", "CreateGrant", "CreateAlias", "Switch", "Refused"],
            [30, 25, 10, 12, 10, 3, 6, 4])[0]
        getattr(self, kind)(key, known)

    def Encrypt(self, key, known):
        status, answer = self.call("Encrypt", key, KeyId=key, Plaintext=PLAINTEXT)
        if status == 200:
            known["blobs"] = [answer["CiphertextBlob"], *known["blobs"][:2]]

    def Decrypt(self, key, known):
        if known["blobs"]:
            self.call("Decrypt", key, KeyId=key, CiphertextBlob=self.random.choice(known["blobs"]))

    def GenerateDataKey(self, key, known):
        status, answer = self.call("GenerateDataKey", key, KeyId=key, KeySpec="AES_256")

    def TagResource(self, key, known):
        name = f"t{self.random.randrange(5)}"
        self.counter += 1
        value = f"{self.number}-{self.counter}"
        status, _ = self.call("TagResource", key, KeyId=key, Tags=[{"TagKey": name, "TagValue": value}])
        if status == 200:
            known["tags"][name] = value

    def CreateGrant(self, key, known):
        status, answer = self.call("CreateGrant", key, KeyId=key, Operations=["Decrypt"],
                                   GranteePrincipal="arn:aws:iam::123456789012:root")
        if status == 200:
            known["grants"].add(answer["GrantId"])

    def CreateAlias(self, key, known):
        name = f"alias/crash-{key}-{len(known['aliases'])}"
        status, _ = self.call("CreateAlias", key, AliasName=name, TargetKeyId=key)
        if status == 200:
            known["aliases"].add(name)

    def Switch(self, key, known):
        target = "DisableKey" if known["enabled"] else "EnableKey"
        status, _ = self.call(target, key, KeyId=key)
        if status == 200:
            known["enabled"] = not known["enabled"]

    def Refused(self, key, known):
        self.call("DescribeKey", None, KeyId="alias/there-is-none")


class Progress:
    """How far all clients together are, to be waited for."""

    def __init__(self, clients):
        self.changed = threading.Condition()
        self.answers, self.failures, self.running, self.codes = 0, 0, clients, set()

    def answer(self):
        with self.changed:
            self.answers += 1
            self.changed.notify_all()

    def failure(self, code):
        with self.changed:
            self.failures += 1
            self.codes.add(code.rsplit("#", 1)[-1])
            self.changed.notify_all()

    def gone(self):
        with self.changed:
            self.running -= 1
            self.changed.notify_all()

    def until(self, reached, what):
        """Waits until something is so, or no client runs any more."""
        with self.changed:
            if not self.changed.wait_for(lambda: reached(self) or self.running == 0, timeout=120):
                raise AssertionError(f"not reached within two minutes: {what}")
