"""Which objects of a source were read by earlier runs: kept by `transformation_ctx`, remembered by the engine at `job.commit()`."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .utils import current_run

_HIDDEN = ("_", ".")


@dataclass
class Bookmarks:
    """`known` and `seen`: transformation context → s3 path → mark (ETag and time) of the object."""

    option: str
    known: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: dict[str, dict[str, str]] = field(default_factory=dict)

    def unread(self, context: str, objects: dict[str, str]) -> list[str]:
        """Of `objects`, those that are new or changed since the last committed run."""
        if self.option == "job-bookmark-disable" or not context:
            return sorted(objects)
        known = self.known.get(context, {})
        self.seen.setdefault(context, {}).update(objects)
        return sorted(path for path, mark in objects.items() if known.get(path) != mark)


_active: Bookmarks | None = None


def begin() -> None:
    global _active
    run = current_run()
    _active = Bookmarks(run.get("bookmark_option", "job-bookmark-disable"), run.get("bookmark", {}))


def active() -> Bookmarks | None:
    return _active


def commit() -> None:
    """Hand what was seen over to the engine. A paused bookmark is read, never moved."""
    folder = os.environ.get("LAKE_JOB_RUN")
    if _active is None or _active.option != "job-bookmark-enable" or not folder:
        return
    merged = {**_active.known, **{context: {**_active.known.get(context, {}), **seen} for context, seen in _active.seen.items()}}
    target = Path(folder) / "bookmark.json"
    temporary = target.with_suffix(".new")
    temporary.write_text(json.dumps(merged), encoding="utf-8")
    temporary.replace(target)


def objects_under(paths: list[str], recurse: bool = True, exclusions: list[str] | None = None) -> dict[str, str]:
    """s3 path → mark of every data object under `paths`, listed with the job's own rights."""
    import fnmatch

    import boto3

    s3 = boto3.client("s3")
    found: dict[str, str] = {}
    for path in paths:
        parts = urlsplit(path)
        prefix = parts.path.lstrip("/")
        options: dict[str, Any] = {"Bucket": parts.netloc, "Prefix": prefix}
        if not recurse:
            options["Delimiter"] = "/"
        for page in s3.get_paginator("list_objects_v2").paginate(**options):
            for item in page.get("Contents", []):
                key = item["Key"]
                relative = key[len(prefix) :]
                if key.endswith("/") or item["Size"] == 0 or any(part.startswith(_HIDDEN) for part in relative.split("/")):
                    continue
                full = f"{parts.scheme}://{parts.netloc}/{key}"
                if any(fnmatch.fnmatch(full, pattern) for pattern in exclusions or []):
                    continue
                found[full] = f"{item['ETag']} {item['LastModified'].isoformat()}"
    return found
