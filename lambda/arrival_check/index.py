"""Starts the lake's workflow if an object of a table has waited for a run longer than its event can explain.

AWS guarantees neither that Glue gets every event of EventBridge nor what becomes of a batch that is full while a run is on. So this
function compares what is under `tables/` of the first zone with the manifests that the jobs have written in the second. An object waits
if it has no manifest, or an older one, or, where it is recent, the manifest of another version. A run takes in all that waits.

Only listings are read, and the manifests of recent objects: one that was replaced while a run read it can have a newer manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

# The objects that the jobs take for CSV: glue-assets/lake_transforms/sources.py says the same, and a test compares them.
SOURCE_NAME = re.compile(
    r"\.csv(\.(gz|gzip|bz2|xz|zip|zst|zstd|lz4|lzma|lzo|lz|sz|snappy|br|z|7z|rar|tar|tgz|gpg|pgp))?$", re.IGNORECASE | re.DOTALL
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Check the tables that the event names; return how many objects wait, and the run that was started for them."""
    now, env = datetime.now(UTC), os.environ
    grace = timedelta(seconds=int(env["GRACE_SECONDS"]))
    recent = timedelta(seconds=int(env["RECENT_SECONDS"]))
    check = Check(boto3.client("s3"), env["SOURCE_BUCKET"], env["TARGET_BUCKET"], now - grace, now - recent)
    waiting = {table: count for table in event["tables"] if (count := check.count(table))}
    answer: dict[str, Any] = {"waiting": waiting, "run": start(boto3.client("glue"), env["WORKFLOW"]) if waiting else None}
    print(json.dumps(answer))
    return answer


def start(glue: Any, workflow: str) -> str | None:
    """Start a run, unless one is on already: that has begun too late to be seen, and the next check sees what it has left."""
    try:
        run: str = glue.start_workflow_run(Name=workflow)["RunId"]
        return run
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConcurrentRunsExceededException":
            return None
        raise


class Check:
    """What waits in the first zone: objects that arrived until `before`. Manifests of those since `recent` are read."""

    def __init__(self, s3: Any, source: str, target: str, before: datetime, recent: datetime) -> None:
        self.s3, self.source, self.target, self.before, self.recent = s3, source, target, before, recent

    def count(self, table: str) -> int:
        prefix, objects = f"manifests/{table}/", f"tables/{table}/"
        written = {item["Key"][len(prefix) :]: item["LastModified"] for item in self._objects(self.target, prefix)}
        return sum(
            self._waits(item, prefix, written) for item in self._objects(self.source, objects) if is_source(item["Key"][len(objects) :])
        )

    def _waits(self, item: dict[str, Any], prefix: str, written: dict[str, datetime]) -> bool:
        arrived: datetime = item["LastModified"]
        manifest = manifest_name(item["Key"])
        if arrived > self.before:
            return False
        if manifest not in written or written[manifest] < arrived:
            return True
        return arrived > self.recent and self._etag(prefix + manifest) != str(item["ETag"]).strip('"')

    def _etag(self, key: str) -> str | None:
        etag: str | None = json.loads(self.s3.get_object(Bucket=self.target, Key=key)["Body"].read()).get("etag")
        return etag

    def _objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from page.get("Contents", [])


def is_source(path: str) -> bool:
    """Return whether the job of a table takes what is at a path below the table's prefix."""
    *folders, name = path.split("/")
    return SOURCE_NAME.search(name) is not None and not name.startswith(("_", ".")) and not any(map(is_hidden, folders))


def is_hidden(folder: str) -> bool:
    return folder.startswith(".") or (folder.startswith("_") and "=" not in folder)


def manifest_name(key: str) -> str:
    return f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"
