"""Cron expressions, and exclude patterns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lake_local.cloud.glue.errors import GlueError
from lake_local.cloud.glue.listing import glob
from lake_local.cloud.glue.schedule import Cron, due


@pytest.mark.parametrize(
    ("expression", "time", "expected"),
    [
        ("cron(0 * * * ? *)", (2026, 11, 23, 4, 0), True),
        ("cron(0 * * * ? *)", (2026, 11, 23, 4, 1), False),
        ("cron(0/15 4-6 * * ? *)", (2026, 11, 23, 6, 45), True),
        ("cron(0 12 ? * MON-FRI *)", (2026, 11, 22, 12, 0), False),
        ("cron(0 12 ? * 2#4 *)", (2026, 11, 23, 12, 0), True),
        ("cron(0 12 ? * 6L *)", (2026, 11, 27, 12, 0), True),
        ("cron(0 12 L * ? *)", (2026, 11, 30, 12, 0), True),
        ("cron(0 12 15W NOV ? 2026)", (2026, 11, 16, 12, 0), True),
    ],
)
def test_cron(expression: str, time: tuple[int, ...], expected: bool) -> None:
    assert Cron(expression).matches(datetime(*time)) is expected


@pytest.mark.parametrize("expression", ["", "rate(1 hour)", "cron(* * *)", "cron(60 * * * ? *)", "cron(a * * * ? *)"])
def test_cron_that_is_none(expression: str) -> None:
    with pytest.raises(GlueError, match="not valid"):
        Cron(expression)


def test_due_is_once_a_minute() -> None:
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp()
    assert due("cron(0 12 * * ? *)", noon - 5, noon + 1)
    assert not due("cron(0 12 * * ? *)", noon + 1, noon + 30)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.csv", "a.csv", True),
        ("*.csv", "x/a.csv", False),
        ("**.csv", "x/a.csv", True),
        ("x/**", "x/y/z", True),
        ("{a,b}?.txt", "b1.txt", True),
        ("[!a]*", "abc", False),
        ("[a-c]*", "bcd", True),
        (r"\*.csv", "*.csv", True),
        (r"\*.csv", "a.csv", False),
    ],
)
def test_exclude_patterns(pattern: str, path: str, expected: bool) -> None:
    assert bool(glob(pattern).fullmatch(path)) is expected
