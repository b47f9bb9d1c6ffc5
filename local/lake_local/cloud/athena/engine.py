"""One query on DuckDB: its tables placed as views over the caller's objects, then no way out of the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from ..tables import readers
from ..tables.catalog import Catalog, CatalogTable
from ..tables.session import Session
from ..tables.sql import identifier
from ..tables.values import text
from . import checks, information_schema, macros, parsing, pushdown, references, translate, views
from .columns import column_info
from .errors import AthenaError, not_supported
from .explain import explain

_CATALOGS = {"", "awsdatacatalog"}
_BATCH = 10_000
_VIEW_DEPTH = 10


@dataclass
class Result:
    """Rows, still to be fetched, as Athena writes them."""

    columns: list[dict[str, Any]]
    rows: Iterator[list[str | None]]
    scanned: int = 0


@dataclass
class Engine:
    """What one query needs: the catalog and the objects as the caller sees them, and the current database."""

    catalog: Catalog
    session: Session
    database: str
    _placed: dict[tuple[str, str], str] = field(default_factory=dict)
    _tables: dict[tuple[str, str], CatalogTable] = field(default_factory=dict)

    def open(self) -> None:
        self.session.open()
        macros.install(self.session.connection)

    def select(self, tree: exp.Expr) -> Result:
        """Run a query and give its rows."""
        sql = self.prepare(tree)
        try:
            cursor = self.session.query(sql)
        except Exception as error:
            raise explain(error, tree) from None
        kinds = [description[1] for description in cursor.description]
        columns = [column_info(description[0], description[1]) for description in cursor.description]
        return Result(columns, self._fetch(cursor, kinds, tree), self.session.scanned)

    def _fetch(self, cursor: Any, kinds: list[Any], tree: exp.Expr) -> Iterator[list[str | None]]:
        while True:
            try:
                rows = cursor.fetchmany(_BATCH)
            except Exception as error:
                raise explain(error, tree) from None
            if not rows:
                return
            for row in rows:
                yield [text(value, kind) for value, kind in zip(row, kinds, strict=True)]

    def execute(self, tree: exp.Expr, before: str = "", after: str = "") -> Any:
        """Run a query inside a statement of ours. Return the cursor."""
        sql = self.prepare(tree)
        try:
            return self.session.execute(f"{before}{sql}{after}")
        except Exception as error:
            raise explain(error, tree) from None

    def prepare(self, tree: exp.Expr) -> str:
        """Place the tables of a query. Return the SQL to run."""
        return self._place_all(tree, self.database, 0)

    def _place_all(self, tree: exp.Expr, database: str, depth: int) -> str:
        self._check(tree, database)
        query = translate.translate(tree)
        wanted = _named_columns(query.tree)
        for reference in query.tables:
            schema = (reference.db or database).lower()
            _check_catalog(reference)
            key = (schema, reference.name.lower())
            same = [other for other in query.tables if ((other.db or database).lower(), other.name.lower()) == key]
            if key not in self._placed:
                self._placed[key] = self._place(schema, reference, same, wanted, depth)
        _unqualify(query.tree, {((table.db or database).lower(), table.name.lower()) for table in query.tables})
        for reference in query.tables:
            schema = (reference.db or database).lower()
            view = self._placed[(schema, reference.name.lower())]
            if not reference.args.get("alias"):
                reference.set("alias", exp.TableAlias(this=exp.to_identifier(reference.name, quoted=True)))
            for part in ("db", "catalog"):
                reference.set(part, None)
            reference.set("this", exp.to_identifier(view, quoted=True))
        return query.sql()

    def _check(self, tree: exp.Expr, database: str) -> None:
        """Refuse what only DuckDB would take."""
        real = {id(table) for table in references.real_tables(tree)}

        def columns(source: exp.Expr) -> dict[str, str] | None:
            if not isinstance(source, exp.Table) or id(source) not in real or source.db.lower() == "information_schema":
                return None
            _check_catalog(source)
            table = self._table(source, (source.db or database).lower())
            return None if table.is_view else dict([*table.columns, *table.partition_keys])

        checks.check(tree, columns)

    def _table(self, reference: exp.Table, schema: str) -> CatalogTable:
        key = (schema, reference.name.lower())
        if key not in self._tables:
            meta = reference.this.meta
            column = max(meta.get("col", 1) - len(reference.name) + 1, 1)
            self._tables[key] = self.catalog.table(schema, reference.name, meta.get("line", 1), column)
        return self._tables[key]

    def _place(self, schema: str, reference: exp.Table, references: list[exp.Table], wanted: set[str] | None, depth: int) -> str:
        view = f"$table{len(self._placed)}"
        self._placed[(schema, reference.name.lower())] = view
        if schema == "information_schema":
            information_schema.place(self.session, self.catalog, view, reference.name.lower())
            return view
        table = self._table(reference, schema)
        if table.is_view:
            if depth >= _VIEW_DEPTH:
                raise AthenaError(f"VIEW_IS_RECURSIVE: View '{schema}.{table.name}' is nested too deeply")
            original, home = views.query_of(table)
            sql = self._place_all(parsing.parse(original), home.lower(), depth + 1)
        else:
            sql = readers.relation(self.session, self.catalog, table, wanted, pushdown.predicate(table, references))
        try:
            self.session.execute(f"CREATE VIEW {identifier(view)} AS {sql}")
        except Exception as error:
            raise explain(error, reference) from None
        return view


def _check_catalog(reference: exp.Table) -> None:
    if reference.catalog.lower() not in _CATALOGS:
        raise not_supported(f"the data catalog {reference.catalog!r}")


def _named_columns(tree: exp.Expr) -> set[str] | None:
    """Return the names of all columns that the query mentions, or None when it has a `*`."""
    for star in tree.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count):
            return None
    # `person.address.city` may be a field of a field: any part may be the column.
    return {part.name.lower() for column in tree.find_all(exp.Column) for part in column.parts}


def _unqualify(tree: exp.Expr, tables: set[tuple[str, str]]) -> None:
    """Leave the database out where a column is named with it; what only looks so are fields of a structure, which stay."""
    for column in tree.find_all(exp.Column):
        if (column.db.lower(), column.table.lower()) in tables:
            column.set("db", None)
            column.set("catalog", None)
