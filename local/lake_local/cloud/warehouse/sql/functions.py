"""The functions that are known to give Redshift's answer, and how PostgreSQL is asked for it.

`rs.` names functions of ours, in setup.sql. What is not in FUNCTIONS is refused.
https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ..errors import StatementError
from .parts import part
from .tokens import literal


class Call(NamedTuple):
    """A call as it was written, its arguments as PostgreSQL's SQL.

    - `raw`: arguments that are texts, and `bare` those that are names, by their place
    - `over`: the window behind it; `within`: the ORDER BY of WITHIN GROUP
    """

    name: str
    arguments: list[str]
    raw: list[str | None]
    bare: list[str | None]
    distinct: bool
    over: str
    within: str


Write = Callable[[Call], str]
# Redshift's POSIX expressions and PostgreSQL's agree on these; on look-around and back-references they need not.
_SAFE_PATTERN = re.compile(r"(?:[\w \-.,:;@/%&=<>\"'!#~_*+?^$|()\[\]{}]|\\[.dsw+*?()|^$\[\]{}\-])*", re.ASCII)
_SAFE_DATE_FORMAT = re.compile(r"(?:YYYY|YY|MM|DDD|DD|HH24|HH12|HH|MI|SS|MON|Mon|mon|DY|Dy|dy|Q|IW|AM|PM|[-/ :.,])*")
_SAFE_NUMBER_FORMAT = re.compile(r"[90][90.,DG]*")
# What PostgreSQL has beyond POSIX: repetitions that take as little as they can, directors, collating elements, bounds of words.
_BEYOND_POSIX = re.compile(r"\(\?|^\*\*\*|[*+?}]\?|\[\[:[^a-z]|\[[.=]")
_SHARE = re.compile(r"0(\.\d*)?|\.\d+|1(\.0*)?")


def _plain(target: str, least: int, most: int | None = None) -> Write:
    """Write a scalar function that both have, under `target`."""

    def write(call: Call) -> str:
        _scalar(call, least, least if most is None else most)
        return f"{target}({', '.join(call.arguments)})"

    return write


def _template(text: str, count: int) -> Write:
    """Write a scalar function by a template with {0}, {1}, ..."""

    def write(call: Call) -> str:
        _scalar(call, count, count)
        return f"({text.format(*call.arguments)})"

    return write


def _aggregate(text: str) -> Write:
    """Write an aggregate by a template.

    {call} is PostgreSQL's with its window, {least} the least of the values, of their type, {scale} the most digits behind a point.
    """

    def write(call: Call) -> str:
        if call.within or len(call.arguments) != 1:
            raise _wrong(call)
        if call.over and call.distinct:
            raise StatementError(f"{call.name} DISTINCT with a window is not supported")
        inner = f"({'DISTINCT ' if call.distinct else ''}{call.arguments[0]})"
        name = call.name.lower()
        return text.format(
            call=f"{_POSTGRES.get(name, name)}{inner}{_behind(call.over)}",
            least=f"min({call.arguments[0]}){_behind(call.over)}",
            scale=f"max(rs.scale_of({call.arguments[0]})){_behind(call.over)}",
        )

    return write


_POSTGRES = {"stddev": "stddev_samp", "variance": "var_samp", "any_value": "min", "sum": "rs.sum"}


def _window(least: int, most: int) -> Write:
    """Write a function of windows only."""

    def write(call: Call) -> str:
        if not call.over or call.distinct or not least <= len(call.arguments) <= most:
            raise _wrong(call)
        return f"{call.name.lower()}({', '.join(call.arguments)}){_behind(call.over)}"

    return write


def _behind(over: str) -> str:
    return f" {over}" if over else ""


def _scalar(call: Call, least: int, most: int) -> None:
    if call.over or call.within or call.distinct or not least <= len(call.arguments) <= most:
        raise _wrong(call)


def _wrong(call: Call) -> StatementError:
    return StatementError(f"{call.name.lower()} with these arguments is not supported here")


def _part(call: Call, place: int = 0) -> str:
    """Return the date part that an argument names, as a word or as a text."""
    name = call.bare[place] or call.raw[place]
    if name is None:
        raise _wrong(call)
    return literal(part(name))


def _count(call: Call) -> str:
    if call.within or len(call.arguments) != 1 or (call.distinct and call.over):
        raise _wrong(call)
    return f"count({'DISTINCT ' if call.distinct else ''}{call.arguments[0]}){_behind(call.over)}"


def _decode(call: Call) -> str:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DECODE_expression.html: NULL equals NULL."""
    _scalar(call, 3, 1000)
    value, rest = call.arguments[0], call.arguments[1:]
    pairs = [f"WHEN {value} IS NOT DISTINCT FROM {rest[i]} THEN {rest[i + 1]}" for i in range(0, len(rest) - 1, 2)]
    return f"(CASE {' '.join(pairs)}{f' ELSE {rest[-1]}' if len(rest) % 2 else ''} END)"


