"""Names of runs: they sort by time, and no two are the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lake_transforms.run_names import earliest_name, run_name, time_of_run

NOON = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("later", [timedelta(microseconds=1), timedelta(milliseconds=20), timedelta(seconds=1), timedelta(days=400)])
def test_a_later_run_sorts_after_an_earlier_one(later: timedelta) -> None:
    for _ in range(50):
        assert run_name(NOON) < run_name(NOON + later)


@pytest.mark.parametrize("fraction", [0, 1, 999_999])
def test_a_name_tells_its_second(fraction: int) -> None:
    began = NOON + timedelta(microseconds=fraction)
    assert time_of_run(run_name(began)) == NOON
    assert earliest_name(began) < run_name(began) < earliest_name(NOON + timedelta(seconds=1))


@pytest.mark.parametrize("name", ["", "rows", "20261128T120000Z", "20261128T120000Z-0000000", "x20261128T120000Z-00000000"])
def test_what_is_no_run_has_no_time(name: str) -> None:
    assert time_of_run(name) is None


def test_runs_of_the_same_moment_differ() -> None:
    assert len({run_name() for _ in range(1000)}) == 1000
