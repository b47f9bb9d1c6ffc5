"""What a job prints, live in CloudWatch Logs: put there as the job's role, as on AWS. A role without that right has no logs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import IO, Any

from .records import Job, JobRun

logger = logging.getLogger("lake.glue")

_SECONDS = 0.5
_BATCH = 500
_LONGEST = 200_000


def job_destinations(job: Job, run: JobRun, arguments: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Return log groups and streams by kind of output.

    Glue 5 puts all that a script prints into `output`; `error` is for what Spark and Glue report. Earlier versions: stdout and stderr.
    https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
    """
    prefix = arguments.get("--custom-logGroup-prefix") or "/aws-glue/jobs"
    stream = arguments.get("--custom-logStream-prefix") or run["Id"]
    if configuration := run.get("SecurityConfiguration"):
        prefix = f"{prefix}/{configuration}-role/{job['Role'].rsplit('/', 1)[-1]}"
    output, error = (f"{prefix}/output", stream), (f"{prefix}/error", stream)
    try:
        modern = float(job.get("GlueVersion", 0)) >= 5
    except ValueError:
        modern = True
    destinations = {"output": [output], "stderr": [output, error] if modern else [error], "error": [error]}
    own_group = arguments.get("--continuous-log-logGroup")
    if arguments.get("--enable-continuous-cloudwatch-log", "").lower() in ("true", "continuous-log-filter") and own_group:
        for kind in ("output", "stderr"):
            if own_group not in (group for group, _ in destinations[kind]):
                destinations[kind].append((own_group, stream))
    return destinations


class LogShipper:
    """Gathers lines and puts them in batches, from a thread of its own."""

    def __init__(self, client: Callable[[], Any], destinations: dict[str, list[tuple[str, str]]]) -> None:
        self._make_client = client
        self._destinations = destinations
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._waiting: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._known: set[tuple[str, str]] = set()
        self._refused: set[str] = set()
        self._client: Any = None
        self._closed = False
        self._thread = threading.Thread(target=self._ship, name="logs", daemon=True)
        self._thread.start()

    def put(self, kind: str, text: str) -> None:
        message = text.rstrip("\r\n")
        if not message.strip():
            return
        event = {"timestamp": int(time.time() * 1000), "message": message[:_LONGEST]}
        with self._lock:
            for destination in self._destinations.get(kind, []):
                self._waiting.setdefault(destination, []).append(event)

    def follow(self, kind: str, pipe: IO[bytes]) -> threading.Thread:
        """Put every line of a pipe until it ends."""

        def read() -> None:
            for line in iter(pipe.readline, b""):
                self.put(kind, line.decode("utf-8", errors="replace"))
            pipe.close()

        thread = threading.Thread(target=read, name=f"log {kind}", daemon=True)
        thread.start()
        return thread

    def close(self, seconds: float = 15) -> None:
        """Wait until everything put so far is in CloudWatch Logs."""
        self._closed = True
        self._wake.set()
        self._thread.join(seconds)

    def _ship(self) -> None:
        while True:
            closing = self._closed
            with self._lock:
                waiting, self._waiting = self._waiting, {}
            for destination, events in waiting.items():
                for start in range(0, len(events), _BATCH):
                    self._put_events(destination, events[start : start + _BATCH])
            if closing:
                return
            self._wake.wait(_SECONDS)

    def _put_events(self, destination: tuple[str, str], events: list[dict[str, Any]]) -> None:
        group, stream = destination
        if group in self._refused:
            return
        try:
            if self._client is None:
                self._client = self._make_client()
            if destination not in self._known:
                self._create(group, stream)
                self._known.add(destination)
            self._client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        except Exception as error:
            self._refused.add(group)
            logger.warning("no logs in %s: %s", group, error)

    def _create(self, group: str, stream: str) -> None:
        for create, names in (
            (self._client.create_log_group, {"logGroupName": group}),
            (self._client.create_log_stream, {"logGroupName": group, "logStreamName": stream}),
        ):
            try:
                create(**names)
            except self._client.exceptions.ResourceAlreadyExistsException:
                pass
            except self._client.exceptions.ClientError as error:
                # A role may write to a group that it may not create.
                if error.response["Error"]["Code"] not in ("AccessDeniedException", "AccessDenied"):
                    raise
