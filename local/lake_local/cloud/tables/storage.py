"""The objects of a table, read as the caller: what the caller may not read, the query cannot read."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlparse

from botocore.exceptions import ClientError

from .errors import TableError

# Athena passes over archived objects in silence.
ARCHIVED = {"GLACIER", "DEEP_ARCHIVE"}
CACHE_BYTES = 2 * 1024**3
_PARALLEL = 8


@dataclass(frozen=True)
class Stored:
    """An object of a table, and its copy on this disk."""

    uri: str
    size: int
    path: Path


def split_uri(uri: str) -> tuple[str, str]:
    parsed = urlparse(uri, allow_fragments=False)
    if parsed.scheme not in ("s3", "s3a", "s3n") or not parsed.netloc:
        raise TableError(f"HIVE_INVALID_METADATA: {uri!r} is not an S3 location")
    # A key may hold a question mark.
    key = parsed.path.lstrip("/") + (f"?{parsed.query}" if parsed.query else "")
    return parsed.netloc, key


def denied(error: ClientError, what: str) -> TableError:
    """A refused S3 or Glue call, in Athena's words."""
    details = error.response.get("Error", {})
    code, message = details.get("Code", ""), details.get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in ("AccessDenied", "AccessDeniedException", "403", "Forbidden") or status == 403:
        return TableError(
            f"PERMISSION_DENIED: Access Denied when reading {what}: {message or 'Forbidden'} "
            f"(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)",
            error_type=1101,
        )
    if code == "NoSuchBucket":
        return TableError(f"HIVE_CANNOT_OPEN_SPLIT: the bucket of {what} does not exist")
    return TableError(f"HIVE_CANNOT_OPEN_SPLIT: {what}: {code} {message}")


class ObjectCache:
    """Copies of objects by content, in a folder of bounded size. That a copy is there gives nobody the right to read it."""

    def __init__(self, folder: Path, limit: int = CACHE_BYTES) -> None:
        self.folder = folder
        self.limit = limit
        self._lock = threading.Lock()

    def path(self, bucket: str, key: str, etag: str) -> Path:
        name = hashlib.sha256(f"{bucket}\0{key}\0{etag}".encode()).hexdigest()[:40]
        # DuckDB knows compressed text by its name.
        return self.folder / (name + re.sub(r"[^\w.]", "", "".join(Path(key).suffixes[-2:])[-24:], flags=re.ASCII))

    def fill(self, path: Path, write: Callable[[BinaryIO], None]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            with temporary.open("wb") as file:
                write(file)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def prune(self) -> None:
        """Drop what was used longest ago, above the limit. Sessions keep their own links to what they read."""
        with self._lock:
            try:
                files = [(path, path.stat()) for path in self.folder.iterdir() if not path.name.startswith(".")]
            except FileNotFoundError:
                return
            total = sum(stat.st_size for _, stat in files)
            for path, stat in sorted(files, key=lambda entry: entry[1].st_mtime):
                if total <= self.limit:
                    return
                path.unlink(missing_ok=True)
                total -= stat.st_size


def fetch(s3: Any, cache: ObjectCache, location: str) -> list[Stored]:
    """The objects under a location, hidden and archived ones left out, each asked for with the caller's rights."""
    bucket, prefix = split_uri(location)
    if prefix and not prefix.endswith("/"):
        prefix += "/"
    listed = []
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            listed.extend(page.get("Contents", []))
    except ClientError as error:
        raise denied(error, location) from None
    wanted = [
        entry
        for entry in listed
        if entry["Size"] and not _hidden(entry["Key"][len(prefix) :]) and entry.get("StorageClass", "STANDARD") not in ARCHIVED
    ]

    def one(entry: dict[str, Any]) -> Stored:
        key = entry["Key"]
        path = cache.path(bucket, key, entry["ETag"])

        def write(file: BinaryIO) -> None:
            file.writelines(s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(1 << 20))

        try:
            if path.exists():
                s3.head_object(Bucket=bucket, Key=key)
                os.utime(path)
            else:
                cache.fill(path, write)
        except ClientError as error:
            raise denied(error, f"s3://{bucket}/{key}") from None
        return Stored(f"s3://{bucket}/{key}", entry["Size"], path)

    with ThreadPoolExecutor(_PARALLEL) as pool:
        return list(pool.map(one, wanted))


def _hidden(relative: str) -> bool:
    return any(part.startswith(("_", ".")) for part in relative.split("/"))
