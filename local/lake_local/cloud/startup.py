"""What must be put right once the state of the last run is loaded, before the first call is answered."""

from __future__ import annotations

import logging
from collections.abc import Callable

logger = logging.getLogger("lake.server")
_callbacks: list[Callable[[], object]] = []


def on_loaded(callback: Callable[[], object]) -> None:
    """Call `callback()` when the state is loaded, the first one registered first."""
    if callback not in _callbacks:
        _callbacks.append(callback)


def run_loaded() -> None:
    """Call what has been registered, and forget it."""
    while _callbacks:
        callback = _callbacks.pop(0)
        try:
            callback()
        except Exception:
            logger.exception("after loading the state")
