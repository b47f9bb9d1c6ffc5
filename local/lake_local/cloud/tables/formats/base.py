"""What a format of table files is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..catalog import CatalogTable
from ..errors import TableError
from ..session import Session
from ..sql import listed
from ..storage import Stored

# The column that names the file of a row.
FILE = '"$file"'
TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


@dataclass(frozen=True)
class Format:
    """How files of one format are read and written.

    - `name`: as the table parameter `classification` has it
    - `serde_part`: what the name of a SerDe's class contains, in lower case
    - `serde`, `input`, `output`: Hive's classes, for a new table
    - `read`: returns the SQL of a table's own columns and of FILE over these files
    - `prepare`: copies a file to one that DuckDB can read, where it cannot read the file itself
    - `copy`: returns the options of DuckDB's COPY for a field delimiter; None where the format is not written
    - `scanned`: returns the bytes that a query of these columns reads; None means whole files
    """

    name: str
    serde_part: str
    serde: str
    read: Callable[[Session, CatalogTable, Sequence[Stored]], str]
    input: str = TEXT_INPUT
    output: str = TEXT_OUTPUT
    prepare: Callable[[Session, CatalogTable, Path], Path] | None = None
    copy: Callable[[str], str] | None = None
    extension: str = ""
    scanned: Callable[[Session, Sequence[Stored], set[str]], int] | None = None


def paths(files: Iterable[Stored]) -> str:
    """Return the files as a list of DuckDB."""
    return listed(stored.path for stored in files)


def skipped_lines(table: CatalogTable) -> int:
    """Return how many lines of each file are header."""
    given = str(table.parameters.get("skip.header.line.count") or table.serde.get("skip.header.line.count") or "0")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise TableError(f"HIVE_INVALID_METADATA: skip.header.line.count is {given!r}, which is not a number")
    return int(given)
