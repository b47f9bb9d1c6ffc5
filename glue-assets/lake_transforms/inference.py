"""The types of columns without a declared one, from all of their values: a type that keeps every value exactly, otherwise string."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# No plus sign and no leading zeros: those are of codes, phone numbers and the like.
_INTEGER = r"^ *(0|-?[1-9][0-9]{0,18}) *$"
_FRACTION = r"^ *-?(0|[1-9][0-9]*)?\.[0-9]+([eE][+-][0-9]{2,3})? *$"
# as Python and pandas write small and large numbers; 3E10 is a code
_EXPONENT = r"^ *-?[1-9]e[+-][0-9]{2,3} *$"
_EXACT_DIGITS = 15  # every decimal number of so many digits comes back from a double as it was
_LARGEST_WHOLE = 2**53
_SMALLEST = 2.2250738585072014e-308  # smaller numbers have fewer digits
_NOT_ZERO = r"^[^eE]*[1-9]"


def infer_types(rows: DataFrame, columns: Mapping[str, str]) -> dict[str, str]:
    """Return bigint, double or string for each column. `columns`: the column of text that holds its values, by name."""
    if not columns:
        return {}
    tests: dict[str, Column] = {}
    for index, text in enumerate(columns.values()):
        value = F.when(F.trim(text) != "", F.col(text))
        tests |= {f"any{index}": F.count(value) > 0, f"whole{index}": _all(_is_whole(value)), f"number{index}": _all(_is_number(value))}
    found = rows.agg(*[test.alias(name) for name, test in tests.items()]).collect()[0]

    def kind(index: int) -> str:
        if not found[f"any{index}"]:
            return "string"
        return "bigint" if found[f"whole{index}"] else "double" if found[f"number{index}"] else "string"

    return {name: kind(index) for index, name in enumerate(columns)}


def keeps(kind: str, text: Column) -> Column:
    """Whether a value fits a type that was inferred from others, and is the same when it is read: 007 is none of the numbers."""
    if kind == "bigint":
        return _is_whole(F.regexp_replace(text, r"(\d)\.0+ *$", "$1"))
    return _is_number(text) if kind == "double" else F.lit(True)


def _all(test: Column) -> Column:
    """Whether it holds for every value that is there."""
    return F.coalesce(F.min(test), F.lit(True))


def _is_whole(value: Column) -> Column:
    return value.rlike(_INTEGER) & F.trim(value).cast("decimal(38,0)").between(F.lit(-(2**63)), F.lit(2**63 - 1))


def _is_number(value: Column) -> Column:
    """Whether a double keeps the value exactly."""
    whole = value.rlike(_INTEGER) & (F.abs(F.trim(value).cast("decimal(38,0)")) <= F.lit(_LARGEST_WHOLE))
    digits = F.length(F.regexp_replace(F.regexp_replace(value, "[eE].*$", ""), "^[^1-9]*|[^0-9]", ""))
    back = value.cast("double").cast("string").cast("decimal(38,18)") == value.cast("decimal(38,18)")
    fraction = value.rlike(_FRACTION) & ((digits <= _EXACT_DIGITS) | (digits <= 17) & (back | value.rlike("[eE]")))
    size = F.abs(value.cast("double"))
    # 1e400 would become infinity, and 1e-400 zero
    kept = (size < F.lit(float("inf"))) & ((size >= F.lit(_SMALLEST)) | ~value.rlike(_NOT_ZERO))
    return kept & (whole | F.coalesce(fraction, F.lit(False)) | value.rlike(_EXPONENT))
