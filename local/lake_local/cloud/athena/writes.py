"""CREATE TABLE AS, INSERT INTO and UNLOAD."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from ..tables.formats.base import Format
from ..tables.formats.known import STORED_AS, format_of
from ..tables.writing import Target, Written, must_be_empty, table_input, write
from . import parsing
from .create import unescape
from .engine import Engine
from .errors import AthenaError, not_supported
from .executions import Execution
from .explain import explain
from .names import NAME, split_name
from .results import put_manifest

_PROPERTIES = {"format", "external_location", "partitioned_by", "parquet_compression", "write_compression", "field_delimiter"}


def create_table_as(sql: str, engine: Engine, execution: Execution) -> int:
    """Run CREATE TABLE AS. Return the number of rows."""
    found = re.fullmatch(
        rf"\s*CREATE\s+TABLE\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?(?P<table>{NAME})\s*(?:WITH\s*(?P<with>\(.*?\))\s*)?"
        r"AS\s+(?P<sql>\(?\s*(?:SELECT|WITH|VALUES)\b.*)",
        sql,
        re.IGNORECASE | re.DOTALL,
    )
    if not found:
        raise not_supported("this form of CREATE TABLE AS")
    database, name = split_name(found["table"])
    database = database or engine.database
    options = _with(found["with"])
    if unknown := set(options) - _PROPERTIES:
        raise not_supported(f"the table property {sorted(unknown)[0]}")
    if any(table.name == name for table in engine.catalog.tables(database)):
        if found["exists"]:
            return 0
        raise AthenaError(f"TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.{database}.{name}' already exists")
    form = _form(str(options.get("format", "PARQUET")), "writing tables")
    output = execution.record["ResultConfiguration"]["OutputLocation"].rsplit("/", 1)[0]
    location = str(options.get("external_location") or f"{output}/tables/{execution.id}/").rstrip("/") + "/"
    must_be_empty(engine.session, location)
    partitions = _partitions(options)
    delimiter = str(options.get("field_delimiter", "\x01"))
    written = _write(engine, parsing.parse(found["sql"]), Target(location, form, partitions, delimiter))
    columns = [{"Name": column.lower(), "Type": kind} for column, kind in written.columns]
    own, keys = columns[: len(columns) - len(partitions)], columns[len(columns) - len(partitions) :]
    if [key["Name"] for key in keys] != partitions:
        raise AthenaError(
            "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table and in the same order as the "
            f"table properties: {partitions}"
        )
    serde = {"field.delim": delimiter, "serialization.format": delimiter} if form is STORED_AS["TEXTFILE"] else None
    made = table_input(name, own, keys, location, form, serde, {"classification": form.name})
    engine.catalog.call("create_table", DatabaseName=database, TableInput=made)
    if partitions:
        engine.catalog.add_partitions(engine.catalog.table(database, name), written.places)
    put_manifest(engine.session.s3, execution, written.files, "tables")
    return written.rows


def insert(sql: str, engine: Engine, execution: Execution) -> int:
    """Run INSERT INTO. Return the number of rows."""
    tree = parsing.parse(sql)
    if not isinstance(tree, exp.Insert) or not isinstance(tree.expression, exp.Query | exp.Values):
        raise not_supported("this form of INSERT")
    target = tree.this
    names = [column.name.lower() for column in target.expressions] if isinstance(target, exp.Schema) else []
    reference = target.this if isinstance(target, exp.Schema) else target
    table = engine.catalog.table(reference.db.lower() or engine.database, reference.name)
    if table.is_view:
        raise AthenaError("NOT_SUPPORTED: Inserting into views is not supported")
    form = format_of(table)
    if form.copy is None:
        raise not_supported(f"INSERT INTO a table of format {form.name}")
    everything = [*table.columns, *table.partition_keys]
    if names and (unknown := set(names) - {name for name, _ in everything}):
        raise AthenaError(f"COLUMN_NOT_FOUND: line 1:1: Insert column name does not exist in target table: {sorted(unknown)[0]}")
    partitions = [name for name, _ in table.partition_keys]
    place = Target(table.storage["Location"], form, partitions, table.serde.get("field.delim", "\x01"))
    written = _write(engine, tree.expression, place, everything, names)
    if partitions:
        known = {tuple(partition["Values"]) for partition in engine.catalog.partitions(table)}
        engine.catalog.add_partitions(table, {values: place for values, place in written.places.items() if values not in known})
    put_manifest(engine.session.s3, execution, written.files)
    return written.rows


def unload(sql: str, engine: Engine, execution: Execution) -> int:
    """Run UNLOAD. Return the number of rows."""
    found = re.fullmatch(
        r"\s*UNLOAD\s*\((?P<sql>.*)\)\s*TO\s*'(?P<location>[^']+)'\s*WITH\s*(?P<with>\(.*\))\s*", sql, re.IGNORECASE | re.DOTALL
    )
    if not found:
        raise not_supported("this form of UNLOAD")
    options = _with(found["with"])
    form = _form(str(options.get("format", "")), "UNLOAD")
    must_be_empty(engine.session, found["location"])
    delimiter = str(options.get("field_delimiter", ","))
    written = _write(engine, parsing.parse(found["sql"]), Target(found["location"], form, _partitions(options), delimiter))
    put_manifest(engine.session.s3, execution, written.files)
    return written.rows


STATEMENTS: dict[str, Callable[[str, Engine, Execution], int]] = {
    "CREATE_TABLE_AS_SELECT": create_table_as,
    "INSERT": insert,
    "UNLOAD": unload,
}


def _with(text: str | None) -> dict[str, Any]:
    """Return the properties of WITH (...): strings, and arrays of strings."""
    options: dict[str, Any] = {}
    for name, array, value in re.findall(r"(\w+)\s*=\s*(?:ARRAY\s*\[([^\]]*)\]|'((?:[^']|'')*)')", text or "", re.IGNORECASE):
        options[name.lower()] = re.findall(r"'([^']*)'", array) if array else unescape(value)
    return options


def _form(name: str, what: str) -> Format:
    form = STORED_AS.get(name.upper())
    if form is None:
        raise not_supported(f"{what} as {name.upper() or 'no format'}")
    return form


def _partitions(options: dict[str, Any]) -> list[str]:
    return [str(column).lower() for column in options.get("partitioned_by", [])]


def _write(
    engine: Engine, tree: exp.Expr, target: Target, columns: list[tuple[str, str]] | None = None, names: list[str] | None = None
) -> Written:
    sql = engine.prepare(tree)
    try:
        return write(engine.session, sql, target, columns, names)
    except Exception as error:
        raise explain(error, tree) from None
