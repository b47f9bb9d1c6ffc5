"""DuckDB's errors in Athena's words."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from ..tables.errors import TableError
from .errors import AthenaError


def explain(error: Exception, tree: exp.Expr) -> TableError:
    """Return a failure of DuckDB as the error that Athena would give for the query."""
    if isinstance(error, TableError):
        return error
    message = str(error)
    for pattern, found_in in _KNOWN:
        if found := re.search(pattern, message):
            return found_in(found, tree)
    first = message.splitlines()[0]
    kind, _, said = first.partition(": ")
    if said.startswith("NOT_SUPPORTED"):
        return AthenaError(said)
    if kind == "Conversion Error":
        return AthenaError(f"INVALID_CAST_ARGUMENT: {said}")
    if kind in ("Binder Error", "Catalog Error", "Parser Error", "Syntax Error"):
        mismatch = "No function matches" in message
        return AthenaError(f"TYPE_MISMATCH: Unexpected parameters: {said}" if mismatch else f"SYNTAX_ERROR: {said}")
    return AthenaError(f"GENERIC_INTERNAL_ERROR: {first}", category=1)


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


_KNOWN: list[tuple[str, Callable[[re.Match[str], exp.Expr], AthenaError]]] = [
    (r'Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"', _column),
    (r'Referenced table "([^"]+)" not found', _table),
    (r'Ambiguous reference to column name "([^"]+)"', _ambiguous),
    (r'column "?([^"\s]+)"? must appear in the GROUP BY clause', _not_aggregate),
    (r"ivision by zero", lambda _found, _tree: AthenaError("DIVISION_BY_ZERO: Division by zero")),
    (r"^(?i:interrupt)", lambda _found, _tree: AthenaError("Query was cancelled")),
    (
        r"^Out of Memory Error",
        lambda _found, _tree: AthenaError("EXCEEDED_LOCAL_MEMORY_LIMIT: Query exhausted resources at this scale factor"),
    ),
]


def _place(tree: exp.Expr, name: str) -> str:
    """Return where a query names something: `line 1:8`."""
    for identifier in tree.find_all(exp.Identifier):
        if identifier.name.lower() == name.lower() and "line" in identifier.meta:
            return f"line {identifier.meta['line']}:{max(identifier.meta['col'] - len(name) + 1, 1)}"
    return "line 1:1"
