"""How a function of Athena is built from DuckDB's: sqlglot's nodes in, nodes for DuckDB out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from .errors import AthenaError, not_supported

Build = Callable[[Any], exp.Expr]


def call(name: str, *arguments: exp.Expr | None) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[argument for argument in arguments if argument is not None])


def macro(name: str, *keys: str) -> Build:
    """The macro `athena_<name>`, called with these arguments of the node."""
    return lambda node: call(f"athena_{name}", *(node.args.get(key) for key in keys))


def renamed(name: str, *keys: str) -> Build:
    """DuckDB's own function of another name."""
    return lambda node: call(name, *(node.args.get(key) for key in keys))


def keep(node: exp.Expr) -> exp.Expr:
    """sqlglot's own translation is right."""
    return node


def cast(node: exp.Cast) -> exp.Expr:
    kind = node.to
    name = kind.this
    strict = not isinstance(node, exp.TryCast)

    def tried(made: exp.Expr) -> exp.Expr:
        return made if strict else exp.Try(this=made)

    if name in exp.DataType.INTEGER_TYPES:
        return type(node)(this=tried(call("athena_number", node.this)), to=kind)
    if name in (exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT):
        length = kind.expressions[0].this if kind.expressions else None
        made = call("athena_text", node.this)
        return call("left", made, length) if length is not None else made
    if name in (exp.DataType.Type.CHAR, exp.DataType.Type.NCHAR):
        raise not_supported("cast to char(n)")
    if name == exp.DataType.Type.JSON:
        return call("to_json", node.this)
    if name in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ):
        return type(node)(this=node.this, to=exp.DataType.build("timestamp", dialect="duckdb"))
    if name in exp.DataType.TEMPORAL_TYPES and name == exp.DataType.Type.TIMESTAMPTZ:
        return type(node)(this=node.this, to=exp.DataType.build("timestamptz", dialect="duckdb"))
    return node


def _unit(node: exp.Expr) -> str:
    unit = node.args.get("unit")
    return (unit.name if unit else "day").lower().rstrip("s")


_INTERVALS = {
    "second": "to_seconds",
    "minute": "to_minutes",
    "hour": "to_hours",
    "day": "to_days",
    "week": "to_weeks",
    "month": "to_months",
    "year": "to_years",
    "millisecond": "to_milliseconds",
}


def date_add(node: exp.Expr) -> exp.Expr:
    unit, amount = _unit(node), node.expression
    if unit == "quarter":
        unit, amount = "month", exp.Mul(this=exp.Paren(this=amount), expression=exp.Literal.number(3))
    if unit not in _INTERVALS:
        raise not_supported(f"date_add with unit {unit!r}")
    kind = "INTEGER" if unit in ("day", "week", "month", "year") else "BIGINT"
    return call("athena_shift", node.this, call(_INTERVALS[unit], exp.cast(amount, kind)))


def date_diff(node: exp.Expr) -> exp.Expr:
    # DuckDB's date_sub counts whole units that have passed, as Athena's date_diff does; its own date_diff counts boundaries.
    return call("date_sub", exp.Literal.string(_unit(node)), node.expression, node.this)


def date_trunc(node: exp.Expr) -> exp.Expr:
    return call("athena_like_type", call("date_trunc", exp.Literal.string(_unit(node)), node.this), node.this.copy())


def extract(node: exp.Extract) -> exp.Expr:
    part = node.this.name.lower()
    part = {"dow": "isodow", "day_of_week": "isodow", "day_of_year": "doy", "year_of_week": "isoyear", "yow": "isoyear"}.get(part, part)
    if part not in ("year", "quarter", "month", "week", "day", "isodow", "doy", "isoyear", "hour", "minute", "second"):
        raise not_supported(f"extract({part} ...)")
    if part == "second":
        return call("second", node.expression)
    return call("date_part", exp.Literal.string(part), node.expression)


def trim(node: exp.Trim) -> exp.Expr:
    position = (node.args.get("position") or "").upper()
    characters = node.expression
    if characters:
        return call({"LEADING": "ltrim", "TRAILING": "rtrim"}.get(position, "trim"), node.this, characters)
    return call({"LEADING": "athena_ltrim", "TRAILING": "athena_rtrim"}.get(position, "athena_trim"), node.this)


def regexp_replace(node: exp.RegexpReplace) -> exp.Expr:
    replacement = node.args.get("replacement") or exp.Literal.string("")
    if isinstance(replacement, exp.Lambda):
        raise not_supported("regexp_replace with a lambda")
    return call("athena_regexp_replace", node.this, node.expression, replacement)


def format_text(node: exp.Format) -> exp.Expr:
    if not node.this.is_string:
        raise not_supported("format with a format that is not a literal")
    specifications = re.findall(r"%%|%[^%a-zA-Z]*[a-zA-Z]", node.this.name)
    for specification in specifications:
        if not re.fullmatch(r"%%|%,?\d*d|%s|%-?\d+s|%,?\d*\.\d+f|%0\d+d", specification):
            raise not_supported(f"format with {specification!r}")
    kinds = [specification[-1] for specification in specifications if specification != "%%"]
    if len(kinds) != len(node.expressions):
        raise AthenaError(f"INVALID_FUNCTION_ARGUMENT: Invalid format string: {node.this.name}")
    as_kind: dict[str, Callable[[exp.Expr], exp.Expr]] = {
        "d": lambda argument: exp.cast(argument, "BIGINT"),
        "f": lambda argument: exp.cast(argument, "DOUBLE"),
        "s": lambda argument: call("athena_text", argument),
    }
    arguments = [as_kind[kind](argument) for kind, argument in zip(kinds, node.expressions, strict=True)]
    return call("printf", node.this, *arguments)


