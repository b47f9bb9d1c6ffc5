"""A lake that ends while a statement runs: the statement has failed afterwards, its event is sent, and what it had begun is undone."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from .conftest import start_server, stop_server
from .warehouse.conftest import Warehouse

_SECONDS = 120


def a_rule_for_ends(lake: Any) -> str:
    """Send the ends of statements to a queue. Return its URL."""
    events, sqs = lake.client("events"), lake.client("sqs")
    queue: str = sqs.create_queue(QueueName="ends")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.redshift-data"], "detail": {"state": ["FAILED", "ABORTED"]}}
    events.put_rule(Name="ends", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="ends", Targets=[{"Id": "q", "Arn": arn}])
    return queue


def started(warehouse: Warehouse, sqls: list[str], part: int) -> str:
    """Start a batch, and wait until one of its statements runs. Return its id."""
    identity: str = warehouse.data.batch_execute_statement(Sqls=sqls, WorkgroupName="shop", Database="dev", WithEvent=True)["Id"]
    deadline = time.monotonic() + _SECONDS
    while warehouse.data.describe_statement(Id=identity)["SubStatements"][part]["Status"] != "STARTED":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return identity


def events_of(lake: Any, queue: str) -> list[dict[str, Any]]:
    """Return the events in a queue, once there are some."""
    deadline = time.monotonic() + _SECONDS
    found: list[dict[str, Any]] = []
    while not found and time.monotonic() < deadline:
        messages = lake.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])
        found = [json.loads(message["Body"])["detail"] for message in messages]
    return found


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_a_statement_that_ran_has_failed_and_is_told_of(tmp_path: Path, how: signal.Signals) -> None:
    process, lake = start_server(tmp_path)
    try:
        serverless = lake.client("redshift-serverless")
        serverless.create_namespace(namespaceName="shop", manageAdminPassword=True)
        serverless.create_workgroup(workgroupName="shop", namespaceName="shop")
        queue = a_rule_for_ends(lake)
    finally:
        # What stops as it should has kept the rule and the queue.
        stop_server(process)

    process, lake = start_server(tmp_path)
    try:
        warehouse = Warehouse(lake)
        warehouse.ok("CREATE TABLE kept AS SELECT 1 AS a UNION ALL SELECT 2")
        endless = f"INSERT INTO kept SELECT count(*) FROM {', '.join(f'kept k{number}' for number in range(40))}"
        load = ["DELETE FROM kept", "INSERT INTO kept VALUES (3)"]
        identity = started(warehouse, [*load, endless], 2)
        process.send_signal(how)
        process.wait(_SECONDS)
    finally:
        stop_server(process)

    process, lake = start_server(tmp_path)
    try:
        warehouse = Warehouse(lake)
        found = warehouse.data.describe_statement(Id=identity)
        assert (found["Status"], found["Error"]) == ("FAILED", "the lake was stopped while it ran")
        assert not {one["Status"] for one in found["SubStatements"]} & {"SUBMITTED", "PICKED", "STARTED"}
        [event] = events_of(lake, queue)
        assert (event["statementId"], event["state"]) == (identity, "FAILED")
        assert warehouse.rows("SELECT a FROM kept ORDER BY 1") == [[1], [2]]
        warehouse.ok(*load)
        assert warehouse.rows("SELECT a FROM kept") == [[3]]
    finally:
        stop_server(process)

    # It is told of once.
    process, lake = start_server(tmp_path)
    try:
        assert Warehouse(lake).data.describe_statement(Id=identity)["Status"] == "FAILED"
        waiting = lake.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        assert int(waiting["ApproximateNumberOfMessages"]) + int(waiting["ApproximateNumberOfMessagesNotVisible"]) == 1
    finally:
        stop_server(process)
