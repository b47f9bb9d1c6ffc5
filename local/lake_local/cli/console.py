"""Progress on stderr, for people; results on stdout, for pipes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import Any


class Console:
    """Lines that stay, and, on a terminal, one line that changes."""

    def __init__(self) -> None:
        self.interactive = sys.stderr.isatty()
        self._width = 0

    def say(self, text: str) -> None:
        """A line that stays."""
        self._clear()
        print(text, file=sys.stderr, flush=True)

    def update(self, text: str) -> None:
        """What is going on now; shown on terminals only."""
        if not self.interactive:
            return
        text = text[: shutil.get_terminal_size().columns - 1]
        print(f"\r{text.ljust(self._width)}", end="", file=sys.stderr, flush=True)
        self._width = len(text)

    def _clear(self) -> None:
        if self._width:
            print(f"\r{' ' * self._width}\r", end="", file=sys.stderr)
            self._width = 0


def table(rows: Sequence[Sequence[Any]], header: Sequence[str]) -> str:
    """Columns side by side; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    numeric = [all(_is_number(row[i]) for row in rows) and bool(rows) for i in range(len(header))]
    widths = [max(len(str(header[i])), *(len(row[i]) for row in cells)) if cells else len(header[i]) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()

    return "\n".join(line(row) for row in [list(header), *cells])


def size(count: float) -> str:
    """1536 -> '1.5 KB'."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {int(value % 60)} s"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
