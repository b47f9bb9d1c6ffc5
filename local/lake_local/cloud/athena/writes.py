"""CREATE TABLE AS, INSERT INTO and UNLOAD: DuckDB writes files here, the caller's credentials put them in S3."""

from __future__ import annotations

import re
import tempfile
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from botocore.exceptions import ClientError
from sqlglot import exp

from . import create, translate
from .catalog import Catalog, CatalogTable
from .engine import Engine, explain
from .errors import AthenaError, not_supported
from .executions import Execution
from .names import NAME, split_name
from .prune import DEFAULT_PARTITION
from .readers import data_format, literal, quoted
from .storage import denied, split_uri
from .values import duckdb_type

_OPTIONS = {
    "parquet": "FORMAT parquet, COMPRESSION snappy",
    "json": "FORMAT json",
    "csv": "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', NULLSTR '\\N'",
}
_EXTENSIONS = {"parquet": ".snappy.parquet", "json": ".json", "csv": ".csv"}
_HIVE = {
    "INTEGER": "int",
    "VARCHAR": "string",
    "HUGEINT": "bigint",
    "FLOAT": "float",
    "BLOB": "binary",
    "JSON": "string",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}


def hive_type(kind: str) -> str:
    """The catalog's type of a DuckDB type."""
    if kind.endswith("[]"):
        return f"array<{hive_type(kind[:-2])}>"
    tree = exp.DataType.build(kind, dialect="duckdb") if kind.startswith(("MAP(", "STRUCT(")) else None
    if tree is not None and tree.this == exp.DataType.Type.MAP:
        key, value = (hive_type(part.sql("duckdb")) for part in tree.expressions)
        return f"map<{key},{value}>"
    if tree is not None:
        return "struct<" + ",".join(f"{part.name}:{hive_type(part.args['kind'].sql('duckdb'))}" for part in tree.expressions) + ">"
    return {"INT": "int", "TEXT": "string"}.get(kind) or _HIVE.get(kind) or kind.lower().replace(" ", "")


def create_table_as(sql: str, engine: Engine, execution: Execution) -> tuple[int, int]:
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
    known = {"format", "external_location", "partitioned_by", "parquet_compression", "write_compression", "field_delimiter"}
    if unknown := set(options) - known:
        raise not_supported(f"the table property {sorted(unknown)[0]}")
    if any(table.name == name for table in engine.catalog.tables(database)):
        if found["exists"]:
            return 0, 0
        raise AthenaError(f"TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.{database}.{name}' already exists")
    form = str(options.get("format", "PARQUET")).upper()
    if form not in create.FORMATS:
        raise not_supported(f"writing tables as {form}")
    output = execution.record["ResultConfiguration"]["OutputLocation"].rsplit("/", 1)[0]
    location = str(options.get("external_location") or f"{output}/tables/{execution.id}/").rstrip("/") + "/"
    _must_be_empty(engine, location)
    partitions = [str(column).lower() for column in options.get("partitioned_by", [])]
    delimiter = str(options.get("field_delimiter", "\x01"))
    kinds, count, written = _write(engine, found["sql"], location, {"TEXTFILE": "csv"}.get(form, form.lower()), partitions, delimiter)
    columns = [{"Name": column.lower(), "Type": hive_type(kind)} for column, kind in kinds]
    if partitions and [column["Name"] for column in columns[-len(partitions) :]] != partitions:
        raise AthenaError(
            "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table and in the same order as the "
            f"table properties: {partitions}"
        )
    serde = {"field.delim": delimiter, "serialization.format": delimiter} if form == "TEXTFILE" else None
    keys = columns[len(columns) - len(partitions) :]
    made = create.table_input(
        name,
        columns[: len(columns) - len(keys)],
        keys,
        location,
        form,
        serde,
        {"classification": {"TEXTFILE": "csv"}.get(form, form.lower())},
    )
    engine.catalog.call("create_table", DatabaseName=database, TableInput=made)
    if partitions:
        add_partitions(engine.catalog, engine.catalog.table(database, name), written)
    return count, engine.scanned