def _listagg(call: Call) -> str:
    if call.over or not 1 <= len(call.arguments) <= 2:
        raise StatementError("LISTAGG as a window function is not supported here")
    separator = call.arguments[1] if len(call.arguments) == 2 else "''"
    value = f"CAST({call.arguments[0]} AS text)"
    order = f" {call.within}" if call.within else ""
    if call.distinct and order:
        # With DISTINCT both order by the value itself only.
        if not re.fullmatch(rf"ORDER BY {re.escape(call.arguments[0])}( DESC| ASC)?( NULLS (FIRST|LAST))?", call.within):
            raise StatementError("LISTAGG DISTINCT must be ordered by the expression itself")
        order = f" ORDER BY {value}{call.within.removeprefix(f'ORDER BY {call.arguments[0]}')}"
    return f"rs.within_64k(string_agg({'DISTINCT ' if call.distinct else ''}{value}, {separator}{order}))"


def _percentile(call: Call) -> str:
    if call.over or not call.within or len(call.arguments) != 1:
        raise StatementError(f"{call.name} is supported as an aggregate with WITHIN GROUP only")
    if not _SHARE.fullmatch(call.arguments[0]):
        raise StatementError(f"{call.name} needs a number between 0 and 1")
    if call.name == "PERCENTILE_DISC":
        return f"percentile_disc({call.arguments[0]}) WITHIN GROUP ({call.within})"
    value = re.sub(r"^ORDER BY |( ASC| DESC)?( NULLS FIRST| NULLS LAST)?$", "", call.within)
    return _interpolated(call.arguments[0], value, call.within)


def _interpolated(share: str, value: str, order: str) -> str:
    """Return what computes a percentile from the values themselves: PostgreSQL's own has the digits of a DOUBLE PRECISION."""
    return f"rs.percentile_cont({share}, array_agg({value} {order}) FILTER (WHERE {value} IS NOT NULL))"


def _median(call: Call) -> str:
    if call.over or call.within or call.distinct or len(call.arguments) != 1:
        raise StatementError("MEDIAN as a window function is not supported here")
    value = call.arguments[0]
    return _interpolated("0.5", value, f"ORDER BY {value}")


def _ratio(call: Call) -> str:
    if not call.over or len(call.arguments) != 1 or call.distinct:
        raise _wrong(call)
    return f"(CAST({call.arguments[0]} AS double precision) / sum({call.arguments[0]}) {call.over})"


def _date_add(call: Call) -> str:
    _scalar(call, 3, 3)
    return f"rs.dateadd({_part(call)}, {call.arguments[1]}, {call.arguments[2]})"


def _date_diff(call: Call) -> str:
    _scalar(call, 3, 3)
    return f"rs.datediff({_part(call)}, {call.arguments[1]}, {call.arguments[2]})"


def _date_trunc(call: Call) -> str:
    _scalar(call, 2, 2)
    return f"rs.date_trunc({_part(call)}, {call.arguments[1]})"


def _date_part(call: Call) -> str:
    _scalar(call, 2, 2)
    return f"CAST(rs.extract_part({_part(call)}, {call.arguments[1]}) AS double precision)"


def _convert_timezone(call: Call) -> str:
    _scalar(call, 2, 3)
    zones = call.raw[:-1]
    # Offsets count the other way round, and abbreviations mean several zones.
    if any(zone is None or not re.fullmatch(r"UTC|GMT|[A-Z][A-Za-z_]+/[A-Za-z_/]+", zone) for zone in zones):
        raise StatementError("CONVERT_TIMEZONE: give zones by names such as UTC or America/Sao_Paulo")
    source, target = (zones[0], zones[1]) if len(zones) == 2 else ("UTC", zones[0])
    return f"((CAST({call.arguments[-1]} AS timestamp) AT TIME ZONE {literal(str(source))}) AT TIME ZONE {literal(str(target))})"


