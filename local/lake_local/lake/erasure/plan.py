"""What an erasure has to remove, and what stands in its way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from lake_transforms.generations import COMPACTED, NOTE
from lake_transforms.header import partitions_of
from lake_transforms.options import CsvOptions, TableSchema
from lake_transforms.sources import SOURCE_NAME

from ...errors import UserError
from ...names import MANIFESTS, QUARANTINE, STAGING, TABLES
from ..client import Lake
from ..model import Model, Stream, Table
from .csv_objects import Dialect, Examined, examine
from .predicate import Predicate
from .versions import Version, fetched, path_of, versions

# Hears what is looked at.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Item:
    """Something to erase: `rows` of an object that stays, or (None) a version as a whole."""

    of: str  # the table or stream
    kind: str  # table, stream
    version: Version
    rows: int | None = None
    dialect: Dialect | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"of": self.of, "location": self.version.uri, "version": self.version.id, "rows": self.rows}


@dataclass
class Plan:
    """All that was found."""

    items: list[Item] = field(default_factory=list)
    # Rows that the lake has derived from the objects, and makes anew: by location.
    derived: dict[str, int] = field(default_factory=dict)
    # What cannot be erased like this, and what to do instead.
    obstacles: list[str] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)
    streams: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        return not (self.items or self.derived or self.obstacles)

    def as_dict(self) -> dict[str, Any]:
        streams = sorted("/".join(one) for one in self.streams)
        return {
            "objects": [item.as_dict() for item in self.items],
            "derived": self.derived,
            "tables": sorted(self.tables),
            "streams": streams,
        }


class Finder:
    """Looks through one lake."""

    def __init__(self, lake: Lake, model: Model, say: Progress) -> None:
        self.model, self._say = model, say
        self._lake, self._s3, self._glue = lake, lake.client("s3"), lake.client("glue")

    def rows(self, predicate: Predicate) -> Plan:
        """Find the rows that meet a condition, in all versions of all objects."""
        plan = self.streams(predicate)
        for table in self.model.tables:
            self._table(table, predicate, plan)
        for curation in self.model.curations:
            if self._derived(f"{TABLES}{curation.name}/", self.model.zone(curation.zone).bucket, predicate, plan):
                plan.tables.update(set(curation.requires) & {table.name for table in self.model.tables})
        if results := results_of(self._lake, self.model):
            self._derived(results[1], results[0], predicate, plan)
        return plan

    def streams(self, predicate: Predicate) -> Plan:
        """Find the rows in the objects of streams alone."""
        plan = Plan()
        for stream in self.model.streams:
            self._stream(stream, predicate, plan)
        return plan

    def object(self, name: str) -> Plan:
        """Find all versions of an object and of what the lake made of it."""
        bucket, key = _parsed(name)
        buckets = [zone.bucket for zone in self.model.zones]
        if bucket and bucket not in buckets:
            raise UserError(f"--object {name}: the lake has no bucket {bucket!r}, only: {', '.join(buckets)}")
        plan = Plan()
        for one in [bucket] if bucket else buckets:
            self._whole(plan, "object", "object", one, key, exact=True)
        for table in self.model.tables:
            source = self.model.zone(table.source_zone).bucket
            if key.startswith(f"{TABLES}{table.name}/") and bucket in ("", source):
                self._derived_from(table, source, key, plan)
        for stream in self.model.streams:
            if key.startswith(stream.prefix) and bucket in ("", self.model.zone(stream.zone).bucket):
                for one in self.chain(stream):
                    self._whole(plan, stream.name, "stream", one, key, exact=True)
                copy = f"{QUARANTINE}{stream.name}/{key.removeprefix(stream.prefix)}"
                for name in (copy, f"{copy}.reason.json"):
                    self._whole(plan, stream.name, "stream", self.model.zone(stream.zone).bucket, name, exact=True)
        return plan

    def chain(self, stream: Stream) -> Iterator[str]:
        """Yield the buckets through which a stream's objects go."""
        zone: str | None = stream.zone
        while zone:
            found = self.model.zone(zone)
            yield found.bucket
            zone = found.next

    def target(self, table: Table) -> str:
        return self.model.zone(table.target_zone).bucket

    def manifests(self, table: Table) -> list[dict[str, Any]]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.target(table), Prefix=f"{MANIFESTS}{table.name}/")
        keys = [item["Key"] for page in pages for item in page.get("Contents", []) if item["Key"].endswith(".json")]
        return [json.loads(self._s3.get_object(Bucket=self.target(table), Key=key)["Body"].read()) for key in keys]

    def _derived_from(self, table: Table, source: str, key: str, plan: Plan) -> None:
        mark, target = source_mark(key), self.target(table)
        whole = partial(self._whole, plan, table.name, "table")
        whole(target, f"{MANIFESTS}{table.name}/{mark}.json", exact=True)
        whole(target, f"{STAGING}{table.name}/")
        for bucket, prefix in ((target, f"{TABLES}{table.name}/"), (source, f"{QUARANTINE}{table.name}/")):
            whole(bucket, prefix, named=f"{mark}-")
        if plan.items:
            plan.tables.add(table.name)

    def _whole(self, plan: Plan, of: str, kind: str, bucket: str, prefix: str, *, exact: bool = False, named: str = "") -> None:
        """Add all versions under a prefix, of this key alone, or of the names that begin so."""
        known = {(item.version.bucket, item.version.key, item.version.id) for item in plan.items}
        for version in versions(self._s3, bucket, prefix):
            is_meant = version.key == prefix if exact else version.key.rsplit("/", 1)[-1].startswith(named)
            if is_meant and (version.bucket, version.key, version.id) not in known:
                plan.items.append(Item(of, kind, version))

    def _table(self, table: Table, predicate: Predicate, plan: Plan) -> None:
        manifests = self.manifests(table)
        dialect, source = self._dialect(table, manifests), self.model.zone(table.source_zone).bucket
        before = len(plan.items) + len(plan.derived) + len(plan.obstacles)
        current: dict[str, tuple[Version, Examined]] = {}
        for version in versions(self._s3, source, dialect.prefix):
            if version.is_marker or not SOURCE_NAME.search(version.key.rsplit("/", 1)[-1]):
                continue
            found = self._examine(version, dialect, predicate)
            if version.is_current:
                current[version.key] = (version, found)
            if found.matched:
                self._add(plan, table.name, "table", version, found, dialect)
        for manifest in manifests:
            self._landed(table, manifest, current, dialect, predicate, plan)
        self._quarantine(table.name, source, set(map(source_mark, current)), predicate, plan, dialect.types)
        for bucket, prefix in ((self.target(table), TABLES), (self.target(table), MANIFESTS), (source, QUARANTINE)):
            self._derived(f"{prefix}{table.name}/", bucket, predicate, plan, is_current=False)
        self._derived(f"{TABLES}{table.name}/{COMPACTED}/", self.target(table), predicate, plan, is_current=True)
        self._derived(f"{STAGING}{table.name}/", self.target(table), predicate, plan)
        if len(plan.items) + len(plan.derived) + len(plan.obstacles) > before:
            plan.tables.add(table.name)

    def _dialect(self, table: Table, manifests: list[dict[str, Any]]) -> Dialect:
        arguments = self._glue.get_job(JobName=table.job)["Job"].get("DefaultArguments") or {}
        declared = TableSchema.parse(arguments["--schema"]) if arguments.get("--schema") else None
        schema = declared or TableSchema()
        for manifest in sorted(manifests, key=lambda one: len(one.get("schema") or {}), reverse=True):
            schema = schema.with_columns(TableSchema.of(manifest.get("schema") or {}).columns)
        csv = CsvOptions.parse(arguments.get("--csv_options"))
        return Dialect(f"{TABLES}{table.name}/", csv, schema if schema.columns else None, declared is not None)

    def _examine(self, version: Version, dialect: Dialect, predicate: Predicate) -> Examined:
        self._say(f"reading {version.uri}")
        with fetched(self._s3, version) as file:
            return examine(file, version.key, dialect, predicate)

    def _add(self, plan: Plan, of: str, kind: str, version: Version, found: Examined, dialect: Dialect) -> None:
        if not version.is_current:
            plan.items.append(Item(of, kind, version))
        elif found.obstacle:
            plan.obstacles.append(f"{version.uri}: {found.obstacle}: {_instead(version.key)}")
        else:
            plan.items.append(Item(of, kind, version, found.matched, dialect))

    def _landed(
        self,
        table: Table,
        manifest: dict[str, Any],
        current: dict[str, tuple[Version, Examined]],
        dialect: Dialect,
        predicate: Predicate,
        plan: Plan,
    ) -> None:
        """Count the rows that an object's files in the next zone have, and compare them with those of the object itself."""
        types, landed = dialect.types, 0
        for key in manifest["files"]:
            landed += self._in_parquet(self.target(table), key, f"{TABLES}{table.name}/", predicate, types)
        if not landed:
            return
        _, key = place(manifest["source"])
        plan.derived[f"s3://{self.target(table)}/{manifest['files'][0].rpartition('/')[0]}/{source_mark(key)}-*"] = landed
        version, found = current.get(key, (None, None))
        if version is None or found is None:
            plan.obstacles.append(f"{manifest['source']}: it was deleted, and its rows are still in {table.target_zone}: {_instead(key)}")
        elif (
            version.etag == manifest["etag"] and not found.obstacle and not landed <= found.matched <= landed + manifest["rows_quarantined"]
        ):
            plan.obstacles.append(
                f"{version.uri}: {found.matched} of its rows meet the condition, but {landed} of those in {table.target_zone}, whose "
                f"values are converted: {_instead(key)}"
            )

    def _in_parquet(self, bucket: str, key: str, prefix: str, predicate: Predicate, types: dict[str, str]) -> int:
        try:
            return self._count(Version(bucket, key, "", True), prefix, predicate, types)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return 0
            raise

    def _count(self, version: Version, prefix: str, predicate: Predicate, types: dict[str, str]) -> int:
        """Return how many rows, or lines of text, of an object meet the condition."""
        self._say(f"reading {version.uri}")
        with fetched(self._s3, version) as file:
            if file.read(4) == b"PAR1":
                return predicate.count_in_parquet(path_of(file), dict(partitions_of(version.key.removeprefix(prefix))), types)
            file.seek(0)
            return sum(_refused_row_matches(line.decode("utf-8", errors="replace"), predicate, types) for line in file)

    def _derived(self, prefix: str, bucket: str, predicate: Predicate, plan: Plan, *, is_current: bool | None = None) -> bool:
        """Look through what the lake has made under a prefix: all versions, or only those that are no longer current."""
        is_found = False
        for version in versions(self._s3, bucket, prefix):
            if version.is_marker or is_current not in (None, version.is_current) or version.key.endswith(f"/{NOTE}"):
                continue
            if count := self._count(version, prefix, predicate, {}):
                plan.derived[f"{version.uri} ({version.id[:8]})"] = count
                is_found = True
        return is_found

    def _quarantine(self, name: str, bucket: str, known: set[str], predicate: Predicate, plan: Plan, types: dict[str, str]) -> None:
        """Look through the rows that are in quarantine now. Those of an object that is gone are not written again: they go as a whole."""
        prefix = f"{QUARANTINE}{name}/"
        for version in versions(self._s3, bucket, prefix):
            if version.is_current and (count := self._count(version, prefix, predicate, types)):
                plan.derived[version.uri] = count
                if version.key.rsplit("/", 1)[-1].partition("-")[0] not in known:
                    self._whole(plan, name, "table", bucket, version.key, exact=True)

    def _stream(self, stream: Stream, predicate: Predicate, plan: Plan) -> None:
        dialect = Dialect(stream.prefix)
        before = len(plan.items) + len(plan.obstacles)
        for bucket in self.chain(stream):
            for version in versions(self._s3, bucket, stream.prefix):
                if not version.is_marker and (found := self._examine(version, dialect, predicate)).matched:
                    self._add(plan, stream.name, "stream", version, found, dialect)
        for version in versions(self._s3, self.model.zone(stream.zone).bucket, f"{QUARANTINE}{stream.name}/"):
            if not version.is_marker and self._examine(version, dialect, predicate).matched:
                plan.items.append(Item(stream.name, "stream", version))
        if len(plan.items) + len(plan.obstacles) > before:
            plan.streams.add((stream.zone, stream.name))


