"""Values as text, as Athena and Java write them."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any


def text(value: Any, duckdb_type: Any) -> str | None:
    """One value of a result, as text; None for NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return real_text(value) if duckdb_type.id == "float" else double_text(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        stamp = f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
        return f"{stamp} UTC" if value.tzinfo else stamp
    if isinstance(value, dt.time):
        return f"{value:%H:%M:%S}.{value.microsecond // 1000:03d}"
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex(" ")
    if isinstance(value, dt.timedelta):
        return interval_text(value)
    if isinstance(value, list):
        child = duckdb_type.children[0][1]
        return "[" + ", ".join(_inner(item, child) for item in value) + "]"
    if isinstance(value, tuple):
        return (
            "{"
            + ", ".join(
                f"field{i}={_inner(item, kind)}" for i, (item, (_, kind)) in enumerate(zip(value, duckdb_type.children, strict=True))
            )
            + "}"
        )
    if isinstance(value, dict):
        return "{" + ", ".join(_entries(value, duckdb_type)) + "}"
    return str(value)


def _inner(value: Any, duckdb_type: Any) -> str:
    found = text(value, duckdb_type)
    return "null" if found is None else found


def _entries(value: dict[Any, Any], duckdb_type: Any) -> list[str]:
    kinds = dict(duckdb_type.children)
    if duckdb_type.id == "struct" and all(re.fullmatch(r"_\d+", name) for name in value):
        return [f"field{name[1:]}={_inner(item, kinds[name])}" for name, item in value.items()]
    if duckdb_type.id == "map":
        return [f"{_inner(key, kinds['key'])}={_inner(item, kinds['value'])}" for key, item in value.items()]
    return [f"{name}={_inner(item, kinds[name])}" for name, item in value.items()]


def double_text(value: float) -> str:
    """A double as Java writes it: `1.0`, `0.001`, `1.0E7`, `1.0E-4`, `NaN`, `Infinity`."""
    return _java(value, repr)


def real_text(value: float) -> str:
    """A 4-byte real: the shortest digits that give it back."""
    import numpy

    return _java(value, lambda number: str(numpy.float32(number)))


def _java(value: float, shortest: Callable[[float], str]) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    number = Decimal(shortest(value))
    sign, digits, exponent = number.as_tuple()
    text_digits = "".join(map(str, digits)).rstrip("0") or "0"
    assert isinstance(exponent, int)
    magnitude = len(digits) + exponent - 1
    if -3 <= magnitude < 7:
        plain = format(number, "f")
        return plain if "." in plain else plain + ".0"
    return f"{'-' if sign else ''}{text_digits[0]}.{text_digits[1:] or '0'}E{magnitude}"


def interval_text(value: dt.timedelta) -> str:
    milliseconds = round(value / dt.timedelta(milliseconds=1))
    sign, milliseconds = ("-" if milliseconds < 0 else ""), abs(milliseconds)
    days, rest = divmod(milliseconds, 86_400_000)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds, rest = divmod(rest, 1000)
    return f"{sign}{days} {hours:02d}:{minutes:02d}:{seconds:02d}.{rest:03d}"
