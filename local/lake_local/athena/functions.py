"""Which functions of Athena are understood, and what each becomes in DuckDB. What is not here is refused, not guessed."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from .errors import AthenaError, not_supported

Build = Callable[[exp.Expression], exp.Expression]


def call(name: str, *arguments: exp.Expression | None) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[argument for argument in arguments if argument is not None])


def macro(name: str, *keys: str) -> Build:
    """The macro `athena_<name>`, called with these arguments of the node."""
    return lambda node: call(f"athena_{name}", *(node.args.get(key) for key in keys))


def renamed(name: str, *keys: str) -> Build:
    """DuckDB's own function of another name."""
    return lambda node: call(name, *(node.args.get(key) for key in keys))


def keep(node: exp.Expression) -> exp.Expression:
    """sqlglot's own translation is right."""
    return node


def only(*keys: str) -> Build:
    """As `keep`, for the form of the function with these arguments only."""

    def build(node: exp.Expression) -> exp.Expression:
        for key, value in node.args.items():
            if value not in (None, [], False) and key not in keys:
                raise not_supported(f"{node.sql_name().lower()} with {key!r}")
        return node

    return build


def _cast(node: exp.Cast) -> exp.Expression:
    kind = node.to
    name = kind.this
    strict = not isinstance(node, exp.TryCast)

    def tried(made: exp.Expression) -> exp.Expression:
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


def _unit(node: exp.Expression) -> str:
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


def _date_add(node: exp.Expression) -> exp.Expression:
    unit, amount = _unit(node), node.expression
    if unit == "quarter":
        unit, amount = "month", exp.Mul(this=exp.Paren(this=amount), expression=exp.Literal.number(3))
    if unit not in _INTERVALS:
        raise not_supported(f"date_add with unit {unit!r}")
    kind = "INTEGER" if unit in ("day", "week", "month", "year") else "BIGINT"
    return call("athena_shift", node.this, call(_INTERVALS[unit], exp.cast(amount, kind)))


def _date_diff(node: exp.Expression) -> exp.Expression:
    # DuckDB's date_sub counts whole units that have passed, as Athena's date_diff does; its own date_diff counts boundaries.
    return call("date_sub", exp.Literal.string(_unit(node)), node.expression, node.this)


def _date_trunc(node: exp.Expression) -> exp.Expression:
    return call("athena_like_type", call("date_trunc", exp.Literal.string(_unit(node)), node.this), node.this.copy())


def _extract(node: exp.Extract) -> exp.Expression:
    part = node.this.name.lower()
    part = {"dow": "isodow", "day_of_week": "isodow", "day_of_year": "doy", "year_of_week": "isoyear", "yow": "isoyear"}.get(part, part)
    if part not in ("year", "quarter", "month", "week", "day", "isodow", "doy", "isoyear", "hour", "minute", "second"):
        raise not_supported(f"extract({part} ...)")
    if part == "second":
        return call("second", node.expression)
    return call("date_part", exp.Literal.string(part), node.expression)


def _trim(node: exp.Trim) -> exp.Expression:
    position = (node.args.get("position") or "").upper()
    characters = node.expression
    if characters:
        return call({"LEADING": "ltrim", "TRAILING": "rtrim"}.get(position, "trim"), node.this, characters)
    return call({"LEADING": "athena_ltrim", "TRAILING": "athena_rtrim"}.get(position, "athena_trim"), node.this)


def _regexp_replace(node: exp.RegexpReplace) -> exp.Expression:
    replacement = node.args.get("replacement") or exp.Literal.string("")
    if isinstance(replacement, exp.Lambda):
        raise not_supported("regexp_replace with a lambda")
    return call("athena_regexp_replace", node.this, node.expression, replacement)


