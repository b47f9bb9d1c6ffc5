"""A lake with a workgroup, and a way to ask it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from lake_local.lake.client import Lake


class Warehouse:
    """One workgroup of one lake, asked through the Data API."""

    def __init__(self, lake: Lake, client: Any = None) -> None:
        self.lake = lake
        self.data = client or lake.client("redshift-data")

    def run(self, *sqls: str, **options: Any) -> dict[str, Any]:
        """Run a statement, or a batch, to its end. Return its description."""
        target = {"WorkgroupName": "shop", "Database": "dev", **options}
        if len(sqls) == 1:
            identity = self.data.execute_statement(Sql=sqls[0], **target)["Id"]
        else:
            identity = self.data.batch_execute_statement(Sqls=list(sqls), **target)["Id"]
        return self.end(identity)

    def end(self, identity: str, seconds: float = 120) -> dict[str, Any]:
        """Wait for a statement's end."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.data.describe_statement(Id=identity)
            if found["Status"] in ("FINISHED", "FAILED", "ABORTED"):
                return found
            time.sleep(0.01)
        raise TimeoutError(identity)

    def rows(self, sql: str, **options: Any) -> list[list[Any]]:
        """Run a query. Return its rows."""
        found = self.run(sql, **options)
        assert found["Status"] == "FINISHED", found.get("Error")
        records = self.data.get_statement_result(Id=found["Id"])["Records"]
        return [[None if "isNull" in field else next(iter(field.values())) for field in row] for row in records]

    def ok(self, *sqls: str, **options: Any) -> dict[str, Any]:
        """Run what must succeed."""
        found = self.run(*sqls, **options)
        assert found["Status"] == "FINISHED", found.get("Error")
        return found

    def error(self, *sqls: str, **options: Any) -> str:
        """Run what must fail. Return the error."""
        found = self.run(*sqls, **options)
        assert found["Status"] == "FAILED", f"it is {found['Status']}"
        return str(found["Error"])


@pytest.fixture(scope="module")
def warehouse(server: Lake) -> Iterator[Warehouse]:
    serverless = server.client("redshift-serverless")
    serverless.create_namespace(namespaceName="shop", manageAdminPassword=True)
    serverless.create_workgroup(workgroupName="shop", namespaceName="shop")
    yield Warehouse(server)
