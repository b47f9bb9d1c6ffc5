"""Progress on stderr, for people; results on stdout, for pipes."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from typing import Any, TextIO

# What a terminal obeys instead of showing it: control characters, and marks that turn the direction of writing.
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return `text` with what a terminal would obey written as JSON writes it: `\\u001b`. Tabs and line breaks stay.

    File names, rows, logs and messages come from whoever made the data: none may move the cursor, or hide a line. JSON stays the same JSON.
    """
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def show(text: str, stream: TextIO | None = None) -> None:
    """Print text for people, on stdout if no other stream is named."""
    print(printable(text), file=stream or sys.stdout, flush=True)


class Console:
    """Lines that stay, and, on a terminal, one line that changes."""

    def __init__(self) -> None:
        self.interactive = sys.stderr.isatty()
        self._width = 0

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self._clear()
        show(text, sys.stderr)

    def update(self, text: str) -> None:
        """Show what is going on now, on terminals only."""
        if not self.interactive:
            return
        text = printable(text)[: shutil.get_terminal_size().columns - 1]
        print(f"\r{text.ljust(self._width)}", end="", file=sys.stderr, flush=True)
        self._width = len(text)

    def _clear(self) -> None:
        if self._width:
            print(f"\r{' ' * self._width}\r", end="", file=sys.stderr)
            self._width = 0


def table(rows: Sequence[Sequence[Any]], header: Sequence[str]) -> str:
    """Return columns side by side, numbers to the right."""
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    numeric = [all(_is_number(row[i]) for row in rows) and bool(rows) for i in range(len(header))]
    widths = [max(len(str(header[i])), *(len(row[i]) for row in cells)) if cells else len(header[i]) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()

    return "\n".join(line(row) for row in [list(header), *cells])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
