"""A long day of one lake: what it keeps in memory and on disk stops growing. The figures go to docs/reliability.md."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lake_local.lake.queries import Queries

from ..conftest import descendants
from .document import write_section
from .faults import Stream, Table, command_of, until

ROOT = Path(__file__).resolve().parents[3]
RUNS, QUERIES, EVENTS = 50, 500, 5_000
IDLE = 80
# After a tenth everything has been used once; what comes after that may grow by this share, and by this many MiB.
ALLOWED_SHARE, ALLOWED_MIB = 0.35, 150


@dataclass
class Figures:
    """One moment of the day."""

    done: int
    server_mib: int
    machine_mib: int
    processes: int
    descriptors: int
    files: int

    def row(self, label: str) -> str:
        cells = (self.done, self.server_mib, self.machine_mib, self.processes, self.descriptors, self.files)
        return f"| {label} | " + " | ".join(f"{cell:,}" for cell in cells) + " |"


def resident(pid: int) -> int:
    """Return the memory of a process in MiB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS:")), 0)


def look(lake: Any, done: int) -> Figures:
    pid = lake.lake.pid
    children = descendants(pid) - {pid}
    return Figures(
        done,
        resident(pid),
        sum(resident(child) for child in children if command_of(child).startswith("/") and "java" in command_of(child).split(" ")[0]),
        len(children),
        len(list(Path(f"/proc/{pid}/fd").iterdir())),
        sum(1 for path in lake.state.rglob("*") if path.is_file() and "s3" not in path.relative_to(lake.state).parts[:1]),
    )


def day(lake: Any, total: int, act: Callable[[int], None]) -> list[Figures]:
    """Act so often; return the figures after a tenth, the half and the whole, and when nothing has happened for a while after it."""
    looks = []
    for number in range(1, total + 1):
        act(number)
        if number in (total // 10, total // 2, total):
            time.sleep(3)
            looks.append(look(lake, number))
    # Connections that nobody uses end after 75 seconds: only what is open then could have leaked.
    time.sleep(IDLE)
    return [*looks, look(lake, total)]


@pytest.mark.soak
def test_a_long_day(new_lake: Callable[..., Any], tmp_path: Path) -> None:
    lake = new_lake(folder=ROOT / "examples" / "olist")
    lake("up")
    table = Table(lake, tmp_path)

    def run(number: int) -> None:
        table.drop(f"day-{number}.csv", 500)
        assert table.run()["ok"]

    runs = day(lake, RUNS, run)
    athena = Queries(lake.lake)

    def query(number: int) -> None:
        answer = athena.ask(f"select count(*) c from raw_sellers where seller_id <> '{number}'")
        assert answer.records() == [{"c": len(table.ids)}]

    queries = day(lake, QUERIES, query)

    small = new_lake()
    small("up")
    stream = Stream(small, "day")

    def event(number: int) -> None:
        stream.put(f"{number:05d}", b"event %d" % number)
        if number % 500 == 0:
            until(lambda: len(stream.arrived()) == number, f"{number} objects", 300)

    events = day(small, EVENTS, event)

    sections = {"runs of a table's job, 500 rows each": runs, "queries": queries, "events of a stream": events}
    columns = ["", "done", "server, MiB", "Spark, MiB", "processes", "open files of the server", "files besides objects"]
    header = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    write_section(
        "endurance",
        "\n".join(
            [
                header,
                *(one.row(label) for label, looks in sections.items() for one in looks[:-1]),
                *(looks[-1].row(f"{label}, idle for {IDLE} s") for label, looks in sections.items()),
            ]
        ),
    )
    counted = table.count("", RUNS, "")
    assert (counted.lost, counted.doubled) == (0, 0)
    for label, (first, *_, last) in sections.items():
        for name in ("server_mib", "machine_mib"):
            before, after = getattr(first, name), getattr(last, name)
            assert after <= before * (1 + ALLOWED_SHARE) + ALLOWED_MIB, f"{label}: {name} grew from {before} to {after}"
        assert last.descriptors <= first.descriptors + 50, label
        assert last.processes <= first.processes + 5, label
