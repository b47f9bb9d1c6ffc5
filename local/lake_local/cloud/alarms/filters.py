"""Metric filters: what is put into a log group is counted as it comes."""

from __future__ import annotations

import logging
from typing import Any

from ..ministack import log_events, metrics
from ..ministack.log_events import Put
from ..service import json_error
from . import patterns

logger = logging.getLogger("lake.server")


def install() -> None:
    """Count with each PutLogEvents; refuse patterns that CloudWatch Logs refuses."""
    log_events.wrap_put(_counting)
    log_events.wrap_put_filter(_checking)


def _counting(put: Put) -> Put:
    def counting(request: dict[str, Any]) -> Any:
        answer = put(request)
        if answer[0] == 200:
            count(request["logGroupName"], [event.get("message", "") for event in request.get("logEvents", [])])
        return answer

    return counting


def _checking(put: Put) -> Put:
    def checking(request: dict[str, Any]) -> Any:
        try:
            patterns.check(request.get("filterPattern", ""))
        except patterns.BadPattern as error:
            return json_error("InvalidParameterException", str(error))
        return put(request)

    return checking


def count(group: str, messages: list[str]) -> None:
    """Put a point for each message that a filter of the group matches."""
    for one in log_events.metric_filters(group):
        try:
            for message in messages:
                _count(one, message)
        except Exception:
            logger.exception("metric filter %s of %s", one.get("filterName"), group)


def _count(one: dict[str, Any], message: str) -> None:
    fields = patterns.match(one.get("filterPattern", ""), message)
    if fields is None:
        return
    for transformation in one["metricTransformations"]:
        value = patterns.number(str(transformation["metricValue"]), fields)
        if value is None:
            continue
        dimensions = {name: str(patterns.field(selector, fields)) for name, selector in (transformation.get("dimensions") or {}).items()}
        unit = transformation.get("unit") or "None"
        metrics.put(transformation["metricNamespace"], transformation["metricName"], value, unit, dimensions)
