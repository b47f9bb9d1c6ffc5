"""Which run `lake run` follows, and what it says of it; on a Glue of our own making."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lake_local.lake import runs as module
from lake_local.lake.model import Curation, Model, Table
from lake_local.lake.runs import Runs, Step, describe, describe_result, short

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Glue:
    """What `lake run` asks Glue: runs that are there, and more that appear with each question."""

    def __init__(self) -> None:
        self.runs: list[dict[str, Any]] = []
        self.appearing: list[dict[str, Any] | None] = []
        self.trigger = "EVENT"
        self.window = 900

    def get_workflow_runs(self, Name: str) -> dict[str, Any]:
        assert Name == "flow"
        if self.appearing and (new := self.appearing.pop(0)):
            self.runs.insert(0, new)
        return {"Runs": list(self.runs)}

    def start_workflow_run(self, Name: str) -> dict[str, Any]:
        return {"RunId": "started"}

    def get_trigger(self, Name: str) -> dict[str, Any]:
        return {"Trigger": {"Name": Name, "Type": self.trigger, "EventBatchingCondition": {"BatchWindow": self.window}}}


class LakeDouble:
    poll_seconds = 0
    tells_batches = True

    def __init__(self) -> None:
        self.glue = Glue()
        self.batch: dict[str, Any] | None = None

    def client(self, service: str) -> Any:
        return self.glue if service == "glue" else None

    def internal(self, page: str) -> dict[str, Any]:
        assert page == "glue/pending"
        return {"pending": [self.batch] if self.batch else []}


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> LakeDouble:
    monkeypatch.setattr(module, "EVENT_GRACE_SECONDS", 0.2)
    return LakeDouble()


def find(lake: LakeDouble, dropped: datetime | None, followed: str | None = None) -> tuple[str, list[str]]:
    said: list[str] = []
    model = Model(
        workflow="flow",
        triggers=["start"],
        tables=[Table("orders", "drop", "raw", "job-1")],
        curations=[Curation("sales", "curated", "job-2", ("orders",))],
    )
    return Runs(lake, model).find_or_start(dropped, followed, said.append), said


def a_run(identifier: str, status: str = "COMPLETED", age: float = 0) -> dict[str, Any]:
    return {"WorkflowRunId": identifier, "Status": status, "StartedOn": datetime.now(UTC) - timedelta(seconds=age)}


def test_starts_a_run_when_nothing_was_dropped(lake: LakeDouble) -> None:
    assert find(lake, None) == ("started", ["starting a run"])


def test_follows_what_is_going_on(lake: LakeDouble) -> None:
    lake.glue.runs = [a_run("going", "RUNNING", 5), a_run("old", age=100)]
    assert find(lake, None)[0] == "going"


def test_follows_the_run_that_the_drop_started_but_not_twice(lake: LakeDouble) -> None:
    lake.glue.runs = [a_run("dropped", age=30)]
    dropped = datetime.now(UTC) - timedelta(seconds=60)
    assert find(lake, dropped)[0] == "dropped"
    assert find(lake, dropped, "dropped") == ("started", ["starting a run"])


def test_waits_for_an_event_that_is_on_its_way(lake: LakeDouble) -> None:
    lake.glue.appearing = [None, None, None, a_run("new")]
    assert find(lake, datetime.now(UTC))[0] == "new"


def test_waits_for_a_batch_to_fill(lake: LakeDouble) -> None:
    lake.batch = {"workflow": "flow", "events": 2, "fires_in": 9.6}
    lake.glue.appearing = [None, None, a_run("new")]
    found, said = find(lake, datetime.now(UTC) - timedelta(seconds=30))
    assert (found, said) == ("new", ["2 new files: the workflow starts in 10 s at the latest"])


def test_does_not_wait_for_a_long_window(lake: LakeDouble) -> None:
    lake.batch = {"workflow": "flow", "events": 1, "fires_in": 890}
    found, said = find(lake, datetime.now(UTC))
    assert found == "started" and said[0].startswith("the trigger collects files for another 890 s")


def test_waits_for_the_window_where_nothing_tells_how_far_it_is(lake: LakeDouble) -> None:
    """In an account: a window that is short is waited for, a long one is not."""
    lake.tells_batches, lake.glue.window = False, 2
    lake.glue.appearing = [None] * 3 + [a_run("new")]
    assert find(lake, datetime.now(UTC) - timedelta(seconds=1))[0] == "new"
    lake.glue.runs, lake.glue.window = [], 900
    lake.glue.appearing = [None] * 3 + [a_run("too late")]
    assert find(lake, datetime.now(UTC) - timedelta(seconds=1))[0] == "started"


def test_does_not_wait_for_an_event_where_none_starts_the_workflow(lake: LakeDouble) -> None:
    lake.glue.trigger = "ON_DEMAND"
    assert find(lake, datetime.now(UTC))[0] == "started"


def test_says_a_step_in_one_line() -> None:
    result = {"sources": 2, "skipped": 1, "rows_in": 112659, "rows_out": 112650, "rows_quarantined": 9, "reasons": {"b": 2, "a": 7}}
    line = describe(Step("job", "order_items", "job", "SUCCEEDED", "jr_1", 3.21, result=result))
    words = "order_items SUCCEEDED 3.2 s 112,659 rows in, 112,650 out, 9 quarantined (a: 7, b: 2); 1 of 3 files unchanged"
    assert " ".join(line.split()) == words
    assert describe(Step("crawler", "raw", "crawler", "RUNNING")).split() == ["crawler", "raw", "RUNNING"]
    assert describe_result({"rows_out": 13469}) == "13,469 rows out"


def test_says_what_the_job_decided_by_itself() -> None:
    result = {"rows_out": 1, "formats": {"day": ["d-M-yyyy"]}, "inferred": {"id": "bigint", "code": "string"}, "kept": ["s3://drop/a.csv"]}
    assert describe_result(result) == (
        "1 rows out; day read as d-M-yyyy; types inferred: id bigint, code string; "
        "1 file kept as landed before, because rows would be refused now"
    )
    wide = describe_result({"rows_out": 1, "inferred": {f"c{index}": "bigint" for index in range(100)}})
    assert wide.endswith("c7 bigint, and 92 more")


def test_a_run_that_found_nothing_new_says_so() -> None:
    result = {"table": "sellers", "sources": 0, "skipped": 1, "rows_in": 0, "rows_out": 0, "rows_quarantined": 0, "reasons": {}}
    assert describe_result(result).endswith("; 1 of 1 files unchanged")


def test_shortens_errors_that_go_on_for_pages() -> None:
    assert short("one\n\tat two") == "one at two"
    assert len(short("x" * 1000)) < 300


def followed(lake: LakeDouble, **run: Any) -> Any:
    """Follow a workflow's run that has ended."""
    ended = {"Status": "COMPLETED", "StartedOn": NOW, "CompletedOn": NOW + timedelta(seconds=3), **run}
    lake.glue.get_workflow_run = lambda Name, RunId, IncludeGraph: {"Run": ended}
    tables = [Table("orders", "drop", "raw", "Etl-Orders-1"), Table("orders_old", "drop", "raw", "Etl-Orders-12")]
    return Runs(lake, Model(workflow="flow", tables=tables, crawlers={"raw": "Crawler-9"})).follow_workflow("wr_1")


