"""Real servers for the tests, each a process on a free port with a folder of its own; and `lake` as a user runs it."""

from __future__ import annotations

import functools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lake_local.errors import UserError
from lake_local.lake.client import Lake, is_running
from lake_local.lake.process import alive, purge
from lake_local.lake_file import read_lake_file

from .waiting import until

LOCAL = Path(__file__).resolve().parents[1]
SMALL_APP = LOCAL / "tests" / "apps" / "small"

# Spark starts in those lakes only that run a job.
os.environ.setdefault("LAKE_PREWARM_SPARK", "0")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def descendants(pid: int) -> set[int]:
    """Return a process and all that it, or one of them, has started. One that ends meanwhile has none."""
    found = {pid}
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found |= descendants(int(child))
    return found


@functools.cache
def can_have_own_network() -> bool:
    """Return whether `network_watch.py --namespace` works on this machine."""
    command = [sys.executable, str(LOCAL / "tests" / "network_watch.py"), "--report", os.devnull, "--namespace", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def start_server(state_dir: Path, port: int | None = None, seconds: float = 120) -> tuple[subprocess.Popen, Lake]:
    """Start a server on `state_dir` and wait until it answers."""
    port = port or free_port()
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lake_local.cloud.server", "--state", str(state_dir), "--port", str(port)],
            env={**os.environ, "PYTHONPATH": str(LOCAL)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        known = read_lake_file(state_dir)
        if known.get("pid") == process.pid and is_running(state_dir, known):
            return process, Lake.from_file(state_dir, known)
        if process.poll() is not None:
            break
        time.sleep(0.05)
    stop_server(process)
    raise RuntimeError(f"the server did not start:\n{(state_dir / 'server.log').read_text()[-3000:]}")


def stop_server(process: subprocess.Popen, seconds: float = 120) -> None:
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


@dataclass
class Command:
    """`lake` with one state directory: `lake("up", FLAVOR="longer")` runs it."""

    state: Path
    folder: Path = SMALL_APP
    environment: dict[str, str] = field(default_factory=dict)
    _found: Lake | None = field(default=None, repr=False, compare=False)

    def __call__(
        self, *arguments: str, code: int | None = 0, folder: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it; fail unless it ends with `code` (None: any)."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=folder or self.folder,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            env=self.environ(**environment),
        )
        assert code is None or done.returncode == code, (
            f"lake {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done

    @staticmethod
    def command(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "lake_local", *arguments]

    def environ(self, **more: str) -> dict[str, str]:
        own = {"PYTHONPATH": str(LOCAL), "LAKE_STATE": str(self.state), "LAKE_PACKAGE_ROOT": str(LOCAL.parent)}
        return {**os.environ, **own, **self.environment, **more}

    @property
    def lake(self) -> Lake:
        """The lake that runs now: the one that was found before, with its session, as long as it is that one."""
        found = Lake.find(self.state)
        if found != self._found:
            self._found = found
        return self._found

    def outputs(self, stack: str = "Small") -> dict[str, str]:
        described = self.lake.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def purge_all(folders: list[Path]) -> None:
    """Do what `lake down --purge` does, for several lakes at once: one that saves its state lets the others do so meanwhile."""
    ending = set()
    for folder in folders:
        with suppress(UserError, ProcessLookupError):
            if is_running(folder, known := read_lake_file(folder)):
                os.kill(known["pid"], signal.SIGTERM)
                ending.add(known["pid"])
    until(lambda: not any(alive(pid) for pid in ending), what="the end of the lakes")
    for folder in folders:
        with suppress(UserError):
            purge(folder)


@pytest.fixture(scope="module")
def new_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Command]]:
    """Makes `lake` commands, each with a lake of its own, all stopped and deleted at the end of the test file: an idle lake costs, too."""
    made: list[Command] = []

    def make(**options: object) -> Command:
        made.append(Command(tmp_path_factory.mktemp("lake") / ".lake", **options))
        return made[-1]

    yield make
    purge_all([command.state for command in made])


@pytest.fixture(scope="module")
def from_afar(new_lake: Callable[..., Command]) -> Callable[[Command, Path], Command]:
    """Makes `lake` on a machine without a lake of its own, with a profile `prod` for a running lake, which plays the account."""

    def make(account: Command, folder: Path) -> Command:
        lake = account.lake
        keys = f"endpoint_url = {lake.endpoint}\naws_access_key_id = {lake.access_key}\naws_secret_access_key = {lake.secret_key}\n"
        (folder / "config").write_text(f"[profile prod]\nregion = {lake.region}\n{keys}")
        environment = {
            "LAKE_CACHE": str(folder / "cache"),
            "AWS_CONFIG_FILE": str(folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return new_lake(folder=folder, environment=environment)

    return make
