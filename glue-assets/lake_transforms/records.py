"""CSV text as a sequence of records, each with its line number, in bounded memory.

The rules are RFC 4180's, for any delimiter and quote:
- A field is quoted if it begins with a quote. A quote inside any other field is a character like others.
- Records end with LF or CRLF. Of a file whose first line ends with a lone CR, every CR, LF and CRLF ends a record.
- Line ends inside quotes are part of the value. Lines that are empty or blank are no records, unless a tab in them is the delimiter.
- A first line such as `sep=;` names the delimiter.
- With an escape character other than the quote, it takes the meaning from a quote, a delimiter or itself after it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from lake_transforms.content import BAD_CHARACTER, Peekable
from lake_transforms.options import CsvOptions
from lake_transforms.progress import NOWHERE, Stop

UNCLOSED = "quote that is never closed"
AFTER_QUOTE = "text after a closing quote"
TOO_LONG = "line of more than 16 million characters"
NOT_TEXT = "not {encoding} text"

LONGEST_RECORD = 16_000_000
"""In characters. A quote that is not closed within this distance is taken for one that never closes; so are lines without an end."""

csv.field_size_limit(2**31 - 1)  # records are limited here

# what Excel takes for the delimiter, whatever the file is called
_SEPARATOR_HINT = re.compile(r"[\"]?sep=(.)[\"]?(?:\r\n|\r|\n)", re.IGNORECASE)
_HINT_BYTES = 64
_LARGEST_POSITION = 2**63  # beyond it, what tell() returns is no number of bytes: it has the state of a decoder, too
_SAMPLES = (64 * 1024, 1024 * 1024, 16 * 1024 * 1024)


class Record(NamedTuple):
    line: int  # where it begins, counted from 1
    fields: list[str]
    text: str  # as it stands in the file
    reason: str | None = None  # why its fields are not to be trusted


def read_records(source: Peekable, encoding: str, options: CsvOptions, start: Stop | None = None) -> Records:
    """Return the records, from a stop on if wanted.

    After one that is UNCLOSED or TOO_LONG nothing follows: its text stands for the rest of the object.
    """
    carriage_returns = _ends_with_carriage_return(source, encoding, options)
    if hint := _SEPARATOR_HINT.match(source.peek(_HINT_BYTES).decode(encoding, errors="ignore")):
        options = replace(options, delimiter=hint[1])
        start = start or Stop(len(hint[0].encode(encoding)), 1, 0)
    if start:
        source.skip(start.position)
    return Records(source.text(encoding, "" if carriage_returns else "\n"), encoding, options, start)


class Records:
    def __init__(self, text: io.TextIOWrapper, encoding: str, options: CsvOptions, start: Stop | None) -> None:
        self._readline: Callable[[int], str] = text.readline
        self._tell, self._skipped = text.tell, start.position if start else 0
        self._not_text = NOT_TEXT.format(encoding=encoding.upper())
        self._delimiter, self._quote, self._escape = options.delimiter, options.quote, options.escape
        self._doubled = options.escape == options.quote
        self._escaped = re.compile(f"{re.escape(self._escape)}([{re.escape(self._escape + self._quote + self._delimiter)}])")
        self._line, self._width = (start.line, start.width) if start else (0, 0)

    def stop(self) -> Stop:
        """Return where reading can go on after the record that was yielded last. Some texts cannot be cut everywhere."""
        position = self._tell()
        return Stop(self._skipped + position if position < _LARGEST_POSITION else NOWHERE, self._line, self._width)

    def __iter__(self) -> Iterator[Record]:
        readline, delimiter, quote = self._readline, self._delimiter, self._quote
        escape = quote if self._doubled else self._escape
        width = self._width
        while line := readline(LONGEST_RECORD):
            self._line += 1
            if len(line) == LONGEST_RECORD and line[-1] not in "\r\n":
                yield Record(self._line, [], line, UNCLOSED if line.startswith(quote) else TOO_LONG)
                return
            if quote in line or escape in line:
                record = self._quickly(line) or self._parse(line)
                if record.reason == UNCLOSED:
                    yield record
                    return
            else:
                content = _without_end(line)
                if not content or (width != 1 and content.isspace() and delimiter not in content):
                    continue
                record = Record(self._line, content.split(delimiter), line)
            if BAD_CHARACTER in record.text:
                record = record._replace(reason=record.reason or self._not_text)
            self._width = width = width or len(record.fields)
            yield record

    def _quickly(self, line: str) -> Record | None:
        """Parse the common case in C: a record in one line, with nothing wrong. None for any other."""
        if not self._doubled or line.count(self._quote) % 2:
            return None
        try:
            return Record(self._line, next(csv.reader((line,), delimiter=self._delimiter, quotechar=self._quote, strict=True)), line)
        except csv.Error:
            return None

    def _parse(self, text: str) -> Record:
        """Parse one record that has quotes, taking more lines as long as a quote is open."""
        start, position, fields = self._line, 0, []
        while True:
            if not text.startswith(self._quote, position):
                end = self._find(self._delimiter, text, position)
                if end < 0:
                    fields.append(self._plain(_without_end(text[position:])))
                    return Record(start, fields, text)
                fields.append(self._plain(text[position:end]))
                position = end + 1
                continue
            text, end = self._closing_quote(text, position + 1)
            if end < 0:
                return Record(start, fields, text, UNCLOSED)
            fields.append(self._quoted(text[position + 1 : end]))
            position = end + 1
            if text.startswith(self._delimiter, position):
                position += 1
            elif _without_end(text[position:]):
                return Record(start, fields, text, AFTER_QUOTE)
            else:
                return Record(start, fields, text)

    def _closing_quote(self, text: str, position: int) -> tuple[str, int]:
        """Return the text, with the lines that had to be added, and where the quote is; -1 if it is never closed."""
        while True:
            found = self._find(self._quote, text, position)
            if found < 0:
                more = self._lines_with_a_quote(LONGEST_RECORD - len(text))
                if more is None:
                    return text, -1
                position = len(text)
                text += more
                if self._quote not in more:
                    return text, -1
            elif self._doubled and text.startswith(self._quote, found + 1):
                position = found + 2
            else:
                return text, found

    def _lines_with_a_quote(self, room: int) -> str | None:
        """Return the next lines up to one that has a quote; None at the end of the object. More than there is room for is cut."""
        lines = []
        while room > 0 and (line := self._readline(room)):
            self._line += 1
            lines.append(line)
            room -= len(line)
            if self._quote in line:
                break
        return "".join(lines) if lines else None

    def _find(self, what: str, text: str, position: int) -> int:
        """Return where the character is next, not counting escaped ones."""
        found = text.find(what, position)
        while found >= 0 and not self._doubled:
            before = found
            while before > position and text[before - 1] == self._escape:
                before -= 1
            if (found - before) % 2 == 0:
                break
            found = text.find(what, found + 1)
        return found

    def _quoted(self, value: str) -> str:
        return value.replace(self._quote * 2, self._quote) if self._doubled else self._escaped.sub(r"\1", value)

    def _plain(self, value: str) -> str:
        return value if self._doubled else self._escaped.sub(r"\1", value)


def _without_end(text: str) -> str:
    """Without one line end: LF, CRLF or CR."""
    return text.removesuffix("\n").removesuffix("\r")


def _ends_with_carriage_return(source: Peekable, encoding: str, options: CsvOptions) -> bool:
    """Whether the first line ends with a lone CR."""
    for size in _SAMPLES:
        sample = source.peek(size)
        text = sample.decode(encoding, errors="ignore")
        end = _first_line_end(text, options)
        if 0 <= end < len(text) - 1 or len(sample) < size:
            return end >= 0 and text[end] == "\r" and not text.startswith("\n", end + 1)
    return False


def _first_line_end(text: str, options: CsvOptions) -> int:
    """Return where the first CR or LF outside quotes is, -1 if there is none."""
    quote, escape = re.escape(options.quote), re.escape(options.escape)
    delimiter = re.escape(options.delimiter)
    inside = f"(?:[^{quote}]|{quote}{quote})*+" if quote == escape else f"(?:[^{quote}{escape}]|{escape}.)*+"
    field = re.compile(f"(?:{quote}{inside}{quote})?[^{delimiter}\r\n]*+", re.DOTALL)
    position = 0
    while match := field.match(text, position):  # it matches anywhere, if only nothing
        end = match.end()
        if end == len(text):
            break
        if text[end] in "\r\n":
            return end
        position = end + 1
    return -1
