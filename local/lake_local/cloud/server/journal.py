"""Several files written as one: after a crash either all of them are new, or none."""

from __future__ import annotations

from pathlib import Path

_NEXT = ".next"
_COMPLETE = "complete.next-files"


def write_together(texts: dict[Path, str]) -> None:
    """Write files of one folder: first all of them beside their places, then a mark that they are complete, then into place."""
    folder = next(iter(texts)).parent
    for path, text in texts.items():
        path.with_name(path.name + _NEXT).write_text(text, encoding="utf-8")
    (folder / _COMPLETE).touch()
    finish(folder)


def finish(folder: Path) -> None:
    """Put into place what was written completely, and remove what was not. To be called before the files are read."""
    complete = (folder / _COMPLETE).exists()
    for written in folder.glob(f"*{_NEXT}"):
        if complete:
            written.replace(written.with_name(written.name.removesuffix(_NEXT)))
        else:
            written.unlink()
    (folder / _COMPLETE).unlink(missing_ok=True)
