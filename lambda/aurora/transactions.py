"""Transactions of the RDS Data API, whose calls return when their statement has ended.

A statement that takes longer than 45 s is cancelled: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api-timeouts.html
"""

from __future__ import annotations

import os
import time
from typing import Any

import boto3
from botocore.config import Config

# A paused database resumes in about 15 s, after a day of pause in 30 s and more; until then it refuses.
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
RESUMING_SECONDS, PAUSE = 120.0, 2.0
# A call that is repeated after its answer was lost would run its statement twice: nothing is repeated.
SETTINGS = Config(read_timeout=70, retries={"total_max_attempts": 1})


def quoted(name: str) -> str:
    """Return an identifier as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Transaction:
    """One transaction of the administrator's: committed when its block ends, rolled back when that raises."""

    def __init__(self) -> None:
        self.client = boto3.client("rds-data", config=SETTINGS)
        self.target = {"resourceArn": os.environ["CLUSTER"], "secretArn": os.environ["ADMIN_SECRET"]}
        self.identity = ""

    def __enter__(self) -> Transaction:
        deadline = time.monotonic() + RESUMING_SECONDS
        while True:
            try:
                self.identity = self.client.begin_transaction(**self.target, database=os.environ["DATABASE"])["transactionId"]
                return self
            except self.client.exceptions.DatabaseResumingException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(PAUSE)

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        end = self.client.commit_transaction if kind is None else self.client.rollback_transaction
        end(**self.target, transactionId=self.identity)

    def run(self, sql: str) -> list[list[Any]]:
        """Run a statement, and return its rows."""
        answer = self.client.execute_statement(**self.target, sql=sql, database=os.environ["DATABASE"], transactionId=self.identity)
        return [[value(field) for field in row] for row in answer.get("records", [])]


def value(field: dict[str, Any]) -> Any:
    return None if field.get("isNull") else next(iter(field.values()))
