"""Writes requests with botocore's own query serializer and records them in requests.json; checks
with botocore's own parser that replies.json means what it says.

Run by hand with botocore 1.44.8: python make.py > requests.json. It stops with an error if botocore
reads a recorded reply otherwise.
"""

import datetime
import json
import pathlib
import sys
import urllib.parse

import botocore.session
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

session = botocore.session.get_session()
UTC = datetime.timezone.utc


def request(service, operation, **params):
    model = session.get_service_model(service)
    body = create_serializer("query").serialize_to_request(params, model.operation_model(operation))["body"]
    document = json.loads(json.dumps(params, default=lambda v: v.timestamp() if hasattr(v, "timestamp") else v.decode()))
    return {"service": service, "operation": operation, "body": urllib.parse.urlencode(body), "document": document}


def expected(value):
    """What botocore's parser makes of a document."""
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, dict):
        return {k: expected(v) for k, v in value.items() if k != "ResponseMetadata"}
    return [expected(v) for v in value] if isinstance(value, list) else value


def check_reply(reply):
    model = session.get_service_model(reply["service"]).operation_model(reply["operation"])
    response = {"status_code": 200, "headers": {}, "body": reply["xml"].encode()}
    parsed = create_parser("query").parse(response, model.output_shape)
    assert parsed["ResponseMetadata"]["RequestId"] == "id-1", parsed
    found = expected(parsed)
    assert found == (reply["document"] or {}), (reply["operation"], found, reply["document"])


def check_error(error):
    response = {"status_code": 400, "headers": {}, "body": error["xml"].encode()}
    shape = session.get_service_model(error["service"]).operation_model(error["operation"]).output_shape
    parsed = create_parser("query").parse(response, shape)
    assert parsed["Error"] == error["error"], parsed
    assert parsed["ResponseMetadata"]["RequestId"] == "id-1", parsed


replies = json.loads((pathlib.Path(__file__).parent / "replies.json").read_text())
for reply in replies["replies"]:
    check_reply(reply)
for error in replies["errors"]:
    check_error(error)
print(f"{len(replies['replies'])} replies, {len(replies['errors'])} errors", file=sys.stderr)

POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}'
print(json.dumps([
    request("sts", "GetCallerIdentity"),
    request("sts", "AssumeRole", RoleArn="arn:aws:iam::111122223333:role/r", RoleSessionName="session",
            DurationSeconds=900, Policy=POLICY, SourceIdentity="jane",
            PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AA"}, {"arn": "arn:aws:iam::aws:policy/B"}],
            Tags=[{"Key": "team", "Value": "a b+c&d=e%"}, {"Key": "größe", "Value": ""}],
            TransitiveTagKeys=["team", "größe"]),
    request("sts", "AssumeRole", RoleArn="arn:aws:iam::111122223333:role/r", RoleSessionName="session", Tags=[], TransitiveTagKeys=[]),
    request("sts", "AssumeRole", RoleArn="arn:aws:iam::111122223333:role/r", RoleSessionName="session", TransitiveTagKeys=[str(i) for i in range(12)]),
    request("sts", "GetWebIdentityToken", Audience=["a"], DurationSeconds=60, SigningAlgorithm="RS256"),
    request("iam", "CreateUser", UserName="jane", Path="/a/b/", Tags=[{"Key": "k", "Value": "v"}]),
    request("iam", "UpdateAccessKey", AccessKeyId="AKIAIOSFODNN7EXAMPLE", Status="Inactive"),
    request("iam", "ListUsers", MaxItems=7, Marker="m=="),
    request("iam", "UpdateAccountPasswordPolicy", RequireSymbols=True, HardExpiry=False, MinimumPasswordLength=9),
    request("iam", "PutUserPolicy", UserName="jane", PolicyName="p", PolicyDocument=POLICY + "\n\té 値 \U0001f511"),
    request("iam", "PutAccountProperties", Properties={"b": "2", "a": "1", "größe.x": "3"}),
    request("iam", "SimulateCustomPolicy", PolicyInputList=[POLICY], ActionNames=["kms:Encrypt"],
            ContextEntries=[{"ContextKeyName": "kms:k", "ContextKeyValues": ["a", "b"], "ContextKeyType": "stringList"}]),
], indent=1, ensure_ascii=False))
