"""Keep the control plane's state on disk while the server runs: MiniStack itself saves only when it stops."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

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

    def observe(self, scope: dict) -> None:
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
        from ministack import app

        states = {}
        for name, get_state in app._build_persistence_save_dict().items():
            try:
                states[name] = get_state()
            except Exception:
                logger.exception("state of %s", name)
            await asyncio.sleep(0)
        await asyncio.to_thread(self._write, states)

    def _write(self, states: dict) -> None:
        import hashlib
        import json
        from pathlib import Path

        from ministack.core import persistence

        with self._saving:
            for name, state in states.items():
                if state is None:
                    continue
                try:
                    text = json.dumps(
                        {"__ministack_format__": persistence._state_format_version(name), "payload": state},
                        default=persistence._json_default,
                    )
                except (TypeError, ValueError, RuntimeError):
                    logger.exception("state of %s", name)
                    continue
                digest = hashlib.blake2b(text.encode()).digest()
                if self._saved.get(name) == digest:
                    continue
                path = Path(persistence.STATE_DIR) / f"{name}.json"
                temporary = path.with_suffix(".json.snapshot")
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(path)
                self._saved[name] = digest
