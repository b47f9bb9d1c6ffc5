"""A real server for the tests: one process, on a free port, in a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lake_local.client import Lake, is_running, read_lake_file

LOCAL = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_server(state_dir: Path, port: int | None = None, seconds: float = 60) -> tuple[subprocess.Popen, Lake]:
    """Start a server on `state_dir` and wait until it answers."""
    port = port or free_port()
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lake_local.server", "--state", str(state_dir), "--port", str(port)],
            env={**os.environ, "PYTHONPATH": str(LOCAL)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        known = read_lake_file(state_dir)
        if known.get("pid") == process.pid and is_running(known):
            return process, Lake.from_file(state_dir, known)
        if process.poll() is not None:
            break
        time.sleep(0.05)
    stop_server(process)
    raise RuntimeError(f"the server did not start:\n{(state_dir / 'server.log').read_text()[-3000:]}")


def stop_server(process: subprocess.Popen, seconds: float = 30) -> None:
    """End a server the way `lake down` does."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake for one test file: `server.client('s3')`, `server.endpoint`, `server.state_dir`."""
    process, lake = start_server(tmp_path_factory.mktemp("lake"))
    yield lake
    stop_server(process)
