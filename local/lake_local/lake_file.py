"""The lake file, `lake.json` in a lake's folder: the only module that reads or writes it.

It holds the lake's keys and region for life, where its server listens, and what `lake up` deployed last.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .store import exclusive, write_json

NAME = "lake.json"
_LOCK = ".lake-file.lock"


def state_directory(asked: str | Path | None = None) -> Path:
    """Return a lake's folder: what was asked for, else $LAKE_STATE, else `.lake` in the current folder."""
    return Path(asked or os.environ.get("LAKE_STATE") or ".lake").resolve()


def read_lake_file(state_dir: Path) -> dict[str, Any]:
    """Return the lake file's content, or an empty dictionary if there is no lake."""
    try:
        found: dict[str, Any] = json.loads((state_dir / NAME).read_text(encoding="utf-8"))
        return found
    except (FileNotFoundError, ValueError):
        return {}


@contextmanager
def change_lake_file(state_dir: Path) -> Iterator[dict[str, Any]]:
    """Yield the lake file's content under a lock; write what the block made of it, unless the block raises.

    The server and commands write it at the same time: without the lock, one would undo the other's change.
    """
    with exclusive(state_dir / _LOCK):
        known = read_lake_file(state_dir)
        yield known
        write_json(state_dir / NAME, known, mode=0o600)