def _format(node: exp.Format) -> exp.Expression:
    if not node.this.is_string:
        raise not_supported("format with a format that is not a literal")
    specifications = re.findall(r"%%|%[^%a-zA-Z]*[a-zA-Z]", node.this.name)
    for specification in specifications:
        if not re.fullmatch(r"%%|%,?\d*d|%s|%-?\d+s|%,?\d*\.\d+f|%0\d+d", specification):
            raise not_supported(f"format with {specification!r}")
    kinds = [specification[-1] for specification in specifications if specification != "%%"]
    if len(kinds) != len(node.expressions):
        raise AthenaError(f"INVALID_FUNCTION_ARGUMENT: Invalid format string: {node.this.name}")
    arguments = []
    for kind, argument in zip(kinds, node.expressions, strict=True):
        arguments.append(
            {"d": lambda a: exp.cast(a, "BIGINT"), "f": lambda a: exp.cast(a, "DOUBLE"), "s": lambda a: call("athena_text", a)}[kind](
                argument
            )
        )
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


def _joda(pattern: exp.Expression) -> exp.Literal:
    if not pattern.is_string:
        raise not_supported("a date format that is not a literal")
    made = []
    for token in re.finditer(r"'(?P<quoted>[^']*)'|(?P<letters>([a-zA-Z])\3*)|(?P<other>.)", pattern.name):
        letters = token["letters"]
        if letters and letters not in _JODA:
            raise not_supported(f"the date format letters {letters!r}")
        made.append(_JODA[letters] if letters else (token["quoted"] or token["other"] or "'").replace("%", "%%"))
    return exp.Literal.string("".join(made))


def _reduce(node: exp.Reduce) -> exp.Expression:
    finish = node.args.get("finish")
    if finish is not None:
        if not isinstance(finish, exp.Lambda) or finish.this.name != finish.expressions[0].name:
            raise not_supported("reduce whose last function is not x -> x")
        node.set("finish", None)
    return node


def _round(node: exp.Round) -> exp.Expression:
    return call("athena_like_type", call("round", node.this, node.args.get("decimals")), node.this.copy())


def _approx_percentile(node: exp.Expression) -> exp.Expression:
    if node.args.get("weight") or node.args.get("accuracy"):
        raise not_supported("approx_percentile with a weight or an accuracy")
    return call("quantile_disc", node.this, node.args["quantile"])


def _approx_distinct(node: exp.ApproxDistinct) -> exp.Expression:
    # Exact: within any error bound that the approximation has.
    return exp.Count(this=exp.Distinct(expressions=[node.this]))


def _json(name: str) -> Build:
    def build(node: exp.Expression) -> exp.Expression:
        path = node.expression
        if isinstance(path, exp.JSONPath):
            path = exp.Literal.string(path.sql("duckdb").strip("'"))
        elif not path.is_string:
            raise not_supported("a JSON path that is not a literal")
        return call(name, node.this, path)

    return build


def _split(node: exp.Split) -> exp.Expression:
    if node.args.get("limit"):
        raise not_supported("split with a limit")
    return call("string_split", node.this, node.expression)


def _format_datetime(node: exp.Anonymous) -> exp.Expression:
    return call("strftime", node.expressions[0], _joda(node.expressions[1]))


def _parse_datetime(node: exp.ParseDatetime) -> exp.Expression:
    return call("timezone", exp.Literal.string("UTC"), call("strptime", node.this, _joda(node.args["format"])))


def _arg_extreme(node: exp.Expression) -> exp.Expression:
    if node.args.get("count"):
        raise not_supported("max_by and min_by of the n best")
    # Athena takes the row of the extreme even if its value is NULL; DuckDB's arg_max passes over such rows.
    return call("arg_max_null" if isinstance(node, exp.ArgMax) else "arg_min_null", node.this, node.expression)


def _extreme(node: exp.Expression) -> exp.Expression:
    if node.expressions:
        raise not_supported("min and max of the n best")
    return node


def _array_sort(node: exp.ArraySort) -> exp.Expression:
    if node.expression:
        raise not_supported("array_sort with a comparison function")
    return call("list_sort", node.this)


def _sequence(node: exp.GenerateSeries) -> exp.Expression:
    step = node.args.get("step")
    return call("athena_sequence_step" if step else "athena_sequence", node.args["start"], node.args["end"], step)


def _date_part(part: str) -> Build:
    def build(node: exp.Expression) -> exp.Expression:
        return call("date_part", exp.Literal.string(part), node.expressions[0] if isinstance(node, exp.Anonymous) else node.this)

    return build


def _text(node: exp.Expression) -> exp.Expression:
    return call("athena_text", node.this)


