"""The conditions of a query that partitions alone decide."""

from __future__ import annotations

from sqlglot import exp

from ..tables.catalog import CatalogTable
from .translate import convert_expression

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Like)


def predicate(table: CatalogTable, references: list[exp.Table]) -> str | None:
    """Return the condition on a table's partition keys as DuckDB's SQL, or None. A table that is read twice has none."""
    conditions = _conditions(table, references[0]) if len(references) == 1 else []
    made = []
    for condition in conditions:
        converted = convert_expression(condition)
        for column in list(converted.find_all(exp.Column)):
            column.replace(exp.column(column.name.lower(), quoted=True))
        made.append(f"({converted.sql('duckdb', identify=True, comments=False)})")
    return " AND ".join(made) or None


def _conditions(table: CatalogTable, reference: exp.Table) -> list[exp.Expr]:
    """The AND-ed comparisons of partition columns with constants, in the WHERE of the SELECT that reads the table."""
    select = reference.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if select is None or where is None:
        return []
    keys = {name for name, _ in table.partition_keys}
    alias = reference.alias_or_name.lower()
    alone = not select.args.get("joins")
    found: list[exp.Expr] = []
    for condition in where.this.flatten() if isinstance(where.this, exp.And) else [where.this]:
        condition = condition.unnest()
        # Comparisons are never true for NULL: they may be asked early even of the NULL side of an outer join.
        if not isinstance(condition, _COMPARISONS) or condition.find(exp.Query, exp.AggFunc, exp.Window, exp.Coalesce, exp.Case, exp.If):
            continue
        columns = list(condition.find_all(exp.Column))
        ours = (c.name.lower() in keys and (c.table.lower() == alias or (not c.table and alone)) for c in columns)
        if columns and all(ours):
            found.append(condition)
    return found
