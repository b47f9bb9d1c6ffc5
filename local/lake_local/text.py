"""Figures as people read them."""

from __future__ import annotations


def size(count: float) -> str:
    """Return a number of bytes in words: 1536 → '1.5 KB'."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def seconds(value: float) -> str:
    """Return a duration in words: 61.5 → '1 min 1 s'."""
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {int(value % 60)} s"
