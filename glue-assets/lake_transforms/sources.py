"""The CSV objects of a table: which there are, and what their first and last bytes tell before Spark reads them."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zlib
from dataclasses import dataclass, replace

from lake_transforms.options import CsvOptions, TableSchema
from lake_transforms.s3 import Location, ObjectStore, StoredObject

SUFFIXES = (".csv", ".csv.gz")
_HEAD = 64 * 1024
_LONGEST_HEADER = 4 * 1024 * 1024
TAIL = 64 * 1024
_ODD_QUOTES = "(?<!{q}){q}(?:{q}{q})*(?!{q})"


@dataclass(frozen=True)
class Source:
    """One object of the table. `columns` is None until `inspect` has looked at it, and for an object without a header."""

    object: StoredObject
    version: str | None = None
    columns: tuple[str, ...] | None = None
    line_separator: str = "\n"
    refusal: str | None = None  # every row is refused for this reason
    unreadable: str | None = None  # not even rows can be told apart
    unclosed: tuple[str | None, ...] | None = None  # if the object may break off inside quotes: the fields of that row, from the right
    tail: str = ""

    @property
    def hash(self) -> str:
        return source_hash(self.object.key)


def source_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def find_sources(store: ObjectStore, location: Location) -> tuple[list[Source], list[str]]:
    """The CSV objects under the location, and the keys of other objects there, which are left alone.

    Names that begin with _ or . count as hidden, as they do for Spark, Athena and the crawlers.
    """
    sources, others = [], []
    for found in store.list(location):
        is_source = found.name.lower().endswith(SUFFIXES) and not found.name.startswith(("_", "."))
        if is_source:
            sources.append(Source(found))
        else:
            others.append(found.key)
    return sources, others


def inspect(store: ObjectStore, source: Source, schema: TableSchema | None, options: CsvOptions) -> Source:
    """What must be known of an object before it is read: its columns, its line ends, and whether it breaks off inside quotes."""
    found = source.object
    if "//" in f"/{found.key}" or any(part in (".", "..") for part in found.key.split("/")):
        return replace(source, unreadable="key with an empty or relative path segment")
    if not found.size:
        return replace(source, columns=())
    try:
        head, tail, version = _ends(store, found, options)
    except (OSError, zlib.error, EOFError) as error:
        return replace(source, unreadable=f"not a whole gzip file: {error}")
    columns = _first_record(head, options) if options.header else schema.names
    return replace(
        source, version=version, columns=columns, tail=tail,
        line_separator="\r" if "\r" in head and "\n" not in head else "\n",
        unclosed=_open_row(tail, len(columns), options),
        refusal=_header_refusal(columns, schema) if options.header else None,
    )


def _ends(store: ObjectStore, found: StoredObject, options: CsvOptions) -> tuple[str, str, str | None]:
    """The first and the last part of the text, and the version that was looked at."""
    if found.name.lower().endswith(".gz"):
        response = store.get(found.bucket, found.key)
        head, tail = _gzip_ends(response["Body"])
    elif found.size <= _HEAD:
        response = store.get(found.bucket, found.key)
        head = tail = response["Body"].read()
    else:
        response = store.get(found.bucket, found.key, f"0-{_HEAD - 1}")
        head = response["Body"].read()
        while len(head) < min(found.size, _LONGEST_HEADER) and _first_record(_decode(head, options), options, whole=False) is None:
            more = min(found.size, len(head) * 4) - 1
            head = store.get(found.bucket, found.key, f"0-{more}")["Body"].read()
        tail = store.get(found.bucket, found.key, f"{max(found.size - TAIL, 0)}-{found.size - 1}")["Body"].read()
    return _decode(head, options), _decode(tail, options), response.get("VersionId")


def _gzip_ends(stream) -> tuple[bytes, bytes]:
    """A gzip file has to be read whole to reach its end, which also proves that it has one. Members may follow one another."""
    head, tail, unpack, ended = b"", b"", zlib.decompressobj(31), False
    while chunk := stream.read(1024 * 1024):
        while chunk:
            text = unpack.decompress(chunk)
            head = head if len(head) >= _LONGEST_HEADER else head + text
            tail = (tail + text)[-TAIL:]
            ended, chunk = unpack.eof, unpack.unused_data
            if ended:
                unpack = zlib.decompressobj(31)
                if not chunk.strip(b"\0"):
                    break  # padding
                ended = False
    if not ended:
        raise EOFError("it breaks off")
    return head, tail


def _decode(data: bytes, options: CsvOptions) -> str:
    text = data.decode(options.encoding, errors="replace")
    return text.removeprefix("﻿")


def _first_record(head: str, options: CsvOptions, whole: bool = True) -> tuple[str, ...] | None:
    """The first record that is not blank. With `whole=False`: None if the text may end inside it."""
    dialect = {"delimiter": options.delimiter, "quotechar": options.quote, "doublequote": options.escape == options.quote,
               "escapechar": None if options.escape == options.quote else options.escape}
    lines = io.StringIO(head, newline="")
    limit = csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_HEADER))
    try:
        for record in csv.reader(lines, **dialect):
            if any(value.strip() for value in record):
                return tuple(record) if whole or lines.tell() < len(head) else None
    finally:
        csv.field_size_limit(limit)
    return () if whole else None


def normal_name(name: str) -> str:
    """Names are compared as the Glue catalog keeps them: lower case, no spaces around."""
    return name.strip().lower()


def _header_refusal(columns: tuple[str, ...], schema: TableSchema | None) -> str | None:
    if not columns:
        return None
    names = [normal_name(name) for name in columns]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        return f"header repeats {', '.join(repeated)}"
    if "" in names:
        return "header has a column without a name"
    if schema is None:
        return None
    expected = [normal_name(name) for name in schema.names]
    missing = [name for name in expected if name not in names]
    unexpected = [name for name in names if name not in expected]
    if not missing and not unexpected:
        return None
    parts = [f"{what} {', '.join(which)}" for what, which in (("missing", missing), ("unexpected", unexpected)) if which]
    return f"header does not match: {'; '.join(parts)}"


def _open_row(tail: str, columns: int, options: CsvOptions) -> tuple[str | None, ...] | None:
    """The last fields of the last row, if the object may break off inside the quotes of its last field.

    Inside an unclosed value all quotes are doubled, so the opening one is the last quote, or the first of the last odd run of quotes.
    """
    if options.escape != options.quote:
        return None
    runs = list(re.finditer(_ODD_QUOTES.format(q=re.escape(options.quote)), tail))
    if not runs:
        return None
    opening = runs[-1]
    before = tail[:opening.start()]
    if before and before[-1] not in (options.delimiter, "\n", "\r"):
        return None  # a closing quote, as in every well-formed object
    value = tail[opening.start() + 1:].replace(options.quote * 2, options.quote)
    if not re.search("[\r\n]", value):  # a short value may be in other rows, too: ask for the whole row
        fields = next(csv.reader([re.split("[\r\n]", before)[-1]], delimiter=options.delimiter, quotechar=options.quote), [""])[:-1]
        if len(fields) == columns - 1:
            return tuple(_value(field, options) for field in (*fields, value))
    return (_value(value, options),)


def _value(text: str, options: CsvOptions) -> str | None:
    return None if text in ("", options.null_value) else text
