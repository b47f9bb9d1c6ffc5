"""CSV of OpenCSVSerDe: quotes and escapes, and every column is text."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ..catalog import CatalogTable
from ..session import Session
from ..sql import identifier
from ..storage import Stored
from ..types import duckdb_type
from .base import FILE, Format, paths, skipped_lines


def _read(_session: Session, table: CatalogTable, files: Sequence[Stored]) -> str:
    # The files were written by _prepare: every value quoted, no header, exactly the table's columns.
    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(table.columns)))
    selected = []
    for i, (name, hive) in enumerate(table.columns):
        kind = duckdb_type(hive)
        field = f"c{i}"
        if kind == "DATE":
            field = f"CAST(DATE '1970-01-01' + {_parsed(i, 'INTEGER')} AS DATE)"
        elif kind == "TIMESTAMP":
            field = f"make_timestamp({_parsed(i, 'BIGINT')} * 1000)"
        elif kind != "VARCHAR":
            field = _parsed(i, kind)
        selected.append(f"{field} AS {identifier(name)}")
    return (
        f"SELECT {', '.join([*selected, FILE])} FROM read_csv({paths(files)}, columns={{{names}}}, delim=',', quote='\"', escape='\"', "
        "header=false, auto_detect=false, filename='$file', nullstr=chr(2), force_not_null=["
        + ", ".join(f"'c{i}'" for i in range(len(table.columns)))
        + "])"
    )


def _parsed(number: int, kind: str) -> str:
    """Return a field as a type. A text that is none of it fails the query, as in Athena."""
    field = f"c{number}"
    message = f"format('HIVE_BAD_DATA: Error parsing field value ''{{0}}'' for field {number}: For input string: \"{{0}}\"', {field})"
    return f"CASE WHEN TRY_CAST({field} AS {kind}) IS NULL THEN CAST(error({message}) AS {kind}) ELSE TRY_CAST({field} AS {kind}) END"


def _prepare(session: Session, table: CatalogTable, path: Path) -> Path:
    """A copy of a file as OpenCSVSerDe reads it: one row a line, whatever quotes are open."""
    serde = table.serde
    separator, quote, escape = serde.get("separatorChar", ","), serde.get("quoteChar", '"'), serde.get("escapeChar", "\\")
    skip, width = skipped_lines(table), len(table.columns)
    made = session.cache.path("opencsv", path.name, f"{separator}{quote}{escape}{skip}{width}").with_suffix(".csv")
    if made.exists():
        return made

    def write(file: BinaryIO) -> None:
        target = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        open_text = gzip.open if path.suffix == ".gz" else open
        with open_text(path, "rt", encoding="utf-8", errors="replace", newline="\n") as source:
            for line in itertools.islice(source, skip, None):
                row = next(
                    csv.reader([line.rstrip("\r\n")], delimiter=separator, quotechar=quote, escapechar=escape if escape != quote else None),
                    [],
                )
                writer.writerow([*row[:width], *[""] * (width - len(row))])
        target.detach()

    session.cache.fill(made, write)
    return made


OPEN_CSV = Format(
    name="opencsv",
    serde_part="opencsv",
    serde="org.apache.hadoop.hive.serde2.OpenCSVSerde",
    read=_read,
    prepare=_prepare,
)
