"""Glue's state: everything that has to be there again after a restart."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from lake_local.store import Store

from .records import Document

# Of each job, crawler and workflow, at most this many runs are remembered; AWS: those of the last 90 days.
RUNS_KEPT = 50

# The parameters or the answer of a call.
Data = dict[str, Any]
Item = TypeVar("Item")


class State:
    """Glue's document on disk. Calls may come from any thread."""

    def __init__(self, path: Path) -> None:
        self._store = Store(path)
        with self._store.view() as data:
            for section in Document.__annotations__:
                data.setdefault(section, {})

    @contextmanager
    def view(self) -> Iterator[Document]:
        """Yield the live document, locked, to look at and not to change."""
        with self._store.view() as data:
            yield cast(Document, data)

    @contextmanager
    def change(self) -> Iterator[Document]:
        """Yield the live document, locked; save it at the end of the block, or undo what a failing block did."""
        with self._store.change() as data:
            yield cast(Document, data)


def now() -> float:
    """Return the time as Glue's records have it."""
    return round(time.time(), 3)


def run_id(prefix: str) -> str:
    """Return a new id of a run."""
    return f"{prefix}_{secrets.token_hex(32)}"


def keep_latest(runs: list[Item], finished: Callable[[Item], bool]) -> None:
    """Forget the oldest finished runs beyond what is kept."""
    surplus = len(runs) - RUNS_KEPT
    for run in [run for run in runs if finished(run)][: max(0, surplus)]:
        runs.remove(run)


def page(items: list[Item], request: Data, size_key: str = "MaxResults", default: int = 100) -> tuple[list[Item], dict[str, str]]:
    """Return one page of a listing, and its NextToken if there are more."""
    try:
        start = int(request.get("NextToken") or 0)
    except ValueError:
        start = 0
    end = start + int(request.get(size_key) or default)
    return items[start:end], {"NextToken": str(end)} if end < len(items) else {}


def only(names: Iterable[str], data: Mapping[str, Any]) -> Data:
    """Return the entries with these names, as far as they are there and not None."""
    return {name: data[name] for name in names if name in data and data[name] is not None}
