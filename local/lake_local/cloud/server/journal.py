"""Several files written as one: after a crash either all of them are new, or none. What they were before is kept."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from lake_local.config import HOST

_NEXT = ".next"
_QUEUE_URL = re.compile(rf"(http://{re.escape(HOST)}:)\d+(/\d{{12}}/)")
_PREVIOUS = "previous"
_COMPLETE = "complete.next-files"


def write_together(texts: dict[Path, str]) -> None:
    """Write files of one folder: first all of them beside their places, then a mark that they are complete, then into place."""
    folder = next(iter(texts)).parent
    for path, text in texts.items():
        path.with_name(path.name + _NEXT).write_text(text, encoding="utf-8")
    _keep(folder, texts)
    (folder / _COMPLETE).touch()
    finish(folder)


def _keep(folder: Path, texts: dict[Path, str]) -> None:
    """Link the files that are about to be replaced: with the others, they are the state before."""
    previous = folder / _PREVIOUS
    shutil.rmtree(previous, ignore_errors=True)
    previous.mkdir()
    for path in texts:
        if path.exists():
            (previous / path.name).hardlink_to(path)


def damaged(state_dir: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file of a lake's state that is no JSON, with the way back."""
    folder = state_dir / "state"
    for path in sorted([*folder.glob("*.json"), *state_dir.glob("glue*.json")]):
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            if path.parent == state_dir:
                yield path, f"delete it: `lake up` makes Glue's resources again from the stacks, without their runs (rm '{path}')"
            elif (folder / _PREVIOUS / path.name).exists():
                yield path, f"go back to the snapshot before: cp -p '{folder / _PREVIOUS}'/*.json '{folder}'"
            else:
                yield path, f"restore it from a backup, or start afresh with `lake down --purge` ({path.stem} has no earlier snapshot)"


def follow_port(state_dir: Path, port: int) -> int:
    """Let the URLs of queues in a lake's state name the port that the lake has now; return how many files had another.

    The URL of a queue is its key, and the lake has another port when the last one is taken, and when it was restored from a backup.
    """
    texts = {}
    for path in (state_dir / "state").glob("*.json"):
        before = path.read_text(encoding="utf-8")
        if (after := _QUEUE_URL.sub(rf"\g<1>{port}\g<2>", before)) != before:
            texts[path] = after
    if texts:
        # When the files were saved tells when the last server ended: that stays.
        saved = {path: path.stat().st_mtime for path in texts}
        write_together(texts)
        for path, when in saved.items():
            os.utime(path, (when, when))
    return len(texts)


def finish(folder: Path) -> None:
    """Put into place what was written completely, and remove what was not. To be called before the files are read."""
    complete = (folder / _COMPLETE).exists()
    for written in folder.glob(f"*{_NEXT}"):
        if complete:
            written.replace(written.with_name(written.name.removesuffix(_NEXT)))
        else:
            written.unlink()
    (folder / _COMPLETE).unlink(missing_ok=True)
