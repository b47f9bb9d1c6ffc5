"""Following the runs of a workflow and of jobs through Glue's own API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from ..errors import UserError
from .client import Lake
from .denials import of_session, session_of_crawler, session_of_run
from .logs import job_result
from .model import Model

ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED", "CANCELLED"}
# An event that was just dropped needs a moment to get to the workflow.
EVENT_GRACE_SECONDS = 5
LONGEST_ERROR = 240
TYPES_SHOWN = 8
DENIALS_SHOWN = 3
# A batch that takes longer to fill is not waited for: a run is started instead.
LONGEST_WAIT_SECONDS = 60
# A job whose run has just ended may be said to be running for so long.
LONGEST_RELEASE_SECONDS = 30
# Holds the last run that was followed to its end.
_FOLLOWED = "followed"


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
    # What it was not allowed to do, if it failed.
    denials: list[str] = field(default_factory=list)


@dataclass
class RunResult:
    """How a run went."""

    workflow: str | None
    run_id: str
    status: str
    seconds: float
    steps: list[Step] = field(default_factory=list)
    not_started: str | None = None  # jobs and crawlers that could not start, and why

    @property
    def failed(self) -> list[Step]:
        return [step for step in self.steps if step.state in ENDED - {"SUCCEEDED"}]

    @property
    def ok(self) -> bool:
        return self.status in ("COMPLETED", "SUCCEEDED") and not self.failed and not self.not_started

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


OnChange = Callable[[Step], None]


class Runs:
    """The runs of one lake."""

    def __init__(self, lake: Lake, model: Model | None = None) -> None:
        self._lake = lake
        self.model = model or lake.model()
        self._glue = lake.client("glue")
        self._logs = lake.client("logs")
        self._jobs = {job: name for name, job in self.model.jobs.items()}
        self._crawlers = {crawler: zone for zone, crawler in self.model.crawlers.items()}

    def run_workflow(self, dropped: datetime | None, say: Callable[[str], None], on_change: OnChange) -> RunResult:
        """Follow the run that what was dropped then has started, else start one; wait for its end."""
        if not self.model.workflow:
            raise UserError("the lake has no workflow: deploy an app that has one with `lake up`, or run one job with --table")
        memory = self._lake.memory / _FOLLOWED
        run_id = self.find_or_start(dropped, memory.read_text() if memory.exists() else None, say)
        result = self.follow_workflow(run_id, on_change)
        memory.write_text(run_id)
        return result

    def find_or_start(self, dropped: datetime | None, followed: str | None, say: Callable[[str], None]) -> str:
        """Return the id of the run in progress, else of the one that the last drop starts, else of a new run.

        `followed` is the run that was followed to its end before: it is not followed again.
        """
        latest = self._latest()
        if latest and dropped and latest["StartedOn"] >= dropped and latest["WorkflowRunId"] != followed:
            say("following the run that the drop started")
            return str(latest["WorkflowRunId"])
        if dropped and (run := self._awaited(dropped, latest["WorkflowRunId"] if latest else None, say)):
            return run
        latest = self._latest()
        if latest and latest["Status"] == "RUNNING":
            say("following the run that is going on")
            return str(latest["WorkflowRunId"])
        say("starting a run")
        return str(self._glue.start_workflow_run(Name=self.model.workflow)["RunId"])

    def _awaited(self, dropped: datetime, known: str | None, say: Callable[[str], None]) -> str | None:
        """Return the run that dropped files are about to start; None if none comes soon."""
        said = False
        while True:
            if (latest := self._latest()) and latest["WorkflowRunId"] != known:
                return str(latest["WorkflowRunId"])
            batch = self._batch()
            since = (datetime.now(UTC) - dropped).total_seconds()
            if batch is None:
                # The event is on its way, or was taken just now; or no event starts this workflow.
                if since > EVENT_GRACE_SECONDS + self._window() or not self._starts_by_event():
                    return None
            else:
                wait = batch["fires_in"]
                if wait is not None and wait > LONGEST_WAIT_SECONDS:
                    say(f"the trigger collects files for another {wait:.0f} s: not waiting for it")
                    return None
                if not said:
                    said = True
                    files = f"{batch['events']} new file{'s' if batch['events'] != 1 else ''}"
                    say(
                        f"{files}: waiting for the run before"
                        if wait is None
                        else f"{files}: the workflow starts in {wait:.0f} s at the latest"
                    )
            time.sleep(self._lake.poll_seconds)

    def _batch(self) -> dict[str, Any] | None:
        """Return the workflow's events that wait for their batch to be full. AWS has no call for this."""
        waiting: list[dict[str, Any]] = self._lake.internal("glue/pending").get("pending", [])
        for batch in waiting:
            if batch["workflow"] == self.model.workflow:
                return batch
        return None

    def _starts_by_event(self) -> bool:
        return any(trigger.get("Type") == "EVENT" for trigger in self._triggers)

    def _window(self) -> float:
        """Return how many seconds a batch takes at most to fill, where nothing tells how far it is; 0 if that is too long to wait for."""
        if self._lake.tells_batches:
            return 0
        windows = [(trigger.get("EventBatchingCondition") or {}).get("BatchWindow", 0) for trigger in self._triggers]
        return max((window for window in windows if window <= LONGEST_WAIT_SECONDS), default=0)

    @cached_property
    def _triggers(self) -> list[dict[str, Any]]:
        return [self._glue.get_trigger(Name=name)["Trigger"] for name in self.model.triggers]

    def follow_workflow(self, run_id: str, on_change: OnChange = lambda _step: None) -> RunResult:
        """Wait for a run's end; `on_change` hears every change of a job or crawler."""
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
                return RunResult(self.model.workflow, run_id, run["Status"], _seconds(run) or 0, steps, self._not_started(run))
            time.sleep(self._lake.poll_seconds)

    def _not_started(self, run: dict[str, Any]) -> str | None:
        """Return which actions of a run could not start and why, with the names of tables and zones instead of physical ones."""
        errored = (run.get("Statistics") or {}).get("ErroredActions", 0)
        message = run.get("ErrorMessage") or (f"{errored} of its actions" if errored else None)
        for physical_name, name in {**self._jobs, **{job: f"crawler {zone}" for job, zone in self._crawlers.items()}}.items():
            message = message.replace(f"{physical_name}: ", f"{name}: ") if message else None
        return message

    def start_job(self, table: str, say: Callable[[str], None], arguments: dict[str, str] | None = None) -> tuple[str, str]:
        """Start one table's job, with arguments for this run; return the job's name and the run's id.

        A run of the job that is going on, such as the one that a drop started, is waited for first: it may have begun before the last file.
        """
        job = self.model.jobs.get(table) or self.model.table(table).job
        deadline = time.monotonic() + LONGEST_RELEASE_SECONDS
        while True:
            try:
                return job, self._glue.start_job_run(JobName=job, Arguments=arguments or {})["JobRunId"]
            except self._glue.exceptions.ConcurrentRunsExceededException:
                busy = self._going_on(job)
                if busy is None and time.monotonic() > deadline:
                    raise
            if busy:
                say(f"{table}: waiting for run {busy}, which is going on")
                self.follow_job(job, busy)
                deadline = time.monotonic() + LONGEST_RELEASE_SECONDS
            else:
                time.sleep(self._lake.poll_seconds)

    def _going_on(self, job: str) -> str | None:
        """Return the id of the job's run that has not ended; None if all have."""
        runs: list[dict[str, Any]] = self._glue.get_job_runs(JobName=job, MaxResults=10)["JobRuns"]
        return next((run["Id"] for run in runs if run["JobRunState"] not in ENDED), None)

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
            time.sleep(self._lake.poll_seconds)

    def run_jobs(self, tables: Iterable[str], say: Callable[[str], None], arguments: dict[str, str] | None = None) -> list[RunResult]:
        """Start the jobs of several tables, and wait for the end of all."""
        started = [self.start_job(table, say, arguments) for table in tables]
        return [self.follow_job(job, run_id, lambda step: say(describe(step))) for job, run_id in started]

    def _latest(self) -> dict[str, Any] | None:
        runs: list[dict[str, Any]] = self._glue.get_workflow_runs(Name=self.model.workflow)["Runs"]
        return max(runs, key=lambda run: run["StartedOn"], default=None)

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
        """Add the numbers that the job printed, and what it was refused if it failed."""
        if step.state in ENDED - {"SUCCEEDED"} and step.started and not step.denials:
            session = session_of_run(step.run_id or "") if step.kind == "job" else session_of_crawler(step.physical_name)
            since = datetime.fromisoformat(step.started)
            step.denials = [why for _, why in of_session(self._lake.request_log, session, since)][:DENIALS_SHOWN]
        if step.kind == "job" and step.state in ENDED and step.result is None:
            run = self._glue.get_job_run(JobName=step.physical_name, RunId=step.run_id)["JobRun"]
            step.result = job_result(self._logs, self._glue, run)


