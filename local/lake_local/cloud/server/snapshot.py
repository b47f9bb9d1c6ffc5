"""Keep the control plane's state on disk while the server runs: MiniStack itself saves only when it stops."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from typing import Any

from lake_local.config import Config

from ..ministack import application, identity, messaging, storage
from ..ministack.cloudformation import is_working
from ..service import Observer, Service
from ..shutdown import on_shutdown
from ..startup import on_loaded
from .event_log import EventLog
from .journal import write_together

logger = logging.getLogger("lake.server")

# Once the lake has been quiet for this long, or has not been saved for that long.
QUIET_SECONDS = 2.0
LONGEST_SECONDS = 30.0


class Snapshots:
    """Saves MiniStack's services a moment after calls that may have changed them."""

    def __init__(self, events: EventLog) -> None:
        self._events = events
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
        was_working = False
        while True:
            await asyncio.sleep(0.25)
            now = time.monotonic()
            working = is_working()
            ended, was_working = was_working and not working, working
            if not self._dirty_since:
                continue
            # Of a stack's operation all or nothing is kept, unless it takes long.
            quiet = now - self._changed_at > QUIET_SECONDS and not working
            if quiet or ended or now - self._dirty_since > LONGEST_SECONDS:
                self._dirty_since = 0.0
                await self.save()

    async def save(self) -> None:
        """Collect on the event loop, where the services run, without a pause: no call falls between two services. Write beside it."""
        started = time.time()
        states = {}
        for name, get_state in application.state_getters().items():
            try:
                states[name] = get_state()
            except Exception:
                logger.exception("state of %s", name)
        await asyncio.to_thread(self._write, states)
        self._events.forget(started)

    def _write(self, states: dict[str, Any]) -> None:
        with self._saving:
            texts: dict[str, str] = {}
            for name, state in states.items():
                if state is None:
                    continue
                try:
                    text = application.serialized(name, state)
                except (TypeError, ValueError, RuntimeError):
                    logger.exception("state of %s", name)
                    continue
                digest = hashlib.blake2b(text.encode()).digest()
                if self._saved.get(name) != digest:
                    texts[name] = text
                    self._saved[name] = digest
            if texts:
                write_together({application.state_file(name): text for name, text in texts.items()})


def install(config: Config) -> Observer:
    """Start saving in the running event loop; return what watches the calls."""
    events = EventLog(config.state_dir / "events.jsonl")
    if not config.crashed:
        events.clear()
    on_loaded(messaging.release_received)

    def wrap(send: storage.SendEvent) -> storage.SendEvent:
        def replay() -> None:
            identity.act_from_here()
            if count := events.replay(send):
                logger.info("%s events of S3 are sent again", count)

        on_loaded(replay)
        return _logged(send, events)

    storage.wrap_events(wrap)
    snapshots = Snapshots(events)
    saving = asyncio.create_task(snapshots.run())
    on_shutdown(saving.cancel)
    return snapshots.observe


def _logged(send: storage.SendEvent, events: EventLog) -> storage.SendEvent:
    def sending(*arguments: Any, **options: Any) -> None:
        events.append(*arguments, **options)
        send(*arguments, **options)

    return sending


SERVICE = Service("snapshots", install)
