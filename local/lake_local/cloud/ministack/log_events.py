"""MiniStack's CloudWatch Logs: events as they are put, and the filters on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Put = Callable[[dict[str, Any]], tuple[int, dict[str, str], Any]]


def wrap_put(wrap: Callable[[Put], Put]) -> None:
    """Replace `PutLogEvents(request)` by `wrap(put)`."""
    from ministack.services import cloudwatch_logs

    from . import once

    cloudwatch_logs._put_log_events = once(cloudwatch_logs._put_log_events, wrap)


def wrap_put_filter(wrap: Callable[[Put], Put]) -> None:
    """Replace `PutMetricFilter(request)` by `wrap(put)`."""
    from ministack.services import cloudwatch_logs

    from . import once

    cloudwatch_logs._put_metric_filter = once(cloudwatch_logs._put_metric_filter, wrap)


def metric_filters(group: str) -> list[dict[str, Any]]:
    """Return the metric filters of a log group."""
    from ministack.services import cloudwatch_logs

    return [one for (name, _), one in cloudwatch_logs._metric_filters.items() if name == group]