def insert(sql: str, engine: Engine) -> tuple[int, int]:
    tree = translate.parse(sql)
    if not isinstance(tree, exp.Insert) or not isinstance(tree.expression, exp.Query | exp.Values):
        raise not_supported("this form of INSERT")
    target = tree.this
    names = [column.name.lower() for column in target.expressions] if isinstance(target, exp.Schema) else []
    reference = target.this if isinstance(target, exp.Schema) else target
    table = engine.catalog.table(reference.db.lower() or engine.database, reference.name)
    if table.view_sql:
        raise AthenaError("NOT_SUPPORTED: Inserting into views is not supported")
    form = data_format(table)
    if form not in _OPTIONS:
        raise not_supported(f"INSERT INTO a table of format {form}")
    everything = [*table.columns, *table.partition_keys]
    if names and (unknown := set(names) - {name for name, _ in everything}):
        raise AthenaError(f"COLUMN_NOT_FOUND: line 1:1: Insert column name does not exist in target table: {sorted(unknown)[0]}")
    # The query's text, put under the table's columns and types.
    source = tree.expression.sql("trino")
    serde = (table.storage.get("SerdeInfo") or {}).get("Parameters") or {}
    _, count, written = _write(
        engine,
        source,
        table.storage["Location"],
        form,
        [name for name, _ in table.partition_keys],
        serde.get("field.delim", "\x01"),
        everything,
        names,
    )
    if table.partition_keys:
        known = {tuple(partition["Values"]) for partition in engine.catalog.partitions(table)}
        add_partitions(engine.catalog, table, {values: place for values, place in written.items() if values not in known})
    return count, engine.scanned


def unload(sql: str, engine: Engine) -> tuple[int, int]:
    found = re.fullmatch(
        r"\s*UNLOAD\s*\((?P<sql>.*)\)\s*TO\s*'(?P<location>[^']+)'\s*WITH\s*(?P<with>\(.*\))\s*", sql, re.IGNORECASE | re.DOTALL
    )
    if not found:
        raise not_supported("this form of UNLOAD")
    options = _with(found["with"])
    form = str(options.get("format", "")).upper()
    if form not in create.FORMATS:
        raise not_supported(f"UNLOAD as {form or 'no format'}")
    _must_be_empty(engine, found["location"])
    partitions = [str(column).lower() for column in options.get("partitioned_by", [])]
    _, count, _ = _write(
        engine,
        found["sql"],
        found["location"],
        {"TEXTFILE": "csv"}.get(form, form.lower()),
        partitions,
        str(options.get("field_delimiter", ",")),
    )
    return count, engine.scanned


def _with(text: str | None) -> dict[str, Any]:
    """The properties of WITH (...): strings, and arrays of strings."""
    options: dict[str, Any] = {}
    for name, array, value in re.findall(r"(\w+)\s*=\s*(?:ARRAY\s*\[([^\]]*)\]|'((?:[^']|'')*)')", text or "", re.IGNORECASE):
        options[name.lower()] = re.findall(r"'([^']*)'", array) if array else value.encode().decode("unicode_escape")
    return options