def describe(step: Step) -> str:
    """Return a step in one line: `order_items  SUCCEEDED  3.1 s  112,650 rows in, 112,640 out, 10 quarantined (cast: 10)`."""
    name = step.name if step.kind == "job" else f"crawler {step.name}"
    text = f"{name:<22} {step.state:<10}"
    if step.state in ENDED and step.seconds is not None:
        text += f" {step.seconds:5.1f} s"
    if step.result:
        text += f"  {describe_result(step.result)}"
    return text.rstrip()


def short(error: str) -> str:
    """Return the beginning of an error: Spark's go on for pages."""
    line = " ".join(error.split())
    return line if len(line) <= LONGEST_ERROR else line[:LONGEST_ERROR] + "…"


def describe_result(result: dict[str, Any]) -> str:
    """Return the numbers of a job in words."""
    words = {"rows_in": "rows in", "rows_out": "out" if "rows_in" in result else "rows out", "rows_quarantined": "quarantined"}
    text = ", ".join(f"{result[key]:,} {word}" for key, word in words.items() if key in result)
    if result.get("reasons"):
        text += " (" + ", ".join(f"{reason}: {count:,}" for reason, count in sorted(result["reasons"].items())) + ")"
    if result.get("skipped"):
        # `sources` are the files that were brought; those that were skipped come on top.
        text += f"; {result['skipped']} of {result['sources'] + result['skipped']} files unchanged"
    return text + "".join(f"; {note}" for note in _notes(result))


def _notes(result: dict[str, Any]) -> Iterator[str]:
    """Yield what a job decided by itself: formats, types, files that were left as they were."""
    for column, formats in (result.get("formats") or {}).items():
        yield f"{column} read as {' and '.join(formats)}"
    if types := [f"{column} {kind}" for column, kind in (result.get("inferred") or {}).items()]:
        more = f", and {len(types) - TYPES_SHOWN} more" if len(types) > TYPES_SHOWN else ""
        yield f"types inferred: {', '.join(types[:TYPES_SHOWN])}{more}"
    if kept := len(result.get("kept") or ()):
        yield f"{kept} file{'s' if kept > 1 else ''} kept as landed before, because rows would be refused now"


def _seconds(run: dict[str, Any]) -> float | None:
    started, ended = run.get("StartedOn"), run.get("CompletedOn")
    return round((ended - started).total_seconds(), 2) if started and ended else None


def _iso(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else value
