"""One SELECT on DuckDB: tables placed as views over the caller's objects, then no way out of the database."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlglot import exp

from . import checks, macros, prune, readers, translate
from .catalog import CATALOGS, Catalog, CatalogTable
from .errors import AthenaError, InvalidRequest, not_supported
from .storage import ObjectCache, Stored, fetch
from .values import column_info, text

_SETTINGS = {
    "threads": "2",
    "memory_limit": "2GB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
}
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
    """What one query needs: who asks, and where the data are."""

    catalog: Catalog
    s3: Any
    cache: ObjectCache
    database: str
    connection: Any = None
    scanned: int = 0
    _placed: dict[tuple[str, str], str] = field(default_factory=dict)
    _paths: list[Path] = field(default_factory=list)
    _tables: dict[tuple[str, str], CatalogTable] = field(default_factory=dict)
    _closed: threading.Event = field(default_factory=threading.Event)

    def open(self) -> None:
        import duckdb

        self.connection = duckdb.connect(":memory:", config=_SETTINGS)
        self.connection.execute("SET TimeZone = 'UTC'")
        macros.install(self.connection)

    def close(self) -> None:
        self._closed.set()
        if self.connection is not None:
            self.connection.close()

    def interrupt(self) -> None:
        """Stop the query, now or as soon as it has begun."""

        def insist() -> None:
            while not self._closed.wait(0.05):
                if self.connection is not None:
                    self.connection.interrupt()

        threading.Thread(target=insist, daemon=True).start()

    def select(self, tree: exp.Expression) -> Result:
        """Run a query and give its rows."""
        sql = self.prepare(tree)
        self.lock()
        try:
            cursor = self.connection.execute(sql)
        except Exception as error:
            raise explain(error, tree) from None
        kinds = [description[1] for description in cursor.description]
        columns = [column_info(description[0], description[1]) for description in cursor.description]
        return Result(columns, self._fetch(cursor, kinds, tree), self.scanned)

    def _fetch(self, cursor: Any, kinds: list[Any], tree: exp.Expression) -> Iterator[list[str | None]]:
        while True:
            try:
                rows = cursor.fetchmany(_BATCH)
            except Exception as error:
                raise explain(error, tree) from None
            if not rows:
                return
            for row in rows:
                yield [text(value, kind) for value, kind in zip(row, kinds, strict=True)]

    def prepare(self, tree: exp.Expression) -> str:
        """Place the tables of a query; the SQL to run."""
        return self._place_all(tree, self.database, 0)

    def _place_all(self, tree: exp.Expression, database: str, depth: int) -> str:
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
        for reference in query.tables:
            schema = (reference.db or database).lower()
            view = self._placed[(schema, reference.name.lower())]
            if not reference.args.get("alias"):
                reference.set("alias", exp.TableAlias(this=exp.to_identifier(reference.name, quoted=True)))
            for part in ("db", "catalog"):
                reference.set(part, None)
            reference.set("this", exp.to_identifier(view, quoted=True))
        for column in query.tree.find_all(exp.Column):
            column.set("db", None)
            column.set("catalog", None)
        return query.sql()

    def _check(self, tree: exp.Expression, database: str) -> None:
        """Refuse what only DuckDB would take."""
        real = {id(table) for table in translate.real_tables(tree)}

        def columns(source: exp.Expression) -> dict[str, str] | None:
            if id(source) not in real or source.db.lower() == "information_schema":
                return None
            _check_catalog(source)
            table = self._table(source, (source.db or database).lower())
            return None if table.view_sql else dict([*table.columns, *table.partition_keys])

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
            self._information_schema(view, reference.name.lower())
            return view
        table = self._table(reference, schema)
        if table.view_sql:
            if depth >= _VIEW_DEPTH:
                raise AthenaError(f"VIEW_IS_RECURSIVE: View '{schema}.{table.name}' is nested too deeply")
            original, home = table.view_sql
            sql = self._place_all(translate.parse(original), home.lower(), depth + 1)
        else:
            sql = self._relation(table, references, wanted)
        try:
            self.connection.execute(f"CREATE VIEW {readers.quoted(view)} AS {sql}")
        except Exception as error:
            raise explain(error, reference) from None
        return view

    def _relation(self, table: CatalogTable, references: list[exp.Table], wanted: set[str] | None) -> str:
        if table.parameters.get("projection.enabled", "").lower() == "true":
            raise not_supported("partition projection")
        names = [readers.quoted(name) for name, _ in table.columns]
        with_path = wanted is not None and "$path" in wanted
        files: list[Stored] = []
        parts = []
        if table.partition_keys:
            for partition in prune.needed(self.connection, table, self.catalog.partitions(table), references):
                storage = {**partition["StorageDescriptor"], "Columns": table.storage.get("Columns", [])}
                there = replace(table, raw={**table.raw, "StorageDescriptor": storage})
                objects, sql = self._read(there, storage.get("Location", ""), wanted)
                files += objects
                constants = prune.partition_columns(table, partition["Values"])
                parts.append(f"SELECT {', '.join([*names, *constants, readers.FILE])} FROM ({sql})")
            names += [readers.quoted(name) for name, _ in table.partition_keys]
        else:
            objects, sql = self._read(table, table.storage.get("Location", ""), wanted)
            files += objects
            parts.append(sql)
        if not parts:
            everything = [*table.columns, *table.partition_keys]
            empty = replace(table, raw={**table.raw, "StorageDescriptor": {"Columns": [{"Name": n, "Type": t} for n, t in everything]}})
            parts = [readers.relation(self.connection, empty, [], self.cache, wanted)[0]]
        if with_path:
            uris = ", ".join(f"{readers.literal(str(stored.path))}: {readers.literal(stored.uri)}" for stored in files)
            names.append(f'{"MAP {" + uris + "}"}[{readers.FILE}] AS "$path"')
        return f"SELECT {', '.join(names)} FROM ({' UNION ALL '.join(parts)})"

    def _read(self, table: CatalogTable, location: str, wanted: set[str] | None) -> tuple[list[Stored], str]:
        if not location:
            raise AthenaError(f"HIVE_INVALID_METADATA: table {table.database}.{table.name} has no location")
        files = fetch(self.s3, self.cache, location)
        try:
            sql, scanned, paths = readers.relation(self.connection, table, files, self.cache, wanted)
        except (AthenaError, InvalidRequest):
            raise
        except Exception as error:
            raise AthenaError(f"HIVE_CANNOT_OPEN_SPLIT: {location}: {str(error).splitlines()[0]}") from None
        self.scanned += scanned
        self._paths += paths
        return files, sql

    def _information_schema(self, view: str, name: str) -> None:
        if name not in ("tables", "columns", "schemata"):
            raise AthenaError(f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.information_schema.{name}' does not exist")
        rows: list[tuple[Any, ...]] = []
        columns = {
            "schemata": "catalog_name VARCHAR, schema_name VARCHAR",
            "tables": "table_catalog VARCHAR, table_schema VARCHAR, table_name VARCHAR, table_type VARCHAR",
            "columns": "table_catalog VARCHAR, table_schema VARCHAR, table_name VARCHAR, column_name VARCHAR, ordinal_position BIGINT, "
            "column_default VARCHAR, is_nullable VARCHAR, data_type VARCHAR",
        }[name]
        for database in self.catalog.databases():
            if name == "schemata":
                rows.append(("awsdatacatalog", database))
                continue
            for table in self.catalog.tables(database):
                if name == "tables":
                    rows.append(
                        ("awsdatacatalog", database, table.name, "VIEW" if table.raw.get("TableType") == "VIRTUAL_VIEW" else "BASE TABLE")
                    )
                    continue
                for i, (column, hive) in enumerate([*table.columns, *table.partition_keys], 1):
                    rows.append(("awsdatacatalog", database, table.name, column, i, None, "YES", "varchar" if hive == "string" else hive))
        self.connection.execute(f"CREATE TABLE {readers.quoted(view)} ({columns})")
        if rows:
            self.connection.executemany(f"INSERT INTO {readers.quoted(view)} VALUES ({', '.join('?' * len(rows[0]))})", rows)

    def lock(self, *writable: Path) -> None:
        """From here on the query's SQL runs: it may read the objects of its tables, and nothing else of this machine."""
        allowed = ", ".join(readers.literal(str(path)) for path in [*self._paths, *writable])
        self.connection.execute(f"SET allowed_paths = [{allowed}]")
        self.connection.execute("SET enable_external_access = false")
        self.connection.execute("SET lock_configuration = true")

    @property
    def paths(self) -> list[Path]:
        return self._paths


