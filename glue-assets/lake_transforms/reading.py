"""One object of a table after the other: from its bytes to lines of text in staging, every record counted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain
from threading import Lock

from botocore.exceptions import ClientError

from lake_transforms.casts import canonical_type
from lake_transforms.content import UnreadableObject, open_text
from lake_transforms.dates import DateFormats
from lake_transforms.header import Header, partitions_of, read_header
from lake_transforms.options import CsvOptions, TableSchema
from lake_transforms.records import Record, read_records
from lake_transforms.s3 import Body, Location, ObjectStore
from lake_transforms.sources import Source
from lake_transforms.text_rows import TextWriter, encode

FIELDS = "wrong number of fields"

_LINES_AT_ONCE = 2000
_LONGEST_KEPT = 1024 * 1024  # of the text that an open quote swallowed; the object itself stays where it is


@dataclass(frozen=True)
class Reading:
    """What was found in one object."""

    source: Source
    columns: tuple[str, ...] = ()  # by their names in the table; those of the path are the last
    path_columns: tuple[str, ...] = ()
    rows: int = 0
    unreadable: str | None = None  # not even rows can be told apart: counts as one refused row
    formats: dict[str, list[str]] = field(default_factory=dict)  # by column, where not all values are ISO 8601: the formats that fit


class Reader:
    """Reads objects into staging. `positions` says where the values of each column are in a line there."""

    def __init__(
        self, store: ObjectStore, writer: TextWriter, below: Location, csv: CsvOptions, schema: TableSchema | None, declared: bool
    ):
        self.store, self.writer, self.below, self.csv, self.schema, self.declared = store, writer, below, csv, schema, declared
        self.positions: dict[str, int] = {name: index for index, name in enumerate(schema.names)} if schema else {}
        self._lock = Lock()
        self._dates = [
            column.name
            for column in (schema.columns if schema else ())
            if (kind := canonical_type(column.type)) in ("date", "timestamp")
            and not (column.format or (csv.date_format if kind == "date" else csv.timestamp_format))
        ]

    def read_all(self, sources: Iterable[Source]) -> list[Reading]:
        """Return what was found in each object, without those that are gone."""
        readings = self.store.each(self.read, sources)
        self.writer.flush()
        return [reading for reading in readings if reading]

    def read(self, source: Source) -> Reading | None:
        found = source.object
        if any(ord(character) < 32 for character in found.key):
            return Reading(source, unreadable="key with a line break or another control character")
        try:
            response = self.store.get(found.bucket, found.key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        seen = replace(found, etag=response["ETag"].strip('"'), size=response["ContentLength"])
        source = replace(source, object=seen, version=response.get("VersionId"))
        try:
            with closing(Body(self.store.client, found.bucket, found.key, response)) as body:
                stream, encoding = open_text(body, self.csv.encoding)
                return self._read(source, read_records(stream, encoding, self.csv))
        except UnreadableObject as problem:
            return Reading(source, unreadable=str(problem))

    def _read(self, source: Source, records: Iterator[Record]) -> Reading:
        path = dict(partitions_of(source.object.key.removeprefix(self.below.prefix)))
        first = next(records, None)
        if first is None:
            return Reading(source)
        if self.csv.header:
            if first.reason:
                raise UnreadableObject(f"header cannot be read: {first.reason}")
            header = read_header(first.fields, self.schema, self.declared)
        else:
            names = [name for name in self.schema.names if name not in path] if self.schema else []
            header = Header(tuple(names or (f"col{index}" for index in range(len(first.fields)))))
            records = chain([first], records)
        rows = _Rows(self, source, header, path)
        lines, count = [], 0
        for record in records:
            lines.append(rows.line(record))
            count += 1
            if len(lines) == _LINES_AT_ONCE:
                self.writer.write(lines)
                lines = []
        if not count and header.refusal:
            raise UnreadableObject(header.refusal)
        self.writer.write(lines)
        formats = {name: watch.found for name, watch in rows.dates.items() if watch.others}
        return Reading(source, rows.columns, tuple(name for name in path if name not in header.columns), count, None, formats)

    def place(self, columns: Iterable[str]) -> list[int]:
        """Return where the values of these columns are in a line."""
        with self._lock:
            return [self.positions.setdefault(name, len(self.positions)) for name in columns]


class _Rows:
    """Turns the records of one object into lines."""

    def __init__(self, reader: Reader, source: Source, header: Header, path: dict[str, str | None]) -> None:
        self.header, self.hash, self.null = header, source.hash, reader.csv.null_value
        self.twice = [(header.columns.index(name), name, value) for name, value in path.items() if name in header.columns]
        added = {name: value for name, value in path.items() if name not in header.columns}
        self.added = [value or "" for value in added.values()]
        self.columns = (*header.columns, *added)
        places = [] if header.refusal else reader.place(self.columns)
        self.places = None if places == list(range(len(places))) else places
        self.width = len(header.columns)
        self.dates = {name: DateFormats() for name in reader._dates if name in header.columns}
        self.watched = [(header.columns.index(name), watch) for name, watch in self.dates.items()]

    def line(self, record: Record) -> str:
        reason = self._reason(record)
        if reason:
            return encode((self.hash, str(record.line), reason, self._as_it_came(record)))
        values = record.fields
        if self.null:
            values = ["" if value == self.null else value for value in values]
        for index, watch in self.watched:
            if values[index] and (text := values[index].strip()):
                watch.add(text)
        if self.added:
            values = values + self.added
        if self.places is not None:
            placed = [""] * (max(self.places) + 1)
            for place, value in zip(self.places, values, strict=True):
                placed[place] = value
            values = placed
        return encode((self.hash, str(record.line), "", "", *values))

    def _reason(self, record: Record) -> str | None:
        if record.reason or self.header.refusal:
            return record.reason or self.header.refusal
        if len(record.fields) != self.width:
            return FIELDS
        for index, name, value in self.twice:
            if not _same(record.fields[index], value or ""):
                return f"{name} is {record.fields[index]!r} in the file, but {value!r} in its path"
        return None

    def _as_it_came(self, record: Record) -> str:
        """Return the fields by name, or the text where the fields are not to be trusted."""
        if record.reason or len(record.fields) != self.width:
            return record.text[:_LONGEST_KEPT].removesuffix("\n").removesuffix("\r")
        return json.dumps(dict(zip(_distinct(self.header.columns), record.fields, strict=True)), ensure_ascii=False, separators=(",", ":"))


def _same(one: str, other: str) -> bool:
    return one == other or (one.isdecimal() and other.isdecimal() and int(one) == int(other))


def _distinct(names: tuple[str, ...]) -> list[str]:
    return [name if names.index(name) == index else f"{name}_{index + 1}" for index, name in enumerate(names)]
