"""The CSV objects of a table: which there are, and what their first and last bytes tell before Spark reads them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from threading import RLock
from typing import Any

from lake_transforms.options import CsvOptions, TableSchema
from lake_transforms.s3 import Location, ObjectStore, StoredObject

SUFFIXES = (".csv", ".csv.gz")
_HEAD = 64 * 1024
_LONGEST_HEADER = 4 * 1024 * 1024
TAIL = 64 * 1024
_END = "\0end of the object\0"
_field_limit = RLock()  # csv keeps one limit for all threads
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
    open_row: tuple[str | None, ...] | None = None  # the last row, if it breaks off inside quotes
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
    first = _first_record(head, options)
    columns = first if options.header else schema.names if schema else tuple(f"col{index}" for index in range(len(first)))
    return replace(
        source,
        version=version,
        columns=columns,
        tail=tail,
        line_separator="\r" if "\r" in head and "\n" not in head else "\n",
        open_row=_open_row(store, found, options) if _may_end_open(tail, options) else None,
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
    lines = io.StringIO(head, newline="")
    with _long_fields(_LONGEST_HEADER):
        for record in csv.reader(lines, **_dialect(options)):
            if any(value.strip() for value in record):
                return tuple(record) if whole or lines.tell() < len(head) else None
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


def _may_end_open(tail: str, options: CsvOptions) -> bool:
    """Whether the object may break off inside quotes, as far as its tail can tell.

    Inside a value that is never closed all quotes are doubled. So the one that opens it is the last quote, or the first of the last odd run
    of quotes, and a delimiter or a line end is before it. That is rarely so in a well-formed object, where that quote is a closing one.
    """
    if options.escape != options.quote:
        return False
    runs = list(re.finditer(_ODD_QUOTES.format(q=re.escape(options.quote)), tail))
    if not runs:
        return False
    before = tail[: runs[-1].start()]
    return not before or before[-1] in (options.delimiter, "\n", "\r")


def _open_row(store: ObjectStore, found: StoredObject, options: CsvOptions) -> tuple[str | None, ...] | None:
    """The last row, if its last field is open at the end. Reads the whole object, so it is only for one that may end so."""
    body = io.BufferedReader(store.get(found.bucket, found.key)["Body"])
    binary = gzip.GzipFile(fileobj=body) if found.name.lower().endswith(".gz") else body
    text = io.TextIOWrapper(binary, encoding=options.encoding, errors="replace", newline="")
    row: list[str] = [""]
    with _long_fields(sys.maxsize):
        for row in csv.reader(chain(text, [_END]), **_dialect(options)):  # noqa: B007
            pass
    if row == [_END] or not row[-1].endswith(_END):
        return None  # the end mark became a row of its own
    row[-1] = row[-1].removesuffix(_END).removesuffix("\r")
    return tuple(None if value in ("", options.null_value) else value for value in row)


def _dialect(options: CsvOptions) -> dict[str, Any]:
    doubled = options.escape == options.quote
    return {
        "delimiter": options.delimiter,
        "quotechar": options.quote,
        "doublequote": doubled,
        "escapechar": None if doubled else options.escape,
    }


@contextmanager
def _long_fields(limit: int) -> Iterator[None]:
    with _field_limit:
        before = csv.field_size_limit(limit)
        try:
            yield
        finally:
            csv.field_size_limit(before)
