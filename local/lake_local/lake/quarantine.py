"""What was refused: the rows of tables, as the manifests of the jobs count them, and the files of streams."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from ..names import MANIFESTS, QUARANTINE
from .client import Lake
from .model import Model, Stream, Table

NOTE = ".reason.json"
_AT_ONCE = 16
_GONE = ("404", "NoSuchKey", "NotFound")


@dataclass
class Refused:
    """What of one table or stream is in quarantine."""

    kind: str  # table, stream
    name: str
    zone: str
    location: str
    objects: int = 0
    rows: int | None = None  # None for streams, which refuse files as a whole
    reasons: Counter[str] = field(default_factory=Counter)  # rows, or files of a stream
    failing: bool = False  # whether the table's job fails until this is settled

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "reasons": dict(self.reasons.most_common())}


class Quarantine:
    """The quarantine of one lake."""

    def __init__(self, lake: Lake, model: Model | None = None) -> None:
        self._model = model or lake.model()
        self._s3 = lake.client("s3")

    def tables(self, name: str | None = None) -> list[Refused]:
        """Return the tables of which rows are in quarantine."""
        chosen = [self._model.table(name)] if name else self._model.tables
        return [found for table in chosen if (found := self._table(table)).objects]

    def streams(self, name: str | None = None) -> list[Refused]:
        """Return the streams of which files are in quarantine."""
        chosen = [self._model.stream(name)] if name else self._model.streams
        return [found for stream in chosen if (found := self._stream(stream)).objects]

    def _table(self, table: Table) -> Refused:
        bucket = self._model.zone(table.source_zone).bucket
        found = Refused("table", table.name, table.source_zone, f"s3://{bucket}/{QUARANTINE}{table.name}/", rows=0)
        for manifest in self._documents(self._model.zone(table.target_zone).bucket, f"{MANIFESTS}{table.name}/", ".json"):
            if not manifest.get("rows_quarantined"):
                continue
            found.objects += 1
            found.rows = (found.rows or 0) + manifest["rows_quarantined"]
            found.reasons.update(manifest.get("reasons") or {"(reason not recorded)": manifest["rows_quarantined"]})
            found.failing = found.failing or bool(manifest.get("alarm") and self._is_there(manifest["source"]))
        return found

    def _stream(self, stream: Stream) -> Refused:
        bucket, prefix = self._model.zone(stream.zone).bucket, f"{QUARANTINE}{stream.name}/"
        found = Refused("stream", stream.name, stream.zone, f"s3://{bucket}/{prefix}")
        for note in self._documents(bucket, prefix, NOTE):
            found.objects += 1
            found.reasons[f"{note['reason']}: {note['detail']}"] += 1
        return found

    def _documents(self, bucket: str, prefix: str, suffix: str) -> Iterator[dict[str, Any]]:
        """Yield the JSON objects under a prefix, without those that went away meanwhile."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [item["Key"] for page in pages for item in page.get("Contents", []) if item["Key"].endswith(suffix)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            yield from filter(None, pool.map(lambda key: self._document(bucket, key), keys))

    def _document(self, bucket: str, key: str) -> dict[str, Any] | None:
        try:
            content: dict[str, Any] = json.loads(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return None
            raise
        return content

    def _is_there(self, uri: str) -> bool:
        bucket = urlsplit(uri, allow_fragments=False).netloc
        try:
            self._s3.head_object(Bucket=bucket, Key=uri.split(f"{bucket}/", 1)[1])
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return False
            raise
        return True
