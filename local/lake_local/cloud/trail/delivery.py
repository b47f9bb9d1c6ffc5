"""What a trail keeps goes into its bucket and its log group, every few seconds."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lake_local.store import Store

from ..identity import role_credentials
from ..ministack import storage
from ..ministack import trails as kept
from ..ministack.trails import Trail
from . import admission, digests, files, selectors

logger = logging.getLogger("lake.server")

SECONDS = 2.0  # CloudTrail's files come after some five minutes
_DIGEST_SECONDS = 3600.0
_SESSION = "CLOUDWATCH_LOGS_DELIVERY_SESSION"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html: events of a PutLogEvents
_MOST_EVENTS = 1000

# Returns a client of a service with a role's credentials.
ClientOf = Callable[[str, Any], Any]
Record = dict[str, Any]


class Delivery:
    """Collects the records of calls, and writes them for each trail that is on."""

    def __init__(self, spool: Path, store: Store, signer: digests.Signer, client_of: ClientOf) -> None:
        self._spool, self._store, self._signer, self._client_of = spool, store, signer, client_of
        # What GetTrailStatus says of deliveries, by the trail's ARN.
        self.status: dict[str, dict[str, Any]] = defaultdict(dict)
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Record]] = defaultdict(list)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._digested = time.monotonic()

    def take(self, record: Record) -> None:
        """Keep a record for the trails that want it. Runs on the event loop, as the call is answered."""
        self._loop = asyncio.get_running_loop()
        if record["userIdentity"].get("arn", "").endswith(f"/{_SESSION}"):
            return
        for trail in kept.trails():
            if _is_on(trail, record) and trail.record.get("S3BucketName") and selectors.keeps(trail.selectors, record):
                with self._lock:
                    self._waiting[trail.record["TrailARN"]].append(record)

    def load(self) -> None:
        """Take over what the server had not written when it stopped."""
        if self._spool.exists():
            for line in self._spool.read_text(encoding="utf-8").splitlines():
                arn, record = json.loads(line)
                self._waiting[arn].append(record)
            self._spool.unlink()

    def save(self) -> None:
        """Keep what has not been written, for the next start of the server."""
        with self._lock:
            lines = [json.dumps([arn, record]) for arn, records in self._waiting.items() for record in records]
        if lines:
            self._spool.touch(mode=0o600)
            self._spool.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def run(self) -> None:
        """Write what waits. Not on the event loop."""
        with self._lock:
            waiting, self._waiting = self._waiting, defaultdict(list)
        for trail in kept.trails():
            if records := waiting.get(trail.record["TrailARN"]):
                self._deliver(trail, records)
        if time.monotonic() - self._digested >= _DIGEST_SECONDS:
            self.digest()

    def _deliver(self, trail: Trail, records: list[Record]) -> None:
        file = files.log_file(trail.record, trail.account, trail.region, records)
        if self._write(trail, file.key, file.body, {}):
            with self._chain(trail) as chain:
                chain.files.append(digests.entry(trail.record["S3BucketName"], file))
        if group := trail.record.get("CloudWatchLogsLogGroupArn"):
            self._log(trail, group, records)

    def digest(self) -> None:
        """Write the digests of the files since the last ones."""
        self._digested = time.monotonic()
        for trail in kept.trails():
            if trail.record.get("LogFileValidationEnabled") and trail.record.get("IsLogging"):
                with self._chain(trail) as chain:
                    made = digests.digest(trail.record, trail.account, trail.region, chain, self._signer, datetime.now(UTC))
                self._write(trail, made.key, made.body, {f"x-amz-meta-{name}": value for name, value in made.metadata.items()})

    def _chain(self, trail: Trail) -> _ChainInStore:
        return _ChainInStore(self._store, trail.record["TrailARN"])

    def _write(self, trail: Trail, key: str, body: bytes, headers: dict[str, str]) -> bool:
        """Write an object as CloudTrail does, if the policies of bucket and key let the service. Return whether it is there."""
        record, bucket, status_of = trail.record, trail.record["S3BucketName"], self.status[trail.record["TrailARN"]]
        try:
            admission.require(record, trail.account, key)
            headers = {"content-type": "application/json", "content-encoding": "gzip", "x-amz-acl": admission.ACL, **headers}
            if record.get("KmsKeyId"):
                headers |= {
                    "x-amz-server-side-encryption": "aws:kms",
                    "x-amz-server-side-encryption-aws-kms-key-id": admission.key_arn(record["KmsKeyId"]),
                }
            status, _, answer = self._on_loop(storage.write_as_service(bucket, key, headers, body))
        except (admission.NotAdmitted, OSError) as error:
            status, answer = 403, str(error).encode()
        if status == 200:
            status_of["LatestDeliveryTime"] = int(time.time())
            status_of.pop("LatestDeliveryError", None)
            return True
        status_of["LatestDeliveryError"] = (answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer))[:500]
        logger.warning("the trail %s cannot write to %s: %s", record["Name"], bucket, status_of["LatestDeliveryError"])
        return False

    def _on_loop(self, writing: Any) -> tuple[int, dict[str, str], Any]:
        """Return what is awaited on the event loop, where the services run."""
        if self._loop is None:
            raise OSError("the server has not answered a call yet")
        answering: Future[tuple[int, dict[str, str], Any]] = asyncio.run_coroutine_threadsafe(writing, self._loop)
        return answering.result(60)

    def _log(self, trail: Trail, group_arn: str, records: list[Record]) -> None:
        """Put the records into a log group, under the trail's role."""
        status = self.status[trail.record["TrailARN"]]
        group = group_arn.split(":log-group:", 1)[-1].removesuffix(":*")
        stream = f"{trail.account}_CloudTrail_{trail.region}"
        events = [{"timestamp": _milliseconds(one), "message": json.dumps(one)} for one in sorted(records, key=_milliseconds)]
        try:
            # Without the trail's ARN: roles' policies cannot ask for it.
            # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
            role = role_credentials(trail.record["CloudWatchLogsRoleArn"], _SESSION, "cloudtrail.amazonaws.com")
            logs = self._client_of("logs", role)
            for start in range(0, len(events), _MOST_EVENTS):
                _put(logs, group, stream, events[start : start + _MOST_EVENTS])
            status["LatestCloudWatchLogsDeliveryTime"] = int(time.time())
            status.pop("LatestCloudWatchLogsDeliveryError", None)
        except Exception as error:
            status["LatestCloudWatchLogsDeliveryError"] = str(error)[:500]
            logger.warning("the trail %s cannot write to the log group %s: %s", trail.record["Name"], group, error)


class _ChainInStore:
    """The chain of a trail's digests, saved when the block ends."""

    def __init__(self, store: Store, arn: str) -> None:
        self._store, self._arn = store, arn

    def __enter__(self) -> digests.Chain:
        known = self._store.read(self._arn) or {"start": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        self._chain = digests.Chain(**known)
        return self._chain

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            with self._store.change() as data:
                data[self._arn] = asdict(self._chain)


def _is_on(trail: Trail, record: Record) -> bool:
    """Return whether a trail keeps calls. The one that stops it is the last."""
    just_stopped = record["eventName"] == "StopLogging" and time.time() - trail.record.get("_StoppedAt", 0) < SECONDS
    return bool(trail.record.get("IsLogging")) or just_stopped


def _put(logs: Any, group: str, stream: str, events: list[dict[str, Any]]) -> None:
    try:
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    except logs.exceptions.ResourceNotFoundException:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def _milliseconds(record: Record) -> int:
    return int(datetime.fromisoformat(record["eventTime"]).timestamp() * 1000)
