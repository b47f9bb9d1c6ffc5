"""MiniStack's S3: the calls behind AWS::S3::Bucket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Answer = tuple[int, dict[str, str], Any]
# (headers, bucket) → (headers to keep, error)
SendEvent = Callable[..., None]
ResolveEncryption = Callable[[dict[str, str], str], tuple[Any, Any]]


@dataclass(frozen=True)
class Configuration:
    """How one configuration of a bucket is set, with the body of S3's own call, and taken away."""

    put: Callable[[str, bytes], Answer]
    delete: Callable[[str], Any]


def bucket_configurations() -> dict[str, Configuration]:
    """Return, by S3's operation, how it is done here."""
    from ministack.services import s3

    return {
        "PutBucketTagging": Configuration(s3._put_bucket_tagging, s3._delete_bucket_tagging),
        "PutBucketEncryption": Configuration(s3._put_bucket_encryption, s3._delete_bucket_encryption),
        "PutBucketLifecycleConfiguration": Configuration(s3._put_bucket_lifecycle, s3._delete_bucket_lifecycle),
        "PutBucketLogging": Configuration(s3._put_bucket_logging, lambda name: s3._bucket_logging_config.pop(name, None)),
        "PutBucketOwnershipControls": Configuration(s3._put_bucket_ownership_controls, s3._delete_bucket_ownership_controls),
    }


def suspend_versioning(bucket: str) -> None:
    """Stop keeping versions of a bucket's objects."""
    from ministack.services import s3

    s3._bucket_versioning[bucket] = "Suspended"


def wrap_events(wrap: Callable[[SendEvent], SendEvent]) -> None:
    """Replace what starts the delivery of an event, before a write is answered, by `wrap(send)`."""
    from ministack.services import s3

    from . import once

    s3._fire_s3_event_async = once(s3._fire_s3_event_async, wrap)


def has_bucket(name: str) -> bool:
    """Return whether there is a bucket of that name, whoever asks."""
    from ministack.services import s3

    return bool(name) and s3._bucket_owner_account(name) is not None


def has_object(bucket: str, key: str) -> bool:
    """Return whether there is a current object of that key. Of a bucket that is not there, or another account's, nothing is known: True."""
    from ministack.services import s3

    found = s3._buckets.get(bucket)
    return found is None or key in found["objects"]


async def write_as_service(bucket: str, key: str, headers: dict[str, str], body: bytes) -> Answer:
    """Put an object on behalf of AWS itself; return S3's answer. Whether it may, the caller has asked the policies."""
    from ministack.services import s3

    answer: Answer = await s3.handle_request("PUT", f"/{bucket}/{key}", headers, body, {}, internal=True)
    return answer


def delete_bucket(bucket: str) -> Answer | None:
    """Delete a bucket; return S3's answer, or None if there is no such bucket."""
    from ministack.services import s3

    if bucket not in s3._buckets:
        return None
    answer: Answer = s3._delete_bucket(bucket)
    return answer


def wrap_write_encryption(wrap: Callable[[ResolveEncryption], ResolveEncryption]) -> None:
    """Replace what decides how a written object is encrypted by `wrap(original)`."""
    from ministack.services import s3

    from . import once

    s3._resolve_sse_write_headers = once(s3._resolve_sse_write_headers, wrap)
