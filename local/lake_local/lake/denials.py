"""What a job, a crawler or a function was not allowed to do: its log often says no more than `Forbidden`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from .audit import Filter, read, reason, when


def of_session(folder: Path | None, session: str, since: datetime) -> Iterator[tuple[datetime, str]]:
    """Yield when and why calls of a session were refused, each reason once; `folder` is that of the log, if there is one."""
    if folder is None:
        return
    known: set[str] = set()
    for record in read(folder, Filter(denied=True, who=f"*/{session}", since=since)):
        if (why := reason(record)) not in known:
            known.add(why)
            yield when(record), why


def session_of_run(run_id: str) -> str:
    """Return the name of the session in which a job's run works, as AWS names it."""
    return f"GlueJobRunnerSession-{run_id[-8:]}"


def session_of_crawler(crawler: str) -> str:
    """Return the name of the session in which a crawler works, as AWS names it."""
    return f"AWS-Crawler-{crawler}"[:64]
