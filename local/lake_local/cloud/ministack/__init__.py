"""The one door to MiniStack: every name of it that the lake touches is touched in this folder, and nowhere else.

Private names above all: MiniStack promises nothing about them. `local/tests/test_ministack.py` pins the signature of each against the
pinned version, so that an upgrade fails with the name that has changed.

MiniStack reads its environment when it is imported (`server/environment.py` sets it): import it inside functions only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def once(current: Function, wrap: Callable[[Function], Function]) -> Function:
    """Return `wrap(current)`, or `current` if this function made it: installing twice wraps once."""
    if getattr(current, "is_the_lakes", False):
        return current
    wrapper = wrap(current)
    wrapper.is_the_lakes = True  # type: ignore[attr-defined]
    return wrapper