def _sha(node: exp.Expression) -> exp.Expression:
    length = node.args.get("length")
    if length is not None and length.name != "256":
        raise not_supported("sha512")
    return call("athena_sha256", node.this)


def _from_unixtime(node: exp.UnixToTime) -> exp.Expression:
    if node.args.get("zone") is not None and node.args["zone"].name.upper() != "UTC":
        raise not_supported("from_unixtime with a time zone other than UTC")
    return call("to_timestamp", node.this)


def _constant(value: str) -> Build:
    return lambda _node: exp.cast(exp.Literal.string(value), "DOUBLE")


def _quantified(node: exp.Anonymous, found: bool) -> exp.Expression:
    made = call("list_bool_or" if found else "list_bool_and", call("list_transform", *node.expressions))
    return call("coalesce", made, exp.Boolean(this=not found))


def _array_position(node: exp.ArrayPosition) -> exp.Expression:
    return call("coalesce", call("list_position", node.this, node.expression), exp.Literal.number(0))


BY_CLASS: dict[type[exp.Expression], Build] = {
    **dict.fromkeys(
        (
            exp.Sum,
            exp.Count,
            exp.Avg,
            exp.AnyValue,
            exp.CountIf,
            exp.LogicalOr,
            exp.LogicalAnd,
            exp.Stddev,
            exp.StddevSamp,
            exp.StddevPop,
            exp.Variance,
            exp.VariancePop,
            exp.Corr,
            exp.CovarSamp,
            exp.CovarPop,
            exp.ArrayAgg,
            exp.Upper,
            exp.Lower,
            exp.Length,
            exp.Abs,
            exp.Ceil,
            exp.Floor,
            exp.Sqrt,
            exp.Cbrt,
            exp.Exp,
            exp.Ln,
            exp.Pow,
            exp.Sign,
            exp.Coalesce,
            exp.Nullif,
            exp.If,
            exp.Case,
            exp.RowNumber,
            exp.Rank,
            exp.DenseRank,
            exp.PercentRank,
            exp.CumeDist,
            exp.Ntile,
            exp.Lead,
            exp.Lag,
            exp.FirstValue,
            exp.LastValue,
            exp.NthValue,
            exp.Date,
            exp.StrPosition,
            exp.Pad,
            exp.Try,
            exp.Array,
            exp.ArrayContains,
            exp.Transform,
            exp.ArrayFilter,
            exp.Replace,
            exp.Reverse,
            exp.Repeat,
            exp.StartsWith,
            exp.Levenshtein,
            exp.Chr,
            exp.Unnest,
            exp.StrToTime,
            exp.TimeToStr,
            exp.Encode,
            exp.Decode,
            exp.Struct,
            exp.MapKeys,
            exp.Map,
            exp.Flatten,
            exp.And,
            exp.Or,
            exp.Exists,
            exp.CurrentDate,
            exp.Hex,
            exp.Unhex,
            exp.ToBase64,
            exp.FromBase64,
            exp.Greatest,
            exp.Least,
            exp.GroupConcat,
            exp.Concat,
            exp.FromISO8601Timestamp,
            exp.FromISO8601Date,
            exp.Sin,
            exp.Cos,
            exp.Tan,
            exp.Asin,
            exp.Acos,
            exp.Atan,
            exp.Atan2,
            exp.Degrees,
            exp.Radians,
            exp.Log,
            exp.Rand,
            exp.IsNan,
            exp.IsInf,
            exp.TimeToUnix,
            exp.LastDay,
            exp.ArrayConcat,
            exp.Translate,
            exp.Grouping,
            exp.Unicode,
            exp.ArrayOverlaps,
        ),
        keep,
    ),
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Round: _round,
    exp.Trunc: macro("truncate", "this", "decimals"),
    exp.Format: _format,
    exp.Min: _extreme,
    exp.Max: _extreme,
    exp.ArgMax: _arg_extreme,
    exp.ArgMin: _arg_extreme,
    exp.ApproxDistinct: _approx_distinct,
    exp.ApproxQuantile: _approx_percentile,
    # Text
    exp.Substring: macro("substr", "this", "start", "length"),
    exp.Trim: _trim,
    exp.Split: _split,
    exp.SplitPart: macro("split_part", "this", "delimiter", "part_index"),
    exp.RegexpLike: renamed("regexp_matches", "this", "expression"),
    exp.RegexpExtract: macro("regexp_extract", "this", "expression", "group"),
    exp.RegexpExtractAll: renamed("regexp_extract_all", "this", "expression", "group"),
    exp.RegexpSplit: renamed("string_split_regex", "this", "expression"),
    exp.RegexpReplace: _regexp_replace,
    exp.MD5Digest: macro("md5", "this"),
    exp.SHA: macro("sha1", "this"),
    exp.SHA1Digest: macro("sha1", "this"),
    exp.SHA2: _sha,
    exp.SHA2Digest: _sha,
    # JSON
    exp.JSONExtract: _json("athena_json_extract"),
    exp.JSONExtractScalar: _json("athena_json_extract_scalar"),
    exp.ParseJSON: lambda node: exp.cast(node.this, "JSON"),
    exp.JSONFormat: _text,
    # Time
    exp.DateAdd: _date_add,
    exp.DateDiff: _date_diff,
    exp.DateTrunc: _date_trunc,
    exp.TimestampTrunc: _date_trunc,
    exp.Extract: _extract,
    exp.Year: _date_part("year"),
    exp.Month: _date_part("month"),
    exp.Day: _date_part("day"),
    exp.DayOfMonth: _date_part("day"),
    exp.Quarter: _date_part("quarter"),
    exp.Week: _date_part("week"),
    exp.WeekOfYear: _date_part("week"),
    exp.DayOfYear: _date_part("doy"),
    exp.DayOfWeekIso: _date_part("isodow"),
    exp.YearOfWeek: _date_part("isoyear"),
    exp.YearOfWeekIso: _date_part("isoyear"),
    exp.Hour: _date_part("hour"),
    exp.Minute: _date_part("minute"),
    exp.Second: _date_part("second"),
    exp.CurrentTimestamp: lambda _node: call("now"),
    exp.ParseDatetime: _parse_datetime,
    exp.UnixToTime: _from_unixtime,
    # Arrays
    exp.ArraySize: renamed("cardinality", "this"),
    exp.ArrayToString: macro("array_join", "this", "expression", "null"),
    exp.ArrayDistinct: macro("array_distinct", "this"),
    exp.ArraySlice: macro("slice", "this", "start", "end"),
    exp.ArrayMax: macro("array_max", "this"),
    exp.ArrayMin: macro("array_min", "this"),
    exp.ArraySort: _array_sort,
    exp.ArrayPosition: _array_position,
    exp.Reduce: _reduce,
    exp.GenerateSeries: _sequence,
}

