"""MiniStack's KMS keys and grants, and what S3 and SQS keep of an object's, an upload's or a queue's encryption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError, fromstring


class Encryption(NamedTuple):
    """`algorithm` is `aws:kms`, `AES256` or empty; `key` an id, an ARN or an alias; `is_bucket_key`: one data key serves a bucket."""

    algorithm: str
    key: str
    is_bucket_key: bool = False


def find_key(reference: str) -> Mapping[str, Any] | None:
    """Return a key's record (`Arn`, `KeyState`, ...) by id, ARN or alias."""
    from ministack.services import kms

    found: Mapping[str, Any] | None = kms._resolve_key(reference)
    return found


def grants(key_arn: str) -> Iterator[Mapping[str, Any]]:
    """Yield the grants on a key."""
    from ministack.services import kms

    yield from (grant for grant in list(kms._grants.values()) if grant["KeyId"] == key_arn)


def of_object(bucket: str, key: str, version: str | None) -> Encryption | None:
    """Return the encryption of an object, or of one of its versions; None if there is no such object."""
    from ministack.services import s3

    found = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key)
    if version and (found is None or found.get("version_id") != version):
        found = next((one for one in s3._object_versions.get((bucket, key), []) if one.get("version_id") == version), None)
    return _of_headers(s3._stored_sse_headers(found), bucket) if found is not None else None


def tags_of_object(bucket: str, key: str, version: str | None) -> dict[str, str]:
    """Return the tags of an object, or of one of its versions."""
    from ministack.services import s3

    return dict(s3.object_tags_for_condition(bucket, key, {"versionId": [version]} if version else {}))


def of_upload(upload: str) -> Encryption | None:
    """Return the encryption that a multipart upload began with."""
    from ministack.services import s3

    found = s3._multipart_uploads.get(upload)
    return _of_headers(found.get("preserved_headers") or {}, found["bucket"]) if found else None


def of_write(bucket: str, headers: Mapping[str, str]) -> Encryption | None:
    """Return the encryption that a write asks for, or that its bucket gives it."""
    from ministack.services import s3

    asked, _ = s3._resolve_sse_write_headers(dict(headers), bucket)
    return _of_headers(asked or {}, bucket, headers.get(f"{_HEADER}-bucket-key-enabled"))


def of_queue(arn: str) -> str:
    """Return the KMS key of a queue, '' if it has none."""
    from ministack.services import sqs

    queue = sqs._queue_by_arn(arn)
    return str(queue["attributes"].get("KmsMasterKeyId") or "") if queue else ""


_HEADER = "x-amz-server-side-encryption"


def _of_headers(headers: Mapping[str, str], bucket: str, bucket_key: str | None = None) -> Encryption:
    enabled = bucket_key.lower() == "true" if bucket_key is not None else _has_bucket_key(bucket)
    return Encryption(headers.get(_HEADER, ""), headers.get(f"{_HEADER}-aws-kms-key-id", ""), enabled)


def _has_bucket_key(bucket: str) -> bool:
    from ministack.services import s3

    try:
        root = fromstring(s3._bucket_encryption.get(bucket) or "<none/>")
    except ParseError:
        return False
    return any(one.tag.rpartition("}")[2] == "BucketKeyEnabled" and (one.text or "").strip() == "true" for one in root.iter())
