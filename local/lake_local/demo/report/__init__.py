"""The demo's report: one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def write_report(story: dict[str, Any], path: Path) -> Path:
    """Write the report of a demo; the file's path."""
    from .page import page

    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(page(story), encoding="utf-8")
    temporary.replace(path)
    return path
