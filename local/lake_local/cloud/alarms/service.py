"""Alarms, as a service of ours: queues are measured, and alarms evaluated, every few seconds."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from lake_local.config import Config
from lake_local.fidelity import Entry

from ..ministack import messaging, metrics
from ..service import Service
from ..shutdown import on_shutdown
from . import evaluation, filters

logger = logging.getLogger("lake.server")

TYPE = "AWS::CloudWatch::Alarm"
FILTER = "AWS::Logs::MetricFilter"
_SECONDS = 2.0
# SQS reports each minute; here, what has changed is reported at once.
_EVERY = 60.0
_QUEUE_METRICS = ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage")


def install(_config: Config) -> None:
    """Evaluate in MiniStack's place, which looks at no dimension and at no missing data."""
    metrics.evaluate_with(evaluate)
    filters.install()
    stopped = threading.Event()
    sampler = Sampler()

    def run() -> None:
        while not stopped.wait(_SECONDS):
            try:
                sampler.sample()
                for alarm in metrics.alarms():
                    evaluate(alarm)
            except Exception:
                logger.exception("while evaluating alarms")

    threading.Thread(target=run, name="alarms", daemon=True).start()
    on_shutdown(stopped.set)


def evaluate(alarm: dict[str, Any]) -> None:
    """Bring one alarm into the state that its metric says."""
    if not alarm.get("MetricName") or not alarm.get("Namespace"):
        return
    found = metrics.points(alarm["Namespace"], alarm["MetricName"], _dimensions(alarm))
    state = evaluation.state(alarm, found, time.time(), metrics.statistic)
    if state is not None and state != alarm["StateValue"]:
        metrics.set_state(alarm, state, _reason(alarm, found, state))


class Sampler:
    """Puts the metrics of queues that an alarm watches."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, tuple[int, float]]] = {}

    def sample(self) -> None:
        watched = {
            _dimensions(alarm).get("QueueName")
            for alarm in metrics.alarms()
            if alarm.get("Namespace") == "AWS/SQS" and alarm.get("MetricName") in _QUEUE_METRICS
        }
        for queue in sorted(name for name in watched if name):
            self._sample(queue)

    def _sample(self, queue: str) -> None:
        backlog = messaging.backlog(queue)
        if backlog is None:
            return
        now = time.time()
        at, before = self._last.get(queue, (0.0, (-1, 0.0)))
        if now - at < _EVERY and backlog[0] == before[0]:
            return
        self._last[queue] = (now, backlog)
        dimensions = {"QueueName": queue}
        metrics.put("AWS/SQS", "ApproximateNumberOfMessagesVisible", backlog[0], "Count", dimensions)
        metrics.put("AWS/SQS", "ApproximateAgeOfOldestMessage", backlog[1], "Seconds", dimensions)


def _dimensions(alarm: dict[str, Any]) -> dict[str, str]:
    return {one["Name"]: str(one.get("Value", "")) for one in alarm.get("Dimensions") or []}


def _reason(alarm: dict[str, Any], found: list[dict[str, Any]], state: str) -> str:
    values = [value for value in evaluation.datapoints(alarm, found, time.time(), metrics.statistic) if value is not None]
    if not values:
        return "Insufficient Data" if state == "INSUFFICIENT_DATA" else f"no data, which counts as {alarm.get('TreatMissingData')}"
    return f"Threshold Crossed: {values} against {alarm['ComparisonOperator']} {alarm['Threshold']}"


FIDELITY = (
    Entry(
        TYPE,
        "differs",
        "Evaluated every two seconds: periods, datapoints, missing data and dimensions as on AWS; its SNS topics are told. Metrics that "
        "are put here: Lambda's, those of metric filters, depth and age of the queues that an alarm watches (as they change), and "
        "PutMetricData. Those of S3 and EventBridge, and NumberOfMessagesSent, are not: alarms on them see no data. `aws cloudwatch "
        "set-alarm-state` raises one until its next evaluation.",
    ),
    Entry(
        FILTER,
        "differs",
        "Counts what is put into its group by PutLogEvents: patterns of JSON, of fields between spaces, of terms without regular "
        "expressions. Logs of functions are written here without that call, and are not counted. No default value.",
    ),
)
SERVICE = Service("monitoring", install, fidelity=FIDELITY)
