"""Cron expressions as Glue has them: `cron(minutes hours day-of-month month day-of-week year)`, in UTC."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime

from .errors import invalid

_MONTHS = {
    name: number for number, name in enumerate(["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1)
}
_DAYS = {name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
_RANGES: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, _MONTHS),
    (1, 7, _DAYS),
    (1970, 2199, {}),
)


class Cron:
    """
    >>> Cron("cron(0 12 ? * MON-FRI *)").matches(datetime(2026, 11, 23, 12, 0))
    True
    """

    def __init__(self, expression: str) -> None:
        found = re.fullmatch(r"cron\((.*)\)", (expression or "").strip())
        fields = found.group(1).split() if found else []
        if len(fields) != 6:
            raise invalid(f"Schedule {expression!r} is not valid: write cron(minutes hours day-of-month month day-of-week year)")
        self.expression = expression
        try:
            self._minutes, self._hours, self._months, self._years = (_values(fields[index], *_RANGES[index]) for index in (0, 1, 3, 5))
            self._month_day, self._week_day = fields[2], fields[4].upper()
            _days_of_month(self._month_day, 2024, 2)
            _days_of_week(self._week_day, 2024, 2)
        except ValueError as error:
            raise invalid(f"Schedule {expression!r} is not valid: {error}") from error

    def matches(self, time: datetime) -> bool:
        """Return whether the schedule is due in this minute."""
        return (
            time.minute in self._minutes
            and time.hour in self._hours
            and time.month in self._months
            and time.year in self._years
            and time.day in _days_of_month(self._month_day, time.year, time.month)
            and time.day in _days_of_week(self._week_day, time.year, time.month)
        )


def due(expression: str, since: float, until: float) -> bool:
    """Return whether the expression is due in a minute after `since`, up to `until` (seconds since the epoch)."""
    cron = Cron(expression)
    first = int(since // 60) + 1
    return any(cron.matches(datetime.fromtimestamp(minute * 60, UTC)) for minute in range(first, int(until // 60) + 1))


def _values(field: str, low: int, high: int, names: dict[str, int]) -> set[int]:
    values: set[int] = set()
    for part in field.upper().split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            start, end = low, high
        elif "-" in span:
            start, end = (_number(word, names) for word in span.split("-", 1))
        else:
            start = _number(span, names)
            end = high if step else start
        if not low <= start <= high or not low <= end <= high:
            raise ValueError(f"{part} is outside {low} to {high}")
        values.update(range(start, end + 1, int(step) if step else 1))
    return values


def _number(word: str, names: dict[str, int]) -> int:
    return names[word] if word in names else int(word)


def _days_of_month(field: str, year: int, month: int) -> set[int]:
    last = calendar.monthrange(year, month)[1]
    if field.upper() == "L":
        return {last}
    if nearest := re.fullmatch(r"(\d+)W", field.upper()):
        day = min(int(nearest.group(1)), last)
        weekday = calendar.weekday(year, month, day)
        if weekday == 5:
            return {day - 1 if day > 1 else day + 2}
        if weekday == 6:
            return {day + 1 if day < last else day - 2}
        return {day}
    return _values(field, *_RANGES[2])


def _days_of_week(field: str, year: int, month: int) -> set[int]:
    days = range(1, calendar.monthrange(year, month)[1] + 1)

    def number(day: int) -> int:
        return (calendar.weekday(year, month, day) + 1) % 7 + 1

    if nth := re.fullmatch(r"(\w+)#([1-5])", field):
        wanted = _number(nth.group(1), _DAYS)
        return {day for day in days if number(day) == wanted and (day - 1) // 7 + 1 == int(nth.group(2))}
    if final := re.fullmatch(r"(\w+)L", field):
        wanted = _number(final.group(1), _DAYS)
        return {max(day for day in days if number(day) == wanted)}
    wanted_days = _values(field, *_RANGES[4])
    return {day for day in days if number(day) in wanted_days}
