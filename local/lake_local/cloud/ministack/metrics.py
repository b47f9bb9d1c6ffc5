"""MiniStack's CloudWatch: points of metrics, alarms and their states."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

Alarm = dict[str, Any]
Point = dict[str, Any]


def alarms() -> list[Alarm]:
    """Return the metric alarms, as they are kept."""
    from ministack.services import cloudwatch

    return list(cloudwatch._alarms.values())


def points(namespace: str, name: str, dimensions: dict[str, str]) -> list[Point]:
    """Return the points of one metric with exactly these dimensions."""
    from ministack.services import cloudwatch

    return list(cloudwatch._metrics.get((namespace, name, cloudwatch._dims_key(dimensions))) or [])


def put(namespace: str, name: str, value: float, unit: str, dimensions: dict[str, str]) -> None:
    """Add a point."""
    from ministack.services import cloudwatch

    cloudwatch.record_metric(namespace, name, value, unit, dimensions)


def statistic(name: str, of: list[Point]) -> float | None:
    """Return a statistic of some points, such as `Sum` or `p95`."""
    from ministack.services import cloudwatch

    value = cloudwatch._stat_value(cloudwatch._calc_stats(of), name, of)
    return None if value is None else float(value)


def set_state(alarm: Alarm, state: str, reason: str) -> None:
    """Change an alarm's state, write its history, and tell its topics."""
    from ministack.services import cloudwatch

    before = alarm["StateValue"]
    alarm.update({"StateValue": state, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())})
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def evaluate_with(evaluate: Callable[[Alarm], None]) -> None:
    """Let `evaluate(alarm)` decide on an alarm's state, where MiniStack does so itself."""
    from ministack.services import cloudwatch

    cloudwatch._evaluate_alarm = evaluate
