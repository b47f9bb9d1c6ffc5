"""Dates and timestamps that are not ISO 8601: which one format all values of a file's column have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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

    def add(self, text: str) -> None:
        if _ISO.fullmatch(text):
            self.iso = True
            return
        self.others += 1
        if self.candidates is None or self.candidates:
            fitting = formats_of(text)
            self.candidates = set(fitting) if self.candidates is None else self.candidates & fitting

    def state(self) -> list[Any]:
        """Return what has been seen so far, for `restore`."""
        return [None if self.candidates is None else sorted(self.candidates), self.iso, self.others]

    def restore(self, state: list[Any]) -> None:
        candidates, self.iso, self.others = state
        self.candidates = None if candidates is None else set(candidates)

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
    return frozenset(f"{date}{clock}" for date in _dates(*match.groups()))


def _dates(first: str, separator: str, second: str, other: str, last: str) -> Iterator[str]:
    """Yield the patterns of a date's three parts."""
    years = ["yyyy"] if len(last) == 4 else ["yy"] if len(last) == 2 else []
    if first.isalpha():
        if first.lower() in _MONTHS and _day(second):
            yield from (f"MMM{separator}d{other}{year}" for year in years)
    elif other != separator:
        return
    elif second.isalpha():
        if second.lower() in _MONTHS and _day(first):
            yield from (f"d{separator}MMM{separator}{year}" for year in years)
    else:
        orders = [("yyyy", "M", "d"), ("yyyy", "d", "M")] if len(first) == 4 else [(*pair, year) for pair in ("dM", "Md") for year in years]
        if len(first) == 2 and len(last) <= 2:
            orders.append(("yy", "M", "d"))
        yield from (separator.join(order) for order in orders if _fits(order, (first, second, last)))


def _fits(order: tuple[str, ...], texts: tuple[str, ...]) -> bool:
    tests = {"d": _day, "M": _month}
    return all(tests[part](text) for part, text in zip(order, texts, strict=True) if part in tests)


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


def _day(text: str) -> bool:
    return text.isdigit() and 1 <= int(text) <= 31


def _month(text: str) -> bool:
    return text.isdigit() and 1 <= int(text) <= 12
