"""Following the runs of a workflow and of jobs through Glue's own API."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .client import Lake
from .joblogs import job_result
from .model import Model

POLL_SECONDS = 0.25
ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED", "CANCELLED"}
# An event that was just dropped needs a moment to get to the workflow.
EVENT_GRACE_SECONDS = 5
# A batch window that is longer is not waited for: the run is started instead.
LONGEST_WINDOW_SECONDS = 60


@dataclass
class Step:
    """A job or a crawler in a run."""

    kind: str  # job, crawler
    name: str  # the table's or the zone's
    physical_name: str
    state: str
    run_id: str | None = None
    seconds: float | None = None
    started: str | None = None
    error: str | None = None
    result: dict[str, Any] | None = None


@dataclass
class RunResult:
    """How a run went."""

    workflow: str | None
    run_id: str
    status: str
    seconds: float
    steps: list[Step] = field(default_factory=list)

    @property
    def failed(self) -> list[Step]:
        return [step for step in self.steps if step.state in ENDED - {"SUCCEEDED"}]

    @property
    def ok(self) -> bool:
        return self.status in ("COMPLETED", "SUCCEEDED") and not self.failed

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


OnChange = Callable[[Step], None]


class Runs:
    """The runs of one lake."""

    def __init__(self, lake: Lake, model: Model | None = None) -> None:
        self.model = model or lake.model()
        self._glue = lake.client("glue")
        self._logs = lake.client("logs")
        self._jobs = {job: name for name, job in self.model.jobs.items()}
        self._crawlers = {crawler: zone for zone, crawler in self.model.crawlers.items()}

    def find_or_start(self, dropped: datetime | None, say: Callable[[str], None]) -> str:
        """The id of the workflow's run that is going on, or that the last drop is about to start; else of a new one."""
        if run := self._running():
            say("following the run that is going on")
            return run
        window = self.event_window()
        latest = self._latest()
        taken = latest and dropped and latest["StartedOn"] >= dropped
        if taken:
            say("following the run that the drop started")
            return latest["WorkflowRunId"]
        if dropped and window is not None:
            waited = datetime.now(UTC) - dropped
            rest = timedelta(seconds=window + EVENT_GRACE_SECONDS) - waited
            if timedelta(0) < rest <= timedelta(seconds=LONGEST_WINDOW_SECONDS + EVENT_GRACE_SECONDS):
                say(f"waiting for the run that the drop starts (its trigger collects files for {window} s)")
                if run := self._appears(rest.total_seconds(), latest and latest["WorkflowRunId"]):
                    return run
            elif rest > timedelta(0):
                say(f"the trigger collects files for {window} s: not waiting for it")
        say("starting a run")
        return self._glue.start_workflow_run(Name=self.model.workflow)["RunId"]

    def event_window(self) -> int | None:
        """Seconds for which the workflow's start trigger collects events; None if no event starts it."""
        for name in self.model.triggers:
            trigger = self._glue.get_trigger(Name=name)["Trigger"]
            if trigger.get("Type") == "EVENT":
                return int((trigger.get("EventBatchingCondition") or {}).get("BatchWindow", 900))
        return None

    def follow_workflow(self, run_id: str, on_change: OnChange = lambda _step: None) -> RunResult:
        """Wait for a run's end, telling every change of a job or crawler."""
        seen: dict[tuple[str, str | None], str] = {}
        while True:
            run = self._glue.get_workflow_run(Name=self.model.workflow, RunId=run_id, IncludeGraph=True)["Run"]
            steps = self._steps(run)
            for step in steps:
                if seen.get((step.physical_name, step.run_id)) != step.state:
                    seen[step.physical_name, step.run_id] = step.state
                    self._complete(step)
                    on_change(step)
            if run["Status"] not in ("RUNNING", "STOPPING"):
                for step in steps:
                    self._complete(step)
                return RunResult(self.model.workflow, run_id, run["Status"], _seconds(run), steps)
            time.sleep(POLL_SECONDS)

    def start_job(self, table: str) -> tuple[str, str]:
        """Start one table's job; its name and the run's id."""
        job = self.model.jobs.get(table) or self.model.table(table).job
        return job, self._glue.start_job_run(JobName=job)["JobRunId"]

    def follow_job(self, job: str, run_id: str, on_change: OnChange = lambda _step: None) -> RunResult:
        state = None
        while True:
            run = self._glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
            step = self._job_step(run)
            if step.state != state:
                state = step.state
                self._complete(step)
                on_change(step)
            if state in ENDED:
                return RunResult(None, run_id, state, step.seconds or 0, [step])
            time.sleep(POLL_SECONDS)

    def _running(self) -> str | None:
        for run in self._glue.get_workflow_runs(Name=self.model.workflow)["Runs"]:
            if run["Status"] == "RUNNING":
                return run["WorkflowRunId"]
        return None

    def _latest(self) -> dict[str, Any] | None:
        runs = self._glue.get_workflow_runs(Name=self.model.workflow)["Runs"]
        return max(runs, key=lambda run: run["StartedOn"], default=None)

    def _appears(self, seconds: float, known: str | None) -> str | None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            latest = self._latest()
            if latest and latest["WorkflowRunId"] != known:
                return latest["WorkflowRunId"]
            time.sleep(POLL_SECONDS)
        return None

    def _steps(self, run: dict[str, Any]) -> list[Step]:
        steps = []
        for node in (run.get("Graph") or {}).get("Nodes", []):
            if node["Type"] == "JOB":
                steps += [self._job_step(one) for one in (node.get("JobDetails") or {}).get("JobRuns", [])]
            elif node["Type"] == "CRAWLER":
                steps += [self._crawl_step(node["Name"], one) for one in (node.get("CrawlerDetails") or {}).get("Crawls", [])]
        return sorted(steps, key=lambda step: step.started or "")

    def _job_step(self, run: dict[str, Any]) -> Step:
        return Step(
            "job",
            self._jobs.get(run["JobName"], run["JobName"]),
            run["JobName"],
            run["JobRunState"],
            run["Id"],
            _seconds(run),
            _iso(run.get("StartedOn")),
            run.get("ErrorMessage"),
        )

    def _crawl_step(self, name: str, crawl: dict[str, Any]) -> Step:
        return Step(
            "crawler",
            self._crawlers.get(name, name),
            name,
            crawl.get("State", ""),
            None,
            _seconds(crawl),
            _iso(crawl.get("StartedOn")),
            crawl.get("ErrorMessage"),
        )

    def _complete(self, step: Step) -> None:
        """Add the numbers that the job printed."""
        if step.kind == "job" and step.state in ENDED and step.result is None:
            run = self._glue.get_job_run(JobName=step.physical_name, RunId=step.run_id)["JobRun"]
            step.result = job_result(self._logs, self._glue, run)