_JODA = {
    "yyyy": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%-m",
    "dd": "%d",
    "d": "%-d",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "ss": "%S",
    "SSS": "%g",
    "EEEE": "%A",
    "EEE": "%a",
    "E": "%a",
    "a": "%p",
    "Z": "%z",
    "DDD": "%j",
    "y": "%Y",
}


def _joda(pattern: exp.Expr) -> exp.Literal:
    if not pattern.is_string:
        raise not_supported("a date format that is not a literal")
    made = []
    for token in re.finditer(r"'(?P<quoted>[^']*)'|(?P<letters>([a-zA-Z])\3*)|(?P<other>.)", pattern.name):
        letters = token["letters"]
        if letters and letters not in _JODA:
            raise not_supported(f"the date format letters {letters!r}")
        made.append(_JODA[letters] if letters else (token["quoted"] or token["other"] or "'").replace("%", "%%"))
    return exp.Literal.string("".join(made))


def reduce_array(node: exp.Reduce) -> exp.Expr:
    finish = node.args.get("finish")
    if finish is not None:
        if not isinstance(finish, exp.Lambda) or finish.this.name != finish.expressions[0].name:
            raise not_supported("reduce whose last function is not x -> x")
        node.set("finish", None)
    return node


def round_like(node: exp.Round) -> exp.Expr:
    return call("athena_like_type", call("round", node.this, node.args.get("decimals")), node.this.copy())


def approx_percentile(node: exp.Expr) -> exp.Expr:
    if node.args.get("weight") or node.args.get("accuracy"):
        raise not_supported("approx_percentile with a weight or an accuracy")
    return call("quantile_disc", node.this, node.args["quantile"])


def approx_distinct(node: exp.ApproxDistinct) -> exp.Expr:
    # Exact: within any error bound that the approximation has.
    return exp.Count(this=exp.Distinct(expressions=[node.this]))


def json_at(name: str) -> Build:
    def build(node: exp.Expr) -> exp.Expr:
        path = node.expression
        if isinstance(path, exp.JSONPath):
            path = exp.Literal.string(path.sql("duckdb").strip("'"))
        elif not path.is_string:
            raise not_supported("a JSON path that is not a literal")
        return call(name, node.this, path)

    return build


def split_text(node: exp.Split) -> exp.Expr:
    if node.args.get("limit"):
        raise not_supported("split with a limit")
    return call("string_split", node.this, node.expression)


def format_datetime(node: exp.Anonymous) -> exp.Expr:
    return call("strftime", node.expressions[0], _joda(node.expressions[1]))


def parse_datetime(node: exp.ParseDatetime) -> exp.Expr:
    return call("timezone", exp.Literal.string("UTC"), call("strptime", node.this, _joda(node.args["format"])))


def arg_extreme(node: exp.Expr) -> exp.Expr:
    if node.args.get("count"):
        raise not_supported("max_by and min_by of the n best")
    # Athena takes the row of the extreme even if its value is NULL; DuckDB's arg_max passes over such rows.
    return call("arg_max_null" if isinstance(node, exp.ArgMax) else "arg_min_null", node.this, node.expression)


def extreme(node: exp.Expr) -> exp.Expr:
    if node.expressions:
        raise not_supported("min and max of the n best")
    return node


def array_sort(node: exp.ArraySort) -> exp.Expr:
    if node.expression:
        raise not_supported("array_sort with a comparison function")
    return call("list_sort", node.this)


def sequence(node: exp.GenerateSeries) -> exp.Expr:
    step = node.args.get("step")
    return call("athena_sequence_step" if step else "athena_sequence", node.args["start"], node.args["end"], step)


def pad(node: exp.Pad) -> exp.Expr:
    return call("athena_lpad" if node.args.get("is_left") else "athena_rpad", node.this, node.expression, node.args.get("fill_pattern"))


def date_part(part: str) -> Build:
    def build(node: exp.Expr) -> exp.Expr:
        return call("date_part", exp.Literal.string(part), node.expressions[0] if isinstance(node, exp.Anonymous) else node.this)

    return build


def as_text(node: exp.Expr) -> exp.Expr:
    return call("athena_text", node.this)


def sha(node: exp.Expr) -> exp.Expr:
    length = node.args.get("length")
    if length is not None and length.name != "256":
        raise not_supported("sha512")
    return call("athena_sha256", node.this)


def from_unixtime(node: exp.UnixToTime) -> exp.Expr:
    if node.args.get("zone") is not None and node.args["zone"].name.upper() != "UTC":
        raise not_supported("from_unixtime with a time zone other than UTC")
    return call("to_timestamp", node.this)


def constant(value: str) -> Build:
    return lambda _node: exp.cast(exp.Literal.string(value), "DOUBLE")


def quantified(node: exp.Anonymous, found: bool) -> exp.Expr:
    made = call("list_bool_or" if found else "list_bool_and", call("list_transform", *node.expressions))
    return call("coalesce", made, exp.Boolean(this=not found))


def array_position(node: exp.ArrayPosition) -> exp.Expr:
    return call("coalesce", call("list_position", node.this, node.expression), exp.Literal.number(0))
