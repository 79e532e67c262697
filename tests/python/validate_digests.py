"""Runs the AWS CLI's validator of digests on a directory: validate_digests.py ARCHIVE KEYS.

Prints how many are valid. The directory is read as claviger reads it: metadata lies beside each digest."""

import json
import pathlib
import sys
import zlib

from awscli.customizations.cloudtrail.validation import DigestError, Sha256RSADigestValidator

root, keys = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
values = {key["Fingerprint"]: key["Value"] for key in keys["PublicKeyList"]}
valid = invalid = 0
for path in sorted(root.glob("AWSLogs/*/CloudTrail-Digest/**/*.json.gz")):
    content = zlib.decompress(path.read_bytes(), zlib.MAX_WBITS | 16)
    digest = json.loads(content)
    digest["_signature"] = json.loads(path.with_name(path.name + ".metadata.json").read_text())["signature"]
    try:
        Sha256RSADigestValidator().validate(
            digest["digestS3Bucket"], str(path.relative_to(root)), values[digest["digestPublicKeyFingerprint"]],
            digest, content)
        valid += 1
    except DigestError:
        invalid += 1
print(f"{valid} valid, {invalid} invalid")
