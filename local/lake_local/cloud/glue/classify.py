"""The format and the columns of a file, from a look at it: Parquet, JSON lines, CSV, in this order, as Glue's built-in classifiers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from . import parquet
from .listing import SAMPLE_BYTES, S3Object, Source

_DELIMITERS = (",", "|", "\t", ";", "\x01")
_ROWS = 2000
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
_WIDER = {("bigint", "double"): "double", ("int", "bigint"): "bigint", ("int", "double"): "double", ("float", "double"): "double"}
csv.field_size_limit(1 << 24)
Record = dict[str, Any]


@dataclass
class Schema:
    """What was found in one file, or in several of one table."""

    classification: str
    columns: list[tuple[str, str]]
    rows: float = 0
    sampled_bytes: int = 0
    delimiter: str = ""
    header: bool = False
    quoted: bool = False
    compression: str = "none"
    files: int = 1
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.columns]


def classify(item: S3Object, source: Source) -> Schema | None:
    content = source.sample(item)
    if content[:4] == b"PAR1":
        columns, rows = parquet.schema(source, item)
        return Schema("parquet", _unique(columns), rows, item.size)
    whole = item.size <= SAMPLE_BYTES if item.compression == "none" else len(content) < SAMPLE_BYTES * 8
    text = _text(content)
    if text is None:
        return None
    found = _json(text, whole) or _csv(text, whole)
    if found:
        found.compression = item.compression
    return found


def merge(schemas: list[Schema]) -> Schema:
    """Return the schema of the files of one table: all columns in order of appearance, each wide enough for all files."""
    first = schemas[0]
    same = [schema for schema in schemas if schema.classification == first.classification]
    columns: dict[str, str] = {}
    for schema in same:
        for name, kind in schema.columns:
            columns[name] = wider(columns[name], kind) if name in columns else kind
    return Schema(
        first.classification,
        list(columns.items()),
        sum(schema.rows for schema in same),
        sum(schema.sampled_bytes for schema in same),
        first.delimiter,
        first.header,
        any(schema.quoted for schema in same),
        first.compression,
        len(same),
    )


def wider(one: str, other: str) -> str:
    """Return the type that holds both."""
    if one == other or not other:
        return one
    if not one:
        return other
    return _WIDER.get((one, other)) or _WIDER.get((other, one)) or "string"


def _text(content: bytes) -> str | None:
    if b"\x00" in content[:4096]:
        return None
    content = content.removeprefix(b"\xef\xbb\xbf")
    # The sample may end inside a character.
    for cut in range(4):
        try:
            return content[: len(content) - cut].decode("utf-8")
        except UnicodeDecodeError as error:
            if error.start < len(content) - cut - 4:
                break
    return content.decode("latin-1")


def _unique(columns: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the columns with names as the catalog has them: in lower case, and each once."""
    seen: dict[str, int] = {}
    result = []
    for name, kind in columns:
        name = name.strip().lower()
        seen[name] = seen.get(name, 0) + 1
        result.append((name if seen[name] == 1 else f"{name}_{seen[name] - 1}", kind))
    return result


# -- JSON -------------------------------------------------------------------------------------------------------------------------


def _json(text: str, whole: bool) -> Schema | None:
    start = text.lstrip()[:1]
    read = _json_array(text) if start == "[" else _json_lines(text, whole) if start == "{" else None
    if read is None or not read[0]:
        return None
    records, consumed = read
    columns: dict[str, str] = {}
    for record in records:
        for name, value in record.items():
            columns[name] = wider(columns.get(name, ""), json_type(value))
    return Schema("json", _unique((name, kind or "string") for name, kind in columns.items()), len(records), consumed)


def _json_array(text: str) -> tuple[list[Record], int] | None:
    """Return the objects of an array, and how many characters were read; None if the text is no JSON."""
    try:
        return [item for item in json.loads(text) if isinstance(item, dict)], len(text)
    except ValueError:
        return None


