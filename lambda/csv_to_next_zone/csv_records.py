"""Reads CSV as a sequence of pandas frames, in bounded memory, and refuses what is not clean CSV; writes it so that it reads back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any, Protocol

import pandas as pd

BLOCK_BYTES = 4 * 1024 * 1024
"""About how much text becomes one frame. In pandas it takes some ten times as much memory."""

MAX_FIELD_CHARACTERS = 1024 * 1024
"""Longer fields are refused: almost always the quote of an earlier line is not closed and swallows the rest of the file."""

MAX_LINE_BYTES = 8 * 1024 * 1024

_SEPARATOR_HINT = ["sep=", ""]
"""The line `sep=,` as a row: with it, a file tells Excel its delimiter."""

csv.field_size_limit(MAX_FIELD_CHARACTERS)


class UnreadableData(Exception):
    """The data itself is at fault, so trying again cannot help."""

    def __init__(self, reason: str, detail: str, line: int | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if line is None else f"{reason} in line {line}: {detail}")
        self.reason = reason
        self.detail = detail
        self.line = line


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_frames(body: Readable, block_bytes: int = BLOCK_BYTES) -> Iterator[pd.DataFrame]:
    """Yields the rows of a CSV file in order, all columns as text; at least one frame, which is empty if the file has only a header.

    Expected is CSV as RFC 4180 has it: commas, quotes doubled inside quotes, line ends of Unix or Windows (also within quotes); UTF-8 with
    or without a byte order mark; the first line names the columns; every row has as many fields. Blank lines do not count. A file with
    a single row that does not fit raises UnreadableData as a whole: half a file in the next zone would look like a whole one.
    """
    # pandas fills rows that are too short, cuts text at a NUL and reads unclosed quotes to the end of the file, all without a word.
    # So Python's strict reader goes ahead, finds the rows' bounds and counts their fields; pandas gets only what is known to be clean.
    lines = _Lines(body)
    reader = csv.reader(lines, strict=True)
    columns: list[str] | None = None
    rows, block, size, frames = 0, [], 0, 0
    while True:
        start = lines.number + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise UnreadableData("malformed row", _explained(error), start) from error
        text = lines.take()
        if row is None:
            break
        if not row or (columns is None and row == _SEPARATOR_HINT):
            continue
        if columns is None:
            columns = _header(row, start)
            continue
        if len(row) != len(columns):
            raise UnreadableData("wrong number of fields", f"{len(row)} instead of {len(columns)}", start)
        rows, size = rows + 1, size + len(text)
        block.append(text)
        if size >= block_bytes:
            yield _frame(block, columns, rows)
            rows, block, size, frames = 0, [], 0, frames + 1
    if columns is None:
        raise UnreadableData("empty file", "there is not even a line with the names of the columns")
    if rows or not frames:
        yield _frame(block, columns, rows)


def csv_bytes(frame: pd.DataFrame, header: bool) -> bytes:
    """Returns the frame as CSV in UTF-8, with line ends of Unix. Whatever is in a value reads back as it was."""
    # Python before 3.11.9, 3.12.3 and 3.13 quotes a lone carriage return only where it is part of the line end.
    rows = _Rows()
    frame.to_csv(rows, index=False, header=header, lineterminator="\r\n")
    return "".join(rows.texts).encode("utf-8")


class _Rows:
    """Takes rows with line ends of Windows, one a call as csv.writer gives them, and keeps them with those of Unix."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, row: str) -> int:
        self.texts.append(f"{row[:-2]}\n")
        return len(row)


def _frame(block: list[str], columns: list[str], rows: int) -> pd.DataFrame:
    frame = pd.read_csv(
        io.StringIO("".join(block)),
        header=None,
        names=range(len(columns)),
        index_col=False,
        dtype=str,
        keep_default_na=False,
        na_filter=False,
        skip_blank_lines=False,
    )
    if len(frame) != rows:  # would be a difference between the two readers: an error of this code
        raise RuntimeError(f"pandas found {len(frame)} rows where there are {rows}")
    frame.columns = columns
    return frame


