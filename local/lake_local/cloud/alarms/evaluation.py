"""What state an alarm is in, by the points of its metric.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Alarm = dict[str, Any]
Point = dict[str, Any]
Statistic = Callable[[str, list[Point]], float | None]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def state(alarm: Alarm, points: Sequence[Point], now: float, statistic: Statistic) -> str | None:
    """Return the state at a time; None where it stays as it is."""
    compare = _COMPARE.get(alarm.get("ComparisonOperator", ""))
    if compare is None:
        return None
    values = datapoints(alarm, points, now, statistic)
    breaching = [None if value is None else compare(value, float(alarm["Threshold"])) for value in values]
    missing = alarm.get("TreatMissingData") or "missing"
    if all(one is None for one in breaching) and missing in ("missing", "ignore"):
        return "INSUFFICIENT_DATA" if missing == "missing" else None
    counted = [one if one is not None else missing == "breaching" for one in breaching]
    return "ALARM" if sum(counted) >= int(alarm.get("DatapointsToAlarm") or len(counted)) else "OK"


def datapoints(alarm: Alarm, points: Sequence[Point], now: float, statistic: Statistic) -> list[float | None]:
    """Return the statistic of each of the alarm's periods, the newest first; None for one without points."""
    period, name = int(alarm.get("Period") or 60), alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    found: list[float | None] = []
    for index in range(int(alarm.get("EvaluationPeriods") or 1)):
        until = now - index * period
        inside = [point for point in points if until - period < point["Timestamp"] <= until]
        found.append(statistic(name, inside) if inside else None)
    return found