def _json_lines(text: str, whole: bool) -> tuple[list[Record], int] | None:
    """Return the objects of the first lines, and how many bytes they take; None if a line holds no object."""
    records: list[Record] = []
    consumed = 0
    for line in io.StringIO(text):
        if len(records) >= _ROWS or (not line.endswith("\n") and not whole):
            break
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            return None
        if not isinstance(record, dict):
            return None
        records.append(record)
        consumed += len(line.encode())
    return records, consumed


def json_type(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "int" if -(2**31) <= value < 2**31 else "bigint"
    if isinstance(value, float):
        return "double"
    if isinstance(value, list):
        inner = ""
        for item in value:
            inner = wider(inner, json_type(item))
        return f"array<{inner or 'string'}>"
    if isinstance(value, dict):
        fields = ",".join(f"{name.lower()}:{json_type(item) or 'string'}" for name, item in value.items())
        return f"struct<{fields}>"
    return "string"


# -- CSV --------------------------------------------------------------------------------------------------------------------------


def _csv(text: str, whole: bool) -> Schema | None:
    if not whole and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    found = _delimited(text)
    if found is None:
        return None
    delimiter, rows = found
    header = has_header(rows)
    names = rows[0] if header else [f"col{index}" for index in range(len(rows[0]))]
    kinds = _kinds(rows[1:] if header else rows, len(rows[0]))
    count, size = _count(text, delimiter, rows)
    return Schema(
        "csv",
        _unique((name or f"col{index}", kind or "string") for index, (name, kind) in enumerate(zip(names, kinds, strict=True))),
        count - header,
        size,
        delimiter,
        header,
        quoted='"' in text,
    )


def _delimited(text: str) -> tuple[str, list[list[str]]] | None:
    """Return the delimiter that makes most columns, and the first rows; None if no delimiter makes a table."""
    best: tuple[int, str, list[list[str]]] | None = None
    for delimiter in _DELIMITERS:
        if delimiter not in text[:65536]:
            continue
        rows = _rows(text, delimiter)
        width = len(rows[0]) if rows else 0
        # Of the rows, most must have the first one's width: a broken row here and there is data, not another format.
        if width > 1 and sum(len(row) == width for row in rows) >= 0.7 * len(rows) and (best is None or width > best[0]):
            best = (width, delimiter, rows)
    return best and best[1:]


def _kinds(rows: list[list[str]], width: int) -> list[str]:
    """Return the type of each column, from the rows that are not broken."""
    kinds = [""] * width
    for row in rows:
        if len(row) == width:
            for index, value in enumerate(row):
                if kinds[index] != "string":
                    kinds[index] = wider(kinds[index], csv_type(value))
    return kinds


def _rows(text: str, delimiter: str, limit: int = _ROWS) -> list[list[str]]:
    rows = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        if row:
            rows.append(row)
        if len(rows) >= limit:
            break
    return rows


def _count(text: str, delimiter: str, rows: list[list[str]]) -> tuple[int, int]:
    """Return (records, bytes) of the whole sample, not only of the rows used for type inference."""
    count = len(rows) if len(rows) < _ROWS else sum(1 for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row)
    return count, len(text.encode())


def csv_type(value: str) -> str:
    value = value.strip()
    if not value:
        return ""
    if _INTEGER.fullmatch(value):
        return "bigint"
    return "double" if _NUMBER.fullmatch(value) else "string"


def has_header(rows: list[list[str]]) -> bool:
    """Return whether the first row is a header, by Glue's rule: strings of under 150 characters, above rows that are not all strings.

    https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html#classifier-builtin-rules
    """
    first = rows[0]
    if len(rows) < 2 or any(len(value) >= 150 for value in first[:-1]):
        return False
    if any(not value.strip() for value in first[:-1]) or any(csv_type(value) in ("bigint", "double") for value in first):
        return False
    return any(csv_type(value) in ("bigint", "double") or _DATE.fullmatch(value.strip()) for row in rows[1:] for value in row)
