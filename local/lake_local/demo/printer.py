"""What the demo says while it works: plain lines, with the time that each step took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from ..cli.console import Console, printable
from ..text import seconds


class Printer:
    """Numbered steps. On a terminal, a line shows what is going on within a step."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.console = Console()
        self.timings: dict[str, float] = {}
        self._number = 0
        self._bold = self.stream.isatty()

    def line(self, text: str = "") -> None:
        self.console._clear()
        print(text, file=self.stream, flush=True)

    def item(self, text: str) -> None:
        for part in printable(text).splitlines() or [""]:
            self.line(f"   {part}".rstrip())

    def heading(self, text: str) -> None:
        self.line(f"\033[1m{text}\033[0m" if self._bold else text)

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[None]:
        self._number += 1
        self.line()
        self.heading(f"{self._number}  {title}")
        started = time.monotonic()
        yield
        self.timings[name] = round(time.monotonic() - started, 2)
        self.item(f"({seconds(self.timings[name])})")


class StepConsole(Console):
    """The console of `lake`'s commands, for commands that are part of a step."""

    def __init__(self, printer: Printer) -> None:
        super().__init__()
        self._printer = printer

    def say(self, text: str) -> None:
        self._clear()
        self._printer.item(text)