def _pattern(call: Call, place: int = 1) -> str:
    pattern = call.raw[place]
    if pattern is None or not _SAFE_PATTERN.fullmatch(pattern) or _BEYOND_POSIX.search(pattern):
        raise StatementError(f"{call.name}: this pattern is not known to give Redshift's answer here")
    return call.arguments[place]


def _regexp_replace(call: Call) -> str:
    """https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_REPLACE.html: all occurrences, '' without a replacement."""
    _scalar(call, 2, 3)
    if len(call.raw) == 3 and (call.raw[2] is None or re.search(r"[\\$]", call.raw[2])):
        raise StatementError("REGEXP_REPLACE: a replacement that refers to the match is not supported here")
    replacement = call.arguments[2] if len(call.arguments) == 3 else "''"
    return f"regexp_replace({call.arguments[0]}, {_pattern(call)}, {replacement}, 'g')"


def _regexp_substr(call: Call) -> str:
    """https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_SUBSTR.html: an empty text if nothing matches."""
    _scalar(call, 2, 2)
    return f"rs.or_empty({call.arguments[0]}, regexp_substr({call.arguments[0]}, {_pattern(call)}))"


def _regexp_count(call: Call) -> str:
    _scalar(call, 2, 2)
    return f"regexp_count({call.arguments[0]}, {_pattern(call)})"


def _to_char(call: Call) -> str:
    _scalar(call, 2, 2)
    form = call.raw[1]
    if form is None or not (_SAFE_DATE_FORMAT.fullmatch(form) or _SAFE_NUMBER_FORMAT.fullmatch(form)):
        raise StatementError("TO_CHAR: this format is not known to give Redshift's answer here")
    return f"to_char({call.arguments[0]}, {call.arguments[1]})"


def _to_date(call: Call) -> str:
    _scalar(call, 2, 3)
    if call.raw[1] is None or not _SAFE_DATE_FORMAT.fullmatch(call.raw[1]):
        raise StatementError(f"{call.name}: this format is not known to give Redshift's answer here")
    return f"{call.name.lower()}({call.arguments[0]}, {call.arguments[1]})"


def _json_path(call: Call) -> str:
    _scalar(call, 2, 6)
    # To PostgreSQL, a number is a place in an array.
    if any(value is None or value.lstrip("-").isdigit() for value in call.raw[1:]):
        raise _wrong(call)
    return f"rs.json_extract_path_text({call.arguments[0]}, ARRAY[{', '.join(call.arguments[1:])}])"


def _current(text: str) -> Write:
    def write(call: Call) -> str:
        _scalar(call, 0, 0)
        return text

    return write


def _coalesce(call: Call) -> str:
    _scalar(call, 1, 1000)
    return f"COALESCE({', '.join(call.arguments)})"


