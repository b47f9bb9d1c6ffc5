"""Random tables, and the files that Python's csv module and pandas write of them."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from dataclasses import dataclass, field
from typing import Any

import pandas
from hypothesis import strategies as st
from lake_transforms import CsvOptions

_SPECIAL = [
    "\n",
    "\r",
    "\r\n",
    '"',
    "'",
    ",",
    ";",
    "\t",
    "|",
    "\\",
    " ",
    "#",
    "{",
    "[",
    "\x1e",
    "\x1f",
    "\x1e0",
    "\u2028",
    "\x85",
    "é",
    "€",
    "😀",
]
_LATIN = ["\n", '"', "'", ",", ";", "\t", "|", "\\", " ", "é", "ß", "ÿ", "£"]
_NAMES = [
    "id",
    "Order ID",
    "Unit.Price",
    "größe",
    "a,b",
    'say "x"',
    " spaced ",
    "line\nend",
    "tab\tbed",
    "PARENT_ID",
    "ORCID",
    "x'y",
    "lake_source",
    "c0",
]
_NUMBERS = [
    "0",
    "-1",
    "12.50",
    "0.1",
    "007",
    "+49",
    "3E10",
    "1e-07",
    "9007199254740993",
    "1541815603606036481",
    "99999999999999999999",
    "1.0",
    "-0.0",
]

_ENCODINGS = {"UTF-8": "utf-8", "utf-8 with a mark": "utf-8-sig", "UTF-16": "utf-16", "UTF-32": "utf-32", "ISO-8859-1": "latin-1"}
_UNMARKED = {"ISO-8859-1"}  # what has to be declared; the others say it themselves


def _zipped(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table.csv", content)
    return target.getvalue()


_COMPRESSIONS = {None: bytes, "gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zip": _zipped}


@dataclass(frozen=True)
class Table:
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class File:
    """A file, how it has to be declared, and the table that is in it."""

    content: bytes
    options: CsvOptions
    table: Table
    written: dict[str, Any] = field(default_factory=dict)


@st.composite
def files(draw: st.DrawFn, alike: bool = False) -> File:
    """Draw a table and one way to write it; with `alike`, only such ways as need no declaration."""
    encoding = draw(st.sampled_from(sorted(set(_ENCODINGS) - (_UNMARKED if alike else set()))))
    table = draw(_tables(_LATIN if encoding in _UNMARKED else _SPECIAL))
    escaped = not alike and draw(st.booleans())
    line_end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    values = [value for row in [table.columns, *table.rows] for value in row]
    # Python before 3.11.9 leaves line ends without quotes that are not the file's own: nobody can read those back
    bare_ends = line_end != "\r\n" and any(mark in value for value in values for mark in "\r\n")
    quoting = csv.QUOTE_ALL if bare_ends else draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
    dialect = {
        "quotechar": '"' if alike else draw(st.sampled_from("\"'")),
        "doublequote": not escaped,
        "escapechar": "\\" if escaped else None,
        "quoting": quoting,
        "lineterminator": line_end,
    }
    delimiter = "," if alike else draw(st.sampled_from(",;\t|"))
    write = draw(st.sampled_from([_by_csv, _by_pandas]))
    text = write(table, delimiter, dialect)
    if draw(st.booleans()):
        text = text.removesuffix(line_end)
    compression = draw(st.sampled_from(sorted(_COMPRESSIONS, key=str)))
    content = _COMPRESSIONS[compression](text.encode(_ENCODINGS[encoding]))
    options = CsvOptions(
        delimiter=delimiter,
        quote=dialect["quotechar"],
        escape=dialect["escapechar"] or dialect["quotechar"],
        encoding=encoding if encoding in _UNMARKED else "UTF-8",
    )
    return File(content, options, table, {"by": write.__name__, "encoding": encoding, "compression": compression, **dialect})


@st.composite
def _tables(draw: st.DrawFn, special: list[str]) -> Table:
    letters = st.sampled_from(special) | st.characters(min_codepoint=32, max_codepoint=126)
    values = st.sampled_from(_NUMBERS) | st.lists(letters, max_size=6).map("".join)
    names = [name for name in _NAMES if special is _SPECIAL or name.isascii()]
    columns = draw(st.lists(st.sampled_from(names), min_size=1, max_size=5, unique=True))
    rows = draw(st.lists(st.lists(values, min_size=len(columns), max_size=len(columns)), max_size=8))
    return Table(columns, rows)


def _by_csv(table: Table, delimiter: str, dialect: dict[str, Any]) -> str:
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter, **dialect)
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return target.getvalue()


def _by_pandas(table: Table, delimiter: str, dialect: dict[str, Any]) -> str:
    frame = pandas.DataFrame(table.rows, columns=table.columns, dtype=str)
    return frame.to_csv(sep=delimiter, index=False, **dialect)