def _header(row: list[str], line: int) -> list[str]:
    if not any(character.isalpha() for name in row for character in name):
        raise UnreadableData("no header", "the first line names no column", line)
    if len(row) == 1 and (other := next((mark for mark in ";\t|" if mark in row[0]), None)):
        raise UnreadableData("wrong delimiter", f"the columns seem to be separated by {other!r}, not by commas", line)
    return row


def _explained(error: csv.Error) -> str:
    message = str(error)
    if "field larger than" in message:
        return f"a field has more than {MAX_FIELD_CHARACTERS} characters; a quote before it is probably not closed"
    if "unexpected end of data" in message:
        return "the file ends inside a quoted field"
    if "new-line character" in message:
        return "a carriage return outside quotes that does not end a line"
    return message


class _Lines:
    """The file's lines as text, and those that the last row was made of."""

    def __init__(self, body: Readable) -> None:
        self._file = io.BufferedReader(_Raw(body), 256 * 1024)
        self._taken: list[str] = []
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_LINE_BYTES + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            _refuse_other_formats(line)
            while line.startswith(_MARK):  # some tools add one to a file that has one
                line = line.removeprefix(_MARK)
        if b"\0" in line:
            raise UnreadableData("not CSV", "there is a NUL byte, so this is no text in UTF-8", self.number)
        if len(line) > MAX_LINE_BYTES:
            raise UnreadableData("not CSV", f"the line has more than {MAX_LINE_BYTES} bytes", self.number)
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            detail = f"byte 0x{line[error.start]:02x} at position {error.start + 1} of the line is not valid UTF-8"
            raise UnreadableData("wrong encoding", detail, self.number) from error
        self._taken.append(text)
        return text

    def take(self) -> str:
        """The lines since the last call, as they stand in the file."""
        text = "".join(self._taken)
        self._taken.clear()
        return text


# What begins so is no CSV text, whatever the object is called.
_OTHER_FORMATS = {
    b"\x1f\x8b": "the file is compressed (gzip)",
    b"BZh": "the file is compressed (bzip2)",
    b"\xfd7zXZ\x00": "the file is compressed (xz)",
    b"\x28\xb5\x2f\xfd": "the file is compressed (Zstandard)",
    b"PK\x03\x04": "the file is a ZIP archive or an Excel workbook",
    b"7z\xbc\xaf\x27\x1c": "the file is a 7z archive",
    b"PAR1\x15": "the file is Parquet",
    b"\xd0\xcf\x11\xe0": "the file is an old Office file",
    b"%PDF-": "the file is a PDF",
    b"Obj\x01": "the file is Avro",
    b"ORC\x08": "the file is ORC",
    b"-----BEGIN PGP ": "the file is encrypted or signed with PGP",
    b"version https://git-lfs.github.com/spec/": "the file is a pointer of Git LFS",
}
# What a text begins so with is no header, and in one line it would be taken for a file without rows.
_OTHER_TEXTS = {
    "the file is JSON": re.compile(rb"\s*[\[{][\[{\s]*\"[^\"]*\"\s*:|\s*[\[{]+\s*$"),
    "the file is an HTML page": re.compile(rb"\s*<(!doctype html|html|head)", re.IGNORECASE),
    "the file is XML": re.compile(rb"\s*<(\?xml|error>)", re.IGNORECASE),
}
_MARK = b"\xef\xbb\xbf"
_WIDE = {b"\xff\xfe\x00\x00": "UTF-32", b"\x00\x00\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def _refuse_other_formats(line: bytes) -> None:
    for magic, detail in _OTHER_FORMATS.items():
        if line.startswith(magic):
            raise UnreadableData("not CSV", detail)
    for mark, encoding in _WIDE.items():
        if line.startswith(mark):
            raise UnreadableData("wrong encoding", f"the file is in {encoding}, expected is UTF-8")
    for detail, pattern in _OTHER_TEXTS.items():
        if pattern.match(line.removeprefix(_MARK)):
            raise UnreadableData("not CSV", detail)
    if any(byte < 32 and byte not in b"\t\n\v\f\r\0" for byte in line[:1000]):  # NUL has its own reason
        raise UnreadableData("not CSV", "there are control characters in the first line", 1)


class _Raw(io.RawIOBase):
    """What BufferedReader needs, from anything that has read(size): the body of a response of S3 has little more."""

    def __init__(self, body: Readable) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
