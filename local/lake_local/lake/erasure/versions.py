"""Versions of objects: listing, fetching, deleting."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ...errors import OperationFailed

_AT_ONCE = 1000


@dataclass(frozen=True)
class Version:
    """One version of an object, or a delete marker. Without an id it is whichever version is current."""

    bucket: str
    key: str
    id: str
    is_latest: bool
    is_marker: bool = False
    etag: str = ""

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def is_current(self) -> bool:
        return self.is_latest and not self.is_marker


def versions(s3: Any, bucket: str, prefix: str) -> Iterator[Version]:
    """Yield all versions and delete markers under a prefix."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for kind, is_marker in (("Versions", False), ("DeleteMarkers", True)):
            for one in page.get(kind, []):
                yield Version(bucket, one["Key"], one["VersionId"], one["IsLatest"], is_marker, one.get("ETag", "").strip('"'))


def delete(s3: Any, chosen: Iterable[Version]) -> int:
    """Delete versions for good; return how many."""
    by_bucket: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for one in chosen:
        by_bucket[one.bucket][one.key, one.id] = None
    for bucket, listed in by_bucket.items():
        names = [{"Key": key, "VersionId": version} for key, version in listed]
        for start in range(0, len(names), _AT_ONCE):
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": names[start : start + _AT_ONCE], "Quiet": True})
            for failed in answer.get("Errors", []):
                raise OperationFailed(f"s3://{bucket}/{failed['Key']} cannot be deleted: {failed.get('Message') or failed.get('Code')}")
    return sum(len(listed) for listed in by_bucket.values())


@contextmanager
def fetched(s3: Any, version: Version) -> Iterator[IO[bytes]]:
    """Yield a version's content as a file that is gone afterwards."""
    with tempfile.NamedTemporaryFile(prefix="lake-erase-") as file:
        named = {"VersionId": version.id} if version.id else {}
        s3.download_fileobj(version.bucket, version.key, file, ExtraArgs=named)
        file.seek(0)
        yield file


def path_of(file: IO[bytes]) -> Path:
    return Path(file.name)