# Functions that sqlglot has no class for: a macro's or a DuckDB function's name, or a builder.
BY_NAME: dict[str, Build | str] = {
    "json_array_length": "athena_json_array_length",
    "json_size": "athena_json_size",
    "json_array_contains": "athena_json_array_contains",
    "codepoint": "athena_codepoint",
    "url_extract_host": "athena_url_host",
    "url_extract_path": "athena_url_path",
    "url_extract_protocol": "athena_url_protocol",
    "url_extract_query": "athena_url_query",
    "url_extract_parameter": "athena_url_parameter",
    "url_encode": "url_encode",
    "url_decode": "url_decode",
    "format_datetime": _format_datetime,
    "geometric_mean": "athena_geometric_mean",
    "histogram": "histogram",
    "array_max": "athena_array_max",
    "array_min": "athena_array_min",
    "any_match": lambda node: _quantified(node, True),
    "all_match": lambda node: _quantified(node, False),
    "map_from_entries": "map_from_entries",
    "map_entries": "map_entries",
    "e": _constant("2.718281828459045"),
    "pi": "pi",
    "infinity": _constant("infinity"),
    "nan": _constant("nan"),
    "width_bucket": "athena_width_bucket",
    "is_nan": "isnan",
    "is_infinite": "isinf",
    "is_finite": "isfinite",
    "hamming_distance": "hamming",
    "uuid": "uuid",
    "week_of_year": _date_part("week"),
    "year_of_week": _date_part("isoyear"),
    "yow": _date_part("isoyear"),
    "regr_slope": "regr_slope",
    "regr_intercept": "regr_intercept",
}
