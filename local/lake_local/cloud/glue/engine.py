"""The engine: state, the shared Java virtual machine, and what happens when something ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from lake_local.config import Config
from lake_local.store import Store

from ..clients import client_as
from ..identity import Credentials, role_credentials
from .jvm import Jvm
from .records import Crawl, JobRun
from .state import Data, State, now

logger = logging.getLogger("lake.glue")

_STOPPED = "the lake was stopped during"
Listener = Callable[[JobRun | Crawl], None]


class Stoppable(Protocol):
    """A run of a job or a crawl that is going on."""

    def stop(self) -> None:
        """Ask it to end, and return at once."""

    def kill(self) -> None:
        """End it."""


class Behalf(NamedTuple):
    """For whom something is started: nothing is set for a start by hand."""

    trigger: str | None = None
    workflow_run: str | None = None


class Engine:
    """One lake's Glue. Calls may come from any thread; `state` has the one lock."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.folder = config.state_dir / "glue"
        # Nothing is known: a new lake, or one whose damaged state was deleted.
        self.is_new = not (config.state_dir / "glue.json").exists()
        self.state = State(config.state_dir / "glue.json")
        self.bookmarks = Store(config.state_dir / "glue-bookmarks.json", lambda: {"jobs": {}})
        self.jvm = Jvm(self.folder / "spark", config.cache_dir, config.endpoint)
        # Living executions by run id, for stopping them: not state, gone after a restart.
        self.executions: dict[str, Stoppable] = {}
        self.closing = False
        self._listeners: list[Listener] = []

    # -- names --------------------------------------------------------------------------------------------------------------------
    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:glue:{self.config.region}:{self.config.account}:{kind}/{name}"

    def role_arn(self, role: str) -> str:
        """Return the ARN of a job's or crawler's role, which may be given by name."""
        return role if role.startswith("arn:") else f"arn:aws:iam::{self.config.account}:role/{role.lstrip('/')}"

    # -- acting as a role -----------------------------------------------------------------------------------------------------------
    def credentials(self, role: str, session: str, source: tuple[str, str]) -> Credentials:
        """Return a role's credentials for Glue acting for `source`: a kind of resource and its name."""
        return role_credentials(self.role_arn(role), session, "glue.amazonaws.com", self.arn(*source))

    def client(self, service: str, credentials: Credentials) -> Any:
        """Return a client of this lake with a role's credentials."""
        return client_as(credentials, service, self.config.endpoint, self.config.region, connect_timeout=10, read_timeout=60)

    # -- ends -----------------------------------------------------------------------------------------------------------------------
    def on_end(self, listener: Listener) -> None:
        """Call `listener(run)` when a run of a job or a crawl has ended."""
        self._listeners.append(listener)

    def ended(self, run: JobRun | Crawl) -> None:
        """Tell whoever waits for the end of runs."""
        for listener in self._listeners:
            try:
                listener(run)
            except Exception:
                logger.exception("after the end of run %s", run["Id"] if "Id" in run else run["CrawlId"])

    def start_thread(self, name: str, target: Callable[..., None], *arguments: Any) -> None:
        threading.Thread(target=target, args=arguments, name=name, daemon=True).start()

    def recover(self) -> None:
        """Mark as ended what was running when the lake crashed."""
        with self.state.change() as data:
            for job_run in (run for runs in data["job_runs"].values() for run in runs):
                if job_run["JobRunState"] in ("STARTING", "RUNNING", "WAITING", "STOPPING"):
                    stopped = job_run["JobRunState"] == "STOPPING"
                    job_run.update({"JobRunState": "STOPPED" if stopped else "FAILED", "CompletedOn": now(), "LastModifiedOn": now()})
                    if not stopped:
                        job_run["ErrorMessage"] = f"{_STOPPED} the run"
            for crawler in data["crawlers"].values():
                crawler["State"] = "READY"
            for crawl in (crawl for crawls in data["crawls"].values() for crawl in crawls):
                if crawl["State"] == "RUNNING":
                    crawl.update({"State": "STOPPED", "CrawlState": "CANCELLED", "EndTime": now(), "ErrorMessage": f"{_STOPPED} the crawl"})
            for run in (run for runs in data["workflow_runs"].values() for run in runs):
                if run["Status"] in ("RUNNING", "STOPPING"):
                    run.update({"Status": "STOPPED", "CompletedOn": now(), "ErrorMessage": f"{_STOPPED} the run"})

    def close(self) -> None:
        self.closing = True
        for execution in list(self.executions.values()):
            execution.kill()
        self.jvm.close()


# Answers one call of Glue's API.
Operation = Callable[[Engine, Data], Data]
