"""What DuckDB would let pass and Athena refuses: found before a query runs, so that it does not fail only on AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlglot import exp

from .errors import AthenaError

# A table's columns with their types, or None if it is not a table of the catalog.
Columns = Callable[[exp.Expr], dict[str, str] | None]

_Node = TypeVar("_Node", bound=exp.Expr)

_COMPARISONS: tuple[type[exp.Expr], ...] = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.Between: "BETWEEN",
    exp.In: "IN",
}
_NUMBERS = ("tinyint", "smallint", "int", "integer", "bigint", "float", "double", "decimal")


def check(tree: exp.Expr, columns: Columns) -> None:
    """Raise what Athena would say, for every SELECT that reads only tables of the catalog."""
    for select in tree.find_all(exp.Select):
        sources = [columns(source) for source in _sources(select)]
        known = [source for source in sources if source is not None]
        if len(known) < len(sources) or not known or select.find_ancestor(exp.Select):
            # A column may come from somewhere else: a subquery, a WITH, UNNEST, the query outside.
            continue
        types: dict[str, set[str]] = {}
        for source in known:
            for name, kind in source.items():
                types.setdefault(name, set()).add(kind)
        _no_aliases(select, set(types))
        _no_mixed_types(select, types)


def _sources(select: exp.Select) -> list[exp.Expr]:
    start = select.args.get("from_") or select.args.get("from")
    return [part.this for part in [start, *(select.args.get("joins") or [])] if part is not None]


def _own(part: exp.Expr | None, *kinds: type[_Node]) -> list[_Node]:
    """Nodes of a clause that belong to its SELECT, not to one inside it."""
    if part is None:
        return []
    return [node for node in part.find_all(*kinds) if node.find_ancestor(exp.Select) is part.find_ancestor(exp.Select)]


def _no_aliases(select: exp.Select, names: set[str]) -> None:
    """The names that a select list gives are known to ORDER BY only."""
    aliases = {item.alias.lower() for item in select.expressions if isinstance(item, exp.Alias)} - names
    for clause in ("where", "group", "having"):
        for column in _own(select.args.get(clause), exp.Column):
            if not column.table and column.name.lower() in aliases:
                raise AthenaError(f"COLUMN_NOT_FOUND: {_place(column)}: Column '{column.name}' cannot be resolved", error_type=1006)


def _no_mixed_types(select: exp.Select, types: dict[str, set[str]]) -> None:
    """Athena compares text with text, numbers with numbers, dates with dates."""
    for clause in ("where", "having"):
        for comparison in _own(select.args.get(clause), *_COMPARISONS):
            column = comparison.this
            if not isinstance(column, exp.Column) or len(types.get(column.name.lower(), ())) != 1:
                continue
            kind = next(iter(types[column.name.lower()])).lower()
            others = [comparison.args.get(name) for name in ("expression", "low", "high")]
            for other in [*others, *comparison.expressions]:
                if isinstance(other, exp.Literal) and not _comparable(kind, other):
                    shown = "varchar" if kind == "string" else "integer" if kind == "int" else kind
                    against = f"varchar({len(other.this)})" if other.is_string else "integer" if other.is_int else "decimal"
                    raise AthenaError(
                        f"TYPE_MISMATCH: {_place(column)}: Cannot apply operator: {shown} {_OPERATORS[type(comparison)]} {against}",
                        error_type=1003,
                    )


def _comparable(kind: str, value: exp.Literal) -> bool:
    if kind.startswith(_NUMBERS):
        return not value.is_string
    if kind.startswith(("string", "varchar", "char")):
        return value.is_string
    # date, timestamp, boolean: no plain literal is one.
    return not kind.startswith(("date", "timestamp", "boolean"))


def _place(column: exp.Column) -> str:
    meta = column.this.meta
    return f"line {meta.get('line', 1)}:{max(meta.get('col', 1) - len(column.name) + 1, 1)}"
