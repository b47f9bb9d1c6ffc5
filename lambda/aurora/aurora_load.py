"""Loads a curated table into Aurora PostgreSQL after its job has succeeded.

Aurora imports CSV and no Parquet: Athena exports what the catalog names at that moment. Everything in the database is one
transaction: a reader sees the old rows or the new, and a load that is broken off or repeated changes nothing. What fails is
tried twice more, and is a dead letter then.
"""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from exports import Exported, exported
from postgres_types import changes, postgres_type
from readers import password, reader
from transactions import Transaction, literal, quoted

# The lake's own names.
SCHEMA = "lake"
STAGING = "lake_load"
# Two first loads would both make the schema.
SETUP_LOCK = 5_432_001


class Overtaken(Exception):
    """The job has run again: the load of that run has the newer rows."""


def handler(event: dict[str, Any], context: Any) -> list[str]:
    """Load the job's tables; return what became of each."""
    detail = event["detail"]
    tables = [table for table in json.loads(os.environ["TABLES"]) if table["job"] == detail["jobName"]]
    if not tables:
        raise ValueError(f"job {detail['jobName']} makes no table that the database loads")
    return [load(table, detail["jobRunId"]) for table in tables]


def load(table: dict[str, str], run: str) -> str:
    database = os.environ["CATALOG_DATABASE"]
    described = description(database, table["catalogTable"])
    columns = {column["Name"]: postgres_type(column["Name"], column["Type"]) for column in described["Columns"]}
    if not columns:
        raise ValueError(f"the catalog has no columns of {table['catalogTable']}: its job has not published it")
    set_up()
    with exported(database, table["catalogTable"], list(columns)) as file:
        try:
            rows = replace(table, columns, file, described["Location"])
        except Overtaken:
            print(json.dumps({"table": table["name"], "run": run, "overtaken": described["Location"]}))
            return f"{table['name']}: overtaken"
    print(json.dumps({"table": table["name"], "run": run, "location": described["Location"], "rows": rows}))
    return f"{table['name']}: {rows}"


def description(database: str, table: str) -> dict[str, Any]:
    """Return a table's columns and location, as the catalog has them now."""
    found: dict[str, Any] = boto3.client("glue").get_table(DatabaseName=database, Name=table)["Table"]["StorageDescriptor"]
    return found


def set_up() -> None:
    """Make extension, schema and reader, each unless it is there."""
    user = reader()
    name = quoted(user["username"])
    with Transaction() as transaction:
        transaction.run(f"SELECT pg_advisory_xact_lock({SETUP_LOCK})::text")
        transaction.run("CREATE EXTENSION IF NOT EXISTS aws_s3 CASCADE")
        transaction.run(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        if not transaction.run(f"SELECT 1 FROM pg_roles WHERE rolname = {literal(user['username'])}"):
            transaction.run(f"CREATE ROLE {name}")
        transaction.run(password(user))
        transaction.run(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {name}")


def replace(table: dict[str, str], columns: dict[str, str], file: Exported, location: str) -> int:
    """Replace a table's rows by those of an export; return their number."""
    name = f"{SCHEMA}.{quoted(table['name'])}"
    listed = ", ".join(quoted(column) for column in columns)
    typed = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
    with Transaction() as transaction:
        transaction.run(f"CREATE TABLE IF NOT EXISTS {name} ({typed})")
        for sql in changes(name, present_columns(transaction, table["name"]), columns):
            transaction.run(sql)
        transaction.run(f"CREATE TEMP TABLE {STAGING} ({typed}) ON COMMIT DROP")
        transaction.run(import_statement(file))
        # One load at a time from here; readers go on.
        transaction.run(f"LOCK TABLE {name} IN EXCLUSIVE MODE")
        if description(os.environ["CATALOG_DATABASE"], table["catalogTable"])["Location"] != location:
            raise Overtaken(table["name"])
        transaction.run(f"DELETE FROM {name}")
        transaction.run(f"INSERT INTO {name} ({listed}) SELECT {listed} FROM {STAGING}")
        transaction.run(f"GRANT SELECT ON {name} TO {quoted(reader()['username'])}")
        [[rows]] = transaction.run(f"SELECT count(*) FROM {STAGING}")
    return int(rows)


def present_columns(transaction: Transaction, table: str) -> dict[str, str]:
    """Return the columns that the database's table has."""
    rows = transaction.run(
        "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute "
        f"WHERE attrelid = {literal(f'{SCHEMA}.' + quoted(table))}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    return dict(rows)


def import_statement(file: Exported) -> str:
    """Return the import, whose header must have the names of the columns.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_PostgreSQL.S3Import.Reference.html
    """
    place = ", ".join(literal(part) for part in (file.bucket, file.key, os.environ["AWS_REGION"]))
    return f"SELECT aws_s3.table_import_from_s3('{STAGING}', '', '(FORMAT csv, HEADER MATCH)', aws_commons.create_s3_uri({place}))"
