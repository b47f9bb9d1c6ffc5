"""Which partitions a query can need: conditions on partition columns alone, asked of the catalog's values before anything is read."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from .catalog import CatalogTable
from .errors import AthenaError
from .translate import convert_expression
from .values import duckdb_type

DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Like)


def needed(connection: Any, table: CatalogTable, partitions: list[dict[str, Any]], references: list[exp.Table]) -> list[dict[str, Any]]:
    """The partitions that the query's conditions leave."""
    conditions = _conditions(table, references[0]) if len(references) == 1 else []
    if not conditions or not partitions:
        return partitions
    names = [name for name, _ in table.partition_keys]
    connection.execute(
        f'CREATE OR REPLACE TEMP TABLE "$partitions" ({", ".join(["i INTEGER", *(f"c{n} VARCHAR" for n in range(len(names)))])})'
    )
    connection.executemany(
        f'INSERT INTO "$partitions" VALUES ({", ".join("?" * (len(names) + 1))})',
        [[i, *(None if value == DEFAULT_PARTITION else value for value in partition["Values"])] for i, partition in enumerate(partitions)],
    )
    made = []
    for condition in conditions:
        converted = convert_expression(condition)
        for column in list(converted.find_all(exp.Column)):
            n = names.index(column.name.lower())
            column.replace(exp.cast(exp.column(f"c{n}"), duckdb_type(table.partition_keys[n][1]), dialect="duckdb"))
        made.append(converted.sql("duckdb"))
    try:
        rows = connection.execute(f'SELECT i FROM "$partitions" WHERE ({") AND (".join(made)}) ORDER BY i').fetchall()
    except Exception:
        # The query itself will say what is wrong with its condition.
        return partitions
    return [partitions[row[0]] for row in rows]


def _conditions(table: CatalogTable, reference: exp.Table) -> list[exp.Expression]:
    """The AND-ed comparisons of partition columns with constants, in the WHERE of the SELECT that reads the table."""
    select = reference.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if where is None:
        return []
    keys = {name for name, _ in table.partition_keys}
    alias = reference.alias_or_name.lower()
    alone = not select.args.get("joins")
    found = []
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


def partition_columns(table: CatalogTable, values: list[str]) -> list[str]:
    """The constants that a partition adds to its rows."""
    if len(values) != len(table.partition_keys):
        raise AthenaError(f"HIVE_INVALID_PARTITION_VALUE: a partition of {table.database}.{table.name} has {len(values)} values")
    made = []
    for (name, hive), value in zip(table.partition_keys, values, strict=True):
        constant = exp.Null() if value == DEFAULT_PARTITION else exp.Literal.string(value)
        made.append(f"CAST({constant.sql('duckdb')} AS {duckdb_type(hive)}) AS {exp.to_identifier(name, quoted=True).sql('duckdb')}")
    return made
