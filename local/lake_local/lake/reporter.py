"""What hears how work on a lake goes on."""

from __future__ import annotations

from typing import Protocol


class Reporter(Protocol):
    """Hears how the work goes on."""

    def say(self, text: str) -> None:
        """Hear what stays of interest."""

    def update(self, text: str) -> None:
        """Hear what is going on just now."""
