"""A table's object whose event got lost is found by the scheduled check, which starts one run for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .waiting import until

OWNED = Path(__file__).parent / "apps" / "owned"


@pytest.fixture(scope="module")
def lake(new_lake: Callable[..., Any]) -> Any:
    command = new_lake(folder=OWNED, environment={"START": "events"})
    command("up")
    return command


def test_a_lost_event_costs_a_check_and_not_the_data(lake: Any) -> None:
    events, glue, functions = (lake.lake.client(service) for service in ("events", "glue", "lambda"))
    rules = events.list_rules()["Rules"]
    [arrival] = [rule["Name"] for rule in rules if "EventPattern" in rule]
    [schedule] = [rule for rule in rules if rule.get("ScheduleExpression") == "rate(1 day)"]
    [target] = events.list_targets_by_rule(Rule=schedule["Name"])["Targets"]
    function = target["Arn"].rpartition(":")[2]
    environment = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=function, Environment={"Variables": {**environment, "GRACE_SECONDS": "0"}})
    workflow = environment["WORKFLOW"]

    def check() -> dict[str, Any]:
        answer = functions.invoke(FunctionName=function, Payload=target["Input"].encode())
        assert "FunctionError" not in answer, answer["Payload"].read()
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        return found

    assert check() == {"waiting": {}, "run": None}
    events.disable_rule(Name=arrival)
    lake.lake.client("s3").put_object(Bucket=environment["SOURCE_BUCKET"], Key="tables/orders/1.csv", Body=b"id,amount\na,1\n")
    found = check()
    assert found["waiting"] == {"orders": 1} and found["run"]
    assert check()["run"] is None
    until(lambda: glue.get_workflow_run(Name=workflow, RunId=found["run"])["Run"]["Status"] == "COMPLETED", 90, "the run")
    assert check() == {"waiting": {}, "run": None}
    assert len(glue.get_workflow_runs(Name=workflow)["Runs"]) == 1
