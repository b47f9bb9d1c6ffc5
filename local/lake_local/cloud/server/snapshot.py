"""Keep the control plane's state on disk while the server runs: MiniStack itself saves only when it stops."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from typing import Any

from lake_local.config import Config

from ..ministack import application
from ..service import Observer, Service
from ..shutdown import on_shutdown

logger = logging.getLogger("lake.server")

# Once the lake has been quiet for this long, or has not been saved for that long.
QUIET_SECONDS = 2.0
LONGEST_SECONDS = 30.0


class Snapshots:
    """Saves MiniStack's services a moment after calls that may have changed them."""

    def __init__(self) -> None:
        self._changed_at = 0.0
        self._dirty_since = 0.0
        self._saved: dict[str, bytes] = {}
        self._saving = threading.Lock()

    def observe(self, scope: dict[str, Any]) -> None:
        """Called after each request."""
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return
        self.changed()

    def changed(self) -> None:
        now = time.monotonic()
        self._changed_at = now
        self._dirty_since = self._dirty_since or now

    async def run(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            now = time.monotonic()
            if self._dirty_since and (now - self._changed_at > QUIET_SECONDS or now - self._dirty_since > LONGEST_SECONDS):
                self._dirty_since = 0.0
                await self.save()

    async def save(self) -> None:
        """Collect on the event loop, where the services run; write beside it."""
        states = {}
        for name, get_state in application.state_getters().items():
            try:
                states[name] = get_state()
            except Exception:
                logger.exception("state of %s", name)
            await asyncio.sleep(0)
        await asyncio.to_thread(self._write, states)

    def _write(self, states: dict[str, Any]) -> None:
        with self._saving:
            for name, state in states.items():
                if state is None:
                    continue
                try:
                    text = application.serialized(name, state)
                except (TypeError, ValueError, RuntimeError):
                    logger.exception("state of %s", name)
                    continue
                digest = hashlib.blake2b(text.encode()).digest()
                if self._saved.get(name) == digest:
                    continue
                path = application.state_file(name)
                temporary = path.with_suffix(".json.snapshot")
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(path)
                self._saved[name] = digest


def install(_config: Config) -> Observer:
    """Start saving in the running event loop; return what watches the calls."""
    snapshots = Snapshots()
    saving = asyncio.create_task(snapshots.run())
    on_shutdown(saving.cancel)
    return snapshots.observe


SERVICE = Service("snapshots", install)
