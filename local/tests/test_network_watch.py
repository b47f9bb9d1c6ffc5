"""The watch over sockets sees what a demo must not do, planted here. `test_demo.py` and the package's demo run under it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from . import network_watch
from .conftest import can_have_own_network

WATCH = Path(__file__).parent / "network_watch.py"
LISTEN = "import socket, time; s = socket.socket({family}); s.bind(('{host}', 0)); s.listen(); time.sleep({seconds})"
RECEIVE = "import socket, time; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('{host}', 0)); time.sleep({seconds})"
CONNECT = "import socket, time; s = socket.socket(); s.connect(('{host}', {port})); time.sleep({seconds})"
TRY = """
import socket
s = socket.socket(type={kind})
s.settimeout(0.1)
try:
    s.connect(('{host}', 53))
    s.send(b'x')
except OSError:
    pass
"""
QUICK = """
import http.server, threading, urllib.request
server = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
urllib.request.urlopen('http://127.0.0.1:%d/' % server.server_port)
"""
MODES = ["the machine's network", "a network of its own"]


@pytest.fixture
def own_address() -> str:
    """An address of this machine that is not loopback."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    pytest.skip("this machine has no address but loopback")


@pytest.fixture
def other_side(own_address: str) -> Iterator[tuple[str, int]]:
    """A listener of somebody else, off loopback."""
    with socket.create_server((own_address, 0)) as listener:
        yield listener.getsockname()


def watch(folder: Path, mode: str, *command: str) -> tuple[int, list[str]]:
    """Run a command under the watch; return its exit code and what was found."""
    if mode == MODES[1] and not can_have_own_network():
        pytest.skip("no network namespace may be made here")
    options = ["--namespace"] if mode == MODES[1] else []
    report = folder / "report.json"
    done = subprocess.run([sys.executable, str(WATCH), "--report", str(report), *options, *command], timeout=600, check=False)
    found = json.loads(report.read_text())
    assert found["looks"] > 0
    return done.returncode, found["findings"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("planted", "finding"),
    [
        (LISTEN.format(family="socket.AF_INET", host="0.0.0.0", seconds=0.5), "tcp listener on 0.0.0.0 port "),
        (LISTEN.format(family="socket.AF_INET6", host="::", seconds=0.5), "tcp6 listener on :: port "),
        (RECEIVE.format(host="0.0.0.0", seconds=0.5), "udp listener on 0.0.0.0 port "),
    ],
)
def test_a_planted_listener_is_found(tmp_path: Path, mode: str, planted: str, finding: str) -> None:
    code, findings = watch(tmp_path, mode, sys.executable, "-c", planted)

    assert code == 0
    assert [one for one in findings if one.startswith(finding)] == findings != []


@pytest.mark.parametrize("mode", MODES)
def test_a_listener_that_its_parent_left_behind_is_found(tmp_path: Path, mode: str) -> None:
    planted = LISTEN.format(family="socket.AF_INET", host="0.0.0.0", seconds=30)
    shell = 'setsid "$0" -c "$1" & sleep 0.5'

    _, findings = watch(tmp_path, mode, "sh", "-c", f"({shell})", sys.executable, planted)

    assert [one for one in findings if one.startswith("tcp listener on 0.0.0.0 port ") and planted[:40] in one]


def test_a_planted_connection_is_found(tmp_path: Path, other_side: tuple[str, int]) -> None:
    host, port = other_side
    _, findings = watch(tmp_path, MODES[0], sys.executable, "-c", CONNECT.format(host=host, port=port, seconds=0.3))

    assert len(findings) == 1
    assert findings[0].startswith(f"tcp connection to {host} port {port}, of {sys.executable} -c ")


def test_a_socket_is_one_finding_though_its_process_loses_its_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = network_watch.Watch(own_network=False)
    what, commands = "tcp connection to 192.0.2.1 port 9", iter(["", "python -c ...", ""])
    monkeypatch.setattr(network_watch, "sockets_off_loopback", lambda: iter([("17", what)]))
    monkeypatch.setattr(network_watch, "holders", lambda _: iter([("17", 1)]))
    monkeypatch.setattr(network_watch, "command_of", lambda _: next(commands))

    for _ in range(3):
        watched._look()

    assert watched.findings == [f"{what}, of python -c ..."]


@pytest.mark.parametrize("kind", ["socket.SOCK_STREAM", "socket.SOCK_DGRAM"])
def test_a_planted_connection_is_counted_however_short(tmp_path: Path, kind: str) -> None:
    _, findings = watch(tmp_path, MODES[1], sys.executable, "-c", TRY.format(kind=kind, host="192.0.2.1"))

    # connect() binds a UDP socket first, even if there is no way to go: a look may see that, too
    assert [one for one in findings if not one.startswith("udp listener on 0.0.0.0 ")] == ["1 packets or connections to other machines"]


@pytest.mark.parametrize("mode", MODES)
def test_loopback_is_no_finding(tmp_path: Path, mode: str) -> None:
    assert watch(tmp_path, mode, sys.executable, "-c", QUICK) == (0, [])


def test_the_exit_code_is_the_command_s(tmp_path: Path) -> None:
    assert watch(tmp_path, MODES[0], "sh", "-c", "sleep 0.1; exit 7") == (7, [])
