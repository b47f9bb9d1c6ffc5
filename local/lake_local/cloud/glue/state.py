"""Glue's state: everything that has to be there again after a restart."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lake_local.store import Store

# Of each job, crawler and workflow, so many runs are remembered; AWS: those of the last 90 days.
RUNS_KEPT = 50

_SECTIONS = (
    "jobs",
    "job_runs",
    "crawlers",
    "crawls",
    "triggers",
    "workflows",
    "workflow_runs",
    "security_configurations",
    "tags",
    "events",
)

Data = dict[str, Any]


class State(Store):
    """One dictionary a kind of thing: `jobs[name]`, `job_runs[job name][…]`, `workflow_runs[workflow name][…]`, newest run last."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(path, lambda: {section: {} for section in _SECTIONS})
        for section in _SECTIONS:
            self._data.setdefault(section, {})

    @contextmanager
    def view(self) -> Iterator[Data]:
        """The live document, locked, to look at and not to change."""
        with self._lock:
            yield self._data


def now() -> float:
    return round(time.time(), 3)


def run_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(32)}"


def keep_latest(runs: list[Data], finished: Any) -> None:
    """Forget the oldest finished runs beyond what is kept."""
    surplus = len(runs) - RUNS_KEPT
    for run in [run for run in runs if finished(run)][: max(0, surplus)]:
        runs.remove(run)


def page(items: list[Any], request: Data, size_key: str = "MaxResults", default: int = 100) -> tuple[list[Any], dict[str, str]]:
    """One page of a listing, and its NextToken if there are more."""
    try:
        start = int(request.get("NextToken") or 0)
    except ValueError:
        start = 0
    end = start + int(request.get(size_key) or default)
    return items[start:end], {"NextToken": str(end)} if end < len(items) else {}


def only(names: Any, data: Data) -> Data:
    return {name: data[name] for name in names if name in data and data[name] is not None}