def describe(step: Step) -> str:
    """A step in one line: `order_items  SUCCEEDED  3.1 s  112,650 rows in, 112,640 out, 10 quarantined (cast: 10)`."""
    name = step.name if step.kind == "job" else f"crawler {step.name}"
    text = f"{name:<22} {step.state:<10}"
    if step.state in ENDED and step.seconds is not None:
        text += f" {step.seconds:5.1f} s"
    if step.result:
        text += f"  {describe_result(step.result)}"
    return f"{text}  {step.error}" if step.error else text.rstrip()


def describe_result(result: dict[str, Any]) -> str:
    """The numbers of a job in words."""
    words = {"rows_in": "rows in", "rows_out": "out" if "rows_in" in result else "rows out", "rows_quarantined": "quarantined"}
    text = ", ".join(f"{result[key]:,} {word}" for key, word in words.items() if key in result)
    if result.get("reasons"):
        text += " (" + ", ".join(f"{reason}: {count:,}" for reason, count in sorted(result["reasons"].items())) + ")"
    if result.get("skipped"):
        text += f"; {result['skipped']} of {result['sources']} files unchanged"
    return text


def _seconds(run: dict[str, Any]) -> float | None:
    started, ended = run.get("StartedOn"), run.get("CompletedOn")
    return round((ended - started).total_seconds(), 2) if started and ended else None


def _iso(value: Any) -> str | None:
    return value.isoformat() if hasattr(value, "isoformat") else value
