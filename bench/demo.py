#!/usr/bin/env python3
"""`lake demo` from a new lake, several times: seconds in all and step by step, CPU seconds, and the memory of all of its processes at its
highest.

    python bench/demo.py [--times 3] [--scale 1] [-o json]

Runs in the interpreter of the lake's environment (`node bin/python-env.js runtime` prints it). Each run has a state directory of its own,
which goes with it; the cache (jars, layers, the archive of Java classes) stays, as after a first demo. Memory is the resident set of the
demo, the server, its Java virtual machine, its jobs and its functions, summed up several times a second; pages that processes share are
counted once for each that maps them, so the true sum is a little lower. CPU seconds are those of the server and all that it started, and
depend less than the others on what else the machine does. Both need /proc (Linux).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MIB = 1024 * 1024


class Memory:
    """Watches a process and all that descend from it, and what descends from the lake's server."""

    def __init__(self, root: int, state: Path) -> None:
        self.peak = 0
        self.parts: dict[str, int] = {}
        self._roots, self._state, self._ended = {root}, state, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            parts = self._sample()
            if sum(parts.values()) > self.peak:
                self.peak, self.parts = sum(parts.values()), parts

    def cpu_seconds(self) -> float:
        """What the lake has used so far: its living processes, and those that have ended and were waited for."""
        ticks = 0
        for pid in self._family():
            with contextlib.suppress(OSError):
                ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _sample(self) -> dict[str, int]:
        parts: dict[str, int] = defaultdict(int)
        for pid in self._family():
            try:
                resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
                parts[_kind(Path(f"/proc/{pid}/cmdline").read_text().split("\0"))] += resident
            except (OSError, IndexError):
                continue
        return dict(parts)

    def _family(self) -> set[int]:
        roots = self._roots | {server_of(self._state)}
        children: dict[int, list[int]] = defaultdict(list)
        for entry in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
            try:
                children[int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])].append(int(entry.name))
            except (ValueError, OSError, IndexError):
                continue
        found, waiting = set(), list(roots - {0})
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += children[one]
        return found


def _kind(command: list[str]) -> str:
    joined = " ".join(command)
    for mark, kind in (
        ("PythonGatewayServer", "java"),
        ("lake_local.cloud.server", "server"),
        ("job_main", "jobs"),
        ("ministack-lambda", "functions"),
        ("postgres", "warehouse"),  # its shared memory counts in each of its processes
        ("lake_local", "demo"),
    ):
        if mark in joined:
            return kind
    return "others"


def server_of(state: Path) -> int:
    try:
        return json.loads((state / "lake.json").read_text())["pid"]
    except (OSError, ValueError, KeyError):
        return 0


def once(scale: float, port: int | None) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "local"), "LAKE_PACKAGE_ROOT": str(ROOT)}
    with tempfile.TemporaryDirectory(prefix="lake-bench-", ignore_cleanup_errors=True) as folder:
        state = Path(folder) / ".lake"
        lake = [sys.executable, "-m", "lake_local"]
        options = ["--state", str(state), "--scale", str(scale), "-o", "json", *(["--port", str(port)] if port else [])]
        process = subprocess.Popen([*lake, "demo", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        memory = Memory(process.pid, state)
        out, messages = process.communicate()
        memory.stop()
        used = memory.cpu_seconds()
        subprocess.run([*lake, "down", "--purge", "--state", str(state)], env=environment, capture_output=True)
        if process.returncode:
            raise SystemExit(f"the demo failed:\n{messages[-3000:]}")
    story = json.loads(out)
    jobs = {step["name"]: step["seconds"] for step in story["run"]["steps"] if step["kind"] == "job"}
    return {
        "seconds": story["seconds"],
        "CPU seconds": round(used, 1),
        "steps": story["timings"],
        "jobs": jobs,
        "event, cold": story["streams"]["cold_seconds"],
        "event, warm": story["streams"]["median_seconds"],
        "peak MiB": round(memory.peak / MIB),
        "peak MiB by process": {kind: round(size / MIB) for kind, size in sorted(memory.parts.items())},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Time `lake demo` from a new lake.")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--port", type=int)
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    args = parser.parse_args()
    runs = []
    for _ in range(args.times):
        runs.append(once(args.scale, args.port))
        if args.output == "text":
            print(json.dumps(runs[-1]), flush=True)
    if args.output == "json":
        print(json.dumps(runs, indent=1))
        return
    middle = {name: statistics.median(run[name] for run in runs) for name in ("seconds", "CPU seconds", "event, warm", "event, cold")}
    print(f"median of {len(runs)}: " + ", ".join(f"{name} {value:.2f}" for name, value in middle.items()))
    print(f"memory: at most {max(run['peak MiB'] for run in runs)} MiB")


if __name__ == "__main__":
    main()
