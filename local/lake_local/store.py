"""A small JSON document on disk that survives crashes: written whole, then renamed into place."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any


class Store:
    """A dictionary kept in a file.

    >>> store = Store(config.state_dir / "glue.json")
    >>> with store.change() as data:          # saved when the block ends without an error, undone otherwise
    ...     data.setdefault("jobs", {})["a"] = {"Name": "a"}
    >>> store.read("jobs", {})                # a copy: changing it changes nothing
    """

    def __init__(self, path: Path | str, default: Callable[[], dict[str, Any]] = dict) -> None:
        self.path = Path(path)
        self._lock = threading.RLock()
        self._default = default
        self._data = self._load()

    def _load(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            return found
        except FileNotFoundError:
            return self._default()
        except ValueError:
            # Only a damaged disk gets here. Kept beside for a look, never silently overwritten.
            self.path.replace(self.path.with_suffix(".damaged"))
            return self._default()

    def read(self, key: str | None = None, default: Any = None) -> Any:
        """A copy of the whole document, or of one top-level entry."""
        with self._lock:
            return deepcopy(self._data if key is None else self._data.get(key, default))

    @contextmanager
    def view(self) -> Iterator[dict[str, Any]]:
        """Yield the live document, locked, to look at and not to change."""
        with self._lock:
            yield self._data

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """The live document, locked; saved at the end of the block."""
        with self._lock:
            before = deepcopy(self._data)
            try:
                yield self._data
            except BaseException:
                self._data = before
                raise
            self.save()

    def save(self) -> None:
        with self._lock:
            write_json(self.path, self._data)

    def clear(self) -> None:
        with self._lock:
            self._data = self._default()
            self.save()


@contextmanager
def exclusive(path: Path, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a lock file while the block runs; call `on_wait` if another process holds it, and wait.

    Where there is no `fcntl` (Windows), nothing is held.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def private_folder(path: Path) -> None:
    """Make a folder, or an existing one, its owner's alone: no other user of the machine sees what is in it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)


def write_json(path: Path | str, data: Any) -> None:
    """Write `data`, readable by its owner only, so that a reader sees the old file or the new one, never half."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        temporary.touch(0o600)
        temporary.write_text(json.dumps(data, indent=1, default=str), encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
