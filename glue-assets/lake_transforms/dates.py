"""Dates and timestamps that are not ISO 8601: which one format all values of a file's column have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[ T].*)?")
_DATE = re.compile(r"(\d{1,4}|[A-Za-z]{3})([-/. ])(\d{1,2}|[A-Za-z]{3})(\2|, )(\d{4}|\d{1,2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?( ?[AaPp][Mm])?")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@dataclass
class DateFormats:
    """Watches the values of one column of one file, and keeps the formats that all of them fit so far."""

    candidates: set[str] | None = None  # None: every value so far was ISO 8601
    iso: bool = False
    others: int = 0
    _seen: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, text: str) -> None:
        if _ISO.fullmatch(text):
            self.iso = True
            return
        self.others += 1
        if self.candidates is None or self.candidates:
            fitting = formats_of(text)
            self.candidates = set(fitting) if self.candidates is None else self.candidates & fitting

    @property
    def found(self) -> list[str]:
        """The formats that all values fit. Values in ISO 8601 beside others leave none: then the column has no one format."""
        return [] if self.iso else sorted(self.candidates or ())


def formats_of(text: str) -> frozenset[str]:
    """Return the known formats, as Spark's patterns, that a text can be read with."""
    text = text.strip()
    match = _DATE.match(text)
    if not match:
        return frozenset()
    clock = _clock(text[match.end() :])
    if clock is None:
        return frozenset()
    first, separator, second, other, last = match.groups()
    quoted = separator
    found = set()
    if first.isalpha():
        if first.lower() in _MONTHS and _day(second):
            found |= {f"MMM{quoted}d{other}{year}" for year in _years(last)}
    elif second.isalpha():
        if second.lower() in _MONTHS and other == separator and _day(first):
            found |= {f"d{quoted}MMM{quoted}{year}" for year in _years(last)}
    elif other == separator:
        if len(first) == 4:
            if separator != "-" and _month(second) and _day(last):
                found.add(f"yyyy{quoted}M{quoted}d")
            if _day(second) and _month(last):
                found.add(f"yyyy{quoted}d{quoted}M")
        elif len(first) <= 2:
            if _day(first) and _month(second):
                found |= {f"d{quoted}M{quoted}{year}" for year in _years(last)}
            if _month(first) and _day(second):
                found |= {f"M{quoted}d{quoted}{year}" for year in _years(last)}
            if len(first) == 2 and len(last) <= 2 and _month(second) and _day(last):
                found.add(f"yy{quoted}M{quoted}d")
    return frozenset(f"{date}{clock}" for date in found)


def _clock(text: str) -> str | None:
    """Return the pattern of what follows the date; None if it is no time of day."""
    if not text:
        return ""
    match = _TIME.fullmatch(text[1:]) if text[0] in " T" else None
    if not match:
        return None
    hour, minute, second, fraction, half = match.groups()
    if int(minute) > 59 or int(second or 0) > 59 or not (1 <= int(hour) <= 12 if half else int(hour) <= 23):
        return None
    separator = "'T'" if text[0] == "T" else " "
    pattern = f"{separator}{'h' if half else 'H'}:mm"
    if second:
        pattern += ":ss"
    if fraction:
        pattern += "[.SSSSSS][.SSSSS][.SSSS][.SSS][.SS][.S]"
    if half:
        pattern += " a" if half.startswith(" ") else "a"
    return pattern


def _years(text: str) -> list[str]:
    return ["yyyy"] if len(text) == 4 else ["yy"] if len(text) == 2 else []


def _day(text: str) -> bool:
    return text.isdigit() and 1 <= int(text) <= 31


def _month(text: str) -> bool:
    return text.isdigit() and 1 <= int(text) <= 12
