"""CSV objects: which of their rows meet a condition, and the same objects without them."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

from lake_transforms.content import BAD_CHARACTER, UnreadableObject, open_text
from lake_transforms.header import Header, columns_of_path, read_header, snake_name
from lake_transforms.options import CsvOptions, TableSchema
from lake_transforms.records import TOO_LONG, UNCLOSED, Record, read_records

from .predicate import Predicate

_ROWS_AT_ONCE = 5000
_LONGEST_HINT = 64
_COMPRESSIONS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Dialect:
    """How the files of a table or a stream are written, and what is known of their columns."""

    prefix: str
    csv: CsvOptions = field(default_factory=CsvOptions)
    schema: TableSchema | None = None
    declared: bool = False

    @property
    def types(self) -> dict[str, str]:
        return {name.lower(): kind for name, kind in self.schema.as_dict().items()} if self.schema else {}


@dataclass
class Examined:
    """What was found in one object."""

    rows: int = 0
    matched: int = 0
    # Why it cannot be written again exactly, without the rows.
    obstacle: str = ""


def examine(file: IO[bytes], key: str, dialect: Dialect, predicate: Predicate, into: IO[bytes] | None = None) -> Examined:
    """Count the rows that meet a condition; write all others `into` a file, in the object's own dialect and compression.

    A row that the table's job would refuse meets it if all values of the condition are in its text.
    """
    head = _head(file)
    try:
        found = Examined()
        stream, encoding = open_text(file, dialect.csv.encoding)
        hint = _hint(stream.peek(_LONGEST_HINT).decode(encoding, errors="ignore"))
        records = iter(read_records(stream, encoding, dialect.csv))
        first = next(records, None)
        if first is None:
            return found
        if dialect.csv.header and first.reason:
            raise UnreadableObject(f"header cannot be read: {first.reason}")
        columns = _Columns(first, key, dialect, predicate)
        with _Writer(into, head, encoding) as writer:
            writer.write(hint)
            if dialect.csv.header:
                writer.write(first.text)
            for batch in _batches(records if dialect.csv.header else _and(first, records)):
                flags = columns.matches(batch)
                found.rows += len(batch)
                found.matched += sum(flags)
                found.obstacle = found.obstacle or _obstacle(batch)
                for record, matched in zip(batch, flags, strict=True):
                    if not matched:
                        writer.write(record.text)
    except UnreadableObject as problem:
        file.seek(0)
        is_there = predicate.in_text(file.read().decode("utf-8", errors="replace"))
        return Examined(int(is_there), int(is_there), f"it cannot be read ({problem})")
    if not found.obstacle and head.startswith(b"PK"):
        found.obstacle = "it is a ZIP archive"
    return found


class _Columns:
    """Where the columns of the condition are in the rows of one object."""

    def __init__(self, first: Record, key: str, dialect: Dialect, predicate: Predicate) -> None:
        self._predicate, self._types, self._null = predicate, dialect.types, dialect.csv.null_value
        path = columns_of_path(key.removeprefix(dialect.prefix), dialect.schema)
        header = _header(first, dialect, path)
        self._width, self._is_refused = len(header.columns), header.refusal is not None
        places = {name.lower(): index for index, name in reversed(list(enumerate(header.columns)))}
        if dialect.csv.header:
            by_snake_name = {snake_name(name): index for index, name in reversed(list(enumerate(first.fields)))}
            places = {**by_snake_name, **places}
        self._path = {name.lower(): value for name, value in path.items()}
        self._places = places
        self._has_all = all(name in places or name in self._path for name in predicate.columns)

    def matches(self, batch: list[Record]) -> list[bool]:
        """Return for each record whether it meets the condition."""
        trusted = [not record.reason and len(record.fields) == self._width and not self._is_refused for record in batch]
        flags = [not sure and self._predicate.in_text(record.text) for record, sure in zip(batch, trusted, strict=True)]
        if not self._has_all or not any(trusted):
            return flags
        rows = [record.fields for record, sure in zip(batch, trusted, strict=True) if sure]
        found = iter(self._predicate.matches({name: self._values(name, rows) for name in self._predicate.columns}, self._types))
        return [next(found) if sure else flag for sure, flag in zip(trusted, flags, strict=True)]

    def _values(self, name: str, rows: list[list[str]]) -> list[str | None]:
        if name not in self._places:
            return [self._path[name]] * len(rows)
        place = self._places[name]
        return [None if self._null and row[place] == self._null else row[place] for row in rows]


def _header(first: Record, dialect: Dialect, path: Mapping[str, str | None]) -> Header:
    if dialect.csv.header:
        return read_header(first.fields, dialect.schema, dialect.declared)
    known = [name for name in dialect.schema.names if name not in path] if dialect.schema else []
    return Header(tuple(known or (f"col{index}" for index in range(len(first.fields)))))


class _Writer:
    """Writes text as the object had it: its compression, its byte order mark, its encoding."""

    def __init__(self, into: IO[bytes] | None, head: bytes, encoding: str) -> None:
        self._encoding = encoding
        compress = next((opened for magic, opened in _COMPRESSIONS.items() if head.startswith(magic)), None)
        self._file = compress(into, "wb") if compress and into else into
        self._is_ours = compress is not None
        self._mark = next((mark for mark in _MARKS if _unpacked_start(head).startswith(mark)), b"")

    def __enter__(self) -> _Writer:
        if self._file:
            self._file.write(self._mark)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file and self._is_ours:
            self._file.close()

    def write(self, text: str) -> None:
        # What is no text is an obstacle: the file is not used then.
        if self._file:
            self._file.write(text.encode(self._encoding, errors="replace"))


def _head(file: IO[bytes]) -> bytes:
    """Return the first bytes, and, of what is compressed, the first bytes inside as well."""
    head = file.read(8)
    file.seek(0)
    for magic, opened in _COMPRESSIONS.items():
        if head.startswith(magic):
            try:
                with opened(file, "rb") as unpacked:
                    head = head + b"\0inside\0" + unpacked.read(8)
            except (OSError, EOFError, lzma.LZMAError):
                pass  # the reader says what is wrong with it
            file.seek(0)
            break
    return head


def _unpacked_start(head: bytes) -> bytes:
    return head.partition(b"\0inside\0")[2] or head


def _hint(start: str) -> str:
    """Return a first line such as `sep=;`, which is no record."""
    line = next(iter(start.splitlines(keepends=True)), "")
    is_hint = line.lower().lstrip('"').startswith("sep=") and len(line.strip().strip('"')) == 5 and line[-1] in "\r\n"
    return line if is_hint else ""


def _obstacle(batch: list[Record]) -> str:
    for record in batch:
        if record.reason in (UNCLOSED, TOO_LONG):
            return f"line {record.line}: {record.reason}"
        if BAD_CHARACTER in record.text:
            return f"line {record.line} is no text in its encoding"
    return ""


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(records, _ROWS_AT_ONCE)):
        yield batch


def _and(first: Record, others: Iterator[Record]) -> Iterator[Record]:
    yield first
    yield from others
