"""DuckDB's errors in Athena's words."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from ..tables.errors import TableError
from .errors import AthenaError

# DuckDB's names of types in its messages, longest first.
_TYPES = {
    "INTEGER_LITERAL": "integer",
    "STRING_LITERAL": "varchar",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "INT128": "decimal(38,0)",
    "HUGEINT": "decimal(38,0)",
    "INT64": "bigint",
    "INT32": "integer",
    "INT16": "smallint",
    "INT8": "tinyint",
    "BOOL": "boolean",
    "BLOB": "varbinary",
    "STRUCT": "row",
    "FLOAT": "real",
}


def explain(error: Exception, tree: exp.Expr) -> TableError:
    """Return a failure of DuckDB as the error that Athena would give for the query."""
    if isinstance(error, TableError):
        return error
    message = str(error)
    for pattern, say in _KNOWN:
        if found := re.search(pattern, message):
            return say(found, tree)
    first = message.splitlines()[0] if message else type(error).__name__
    kind, _, said = first.partition(": ")
    if said.startswith(("NOT_SUPPORTED", "HIVE_BAD_DATA")):
        return AthenaError(said)
    if kind in _KINDS:
        return AthenaError(f"{_KINDS[kind]}: {_plain(said)}")
    return AthenaError(f"GENERIC_INTERNAL_ERROR: {_plain(said or first)}", category=1)


_KINDS = {
    "Conversion Error": "INVALID_CAST_ARGUMENT",
    "Invalid Input Error": "INVALID_FUNCTION_ARGUMENT",
    "Out of Range Error": "NUMERIC_VALUE_OUT_OF_RANGE",
    "Binder Error": "SYNTAX_ERROR",
    "Catalog Error": "SYNTAX_ERROR",
    "Parser Error": "SYNTAX_ERROR",
    "Syntax Error": "SYNTAX_ERROR",
}


def _plain(text: str) -> str:
    """Return a text without DuckDB's type names, our macros' prefix and paths of this machine."""
    text = re.sub(r"(?<=['\"])/[^'\"]*", "file", text)
    text = text.replace("athena_", "")
    for theirs, ours in _TYPES.items():
        text = re.sub(rf"\b{theirs}\b", ours, text)
    return re.sub(r"\b[A-Z]+\b(?=\[\])", lambda found: found[0].lower(), text)


def _types(text: str) -> str:
    return _plain(text).lower()


def _column(found: re.Match[str], tree: exp.Expr) -> AthenaError:
    name = found[1] or found[2]
    return AthenaError(f"COLUMN_NOT_FOUND: {_place(tree, name)}: Column '{name}' cannot be resolved", error_type=1006)


def _table(found: re.Match[str], _tree: exp.Expr) -> AthenaError:
    return AthenaError(f"COLUMN_NOT_FOUND: Column '{found[1]}' cannot be resolved")


def _ambiguous(found: re.Match[str], tree: exp.Expr) -> AthenaError:
    return AthenaError(f"AMBIGUOUS_NAME: {_place(tree, found[1])}: Column '{found[1]}' is ambiguous")


def _not_aggregate(found: re.Match[str], tree: exp.Expr) -> AthenaError:
    return AthenaError(
        f"EXPRESSION_NOT_AGGREGATE: {_place(tree, found[1])}: '{found[1]}' must be an aggregate expression or appear in GROUP BY clause"
    )


def _arguments(found: re.Match[str], _tree: exp.Expr) -> AthenaError:
    name, types = found[1].removeprefix("athena_"), _types(found[2])
    if re.fullmatch(r"\w+", name):
        return AthenaError(f"FUNCTION_NOT_FOUND: Unexpected parameters ({types}) for function {name}")
    return AthenaError(f"TYPE_MISMATCH: Cannot apply operator: {f' {name} '.join(types.split(', '))}")


def _integer(tree: exp.Expr) -> str:
    """Return the integer type that the query casts to; its casts all go through one macro, which does not know it."""
    wanted = {cast.to.this for cast in tree.find_all(exp.Cast) if cast.to.this in exp.DataType.INTEGER_TYPES}
    return {"INT": "INTEGER"}.get(found := wanted.pop().name, found) if len(wanted) == 1 else "BIGINT"


def _cast(found: re.Match[str], tree: exp.Expr) -> AthenaError:
    value, kind = found[1], _types(found[2]).upper()
    if value.endswith(" (not an integer)"):
        value, kind = value.removesuffix(" (not an integer)"), _integer(tree)
    return AthenaError(f"INVALID_CAST_ARGUMENT: Cannot cast '{value}' to {kind}")


def _said(reason: str, category: int = 2) -> Callable[[re.Match[str], exp.Expr], AthenaError]:
    """Return what says `reason`, with the groups of the match in it."""
    return lambda found, _tree: AthenaError(found.expand(reason), category)


_KNOWN: list[tuple[str, Callable[[re.Match[str], exp.Expr], AthenaError]]] = [
    (r'Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"', _column),
    (r'Referenced table "([^"]+)" not found', _table),
    (r'Ambiguous reference to column name "([^"]+)"', _ambiguous),
    (r'column "?([^"\s]+)"? must appear in the GROUP BY clause', _not_aggregate),
    (r"ivision by zero", _said("DIVISION_BY_ZERO: Division by zero")),
    (r"^(?i:interrupt)", _said("Query was cancelled")),
    (r"^Out of Memory Error", _said("EXCEEDED_LOCAL_MEMORY_LIMIT: Query exhausted resources at this scale factor")),
    (r"^Permission Error", _said("PERMISSION_DENIED: a query reads the objects of its tables only")),
    (r"Malformed JSON", _said("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")),
    (r"JSON transform error.*: ([^:]*)$", _said(r"HIVE_BAD_DATA: Error parsing field value \1")),
    (r"argument types '(\S+?)\((.*?)\)'\. You might", _arguments),
    (r'function call "(\S+?)\((.*?)\)"\. In order', _arguments),
    (r"[Ii]ndex must be greater than zero", _said("INVALID_FUNCTION_ARGUMENT: Index must be greater than zero")),
    (r"Could not convert string '(.*)' to (\w+)", _cast),
    (r"with value (\S+) can't be cast .* destination type INT8\b", _said(r"NUMERIC_VALUE_OUT_OF_RANGE: Out of range for tinyint: \1")),
    (r"with value (\S+) can't be cast .* destination type INT16", _said(r"NUMERIC_VALUE_OUT_OF_RANGE: Out of range for smallint: \1")),
    (r"with value (\S+) can't be cast .* destination type INT32", _said(r"NUMERIC_VALUE_OUT_OF_RANGE: Out of range for integer: \1")),
    (r"with value (\S+) can't be cast .* destination type INT64", _said(r"NUMERIC_VALUE_OUT_OF_RANGE: Out of range for bigint: \1")),
    (r"Overflow in (\w+) of INT32 \((.*)\)", _said(r"NUMERIC_VALUE_OUT_OF_RANGE: integer \1 overflow: \2")),
    (r"Overflow in (\w+) of INT64 \((.*)\)", _said(r"NUMERIC_VALUE_OUT_OF_RANGE: bigint \1 overflow: \2")),
    (r'(date|timestamp) field .*?: "(.*?)"', _said(r"INVALID_CAST_ARGUMENT: Value cannot be cast to \1: \2")),
    (r'Could not parse string "(.*?)" according to', _said(r'INVALID_FUNCTION_ARGUMENT: Invalid format: "\1"')),
    (
        r"WHERE clause cannot contain",
        _said("EXPRESSION_NOT_SCALAR: WHERE clause cannot contain aggregations, window functions or grouping operations"),
    ),
    (r"aggregate function calls cannot be nested", _said("NESTED_AGGREGATION: Cannot nest aggregations inside aggregation")),
    (r"same number of result columns", _said("TYPE_MISMATCH: the queries of a set operation have different numbers of fields")),
    (r"More than one row returned by a subquery", _said("SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows")),
]


def _place(tree: exp.Expr, name: str) -> str:
    """Return where a query names something: `line 1:8`."""
    for identifier in tree.find_all(exp.Identifier):
        if identifier.name.lower() == name.lower() and "line" in identifier.meta:
            return f"line {identifier.meta['line']}:{max(identifier.meta['col'] - len(name) + 1, 1)}"
    return "line 1:1"
