"""Athena's SQL (Trino's, with Hive's DDL) to DuckDB's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlglot import exp

from . import functions
from .builders import call
from .errors import AthenaError, not_supported, syntax_error
from .references import real_tables

# What a query may be made of besides functions. A part of SQL that is not here is refused: it might mean something else in DuckDB.
_PARTS: tuple[type[exp.Expr], ...] = (
    exp.Select,
    exp.From,
    exp.Where,
    exp.Group,
    exp.Having,
    exp.Order,
    exp.Ordered,
    exp.Limit,
    exp.Offset,
    exp.Fetch,
    exp.Join,
    exp.Table,
    exp.TableAlias,
    exp.Alias,
    exp.Aliases,
    exp.Column,
    exp.Identifier,
    exp.Star,
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.Paren,
    exp.Subquery,
    exp.CTE,
    exp.With,
    exp.Union,
    exp.Intersect,
    exp.Except,
    exp.Distinct,
    exp.Window,
    exp.WindowSpec,
    exp.Filter,
    exp.WithinGroup,
    exp.Values,
    exp.Tuple,
    exp.Lambda,
    exp.Bracket,
    exp.Dot,
    exp.Interval,
    exp.IntervalSpan,
    exp.Var,
    exp.DataType,
    exp.DataTypeParam,
    exp.ColumnDef,
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Div,
    exp.Mod,
    exp.Neg,
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Is,
    exp.In,
    exp.Between,
    exp.Like,
    exp.Escape,
    exp.Not,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    exp.DPipe,
    exp.AtTimeZone,
    exp.Any,
    exp.All,
    exp.Rollup,
    exp.Cube,
    exp.GroupingSets,
    exp.TableSample,
    exp.JSONPath,
    exp.JSONPathPart,
    exp.IgnoreNulls,
    exp.RespectNulls,
    exp.Lateral,
    exp.PropertyEQ,
)


_TYPES = {
    *exp.DataType.INTEGER_TYPES - exp.DataType.UNSIGNED_INTEGER_TYPES,
    exp.DataType.Type.BOOLEAN,
    exp.DataType.Type.FLOAT,
    exp.DataType.Type.DOUBLE,
    exp.DataType.Type.DECIMAL,
    exp.DataType.Type.CHAR,
    exp.DataType.Type.VARCHAR,
    exp.DataType.Type.TEXT,
    exp.DataType.Type.VARBINARY,
    exp.DataType.Type.JSON,
    exp.DataType.Type.UUID,
    exp.DataType.Type.DATE,
    exp.DataType.Type.TIME,
    exp.DataType.Type.TIMESTAMP,
    exp.DataType.Type.TIMESTAMPNTZ,
    exp.DataType.Type.TIMESTAMPTZ,
    exp.DataType.Type.ARRAY,
    exp.DataType.Type.MAP,
    exp.DataType.Type.STRUCT,
}


@dataclass
class Query:
    """A SELECT for DuckDB."""

    tree: exp.Expr
    tables: list[exp.Table] = field(default_factory=list)

    def sql(self) -> str:
        return self.tree.sql(dialect="duckdb", identify=True, comments=False)


def translate(tree: exp.Expr) -> Query:
    """A SELECT of Athena as a SELECT of DuckDB, its tables still to be placed."""
    tree = tree.copy()
    tables = real_tables(tree)
    _name_columns(tree)
    for node in list(_bottom_up(tree)):
        made = _convert(node)
        if made is not node:
            if node is tree:
                tree = made
            else:
                node.replace(made)
    return Query(tree, tables)


def convert_expression(tree: exp.Expr) -> exp.Expr:
    """An expression (of a partition's predicate) as DuckDB's."""
    holder = exp.Select(expressions=[tree.copy()])
    for node in list(_bottom_up(holder)):
        made = _convert(node)
        if made is not node:
            node.replace(made)
    found: exp.Expr = holder.expressions[0]
    return found


def _bottom_up(tree: exp.Expr) -> list[exp.Expr]:
    return list(reversed(list(tree.bfs())))


def _convert(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous):
        found = functions.BY_NAME.get(node.name.lower())
        if found is None:
            raise _unknown_function(node)
        return call(found, *node.expressions) if isinstance(found, str) else found(node)
    if isinstance(node, exp.Unnest):
        return _unnest(node)
    build = functions.BY_CLASS.get(type(node))
    if build:
        return build(node)
    if isinstance(node, exp.Func):
        raise not_supported(f"the function {node.sql(dialect='trino').split('(')[0].lower()}")
    if not isinstance(node, _PARTS):
        raise not_supported(repr(node.sql(dialect="trino", comments=False)[:60]))
    return _operator(node)


def _unknown_function(node: exp.Anonymous) -> AthenaError:
    line, column = node.meta.get("line", 1), max(node.meta.get("col", 1) - len(node.name) + 1, 1)
    return AthenaError(
        f"FUNCTION_NOT_FOUND: line {line}:{column}: Function '{node.name.lower()}' not registered, "
        "or not supported by the embedded Athena (see docs/fidelity.md)"
    )


def _operator(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Div):
        return call("athena_divide", node.this, node.expression)
    if isinstance(node, exp.Add):
        for one, other in ((node.this, node.expression), (node.expression, node.this)):
            if isinstance(other, exp.Interval) and not isinstance(one, exp.Interval):
                return call("athena_shift", one, other)
    if isinstance(node, exp.Sub):
        shifted = isinstance(node.expression, exp.Interval)
        return call("athena_unshift" if shifted else "athena_subtract", node.this, node.expression)
    _refuse(node)
    return node


def _refuse(node: exp.Expr) -> None:
    """Refuse the forms of known parts that Athena has not, or that are not translated."""
    if isinstance(node, exp.DataType) and node.this not in _TYPES:
        raise AthenaError(f"TYPE_NOT_FOUND: Unknown type: {node.sql(dialect='trino', comments=False)[:60]}")
    if isinstance(node, exp.Var) and not re.fullmatch(r"[A-Za-z_]+", node.name):
        raise syntax_error(f"mismatched input '{node.name}'")
    if isinstance(node, exp.Lateral):
        raise not_supported("LATERAL")
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        raise syntax_error("mismatched input 'on'")
    if isinstance(node, exp.Star) and any(node.args.values()):
        raise syntax_error("mismatched input after '*'")
    if isinstance(node, exp.Table) and node.this and not isinstance(node.this, exp.Identifier):
        raise not_supported(f"the table function {node.this.sql(dialect='trino')[:60]}")
    if isinstance(node, exp.TableSample) and str(node.args.get("method")).upper() != "BERNOULLI":
        raise not_supported("TABLESAMPLE SYSTEM")


def _unnest(node: exp.Unnest) -> exp.Expr:
    """UNNEST of a map (which gives two columns) or of several arrays as a subquery; of one array as it is."""
    alias = node.args.get("alias")
    columns = len(alias.columns) if alias else 0
    if len(node.expressions) == 1 and columns < 2 + bool(node.args.get("offset")):
        return node
    if node.args.get("offset"):
        raise not_supported("UNNEST of a map or of several arrays WITH ORDINALITY")
    arrays = node.expressions
    if len(arrays) == 1:
        arrays = [call("map_keys", arrays[0]), call("map_values", arrays[0].copy())]
    select = exp.Select(expressions=[exp.alias_(call("unnest", array), f"_unnest{i}") for i, array in enumerate(arrays)])
    return exp.Lateral(this=exp.Subquery(this=select), alias=alias)


def _name_columns(tree: exp.Expr) -> None:
    """Give the result's unnamed columns the names that Athena gives: _col0, _col1, ..."""
    first = tree
    while isinstance(first, exp.SetOperation | exp.Subquery):
        first = first.this
    if not isinstance(first, exp.Select):
        return
    made = []
    for i, column in enumerate(first.expressions):
        bare = column
        while isinstance(bare, exp.Paren):
            bare = bare.this
        named = isinstance(bare, exp.Alias | exp.Column | exp.Star | exp.Dot | exp.Identifier)
        made.append(column if named else exp.alias_(column, f"_col{i}", quoted=True))
    first.set("expressions", made)