def source_mark(key: str) -> str:
    """Return how the files that come of an object are called: as `lake_transforms.sources` does."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def results_of(lake: Lake, model: Model) -> tuple[str, str] | None:
    """Return bucket and prefix of the results of the lake's queries."""
    if not model.workgroup:
        return None
    group = lake.client("athena").get_work_group(WorkGroup=model.workgroup)["WorkGroup"]
    location = ((group.get("Configuration") or {}).get("ResultConfiguration") or {}).get("OutputLocation")
    return place(location) if location else None


def place(uri: str) -> tuple[str, str]:
    """Return bucket and key, or prefix, of an address in S3."""
    bucket = urlsplit(uri, allow_fragments=False).netloc
    return bucket, uri.removeprefix(f"s3://{bucket}/")


def _refused_row_matches(line: str, predicate: Predicate, types: dict[str, str]) -> bool:
    """Return whether a line in quarantine is of a row that meets the condition; any other line, whether all its values are in it."""
    try:
        told = json.loads(line)
        record = told["record"]
    except (ValueError, KeyError, TypeError):
        return predicate.in_text(line)
    try:
        fields = json.loads(record)
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or not set(predicate.columns) <= set(fields):
        return predicate.in_text(str(record))
    return predicate.matches({name: [str(fields[name])] for name in predicate.columns}, types)[0]


def _parsed(name: str) -> tuple[str, str]:
    """Return bucket ('' if none is named) and key."""
    if name.startswith("s3://"):
        bucket, _, key = name.removeprefix("s3://").partition("/")
    else:
        bucket, key = "", name
    if not key or key.endswith("/"):
        raise UserError(f"--object {name!r} names no object: give its key, such as tables/orders/a.csv, or s3://BUCKET/KEY")
    return bucket, key


def _instead(key: str) -> str:
    return f"erase it whole with `lake erase --object '{key}'`"
