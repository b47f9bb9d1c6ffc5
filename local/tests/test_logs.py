"""Which run's log `lake logs TABLE` shows; on a Glue and a CloudWatch Logs of our own making."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lake_local.errors import UserError
from lake_local.lake.logs import find_sources
from lake_local.lake.model import Model, Table

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENDED = " (ended)"


class NotFound(Exception):
    """What Glue and CloudWatch Logs answer when there is nothing of that name."""


class Glue:
    exceptions = type("Exceptions", (), {"EntityNotFoundException": NotFound})

    def __init__(self, runs: list[str]) -> None:
        self.runs = [
            {"Id": one.removesuffix(ENDED), "JobName": "job-1", **({"CompletedOn": NOW} if one.endswith(ENDED) else {})} for one in runs
        ]

    def get_job(self, JobName: str) -> dict[str, Any]:
        return {"Job": {"Name": JobName, "Role": "role"}}

    def get_job_runs(self, JobName: str, MaxResults: int) -> dict[str, Any]:
        return {"JobRuns": self.runs[:MaxResults]}

    def get_job_run(self, JobName: str, RunId: str) -> dict[str, Any]:
        for run in self.runs:
            if run["Id"] == RunId:
                return {"JobRun": run}
        raise NotFound


class Logs:
    def __init__(self, logged: list[str]) -> None:
        self.logged = logged

    def get_paginator(self, _name: str) -> Logs:
        return self

    def paginate(self, logGroupName: str, logStreamNamePrefix: str) -> list[dict[str, Any]]:
        return [{"logStreams": [{"logStreamName": one} for one in self.logged if one.startswith(logStreamNamePrefix)]}]


class LakeDouble:
    def __init__(self, runs: list[str], logged: list[str]) -> None:
        self._clients = {"glue": Glue(runs), "logs": Logs(logged)}

    def client(self, service: str) -> Any:
        return self._clients[service]


def shown(runs: list[str], logged: list[str], run: str | None = None) -> set[str]:
    lake: Any = LakeDouble(runs, logged)
    sources = find_sources(lake, Model(tables=[Table("orders", "drop", "raw", "job-1")]), "orders", run)
    return {stream for _, stream in sources()}


@pytest.mark.parametrize(
    ("runs", "logged", "run", "expected"),
    [
        ([], [], None, set()),
        (["second", "first"], ["first", "second"], None, {"second"}),
        (["second", "first"], ["first"], None, {"first"}),
        (["second" + ENDED, "first" + ENDED], ["first"], None, {"second"}),
        (["second" + ENDED, "first" + ENDED], ["first", "second"], None, {"second"}),
        (["second", "first"], [], None, {"second"}),
        (["second", "first"], ["first", "second"], "first", {"first"}),
        (["second", "first"], ["first"], "second", {"second"}),
    ],
)
def test_the_newest_run_is_shown_and_until_it_logs_something_the_one_before(
    runs: list[str], logged: list[str], run: str | None, expected: set[str]
) -> None:
    assert shown(runs, logged, run) == expected


def test_a_run_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UserError, match="there is no run 'third'"):
        shown(["second"], [], "third")
