"""Whether a trail may write where it is told to: its bucket and key must let CloudTrail in.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..iam import enforcement
from ..ministack import encryption, storage
from .files import prefix_of

ACL = "bucket-owner-full-control"
_SERVICE = "cloudtrail.amazonaws.com"


class NotAdmitted(Exception):
    """CloudTrail's code of an error, and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def key_arn(reference: str) -> str:
    """Return the ARN of a key that a trail names by its id, its ARN or an alias."""
    found = encryption.find_key(reference)
    return str(found["Arn"]) if found else reference


def require(trail: Mapping[str, Any], account: str, key: str | None = None) -> None:
    """Raise unless CloudTrail may write an object, by default any, for a trail."""
    bucket = str(trail.get("S3BucketName") or "")
    if not storage.has_bucket(bucket):
        raise NotAdmitted("S3BucketDoesNotExistException", f"S3 bucket {bucket} does not exist!")
    source = {"aws:sourcearn": trail["TrailARN"], "aws:sourceaccount": account}
    arn = f"arn:aws:s3:::{bucket}"
    object_arn = f"{arn}/{key or prefix_of(trail, account) + 'CloudTrail/file'}"
    may_write = enforcement.service_may(_SERVICE, "s3:PutObject", object_arn, {**source, "s3:x-amz-acl": ACL})
    if not may_write or not enforcement.service_may(_SERVICE, "s3:GetBucketAcl", arn, source):
        raise NotAdmitted("InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {bucket}")
    if trail.get("KmsKeyId"):
        _require_key(str(trail["KmsKeyId"]), source)


def _require_key(reference: str, source: Mapping[str, str]) -> None:
    found = encryption.find_key(reference)
    if found is None:
        raise NotAdmitted("KmsKeyNotFoundException", f"KMS key {reference} does not exist")
    context = {**source, "kms:encryptioncontext:aws:cloudtrail:arn": source["aws:sourcearn"]}
    if not enforcement.service_may(_SERVICE, "kms:GenerateDataKey", found["Arn"], context):
        raise NotAdmitted(
            "InsufficientEncryptionPolicyException",
            "Insufficient permissions to access S3 bucket or KMS key: the key's policy lets no trail in",
        )
