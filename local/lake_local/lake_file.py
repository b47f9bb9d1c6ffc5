"""The lake file, `lake.json` in a lake's folder: the only module that reads or writes it.

It holds the lake's keys and region for life, where its server listens, and what `lake up` deployed last.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import UserError
from .store import exclusive, write_json

NAME = "lake.json"
# The folder, within the lake's, of the log of all calls: the server writes it, `lake audit` reads it.
REQUEST_LOG = "calls"
_LOCK = ".lake-file.lock"


def state_directory(asked: str | Path | None = None) -> Path:
    """Return a lake's folder: what was asked for, else $LAKE_STATE, else `.lake` in the current folder."""
    return Path(asked or os.environ.get("LAKE_STATE") or ".lake").resolve()


def folder_mark(state_dir: Path) -> str:
    """Return what a lake's server says of the folder that it serves: not the path, which is nobody else's business."""
    return hashlib.sha256(os.fsencode(state_dir.resolve())).hexdigest()[:16]


def read_lake_file(state_dir: Path) -> dict[str, Any]:
    """Return the lake file's content, or an empty dictionary if there is no lake; refuse a file that somebody else made."""
    path = state_dir / NAME
    if state_dir.exists() and not state_dir.is_dir():
        raise UserError(f"{state_dir} is no folder: name the lake's folder with --state, or with LAKE_STATE")
    try:
        _refuse_foreign_owner(path)
        _refuse_checked_out(path)
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise UserError(f"{path} is damaged: delete it, and `lake up` makes a new one, with new keys; what is in the lake stays") from error


def _refuse_foreign_owner(path: Path) -> None:
    """Refuse a lake whose file or folder another user owns: that user knows the keys, and may read what is put in."""
    if not hasattr(os, "getuid"):  # Windows
        return
    for found in (path, path.parent):
        owner = found.stat().st_uid
        if owner != os.getuid():
            raise UserError(
                f"{found} belongs to another user (uid {owner}), who knows the lake's keys: "
                "run lake as that user, or use a folder of your own with --state DIR"
            )


@lru_cache
def _refuse_checked_out(path: Path) -> None:
    """Refuse a lake file that git tracks: everybody with the repository knows its keys. Asked once a file: git is a process."""
    if not any((folder / ".git").exists() for folder in path.parents) or not path.exists():
        return
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(path.parent), "ls-files", "--error-unmatch", "--", path.name]
    try:
        tracked = subprocess.run(command, capture_output=True, check=False, timeout=10).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):  # no git: nothing here is a checkout that somebody works in
        return
    if tracked:
        raise UserError(
            f"{path} is tracked by git, so others know the lake's keys: remove it with `git rm -r {path.parent}`; "
            "the next `lake up` makes a new lake"
        )


@contextmanager
def change_lake_file(state_dir: Path) -> Iterator[dict[str, Any]]:
    """Yield the lake file's content under a lock; write what the block made of it, unless the block raises.

    The server and commands write it at the same time: without the lock, one would undo the other's change.
    """
    with exclusive(state_dir / _LOCK):
        known = read_lake_file(state_dir)
        yield known
        write_json(state_dir / NAME, known)