def _must_be_empty(engine: Engine, location: str) -> None:
    bucket, prefix = split_uri(location.rstrip("/") + "/")
    try:
        there = engine.s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("KeyCount")
    except ClientError as error:
        raise denied(error, location) from None
    if there:
        raise AthenaError(f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{location}' already exists: it must be empty")


def _write(
    engine: Engine,
    source: str,
    location: str,
    form: str,
    partitions: list[str],
    delimiter: str,
    target: list[tuple[str, str]] | None = None,
    names: list[str] | None = None,
) -> tuple[list[tuple[str, str]], int, dict[tuple[str, ...], str]]:
    """Write a query's rows under a location: (their columns, how many, the partitions' places)."""
    tree = translate.parse(source)
    sql = engine.prepare(tree)
    with tempfile.TemporaryDirectory(prefix="athena-write-") as folder:
        _allow_folder(engine, folder)
        try:
            engine.connection.execute(f'CREATE TEMP TABLE "$written" AS {sql}')
            kinds = [(row[0], row[1]) for row in engine.connection.execute('DESCRIBE "$written"').fetchall()]
            if target is not None:
                kinds = _cast_to(engine, kinds, target, names or [])
            _end(engine, folder, form, partitions, delimiter)
            count = engine.connection.execute('SELECT count(*) FROM "$written"').fetchone()[0]
        except Exception as error:
            raise explain(error, tree) from None
        return kinds, count, _upload(engine, Path(folder) / "out", location, partitions)


def _allow_folder(engine: Engine, folder: str) -> None:
    engine.connection.execute(f"SET allowed_directories = [{literal(folder)}]")
    engine.lock()


def _cast_to(engine: Engine, kinds: list[tuple[str, str]], target: list[tuple[str, str]], names: list[str]) -> list[tuple[str, str]]:
    given = names or [name for name, _ in target]
    if len(given) != len(kinds):
        raise AthenaError(
            f"TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: Table: {len(given)} columns, Query: {len(kinds)} columns"
        )
    sources = dict(zip(given, [column for column, _ in kinds], strict=True))
    selected = ", ".join(
        f"CAST({quoted(sources[name]) if name in sources else 'NULL'} AS {duckdb_type(kind)}) AS {quoted(name)}" for name, kind in target
    )
    engine.connection.execute(f'CREATE OR REPLACE TEMP TABLE "$written" AS SELECT {selected} FROM "$written"')
    return [(name, duckdb_type(kind)) for name, kind in target]


def _end(engine: Engine, folder: str, form: str, partitions: list[str], delimiter: str) -> None:
    out = Path(folder) / "out"
    out.mkdir()
    options = _OPTIONS[form] + (f", DELIMITER {literal(delimiter)}" if form == "csv" else "")
    if partitions:
        keys = ", ".join(quoted(name) for name in partitions)
        options += f", PARTITION_BY ({keys}), WRITE_PARTITION_COLUMNS false"
        engine.connection.execute(f'COPY "$written" TO {literal(str(out))} ({options}, OVERWRITE_OR_IGNORE true)')
    else:
        engine.connection.execute(f'COPY "$written" TO {literal(str(out / ("data" + _EXTENSIONS[form])))} ({options})')


def _upload(engine: Engine, folder: Path, location: str, partitions: list[str]) -> dict[tuple[str, ...], str]:
    bucket, prefix = split_uri(location.rstrip("/") + "/")
    places: dict[tuple[str, ...], str] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        parts = list(path.relative_to(folder).parts[:-1])
        values = tuple(unquote(part.split("=", 1)[1]) for part in parts)
        values = tuple(DEFAULT_PARTITION if value in ("NULL", "") else value for value in values)
        inner = "".join(f"{name}={quote(value, safe=' ')}/" for name, value in zip(partitions, values, strict=True))
        key = f"{prefix}{inner}{uuid.uuid4().hex}{''.join(path.suffixes)}"
        try:
            engine.s3.upload_file(str(path), bucket, key)
        except Exception as error:
            raise AthenaError(
                f"Access denied when writing output to url: s3://{bucket}/{key} . Please ensure you are allowed to access the S3 bucket. "
                f"({error})"
            ) from None
        if partitions:
            places[values] = f"s3://{bucket}/{prefix}{inner}"
    return places


def add_partitions(catalog: Catalog, table: CatalogTable, places: dict[tuple[str, ...], str]) -> None:
    entries = [{"Values": list(values), "StorageDescriptor": {**table.storage, "Location": place}} for values, place in places.items()]
    for first in range(0, len(entries), 100):
        catalog.call(
            "batch_create_partition", DatabaseName=table.database, TableName=table.name, PartitionInputList=entries[first : first + 100]
        )
