"""Signs requests with botocore's own signer and records them in botocore.json.

Run by hand with botocore 1.44.8: python make.py > botocore.json. Dates and keys are fixed, so the
file comes out the same each time.
"""

import datetime
import json
import unittest.mock

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 1, 5, 10, 0, 0, tzinfo=datetime.timezone.utc)
ACCESS_KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TARGET = {"X-Amz-Target": "TrentService.Decrypt", "Content-Type": "application/x-amz-json-1.1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class Recorder(SigV4Auth):
    """Keeps what it signs."""

    def string_to_sign(self, request, canonical_request):
        self.canonical = canonical_request
        self.signed_text = super().string_to_sign(request, canonical_request)
        return self.signed_text


def sign(name, service="kms", region="us-east-1", method="POST", url="http://127.0.0.1:4599/",
         headers=None, body=b"", token=None):
    request = AWSRequest(method=method, url=url, data=body, headers=dict(headers or {}))
    signer = Recorder(Credentials(ACCESS_KEY, SECRET, token), service, region)
    with unittest.mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        signer.add_auth(request)
    prepared_headers = [[k, v] for k, v in request.headers.items()]
    prepared_headers.insert(0, ["Host", url.split("/")[2]])
    return {
        "name": name, "service": service, "region": region, "method": method,
        "target": "/" + url.split("/", 3)[3], "headers": prepared_headers,
        "body": body.decode(), "access_key_id": ACCESS_KEY, "secret": SECRET, "session_token": token,
        "canonical_request": signer.canonical,
        "string_to_sign": signer.signed_text,
        "signature": request.headers["Authorization"].split("Signature=")[1],
    }


cases = [
    sign("plain", headers=TARGET, body=b'{"CiphertextBlob":"AAAA"}'),
    sign("empty body", headers=TARGET),
    sign("other Region and service", service="sso", region="eu-west-1", headers=TARGET, body=b"{}"),
    sign("session token", headers=TARGET, body=b"{}", token="FwoGZXIvYXdzE//+=" * 20),
    sign("odd spacing", headers={**TARGET, "X-Amz-Meta-Odd": "  a   b \t c  ", "X-Custom": "  x  "}, body=b"{}"),
    sign("quoted spaces", headers={**TARGET, "X-Custom": '"a   b"'}, body=b"{}"),
    sign("empty header", headers={**TARGET, "X-Custom": ""}, body=b"{}"),
    sign("header beyond ASCII", headers={**TARGET, "X-Custom": "schlüssel 値 \U0001f511"}, body=b"{}"),
    sign("body beyond ASCII", headers=TARGET, body='{"Description":"schlüssel 値"}'.encode()),
    sign("unsigned headers", headers={**TARGET, "User-Agent": "x", "X-Amzn-Trace-Id": "y", "Expect": "100-continue"}, body=b"{}"),
    sign("content hash sent", headers={**TARGET, "X-Amz-Content-SHA256":
         "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}, body=b"{}"),
    sign("date header", headers={**TARGET, "Date": "Mon, 05 Jan 2026 10:00:00 GMT"}, body=b"{}"),
    sign("form", service="sts", headers=FORM, body=b"Action=GetCallerIdentity&Version=2011-06-15"),
    sign("query string", service="sts", method="GET", url="http://127.0.0.1:4599/?Version=2011-06-15&Action=GetCallerIdentity"),
    sign("query in odd order", service="iam", method="GET", url="http://127.0.0.1:4599/?b=2&a=2&a=1&B=3&a-b=1&a.b=1&ab=1"),
    sign("query escapes", service="iam", method="GET", url="http://127.0.0.1:4599/?RoleName=a%20b%2Bc%2F%3D~-._&x=%C3%BC%E5%80%A4"),
    sign("query without values", service="iam", method="GET", url="http://127.0.0.1:4599/?b&a="),
    sign("path", url="http://localhost/a/b%20c/~d/", headers=TARGET, body=b"{}"),
    sign("path with dots", url="http://localhost/a/./b/../c//d/..", headers=TARGET, body=b"{}"),
    sign("path of dots alone", url="http://localhost/..//./", headers=TARGET, body=b"{}"),
    sign("host with port", url="http://kms.example.com:8443/", headers=TARGET, body=b"{}"),
]
print(json.dumps(cases, indent=1, ensure_ascii=False))
