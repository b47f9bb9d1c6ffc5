"""Text to typed values. A value is never bent to fit its type: what does not fit is refused with a reason."""

from __future__ import annotations

import re

from pyspark.sql import Column
from pyspark.sql import functions as F

from lake_transforms.options import CsvOptions

_INTEGERS = {
    "tinyint": "tinyint",
    "byte": "tinyint",
    "smallint": "smallint",
    "short": "smallint",
    "int": "int",
    "integer": "int",
    "bigint": "bigint",
    "long": "bigint",
}
_FRACTIONS = {"float": "float", "real": "float", "double": "double"}
_EXACT_DIGITS = {"float": 6, "double": 15}  # every number of so many comes back as it was
_WHOLE_FROM = {"float": 2**23, "double": 2**52}  # from here on there are only whole numbers
_TEXTS = re.compile(r"(varchar|char)\s*\(\s*(\d+)\s*\)$")
_LONGEST = {"varchar": 65_535, "char": 255}  # as Hive has them
_DECIMAL = re.compile(r"(?:decimal|numeric|dec)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?$")

_INTEGRAL_TEXT = r"^\s*[+-]?\d+(\.0*)?\s*$"
_NUMBER_TEXT = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_TOO_FINE = r"[.]\d{6}\d*[1-9]"  # a timestamp keeps microseconds
_DATE_TEXT = r"^\s*\d{4}-\d{1,2}-\d{1,2}([ T]0?0:00(:00(\.0+)?)?)?\s*$"


def canonical_type(declared: str) -> str:
    """The type as Spark and the Glue catalog both write it; an error that names the type for one that a CSV cannot hold."""
    kind = declared.strip().lower()
    if kind in ("string", "text"):
        return "string"
    if kind in ("boolean", "bool"):
        return "boolean"
    if kind in ("date", "timestamp"):
        return kind
    if kind in _INTEGERS or kind in _FRACTIONS:
        return _INTEGERS.get(kind) or _FRACTIONS[kind]
    if (match := _TEXTS.match(kind)) and 1 <= int(match[2]) <= _LONGEST[match[1]]:
        return f"varchar({int(match[2])})"
    if match := _DECIMAL.match(kind):
        precision, scale = int(match[1] or 10), int(match[2] or 0)
        if 1 <= precision <= 38 and scale <= precision:
            return f"decimal({precision},{scale})"
    raise ValueError(
        f"type {declared!r} cannot be read from a CSV file; use string, boolean, tinyint, smallint, int, bigint, float, "
        "double, decimal(p,s), date, timestamp, varchar(n) of up to 65535 or char(n) of up to 255 characters"
    )


def physical_type(declared: str) -> str:
    """Return the type that a column has in Parquet, as Spark writes it."""
    kind = canonical_type(declared)
    return "string" if kind.startswith("varchar") else kind


def misfit(value: Column, text: Column, kind: str) -> Column | None:
    """The condition under which a text does not fit a type, given its typed value (None: it always fits).

    Texts of spaces only count as empty for every type but strings.
    """
    if kind == "string":
        return None
    if kind.startswith("varchar"):
        return F.length(text) > int(kind[8:-1])
    return value.isNull() & (F.trim(text) != "")


def cast_text(column: str, kind: str, options: CsvOptions) -> Column:
    """The typed value of a text column. It is NULL if the text does not fit (but see `misfit`)."""
    text = F.col(column)
    if kind == "string" or kind.startswith("varchar"):
        return text
    if kind in _INTEGERS.values():
        # 12.0 is how many tools write an integer column with gaps: the same number, so it is taken. 12.5 is not.
        whole = f"regexp_replace({column}, '[.]0*[ ]*$', '')"
        return F.coalesce(_try_cast(column, kind), F.when(text.rlike(_INTEGRAL_TEXT), _try_cast(whole, kind)))
    if kind in _FRACTIONS.values():
        # no letters: Java reads 1d and 0x1p3 as numbers, and NaN and Infinity are none to add up, into which 1e999 would turn
        value = _try_cast(column, kind)
        known = ~text.rlike("[a-df-zA-DF-Z]") & (F.abs(value) != F.lit(float("inf")))
        cut = (F.abs(value) >= _WHOLE_FROM[kind]) & text.rlike(r"^[^eE]*\.\d*[1-9]\d*\s*$")
        return F.when(known & ~_vanished(value, text) & ~_is_rounded(column, value, kind) & ~cut, value)
    if kind.startswith("decimal"):
        precision, scale = (int(part) for part in kind[8:-1].split(","))
        value = _try_cast(column, kind)  # rounds: more fraction digits than there is room for, but for zeros, are not taken
        exact = f"decimal(38,{38 - (precision - scale)})"
        fits = text.rlike(rf"^\s*[+-]?\d*(\.\d{{0,{scale}}}0*)?\s*$") | (text.rlike("[eE]") & (_try_cast(column, exact) == value))
        return F.when(text.rlike(_NUMBER_TEXT) & fits & ~_vanished(value, text), value)
    if kind == "date":
        if options.date_format:
            date = F.to_date(F.trim(text), options.date_format)
            # a format with a time of day, too: only midnight is a date
            return F.when(F.to_timestamp(F.trim(text), options.date_format) == date.cast("timestamp"), date)
        return F.when(text.rlike(_DATE_TEXT), _try_cast(column, kind))
    if kind == "timestamp":
        if options.timestamp_format:
            value = F.to_timestamp(F.trim(text), options.timestamp_format)
            return F.when(~text.rlike(_TOO_FINE), value) if "SSSSSSS" in options.timestamp_format else value
        # a whole date in front: Spark completes 2017 and 10:20 by itself
        dated = (F.substring(F.ltrim(text), 5, 1) == "-") & (F.length(F.trim(text)) >= 8)
        return F.when(dated & ~text.rlike(_TOO_FINE), _try_cast(column, kind))
    return _try_cast(column, kind)


def _vanished(value: Column, text: Column) -> Column:
    """Whether a number became zero: 1e-400."""
    return (value == F.lit(0)) & text.rlike(r"^[^eE]*[1-9]")


def _is_rounded(column: str, value: Column, kind: str) -> Column:
    """Whether a whole number would be read as another one: 9007199254740993 as double. That a double has no 0.1 is known to all."""
    text, exact = F.col(column), _EXACT_DIGITS[kind]
    digits = F.expr(rf"length(regexp_replace({column}, r'^[^1-9]*|0*(\.0*)?\s*$', ''))")  # that matter
    back = value.cast("string").cast("decimal(38,0)") == _try_cast(f"trim({column})", "decimal(38,0)")
    return (F.octet_length(text) > exact) & text.rlike(_INTEGRAL_TEXT) & (digits > exact) & ~F.coalesce(back, F.lit(False))


def _try_cast(expression: str, kind: str) -> Column:
    # follows the ANSI rules: NULL for an overflow, and for '1.5' as an integer, which a plain cast would cut to 1
    return F.expr(f"try_cast({expression} as {kind})")
