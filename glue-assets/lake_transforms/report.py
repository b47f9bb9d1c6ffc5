"""What a run says about itself: one line of JSON in its log."""

from __future__ import annotations

import json
from typing import Any

MARK = "LAKE_RESULT"

# The line that metric filters read: a mark and fields with spaces between, because a filter takes JSON only if the whole line is JSON.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
METRIC_MARK = "LAKE_METRICS"
METRIC_FIELDS = ("table", "rows_in", "rows_out", "rows_quarantined", "quarantined_percent")


def say_result(**numbers: Any) -> None:
    print(f"{MARK} {json.dumps(numbers, ensure_ascii=False, sort_keys=False)}", flush=True)


def say_metrics(table: str, rows_in: int, rows_out: int, rows_quarantined: int) -> None:
    """Print what the lake's metrics count: rows, and the share of them that was refused."""
    percent = round(100 * rows_quarantined / rows_in, 2) if rows_in else 0.0
    print(METRIC_MARK, table, rows_in, rows_out, rows_quarantined, percent, flush=True)
