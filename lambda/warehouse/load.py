"""Loads a curated table into the warehouse after its job has succeeded.

The files are those that the catalog names at that moment: the table's prefix has those of the run before, too. Everything is one
transaction: a reader sees the old rows or the new, and a load that is broken off or repeated changes nothing. Nobody waits for its end
here: the Data API sends an event, and that of a failure ends as a dead letter.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import boto3
from columns import changes, described, redshift_type
from data_api import READERS, SCHEMA, literal, quoted

# https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html
LONGEST_TOKEN = 64


def handler(event: dict[str, Any], context: Any) -> list[str]:
    """Start the load of the job's tables; return the ids of the statements."""
    detail = event["detail"]
    tables = [table for table in json.loads(os.environ["TABLES"]) if table["job"] == detail["jobName"]]
    if not tables:
        raise ValueError(f"job {detail['jobName']} makes no table that the warehouse loads")
    return [start(table, detail["jobRunId"]) for table in tables]


def start(table: dict[str, Any], run: str) -> str:
    """Start the load of a table; return the statement's id. The event of one run can come twice: it is one load."""
    found = boto3.client("glue").get_table(DatabaseName=table["database"], Name=table["catalogTable"])["Table"]["StorageDescriptor"]
    columns = {column["Name"]: redshift_type(column["Name"], column["Type"]) for column in found["Columns"]}
    if not columns:
        raise ValueError(f"the catalog has no columns of {table['catalogTable']}: its job has not published it")
    client, target = boto3.client("redshift-data"), {**json.loads(os.environ["TARGET"]), "Database": os.environ["DATABASE"]}
    sqls = statements(table, columns, present_columns(client, target, table["name"]), found["Location"], os.environ["COPY_ROLE"])
    answer = client.batch_execute_statement(
        **target,
        Sqls=sqls,
        StatementName=f"{os.environ['STATEMENT_NAME']}{table['name']}",
        WithEvent=True,
        ClientToken=hashlib.sha256(f"{table['name']} {run}".encode()).hexdigest()[:LONGEST_TOKEN],
    )
    print(json.dumps({"table": table["name"], "location": found["Location"], "run": run, "statement": answer["Id"]}))
    statement: str = answer["Id"]
    return statement


def present_columns(client: Any, target: dict[str, str], name: str) -> dict[str, str]:
    """Return the columns that the warehouse's table has, none if there is no such table."""
    pages = client.get_paginator("describe_table").paginate(**target, Schema=SCHEMA, Table=name)
    return {column["name"]: described(column) for page in pages for column in page.get("ColumnList", [])}


def statements(table: dict[str, Any], columns: dict[str, str], present: dict[str, str], location: str, role: str) -> list[str]:
    """Return the load as one transaction. Parquet's columns map by position: the staging table has them in the order of the catalog."""
    name, staging = f"{SCHEMA}.{quoted(table['name'])}", quoted(f"{table['name']}_load")
    listed = ", ".join(quoted(column) for column in columns)
    typed = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
    return [
        f"CREATE TABLE IF NOT EXISTS {name} ({typed}) {attributes(table, columns)}",
        *(changes(name, present, columns) if present else []),
        f"CREATE TEMP TABLE {staging} ({typed}) DISTSTYLE EVEN",
        f"COPY {staging} FROM {literal(location.rstrip('/') + '/')} IAM_ROLE {literal(role)} FORMAT AS PARQUET",
        # One load at a time from here. Not before the COPY: readers would wait for it.
        f"LOCK TABLE {name}",
        # TRUNCATE would commit.
        f"DELETE FROM {name}",
        f"INSERT INTO {name} ({listed}) SELECT {listed} FROM {staging}",
        f"DROP TABLE {staging}",
        f"GRANT SELECT ON {name} TO GROUP {READERS}",
        *(sql for view, query in table.get("views", {}).items() for sql in view_statements(view, query)),
    ]


def attributes(table: dict[str, Any], columns: dict[str, str]) -> str:
    """Return distribution and sort key. Columns that were asked for must be there; of the default's, those count that are."""
    style, key = table["distribution"], table.get("distributionKey")
    wanted = table.get("sortKey")
    missing = [column for column in [*(wanted or []), *([key] if key else [])] if column not in columns]
    if missing:
        named = f"{', '.join(missing)}, which its sort or distribution key names"
        raise ValueError(f"table {table['name']} has no column {named}; it has {', '.join(columns)}")
    sort = wanted if wanted is not None else [column for column in table.get("usualSortKey", []) if column in columns]
    parts = [f"DISTSTYLE {style}"]
    if key:
        parts.append(f"DISTKEY ({quoted(key)})")
    if sort:
        parts.append(f"COMPOUND SORTKEY ({', '.join(quoted(column) for column in sort)})")
    return " ".join(parts)


def view_statements(name: str, query: str) -> list[str]:
    view = f"{SCHEMA}.{quoted(name)}"
    return [f"CREATE OR REPLACE VIEW {view} AS {query}", f"GRANT SELECT ON {view} TO GROUP {READERS}"]
