"""The warehouse of a lake, through Redshift's APIs."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from ..errors import OperationFailed, UserError
from .client import Lake
from .queries import Answer, Progress

# Redshift's names of types, as Athena has them.
_TYPES = {
    **{"int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "float", "float8": "double"},
    **{"numeric": "decimal", "bool": "boolean"},
}
_ENDED = ("FINISHED", "FAILED", "ABORTED")


@dataclass(frozen=True)
class Target:
    """A workgroup or a cluster: its name, how the Data API takes it, its database, where it listens, its admin and the admin's secret."""

    name: str
    arguments: dict[str, str]
    host: str
    port: int
    admin: str
    secret: str


class Warehouse:
    """One workgroup or cluster of one lake."""

    def __init__(self, lake: Lake, name: str | None = None, database: str | None = None) -> None:
        self.lake = lake
        known = list(_targets(lake))
        if not known:
            raise UserError(
                "there is no warehouse in this lake: deploy one (an AWS::RedshiftServerless::Workgroup, or an AWS::Redshift::Cluster)"
            )
        found = [one for one in known if name in (None, one.name)]
        if len(found) != 1:
            names = ", ".join(one.name for one in known)
            raise UserError(
                f"{'there is no warehouse ' + repr(name) if name else 'there are several'}: name one with --workgroup out of {names}"
            )
        self.target = found[0]
        self.arguments = {**found[0].arguments, **({"Database": database} if database else {})}
        self._data = lake.client("redshift-data")

    def ask(self, sql: str, progress: Progress = lambda _text: None) -> Answer:
        """Run one statement as the admin, and return its answer."""
        started = time.monotonic()
        identity = self._data.execute_statement(Sql=sql, **self.arguments)["Id"]
        try:
            found = self._wait(identity, progress)
        except KeyboardInterrupt:
            self._data.cancel_statement(Id=identity)
            raise
        if found["Status"] != "FINISHED":
            raise OperationFailed(found.get("Error") or f"the statement was {found['Status'].lower()}")
        execution = {"Statistics": {"TotalExecutionTimeInMillis": int((time.monotonic() - started) * 1000), "DataScannedInBytes": 0}}
        if not found["HasResultSet"]:
            return Answer(sql, execution, [], [])
        pages = list(self._data.get_paginator("get_statement_result").paginate(Id=identity))
        columns = [{"Name": one["name"], "Type": _TYPES.get(one["typeName"], one["typeName"])} for one in pages[0]["ColumnMetadata"]]
        return Answer(sql, execution, columns, [[_text(field) for field in row] for page in pages for row in page["Records"]])

    def connection(self) -> dict[str, str]:
        """Return the variables with which psql, and every client of PostgreSQL, connects as the admin. Start the warehouse if need be."""
        self.ask("SELECT 1")
        name = self.target.name
        target = next(one for one in _targets(self.lake) if one.name == name)
        found = {"PGHOST": target.host, "PGPORT": str(target.port), "PGDATABASE": self.arguments["Database"], "PGUSER": target.admin}
        if target.secret:
            value = json.loads(self.lake.client("secretsmanager").get_secret_value(SecretId=target.secret)["SecretString"])
            found["PGPASSWORD"] = value["password"]
        return found

    def _wait(self, identity: str, progress: Progress) -> dict[str, Any]:
        started, pause = time.monotonic(), 0.02
        while True:
            found: dict[str, Any] = self._data.describe_statement(Id=identity)
            if found["Status"] in _ENDED:
                return found
            if time.monotonic() - started > 1:
                progress(f"statement {found['Status'].lower()}, {time.monotonic() - started:.0f} s")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)


def _targets(lake: Lake) -> Any:
    """Yield the workgroups and clusters of a lake."""
    serverless = lake.client("redshift-serverless")
    for one in serverless.list_workgroups()["workgroups"]:
        space = serverless.get_namespace(namespaceName=one["namespaceName"])["namespace"]
        arguments = {"WorkgroupName": one["workgroupName"], "Database": space["dbName"]}
        place = one["endpoint"]
        secret = space.get("adminPasswordSecretArn", "")
        yield Target(one["workgroupName"], arguments, place["address"], place["port"], space["adminUsername"], secret)
    for one in lake.client("redshift").describe_clusters()["Clusters"]:
        arguments = {"ClusterIdentifier": one["ClusterIdentifier"], "Database": one["DBName"]}
        place, secret = one["Endpoint"], one.get("MasterPasswordSecretArn", "")
        yield Target(one["ClusterIdentifier"], arguments, place["Address"], place["Port"], one["MasterUsername"], secret)


def _text(field: dict[str, Any]) -> str | None:
    if field.get("isNull"):
        return None
    [value] = field.values()
    return str(value).lower() if isinstance(value, bool) else str(value)