def _check_catalog(reference: exp.Table) -> None:
    if reference.catalog.lower() not in CATALOGS:
        raise not_supported(f"the data catalog {reference.catalog!r}")


def _named_columns(tree: exp.Expression) -> set[str] | None:
    """The names of all columns that the query mentions; None when it has a `*`."""
    for star in tree.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count):
            return None
    return {column.name.lower() for column in tree.find_all(exp.Column)}


def explain(error: Exception, tree: exp.Expression) -> AthenaError:
    """DuckDB's error, as Athena would say it."""
    if isinstance(error, AthenaError):
        return error
    message = str(error)
    first = message.splitlines()[0]
    kind, _, said = first.partition(": ")
    if found := re.search(r'Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"', message):
        name = found[1] or found[2]
        line, column = _position(tree, name)
        return AthenaError(f"COLUMN_NOT_FOUND: line {line}:{column}: Column '{name}' cannot be resolved", error_type=1006)
    if found := re.search(r'Referenced table "([^"]+)" not found', message):
        return AthenaError(f"COLUMN_NOT_FOUND: Column '{found[1]}' cannot be resolved")
    if found := re.search(r'Ambiguous reference to column name "([^"]+)"', message):
        line, column = _position(tree, found[1])
        return AthenaError(f"AMBIGUOUS_NAME: line {line}:{column}: Column '{found[1]}' is ambiguous")
    if found := re.search(r'column "?([^"\s]+)"? must appear in the GROUP BY clause', message):
        line, column = _position(tree, found[1])
        return AthenaError(
            f"EXPRESSION_NOT_AGGREGATE: line {line}:{column}: '{found[1]}' must be an aggregate expression or appear in GROUP BY clause"
        )
    if "ivision by zero" in message:
        return AthenaError("DIVISION_BY_ZERO: Division by zero")
    if kind == "Conversion Error":
        return AthenaError(f"INVALID_CAST_ARGUMENT: {said}")
    if "INTERRUPT" in first.upper():
        return AthenaError("Query was cancelled")
    if kind == "Out of Memory Error":
        return AthenaError("EXCEEDED_LOCAL_MEMORY_LIMIT: Query exhausted resources at this scale factor")
    if said.startswith("NOT_SUPPORTED"):
        return AthenaError(said)
    if kind in ("Binder Error", "Catalog Error") and "No function matches" in message:
        return AthenaError(f"TYPE_MISMATCH: Unexpected parameters: {said}")
    if kind in ("Binder Error", "Catalog Error", "Parser Error", "Syntax Error"):
        return AthenaError(f"SYNTAX_ERROR: {said}")
    return AthenaError(f"GENERIC_INTERNAL_ERROR: {first}", category=1)


def _position(tree: exp.Expression, name: str) -> tuple[int, int]:
    for identifier in tree.find_all(exp.Identifier):
        if identifier.name.lower() == name.lower() and "line" in identifier.meta:
            return identifier.meta["line"], max(identifier.meta["col"] - len(name) + 1, 1)
    return 1, 1
