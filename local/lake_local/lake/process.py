"""Starting and stopping the server of a lake."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lake_local.lake_file import read_lake_file
from lake_local.store import exclusive, private_folder

from ..config import DEFAULT_PORT, HOST, server_environment
from ..errors import OperationFailed, UserError
from .client import Lake, is_running
from .reporter import Reporter

START_SECONDS = 60
STOP_SECONDS = 30
# What a folder holds although no lake has been in it: a start that failed leaves these.
LEFT_BY_NO_LAKE = (".gitignore", ".start.lock", ".lake-file.lock", ".deploying.lock", "server.log")
LARGEST_LOG = 10 * 1024 * 1024


def ensure_running(state_dir: Path, port: int | None = None, region: str | None = None) -> tuple[Lake, bool]:
    """Return the lake of `state_dir`, and whether it had to be started."""
    with _only_one(state_dir):
        known = read_lake_file(state_dir)
        _refuse_other_region(state_dir, known, region)
        if is_running(state_dir, known):
            if port and port != known["port"]:
                raise UserError(f"the lake in {state_dir} runs on port {known['port']}: stop it with `lake down` to move it to port {port}")
            return Lake.from_file(state_dir, known), False
        for attempt in range(20):
            chosen = port or _free_port(known.get("port") or DEFAULT_PORT)
            if port and not _is_free(port):
                raise UserError(f"port {port} is taken: choose another with --port, or leave --port out to get the next free one")
            if lake := _start(state_dir, chosen, region, last=bool(port) or attempt == 19):
                return lake, True
    raise AssertionError


def _refuse_other_region(state_dir: Path, known: dict[str, Any], region: str | None) -> None:
    if region and known.get("region") and region != known["region"]:
        raise UserError(f"the lake in {state_dir} is in {known['region']}: `lake down --purge` first, or use another --state")


def stop(state_dir: Path) -> bool:
    """End the server, and return whether there was one."""
    known = read_lake_file(state_dir)
    if not is_running(state_dir, known):
        return False
    pid = known["pid"]
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if not alive(pid):
            return True
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    return True


def purge(state_dir: Path) -> None:
    """Delete a lake's folder with everything in it. Raise if the folder holds something else: it may only happen to be named."""
    if not state_dir.exists():
        return
    if not read_lake_file(state_dir) and any(path.name not in LEFT_BY_NO_LAKE for path in state_dir.iterdir()):
        raise UserError(f"{state_dir} is not the folder of a lake: delete it yourself if you mean it")
    shutil.rmtree(state_dir)


def _start(state_dir: Path, port: int, region: str | None, last: bool) -> Lake | None:
    """Start the server in the background. Return None if another program took the port in the meantime."""
    log_path = state_dir / "server.log"
    if log_path.exists() and log_path.stat().st_size > LARGEST_LOG:
        log_path.replace(state_dir / "server.log.1")
    command = [sys.executable, "-m", "lake_local.cloud.server", "--state", str(state_dir), "--port", str(port)]
    with open(log_path, "ab", opener=_private) as log:
        offset = log.tell()
        process = subprocess.Popen(
            command + (["--region", region] if region else []),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**server_environment(os.environ), "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        known = read_lake_file(state_dir)
        if known.get("pid") == process.pid and is_running(state_dir, known):
            return Lake.from_file(state_dir, known)
        if process.poll() is not None:
            text = log_path.read_bytes()[offset:].decode(errors="replace")
            if not last and "Address already in use" in text:
                return None
            reason = (text.strip().splitlines() or ["no message"])[-1]
            raise OperationFailed(f"the lake's server did not start: {reason} (see {log_path})")
        time.sleep(0.02)
    process.terminate()
    raise OperationFailed(f"the lake's server did not answer within {START_SECONDS} s: see {log_path}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _free_port(first: int) -> int:
    for port in itertools.chain([first], range(DEFAULT_PORT, DEFAULT_PORT + 200)):
        if _is_free(port):
            return port
    raise UserError(f"no free port from {DEFAULT_PORT} on: choose one with --port")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def alive(pid: int) -> bool:
    """Return whether a process is there; collect it if it is a child of this one that has ended."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextlib.contextmanager
def deploying(state_dir: Path, reporter: Reporter) -> Iterator[None]:
    """Hold a lake while its stacks are changed: a second `lake up` or `lake destroy` waits, and says so."""
    prepare(state_dir)
    with exclusive(
        state_dir / ".deploying.lock", lambda: reporter.say(f"another `lake up` or `lake destroy` works in {state_dir}: waiting")
    ):
        yield


def prepare(state_dir: Path) -> None:
    """Make a lake's folder: its owner's alone, and nothing for git."""
    private_folder(state_dir)
    ignore = state_dir / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")


@contextlib.contextmanager
def _only_one(state_dir: Path) -> Iterator[None]:
    """Hold a lock, so that two `lake up` at once start one server."""
    prepare(state_dir)
    with exclusive(state_dir / ".start.lock"):
        yield
