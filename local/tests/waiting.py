"""How tests wait: for what is to happen, never for a time that is thought to be enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def until(
    condition: Callable[[], Any], seconds: float = 120, what: str = "the condition", ignoring: tuple[type[Exception], ...] = ()
) -> Any:
    """Wait until `condition()` holds; return what it then says. `ignoring`: errors that are no answer yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(*ignoring):
            if found := condition():
                return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come true in {seconds:.0f} s")
