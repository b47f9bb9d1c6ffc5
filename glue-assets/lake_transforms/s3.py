"""Objects in S3: the few operations that the jobs need, in one place."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import boto3
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

T = TypeVar("T")
R = TypeVar("R")

_SINGLE_COPY_LIMIT = 5 * 1024**3  # CopyObject takes at most 5 GB; above it boto3 copies in parts
_THREADS = 16
_RECONNECTIONS = 20  # for one object, which may take hours to read
_PAUSE = 0.5
CLASS_TAG = "data-classification"  # policies of the lake decide by it


@dataclass(frozen=True)
class Location:
    """A prefix in a bucket. The prefix is empty or ends with a slash."""

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, uri: str) -> Location:
        parts = urlsplit(uri, allow_fragments=False)
        if parts.scheme not in ("s3", "s3a", "s3n") or not parts.netloc:
            raise ValueError(f"not an S3 location: {uri!r}; expected s3://bucket/prefix/")
        prefix = uri.split(parts.netloc, 1)[1].lstrip("/")
        return cls(parts.netloc, prefix if not prefix or prefix.endswith("/") else prefix + "/")

    def child(self, *names: str) -> Location:
        return Location(self.bucket, self.prefix + "".join(f"{name.strip('/')}/" for name in names))

    def at_root(self, *names: str) -> Location:
        """A prefix counted from the root of the same bucket."""
        return Location(self.bucket, "").child(*names)

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class StoredObject:
    bucket: str
    key: str
    etag: str
    size: int

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def name(self) -> str:
        return self.key.rsplit("/", 1)[-1]


class Body:
    """The bytes of one version of an object. After a broken connection, reading goes on where it stopped."""

    def __init__(self, client: Any, bucket: str, key: str, response: Mapping[str, Any]) -> None:
        self._open = partial(client.get_object, Bucket=bucket, Key=key, IfMatch=response["ETag"])
        self._uri, self._stream, self._size = f"s3://{bucket}/{key}", response["Body"], response["ContentLength"]
        self._position = self._broken = 0

    def read(self, size: int) -> bytes:
        while self._position < self._size:
            try:
                data: bytes = self._stream.read(size)
            except (HTTPClientError, IncompleteReadError):
                self._broken += 1
                if self._broken > _RECONNECTIONS:
                    raise
                self._reconnect()
            else:
                self._position += len(data)
                return data
        return b""

    def close(self) -> None:
        self._stream.close()

    def _reconnect(self) -> None:
        self._stream.close()
        time.sleep(_PAUSE * self._broken)
        try:
            self._stream = self._open(Range=f"bytes={self._position}-")["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ("PreconditionFailed", "412", "NoSuchKey", "404"):
                raise RuntimeError(f"{self._uri} was replaced or deleted while it was read: run the job again") from error
            raise


class ObjectStore:
    """S3 through boto3. The client is thread-safe, so `each` runs the calls side by side.

    With a classification, every object that is written here carries it as its tag from the first moment.
    """

    def __init__(self, client: Any = None, classification: str | None = None):
        self.client = client or boto3.client("s3")
        self.classification = classification
        self._tags = {CLASS_TAG: classification} if classification else {}

    def objects(self, location: Location, starting_with: str = "") -> Iterator[StoredObject]:
        """Every object under the location, without the empty objects that stand for folders."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.prefix + starting_with)
        for page in pages:
            for item in page.get("Contents", []):
                if item["Size"] or not item["Key"].endswith("/"):
                    yield StoredObject(location.bucket, item["Key"], item["ETag"].strip('"'), item["Size"])

    def folders(self, location: Location) -> Iterator[str]:
        """The names directly under the location that have objects below them."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.prefix, Delimiter="/")
        for page in pages:
            for item in page.get("CommonPrefixes", []):
                yield item["Prefix"][len(location.prefix) :].rstrip("/")

    def get(self, bucket: str, key: str, byte_range: str | None = None) -> dict[str, Any]:
        extra = {"Range": f"bytes={byte_range}"} if byte_range else {}
        found: dict[str, Any] = self.client.get_object(Bucket=bucket, Key=key, **extra)
        return found

    def read_json(self, bucket: str, key: str) -> dict[str, Any] | None:
        try:
            value: dict[str, Any] = json.loads(self.get(bucket, key)["Body"].read())
            return value
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise

    def write_json(self, bucket: str, key: str, value: dict[str, Any]) -> None:
        body = json.dumps(value, ensure_ascii=False, indent=1).encode()
        self.put(bucket, key, body, ContentType="application/json")

    def put(self, bucket: str, key: str, body: bytes, **extra: Any) -> None:
        self.client.put_object(Bucket=bucket, Key=key, Body=body, **extra, **self._tagging())

    def copy(self, source: StoredObject, bucket: str, key: str) -> None:
        where = {"Bucket": source.bucket, "Key": source.key}
        if source.size < _SINGLE_COPY_LIMIT:
            # without the source's tags, which S3 would ask further rights for
            self.client.copy_object(Bucket=bucket, Key=key, CopySource=where, TaggingDirective="REPLACE", **self._tagging())
        else:
            self.client.copy(where, bucket, key, ExtraArgs=self._tagging())

    def classify(self, location: Location) -> None:
        """Tag what Spark wrote below a location: Spark cannot. Without a classification, do nothing."""
        tags = [{"Key": name, "Value": value} for name, value in self._tags.items()]
        if tags:
            self.each(lambda item: self._tag(item, tags), self.objects(location))

    def _tag(self, item: StoredObject, tags: list[dict[str, str]]) -> None:
        self.client.put_object_tagging(Bucket=item.bucket, Key=item.key, Tagging={"TagSet": tags})

    def _tagging(self) -> dict[str, str]:
        return {"Tagging": urlencode(self._tags)} if self._tags else {}

    def delete(self, bucket: str, keys: Iterable[str]) -> None:
        keys = list(keys)
        for start in range(0, len(keys), 1000):
            batch = {"Objects": [{"Key": key} for key in keys[start : start + 1000]], "Quiet": True}
            failed = self.client.delete_objects(Bucket=bucket, Delete=batch).get("Errors", [])
            if failed:
                raise RuntimeError(f"cannot delete s3://{bucket}/{failed[0]['Key']}: {failed[0].get('Message', failed[0].get('Code'))}")

    def delete_under(self, location: Location) -> None:
        self.delete(location.bucket, (found.key for found in self.objects(location)))

    def each(self, action: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """The action for every item, side by side, results in order; the first error is raised."""
        items = list(items)
        if len(items) < 2:
            return [action(item) for item in items]
        with ThreadPoolExecutor(min(_THREADS, len(items))) as pool:
            return list(pool.map(action, items))
