"""Names of runs, as prefixes of what a run writes: they sort by the time at which it began."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

_FORMAT = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}")


def run_name(began: datetime | None = None) -> str:
    """Return a name that no other run has: the second, and in hexadecimal digits the microsecond and a random number."""
    began = began or datetime.now(UTC)
    return f"{earliest_name(began)}-{began.microsecond:05x}{secrets.randbits(12):03x}"


def earliest_name(began: datetime) -> str:
    """Return what sorts before the names of all runs that began then or later."""
    return f"{began:{_FORMAT}}"


def time_of_run(name: str) -> datetime | None:
    """Return when a run began, to the second; None if this is no run's name."""
    found = _NAME.fullmatch(name)
    return datetime.strptime(found[1], _FORMAT).replace(tzinfo=UTC) if found else None
