"""Exports of a curated table: the CSV of a query's result, which Athena writes.

Athena quotes every value and leaves NULL unquoted and empty, so that it differs from an empty text; a quote within a value is
doubled, and a backslash is a backslash. That is what PostgreSQL's COPY reads as CSV.

https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
https://pyathena.dev/master/null_handling.html
https://www.postgresql.org/docs/16/sql-copy.html#SQL-COPY-FILE-FORMATS
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import boto3

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


class Exported(NamedTuple):
    """An object in S3."""

    bucket: str
    key: str


@contextmanager
def exported(database: str, table: str, columns: list[str]) -> Iterator[Exported]:
    """Export a table's columns, and remove the export in the end."""
    found = query(f"SELECT {', '.join(named(column) for column in columns)} FROM {named(database)}.{named(table)}", database)
    try:
        yield found
    finally:
        s3 = boto3.client("s3")
        for key in (found.key, f"{found.key}.metadata"):
            s3.delete_object(Bucket=found.bucket, Key=key)


def query(sql: str, database: str) -> Exported:
    """Run a query to its end; return where its result is."""
    client = boto3.client("athena")
    started = client.start_query_execution(
        QueryString=sql, WorkGroup=os.environ["WORKGROUP"], QueryExecutionContext={"Database": database}
    )["QueryExecutionId"]
    pause = FIRST_PAUSE
    while True:
        found = client.get_query_execution(QueryExecutionId=started)["QueryExecution"]
        state = found["Status"]["State"]
        if state == "SUCCEEDED":
            bucket, _, key = found["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
            return Exported(bucket, key)
        if state in ("FAILED", "CANCELLED"):
            raise RuntimeError(f"Athena did not export the table: {found['Status'].get('StateChangeReason', state)}")
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def named(name: str) -> str:
    """Return an identifier as Athena takes it."""
    return '"' + name.replace('"', '""') + '"'