_SPREADS = ("STDDEV", "STDDEV_SAMP", "STDDEV_POP", "VARIANCE", "VAR_SAMP", "VAR_POP")
FUNCTIONS: dict[str, Write] = {
    # aggregates
    "COUNT": _count,
    "AVG": _aggregate("rs.avg_of({call}, {least}, {scale})"),
    "SUM": _aggregate("{call}"),
    "MIN": _aggregate("{call}"),
    "MAX": _aggregate("{call}"),
    "BOOL_AND": _aggregate("{call}"),
    "BOOL_OR": _aggregate("{call}"),
    "ANY_VALUE": _aggregate("{call}"),
    **{name: _aggregate("CAST({call} AS double precision)") for name in _SPREADS},
    "LISTAGG": _listagg,
    "MEDIAN": _median,
    "PERCENTILE_CONT": _percentile,
    "PERCENTILE_DISC": _percentile,
    # windows
    **{name: _window(0, 0) for name in ("ROW_NUMBER", "RANK", "DENSE_RANK", "CUME_DIST", "PERCENT_RANK")},
    "NTILE": _window(1, 1),
    "LAG": _window(1, 2),
    "LEAD": _window(1, 2),
    "FIRST_VALUE": _window(1, 1),
    "LAST_VALUE": _window(1, 1),
    "NTH_VALUE": _window(2, 2),
    "RATIO_TO_REPORT": _ratio,
    # conditions
    "COALESCE": _coalesce,
    "NVL": _coalesce,
    "NVL2": _template("CASE WHEN {0} IS NOT NULL THEN {1} ELSE {2} END", 3),
    "NULLIF": _plain("NULLIF", 2),
    "DECODE": _decode,
    "GREATEST": _plain("GREATEST", 1, 1000),
    "LEAST": _plain("LEAST", 1, 1000),
    # texts
    **{name: _plain(f"rs.{name.lower()}", 1) for name in ("UPPER", "LOWER", "INITCAP")},
    **{name: _plain("length", 1) for name in ("LEN", "LENGTH", "CHAR_LENGTH", "CHARACTER_LENGTH", "TEXTLEN")},
    "OCTET_LENGTH": _plain("octet_length", 1),
    "CONCAT": _template("{0} || {1}", 2),
    **{name: _template(f"{name.lower()}({{0}}, rs.at_least(0, {{1}}))", 2) for name in ("LEFT", "RIGHT")},
    **{name: _plain("substr", 2, 3) for name in ("SUBSTRING", "SUBSTR")},
    "LTRIM": _plain("ltrim", 1, 2),
    "RTRIM": _plain("rtrim", 1, 2),
    "BTRIM": _plain("btrim", 1, 2),
    "LPAD": _plain("lpad", 2, 3),
    "RPAD": _plain("rpad", 2, 3),
    "REPLACE": _plain("replace", 3),
    **{name: _plain("repeat", 2) for name in ("REPEAT", "REPLICATE")},
    "REVERSE": _plain("reverse", 1),
    "STRPOS": _plain("strpos", 2),
    "CHARINDEX": _template("strpos({1}, {0})", 2),
    "SPLIT_PART": _template("split_part({0}, {1}, rs.at_least(1, {2}))", 3),
    "TRANSLATE": _plain("translate", 3),
    "CHR": _plain("chr", 1),
    "ASCII": _plain("ascii", 1),
    "MD5": _plain("md5", 1),
    "REGEXP_REPLACE": _regexp_replace,
    "REGEXP_SUBSTR": _regexp_substr,
    "REGEXP_COUNT": _regexp_count,
    "JSON_EXTRACT_PATH_TEXT": _json_path,
    # numbers
    "ABS": _plain("abs", 1),
    **dict.fromkeys(("CEIL", "CEILING"), _plain("rs.ceil", 1)),
    "FLOOR": _plain("rs.floor", 1),
    "ROUND": _plain("rs.round", 1, 2),
    "TRUNC": _plain("rs.trunc", 1, 2),
    "MOD": _plain("mod", 2),
    "SIGN": _plain("sign", 1),
    **{name: _template("CAST(power({0}, {1}) AS double precision)", 2) for name in ("POWER", "POW")},
    **{name: _template(f"CAST({name.lower()}({{0}}) AS double precision)", 1) for name in ("SQRT", "EXP", "LN")},
    "DEXP": _template("exp(CAST({0} AS double precision))", 1),
    "LOG": _template("log(CAST({0} AS double precision))", 1),
    "CBRT": _plain("cbrt", 1),
    "PI": _plain("pi", 0),
    "RANDOM": _plain("random", 0),
    # times
    "GETDATE": _current("rs.getdate()"),
    "SYSDATE": _current("CAST(now() AS timestamp)"),
    "DATEADD": _date_add,
    "DATE_ADD": _date_add,
    "DATEDIFF": _date_diff,
    "DATE_DIFF": _date_diff,
    "DATE_TRUNC": _date_trunc,
    **dict.fromkeys(("DATE_PART", "DATEPART", "PGDATE_PART"), _date_part),
    "LAST_DAY": _plain("rs.last_day", 1),
    "ADD_MONTHS": _plain("rs.add_months", 2),
    "CONVERT_TIMEZONE": _convert_timezone,
    "TO_CHAR": _to_char,
    "TO_DATE": _to_date,
    "TO_TIMESTAMP": _to_date,
    # who and where
    "CURRENT_SCHEMA": _plain("current_schema", 0),
    "CURRENT_DATABASE": _plain("current_database", 0),
}
# Those that take an ORDER BY without a frame.
WINDOW_ONLY = frozenset({"ROW_NUMBER", "RANK", "DENSE_RANK", "CUME_DIST", "PERCENT_RANK", "NTILE", "LAG", "LEAD"})
