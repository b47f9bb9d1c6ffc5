"""The Redshift Data API for statements whose end is waited for: those of a deployment, which take seconds."""

from __future__ import annotations

import time

import boto3

# The lake's own names: its tables and views are in the schema, and who reads them is in the group.
SCHEMA = "lake"
READERS = "lake_readers"
# Seconds between two looks at a statement. Most are over at once; the first of an idle warehouse waits for its compute.
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 1.0


def quoted(name: str) -> str:
    """Return an identifier as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class Session:
    """Statements of one user, one after the other."""

    def __init__(self, target: dict[str, str], database: str, secret: str) -> None:
        self.client = boto3.client("redshift-data")
        self.as_user = {**target, "Database": database, "SecretArn": secret}

    def run(self, sql: str) -> str:
        """Run a statement to its end; return its id."""
        statement: str = self.client.execute_statement(Sql=sql, **self.as_user)["Id"]
        pause = FIRST_PAUSE
        while (found := self.client.describe_statement(Id=statement))["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        # Names that the database keeps in another way than they were given are found again here only.
        if sql.startswith("CREATE USER") and str(found.get("Error", "")).endswith("already exists"):
            return statement
        if found["Status"] != "FINISHED":
            raise RuntimeError(f"the warehouse refused a statement: {found.get('Error', found['Status'])}")
        return statement

    def names(self, sql: str) -> set[str]:
        """Return the first column of a query."""
        statement = self.run(sql)
        pages = self.client.get_paginator("get_statement_result").paginate(Id=statement)
        return {row[0]["stringValue"] for page in pages for row in page["Records"]}
