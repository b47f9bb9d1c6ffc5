"""Watch which sockets a command uses: `python network_watch.py --report FILE [--namespace] COMMAND ...`.

Writes to FILE what the command, and all that it started, did off loopback: listeners, bound UDP sockets, connections. Loopback is
127.0.0.0/8 and ::1. Ends with the command's exit code; what it left running is ended.

- Without `--namespace` it looks every 20 ms at the sockets of those processes among the machine's own. A connection of fewer milliseconds
  can be missed; a listener stays.
- With `--namespace` the command has a network of its own with nothing in it but loopback, and it looks every 100 ms. Whatever needs another
  machine fails there, and the kernel counts each packet and connection that it could not route: none is missed, however short.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import ipaddress
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Seconds between two looks. In a network of the command's own a socket that is there briefly reaches nobody, or is counted by the kernel.
INTERVAL, INTERVAL_IN_NAMESPACE = 0.02, 0.1
CLONE_NEWUSER, CLONE_NEWNET, PR_SET_CHILD_SUBREAPER = 0x10000000, 0x40000000, 36
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
LISTEN, TIME_WAIT = "0A", "06"  # include/net/tcp_states.h

_libc = ctypes.CDLL(None, use_errno=True)


def enter_namespace() -> None:
    """Move this process into a network of its own, whose only interface is loopback. Raise OSError where that is forbidden."""
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(CLONE_NEWNET) and _libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "no network namespace may be made here")
    if Path("/proc/self/uid_map").read_text().strip() == "":
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def unroutable() -> int:
    """Return how many packets and connections of this network had no way to go."""
    names, values = (line.split()[1:] for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Ip:"))
    found = int(dict(zip(names, values, strict=True))["OutNoRoutes"])
    with suppress(OSError):
        for line in Path("/proc/net/snmp6").read_text().splitlines():
            name, value = line.split()
            found += int(value) if name == "Ip6OutNoRoutes" else 0
    return found


def descendants(pid: int) -> set[int]:
    """Return all that a process, or one of them, has started."""
    found: set[int] = set()
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found |= {child} | descendants(child)
    return found


def address(text: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    """Return address and port of an entry of /proc/net, e.g. `0100007F:1F90`."""
    host, port = text.split(":")
    words = b"".join(struct.pack("=I", int(host[at : at + 8], 16)) for at in range(0, len(host), 8))
    found = ipaddress.ip_address(words)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found, int(port, 16)


def sockets_off_loopback() -> Iterator[tuple[str, str]]:
    """Yield (inode, description) of each socket that listens or is connected off loopback."""
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        try:
            lines = Path(f"/proc/self/net/{kind}").read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            _, local, remote, state, *_, inode = line.split()[:10]
            (here, port), (there, remote_port) = address(local), address(remote)
            if state == TIME_WAIT:
                continue
            if not there.is_unspecified:
                if not there.is_loopback:
                    yield inode, f"{kind} connection to {there} port {remote_port}"
            elif not here.is_loopback and port and (state == LISTEN or kind.startswith("udp")):
                yield inode, f"{kind} listener on {here} port {port}"


def holders(pids: set[int]) -> Iterator[tuple[str, int]]:
    """Yield (inode, process) of the sockets that processes hold."""
    for pid in pids:
        with suppress(OSError):
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    link = str(entry.readlink())
                    if link.startswith("socket:["):
                        yield link[8:-1], pid


class Watch:
    """Looks until it is told to stop. A socket, or a count, is one finding however often it is seen."""

    def __init__(self, *, own_network: bool) -> None:
        self.looks = 0
        # (inode, what) of each: the command that holds it. It is "" until one look has seen a holder that has a command line:
        # a process that ends holds its sockets for a moment without one, and one that was killed leaves them to nobody.
        self._holders: dict[tuple[str, str], str] = {}
        self._own_network = own_network
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._look()
        if self._own_network and (count := unroutable()):
            self._find("", f"{count} packets or connections to other machines")

    @property
    def findings(self) -> list[str]:
        """Sentences, each once."""
        return list(dict.fromkeys(f"{what}, of {command}" if command else what for (_, what), command in self._holders.items()))

    def _run(self) -> None:
        while not self._stopped.wait(INTERVAL_IN_NAMESPACE if self._own_network else INTERVAL):
            self._look()

    def _look(self) -> None:
        self.looks += 1
        suspects = list(sockets_off_loopback())
        if not suspects:
            return
        held = dict(holders(descendants(os.getpid())))
        for inode, what in suspects:
            if inode in held:
                self._find(inode, what, command_of(held[inode]))
            elif self._own_network:
                self._find(inode, what)

    def _find(self, inode: str, what: str, command: str = "") -> None:
        self._holders[inode, what] = self._holders.get((inode, what)) or command


def command_of(pid: int) -> str:
    """Return the command line of a process, or "" if it has none any more."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()[:200]
    return ""


def wait_for(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process, and meanwhile for the orphans that this one has been given."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == process.pid:
            return os.waitstatus_to_exitcode(status)


def end_others() -> None:
    """End what is still running, and wait for it."""
    deadline = time.monotonic() + 20
    while left := descendants(os.getpid()):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM if time.monotonic() < deadline - 5 else signal.SIGKILL)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.1)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--namespace", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    if args.namespace:
        enter_namespace()
    # What the command leaves behind becomes a child of this process, not of init: nothing gets out of sight.
    if _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "orphans would get out of sight")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with Watch(own_network=args.namespace) as watch:
            code = wait_for(subprocess.Popen(args.command))
    finally:
        end_others()
    args.report.write_text(json.dumps({"looks": watch.looks, "findings": watch.findings}))
    return code


if __name__ == "__main__":
    sys.exit(main())
