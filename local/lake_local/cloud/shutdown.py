"""What must end when the server ends: children, above all."""

from __future__ import annotations

import logging
from collections.abc import Callable

logger = logging.getLogger("lake.server")
_callbacks: list[Callable[[], object]] = []


def on_shutdown(callback: Callable[[], object]) -> None:
    """Call `callback()` when the server stops, the last one registered first. It must be quick, and not mind being called twice."""
    if callback not in _callbacks:
        _callbacks.append(callback)


def run_callbacks() -> None:
    """Call what has been registered, and forget it."""
    while _callbacks:
        callback = _callbacks.pop()
        try:
            callback()
        except Exception:
            logger.exception("while stopping")
