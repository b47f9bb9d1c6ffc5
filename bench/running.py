#!/usr/bin/env python3
"""A lake that runs: `lake up` and `lake run` with nothing new, one event, many small files and a large one on a stream, and the memory of
all processes.

    python bench/running.py [--files 1000] [--megabytes 100] [--times 5] [-o json]

Runs in the interpreter of the lake's environment (`node bin/python-env.js runtime` prints it), on the example with a state directory of its
own. Commands are timed as a user sees them, with the start of their process. An event is timed from PutObject to the object in the
next zone. Memory is measured as bench/demo.py does. Needs /proc (Linux).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "local"), str(Path(__file__).resolve().parent)]

from demo import MIB, Memory  # noqa: E402
from lake_local.demo.data import prepare  # noqa: E402
from lake_local.lake.client import Lake  # noqa: E402

STREAM = "clickstream"
ROW = b"event_id,session_id,event_type,timestamp\n%d,a,view,2026-01-01T00:00:00Z\n"
LONGEST = 600


class Bench:
    """The example in a lake of its own."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def command(self, *arguments: str) -> float:
        """Run `lake`; return its seconds."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "local"), "LAKE_PACKAGE_ROOT": str(ROOT)}
        command = [sys.executable, "-m", "lake_local", "--state", str(self._state), *arguments]
        started = time.monotonic()
        done = subprocess.run(command, cwd=ROOT / "examples" / "olist", env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"lake {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
        return time.monotonic() - started

    def open(self) -> None:
        lake = Lake.find(self._state)
        model = lake.model()
        stream = model.stream(STREAM)
        zone = next(zone for zone in model.zones if zone.name == stream.zone)
        assert zone.next
        self._s3, self._prefix = lake.client("s3"), stream.prefix
        self._source, self._target = zone.bucket, model.zone(zone.next).bucket

    def drop_tables(self, folder: Path) -> None:
        """Drop generated files of all tables, a hundredth of the real ones."""
        for table, file in prepare(None, folder, 42, 0.01).tables.items():
            self.command("drop", str(file), "--table", table)

    def stream_files(self, first: int, count: int) -> float:
        """Put files; return the seconds until all are in the next zone."""
        before = self._arrived()
        started = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            for _ in pool.map(self._put, range(first, first + count)):
                pass
        self._wait_for(before + count, started, 0.02 if count == 1 else 0.2)
        return time.monotonic() - started

    def large_file(self, file: Path) -> float:
        """Put a file; return the seconds from then until it is in the next zone."""
        before = self._arrived()
        self._s3.upload_file(str(file), self._source, f"{self._prefix}large.csv")
        started = time.monotonic()
        self._wait_for(before + 1, started, 0.2)
        return time.monotonic() - started

    def _wait_for(self, count: int, started: float, pause: float) -> None:
        while self._arrived() < count:
            if time.monotonic() > started + LONGEST:
                raise SystemExit(f"{self._arrived()} files are in the next zone after {LONGEST} s, and not {count}")
            time.sleep(pause)

    def _put(self, number: int) -> None:
        self._s3.put_object(Bucket=self._source, Key=f"{self._prefix}{number:06d}.csv", Body=ROW % number)

    def _arrived(self) -> int:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._target, Prefix=self._prefix)
        return sum(page["KeyCount"] for page in pages)


def write_rows(file: Path, megabytes: int) -> None:
    with file.open("wb") as target:
        target.write(ROW % 0)
        number = 0
        while target.tell() < megabytes * 1_000_000:
            target.write(b"".join(b"%d,s%d,view,2026-01-01T00:00:00Z\n" % (one, one % 1000) for one in range(number, number + 20_000)))
            number += 20_000


def measure(files: int, megabytes: int, times: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lake-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder) / ".lake")
        memory = Memory(os.getpid(), Path(folder) / ".lake")
        try:
            found: dict[str, Any] = {"lake up, new": bench.command("up")}
            bench.open()
            found["event, cold"] = bench.stream_files(0, 1)
            found["event, warm"] = median(times, lambda turn: bench.stream_files(1 + turn, 1))
            found["lake up, nothing new"] = median(times, lambda _: bench.command("up"))
            bench.drop_tables(Path(folder))
            found["lake run, first"] = bench.command("run")
            found["lake run, nothing new"] = median(times, lambda _: bench.command("run"))
            found[f"{files:,} small files"] = bench.stream_files(1_000, files)
            file = Path(folder) / "large.csv"
            write_rows(file, megabytes)
            memory.stop()
            of_large = Memory(os.getpid(), Path(folder) / ".lake")
            found[f"{megabytes:,} MB in one file"] = bench.large_file(file)
            of_large.stop()
        finally:
            memory.stop()
            bench.command("down", "--purge")
    seconds = {what: round(value, 2) for what, value in found.items()}
    return {**seconds, **_peak(memory, "peak MiB"), **_peak(of_large, "peak MiB, large file")}


def _peak(memory: Memory, name: str) -> dict[str, Any]:
    parts = {part: round(size / MIB) for part, size in sorted(memory.parts.items()) if part != "demo"}
    return {name: sum(parts.values()), f"{name}, by process": parts}


def median(times: int, act: Callable[[int], float]) -> float:
    return statistics.median(act(turn) for turn in range(times))


def main() -> None:
    parser = argparse.ArgumentParser(description="Time a lake that runs.")
    parser.add_argument("--files", type=int, default=1000, help="small files on a stream")
    parser.add_argument("--megabytes", type=int, default=100, help="size of the large file on a stream")
    parser.add_argument("--times", type=int, default=5, help="how often what is repeated is measured")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    args = parser.parse_args()
    found = measure(args.files, args.megabytes, args.times)
    if args.output == "json":
        print(json.dumps(found, indent=1))
        return
    for what, value in found.items():
        print(f"{what:<32} {value if isinstance(value, dict) else f'{value:,}'}")


if __name__ == "__main__":
    main()
