"""Nothing is lost and nothing is doubled, whatever ends in the middle.

`npm test` injects each fault a few times, `npm run soak` many times; the soak writes its counts to docs/reliability.md.
"""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from . import faults
from .document import DOCUMENT, write_section
from .faults import Count, Table

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(
    not Path("/proc/self").exists() or not shutil.which("prlimit"), reason="needs Linux, to find and limit processes"
)


def on_a_stream(lake: Any, many: bool) -> list[Count]:
    random = Random(7)
    again = 30 if many else 3
    return [
        faults.function_fails(lake, "error", "function fails", again),
        faults.function_fails(lake, "crash", "function's process ends in the middle", again),
        faults.function_fails(lake, "slow", "function times out", again // 3),
        faults.function_fails(lake, "memory", "function runs out of memory", again),
        faults.worker_killed(lake, again, random),
        faults.same_again(lake, again),
        faults.replaced(lake, again),
        faults.event_again(lake, again, random),
        faults.disk_full(lake),
        faults.server_killed(lake, 5 if not many else 30, signal.SIGKILL, random),
        faults.server_killed(lake, 1 if not many else 10, signal.SIGTERM, random),
    ]


def on_a_table(lake: Any, folder: Path, many: bool) -> list[Count]:
    random = Random(11)
    table = Table(lake, folder)
    times, rows = (10, 100_000) if many else (1, 2_000)
    return [
        faults.job_killed(table, times, rows, "job", "job's process killed", random),
        faults.job_killed(table, times, rows, "machine", "job's Spark machine killed", random),
        faults.crawled_meanwhile(table, times, rows),
    ]


def check(counts: list[Count]) -> None:
    assert [count for count in counts if count.lost or count.doubled or not count.sent] == []


@pytest.fixture
def stream_lake(new_lake: Callable[..., Any]) -> Any:
    """The small app, with short waits: a message that failed comes again after three seconds."""
    lake = new_lake()
    lake("up")
    stream = lake.lake.model().stream("events")
    lake.lake.client("lambda").update_function_configuration(FunctionName=stream.function, Timeout=2)
    attributes = {"VisibilityTimeout": "3"}
    lake.lake.client("sqs").set_queue_attributes(QueueUrl=stream.queue_url, Attributes=attributes)
    return lake


@pytest.fixture
def table_lake(new_lake: Callable[..., Any]) -> Any:
    lake = new_lake(folder=ROOT / "examples" / "olist")
    lake("up")
    return lake


def test_a_stream_loses_nothing(stream_lake: Any) -> None:
    check(on_a_stream(stream_lake, many=False))


def test_a_table_loses_nothing(table_lake: Any, tmp_path: Path) -> None:
    check(on_a_table(table_lake, tmp_path, many=False))


@pytest.mark.soak
def test_many_times(stream_lake: Any, table_lake: Any, tmp_path: Path) -> None:
    counts = on_a_stream(stream_lake, many=True) + on_a_table(table_lake, tmp_path, many=True)
    header = "| fault | times | sent | lost | doubled | how it goes on |\n|---|---|---|---|---|---|"
    write_section("faults", "\n".join([header, *(one.row() for one in counts)]))
    check(counts)


def test_the_document_has_counts_of_every_fault_and_no_loss() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| \d+ \| [\d,]+ (?:objects|rows) \| (\d+) \| (\d+) \|", text, flags=re.MULTILINE)
    assert len(rows) >= 14
    assert [row for row in rows if row[1:] != ("0", "0")] == []