def test_a_run_in_which_an_action_could_not_start_is_failed_and_says_which(lake: LakeDouble) -> None:
    busy = "ConcurrentRunsExceededException: Concurrent runs exceeded for job Etl-Orders-12"
    message = f"Etl-Orders-12: {busy}; Crawler-9: CrawlerRunningException: it is running"
    result = followed(lake, ErrorMessage=message, Statistics={"ErroredActions": 2})
    assert not result.ok
    assert result.not_started == f"orders_old: {busy}; crawler raw: CrawlerRunningException: it is running"
    assert followed(lake, Statistics={"ErroredActions": 1}).not_started == "1 of its actions"
    assert followed(lake, Statistics={"ErroredActions": 0}).ok


class Busy(Exception):
    """Glue's refusal of a run too many."""


def start(lake: LakeDouble, monkeypatch: pytest.MonkeyPatch, going_on: list[list[str]]) -> tuple[tuple[str, str], list[str], list[str]]:
    """Start a job that is refused for as long as `going_on` has states of its earlier runs; return what started, was said, was followed."""
    said: list[str] = []
    followed: list[str] = []

    def start_job_run(JobName: str, Arguments: dict[str, str]) -> dict[str, Any]:
        if going_on:
            raise Busy
        return {"JobRunId": "mine"}

    def get_job_runs(JobName: str, MaxResults: int) -> dict[str, Any]:
        return {"JobRuns": [{"Id": f"jr_{number}", "JobRunState": state} for number, state in enumerate(going_on.pop(0))]}

    lake.glue.exceptions = type("Exceptions", (), {"ConcurrentRunsExceededException": Busy})
    lake.glue.start_job_run, lake.glue.get_job_runs = start_job_run, get_job_runs
    runs = Runs(lake, Model(tables=[Table("orders", "drop", "raw", "job-1")]))
    monkeypatch.setattr(runs, "follow_job", lambda job, run_id: followed.append(run_id))
    return runs.start_job("orders", said.append), said, followed


@pytest.mark.parametrize(
    ("going_on", "followed"),
    [
        ([], []),
        ([["RUNNING"]], ["jr_0"]),
        ([["SUCCEEDED", "STOPPING"]], ["jr_1"]),
        ([["WAITING"], ["STARTING"]], ["jr_0", "jr_0"]),
        # It has ended just now, and its place is not free yet.
        ([["SUCCEEDED"], ["FAILED"]], []),
    ],
)
def test_a_run_of_the_job_that_is_going_on_is_waited_for(
    lake: LakeDouble, monkeypatch: pytest.MonkeyPatch, going_on: list[list[str]], followed: list[str]
) -> None:
    assert start(lake, monkeypatch, going_on) == (
        ("job-1", "mine"),
        [f"orders: waiting for run {one}, which is going on" for one in followed],
        followed,
    )


def test_a_place_that_never_gets_free_is_an_error(lake: LakeDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_RELEASE_SECONDS", 0.05)
    with pytest.raises(Busy):
        start(lake, monkeypatch, [["SUCCEEDED"]] * 1_000_000)
