"""One object of a table after the other: from its bytes to lines of text in staging, every record counted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import chain, islice
from threading import Lock

from botocore.exceptions import ClientError

from lake_transforms.casts import canonical_type
from lake_transforms.content import UnreadableObject, open_text
from lake_transforms.dates import DateFormats
from lake_transforms.header import Header, columns_of_path, read_header
from lake_transforms.options import CsvOptions, TableSchema
from lake_transforms.progress import Progress, Reading, Stop
from lake_transforms.records import Record, Records, read_records
from lake_transforms.s3 import Body, Location, ObjectStore
from lake_transforms.sources import Source
from lake_transforms.text_rows import TextWriter, encode

FIELDS = "wrong number of fields"
EMPTY = "nothing is in it: no header and no rows"
NO_NAMES = "its only line has no names of columns"
ONE_TEXT = "it is one quoted text of several lines: a header and no rows"

_LINES_AT_ONCE = 2000
_OTHER_DELIMITERS = ",;\t|"
_LONGEST_KEPT = 1024 * 1024  # of the text that an open quote swallowed; the object itself stays where it is


class Reader:
    """Reads objects into staging. `positions` says where the values of each column are in a line there."""

    def __init__(
        self, store: ObjectStore, writer: TextWriter, below: Location, csv: CsvOptions, schema: TableSchema | None, declared: bool
    ):
        self.store, self.writer, self.below, self.csv, self.schema, self.declared = store, writer, below, csv, schema, declared
        self.positions: dict[str, int] = {name: index for index, name in enumerate(schema.names)} if schema else {}
        writer.positions = self.positions
        self._lock = Lock()
        self._dates = [
            column.name
            for column in (schema.columns if schema else ())
            if (kind := canonical_type(column.type)) in ("date", "timestamp")
            and not (column.format or (csv.date_format if kind == "date" else csv.timestamp_format))
        ]

    def read_all(self, sources: Iterable[Source], begun: Mapping[str, Progress] | None = None) -> list[Reading]:
        """Return what was found in each object, without those that are gone. `begun`: what an earlier run has read of them."""
        progress = begun or {}

        def read(source: Source) -> Reading | None:
            before = progress.get(source.hash)
            return before.reading if before and not before.stop else self.read(source, before)

        readings = self.store.each(read, sources)
        self.writer.flush()
        return [reading for reading in readings if reading]

    def read(self, source: Source, before: Progress | None = None) -> Reading | None:
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
        if before and seen.etag != before.reading.source.object.etag:
            raise RuntimeError(f"{found.uri} was replaced while the table was read: run the job again")
        try:
            with closing(Body(self.store.client, found.bucket, found.key, response)) as body:
                stream, encoding = open_text(body, self.csv.encoding)
                records = read_records(stream, encoding, self.csv, before.stop if before else None)
                return self._read_on(source, records, before) if before else self._read(source, records)
        except UnreadableObject as problem:
            return Reading(source, unreadable=str(problem))

    def _read(self, source: Source, found: Records) -> Reading:
        records = iter(found)
        first = next(records, None)
        if first is None:
            if source.object.size:
                raise UnreadableObject(EMPTY)
            return Reading(source)
        if not self.csv.header:
            head = _up_to_a_good_one(first, records)
            return self._lines_of(_Rows(self, source, None, len(head[-1].fields)), found, chain(head, records))
        if first.reason:
            raise UnreadableObject(f"header cannot be read: {first.reason}")
        second = list(islice(records, 1))
        if not second and not any(character.isalpha() for name in first.fields for character in name):
            raise UnreadableObject(NO_NAMES)
        if not second and len(first.fields) == 1 and "\n" in first.fields[0].strip():
            raise UnreadableObject(ONE_TEXT)
        rows = _Rows(self, source, first.fields, len(first.fields), None if self.declared else self._one_name_of_several(first, *second))
        return self._lines_of(rows, found, chain(second, records))

    def _one_name_of_several(self, header: Record, row: Record | None = None) -> str | None:
        """Return why a header of one name is refused: it and the first row seem to have several."""
        if len(header.fields) > 1 or not row:
            return None
        if len(row.fields) == 1 and 0 < header.fields[0].count(self.csv.delimiter) == row.fields[0].count(self.csv.delimiter):
            return "each line is quoted as a whole, as if it were one value: write the file without those quotes"
        if self.csv.quote in header.text:
            return None
        other = next((mark for mark in _OTHER_DELIMITERS if 0 < header.text.count(mark) == row.text.count(mark)), None)
        reason = f"header is one column, but seems to be several with {other!r} between them: declare csv: {{ delimiter: {other!r} }}"
        return reason if other else None

    def _read_on(self, source: Source, found: Records, before: Progress) -> Reading:
        """Read the rest of an object."""
        stop = before.stop or Stop(0, 0, 0)
        rows = _Rows(self, source, stop.names, stop.width, stop.refusal)
        for name, state in stop.dates.items():
            rows.dates[name].restore(state)
        rows.count = before.reading.rows
        return self._lines_of(rows, found, iter(found))

    def _lines_of(self, rows: _Rows, found: Records, records: Iterator[Record]) -> Reading:
        lines: list[str] = []
        for record in records:
            lines.append(rows.line(record))
            if len(lines) == _LINES_AT_ONCE:
                self.writer.write(lines, rows.reading(), rows.stop(found.stop()))
                lines = []
        if not rows.count and rows.header.refusal:
            raise UnreadableObject(rows.header.refusal)
        reading = rows.reading()
        self.writer.write(lines, reading)
        return reading

    def header(self, names: list[str] | None, width: int, path: Mapping[str, str | None]) -> Header:
        """Return the columns of a file with these names in its header, or without a header and so many columns."""
        if names is not None:
            return read_header(names, self.schema, self.declared, path)
        return Header(self._names_by_place(width, path))

    def _names_by_place(self, width: int, path: Mapping[str, str | None]) -> tuple[str, ...]:
        """Return the declared columns, without those that only the path has; without declared ones col0, col1, ..."""
        known = self.schema or TableSchema()
        declared = tuple(column.name for column in known.columns if not column.inferred)
        if declared:
            return declared if width == len(declared) else tuple(name for name in declared if name not in path)
        while f"col{width}" in known.names:  # a first row that is too short is not all that a file has
            width += 1
        return tuple(f"col{index}" for index in range(width))

    def place(self, columns: Iterable[str]) -> list[int]:
        """Return where the values of these columns are in a line."""
        with self._lock:
            return [self.positions.setdefault(name, len(self.positions)) for name in columns]


class _Rows:
    """Turns the records of one object into lines."""

    def __init__(self, reader: Reader, source: Source, names: list[str] | None, width: int, refusal: str | None = None) -> None:
        path = columns_of_path(source.object.key.removeprefix(reader.below.prefix), reader.schema)
        header = reader.header(names, width, path)
        header = replace(header, refusal=header.refusal or refusal)
        self.source, self.header, self.hash, self.null = source, header, source.hash, reader.csv.null_value
        self.names, self.count = names, 0
        self.twice = [(header.columns.index(name), name, value) for name, value in path.items() if name in header.columns]
        added = {name: value for name, value in path.items() if name not in header.columns}
        self.added = [value or "" for value in added.values()]
        self.columns, self.path_columns = (*header.columns, *added), tuple(added)
        places = [] if header.refusal else reader.place(self.columns)
        self.places = None if places == list(range(len(places))) else places
        self.width = len(header.columns)
        self.dates = {name: DateFormats() for name in reader._dates if name in header.columns}
        self.watched = [(header.columns.index(name), watch) for name, watch in self.dates.items()]

    def reading(self) -> Reading:
        """Return what was found so far."""
        formats = {name: watch.found for name, watch in self.dates.items() if watch.others}
        return Reading(self.source, self.columns, self.path_columns, self.count, None, formats)

    def stop(self, at: Stop) -> Stop:
        return replace(at, names=self.names, refusal=self.header.refusal, dates={name: watch.state() for name, watch in self.dates.items()})

    def line(self, record: Record) -> str:
        self.count += 1
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
            given = record.fields[index]
            if not _same("" if given == self.null else given, value or ""):
                return f"{name} is {given!r} in the file, but {value!r} in its path"
        return None

    def _as_it_came(self, record: Record) -> str:
        """Return the fields by name, or the text where the fields are not to be trusted."""
        if record.reason or len(record.fields) != self.width:
            return record.text[:_LONGEST_KEPT].removesuffix("\n").removesuffix("\r")
        return json.dumps(dict(zip(_distinct(self.header.columns), record.fields, strict=True)), ensure_ascii=False, separators=(",", ":"))


def _up_to_a_good_one(first: Record, records: Iterator[Record]) -> list[Record]:
    """Return the first records: of those that are refused the fields are not to be trusted, nor counted."""
    head = [first]
    while head[-1].reason and len(head) < _LINES_AT_ONCE and (record := next(records, None)):
        head.append(record)
    return head


def _same(one: str, other: str) -> bool:
    return one == other or (one.isdecimal() and other.isdecimal() and one.lstrip("0") == other.lstrip("0"))


def _distinct(names: tuple[str, ...]) -> list[str]:
    return [name if names.index(name) == index else f"{name}_{index + 1}" for index, name in enumerate(names)]
