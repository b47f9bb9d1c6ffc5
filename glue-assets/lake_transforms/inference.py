"""The types of columns without a declared one, from all of their values: a type that keeps every value exactly, otherwise string."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# No plus sign and no leading zeros: those are of codes, phone numbers and the like.
_INTEGER = r"^ *(0|-?[1-9][0-9]{0,18}) *$"
_INTEGER_OR_ZEROS = r"^ *(0|-?[1-9][0-9]{0,18})(\.0+)? *$"
_FRACTION = r"^ *-?(0|[1-9][0-9]*)?\.[0-9]+([eE][+-][0-9]{2,3})? *$"
# as Python and pandas write small and large numbers; 3E10 is a code
_EXPONENT = r"^ *-?[1-9]e[+-][0-9]{2,3} *$"
_EXACT_DIGITS = 15  # every decimal number of so many digits comes back from a double as it was
_LARGEST_WHOLE = 2**53
_WIDE = 64  # columns: where planning begins to cost more than a row for each value
_SMALLEST = 2.2250738585072014e-308  # smaller numbers have fewer digits
_NOT_ZERO = r"^[^eE]*[1-9]"


def infer_types(rows: DataFrame, columns: Mapping[str, str]) -> dict[str, str]:
    """Return bigint, double or string for each column. `columns`: the column of text that holds its values, by name."""
    if not columns:
        return {}
    if len(columns) > _WIDE:
        return _infer_many(rows, columns)
    # each step once, as a column: what a test is made of would stand in the query again for each of its uses
    texts = [f"nullif(rtrim({text}), '') as v{index}" for index, text in enumerate(columns.values())]
    numbers = [f"cast(v{index} as double) as n{index}" for index in range(len(columns))]
    tests = []
    for index in range(len(columns)):
        tests += [
            f"count(v{index}) > 0 as any{index}",
            f"{_all(_is_whole(f'v{index}'))} as whole{index}",
            f"{_all(_is_number(f'v{index}', f'n{index}'))} as number{index}",
        ]
    found = rows.selectExpr(*texts).selectExpr("*", *numbers).selectExpr(*tests).collect()[0]

    def kind(index: int) -> str:
        if not found[f"any{index}"]:
            return "string"
        return "bigint" if found[f"whole{index}"] else "double" if found[f"number{index}"] else "string"

    return {name: kind(index) for index, name in enumerate(columns)}


def _infer_many(rows: DataFrame, columns: Mapping[str, str]) -> dict[str, str]:
    """Do the same with a row for each value: a query of thousands of tests takes Spark minutes and gigabytes to plan."""
    found = (
        rows.selectExpr(f"posexplode(array({', '.join(columns.values())})) as (place, text)")
        .selectExpr("place", "nullif(rtrim(text), '') as v")
        .filter("v is not null")
        .selectExpr("*", "cast(v as double) as n")
        .groupBy("place")
        .agg(F.expr(_all(_is_whole("v"))).alias("whole"), F.expr(_all(_is_number("v", "n"))).alias("number"))
        .collect()
    )
    kinds = {row["place"]: "bigint" if row["whole"] else "double" if row["number"] else "string" for row in found}
    return {name: kinds.get(place, "string") for place, name in enumerate(columns)}


def keeps(kind: str, text: str) -> Column:
    """Whether a text that can be cast to a type, which was inferred from other texts, is the same when it is read: 007 is not."""
    if kind == "bigint":
        return F.expr(f"{text} rlike r'{_INTEGER_OR_ZEROS}'")
    return F.expr(_is_number(text, f"cast({text} as double)")) if kind == "double" else F.lit(True)


# SQL, and not columns: an expression of columns is a call from Python to Java for each of its parts, and many columns are thousands.


def _all(test: str) -> str:
    """Whether it holds for every value that is there."""
    return f"coalesce(min({test}), true)"


def _is_whole(value: str) -> str:
    return f"({value} rlike r'{_INTEGER}' and cast(trim({value}) as decimal(38,0)) between {-(2**63)} and {2**63 - 1})"


def _is_number(value: str, number: str) -> str:
    """Whether a double, the number, keeps the value exactly."""
    whole = f"{value} rlike r'{_INTEGER}' and abs(cast(trim({value}) as decimal(38,0))) <= {_LARGEST_WHOLE}"
    digits = f"length(regexp_replace(regexp_replace({value}, '[eE].*$', ''), '^[^1-9]*|[^0-9]', ''))"
    back = f"cast(cast({number} as string) as decimal(38,18)) = cast({value} as decimal(38,18))"
    precise = f"({digits} <= {_EXACT_DIGITS} or {digits} <= 17 and ({back} or {value} rlike '[eE]'))"
    fraction = f"coalesce({value} rlike r'{_FRACTION}' and {precise}, false)"
    # 1e400 would become infinity, and 1e-400 zero
    kept = f"abs({number}) < double('infinity') and (abs({number}) >= {_SMALLEST}D or not {value} rlike '{_NOT_ZERO}')"
    return f"({kept} and ({whole} or {fraction} or {value} rlike r'{_EXPONENT}'))"
