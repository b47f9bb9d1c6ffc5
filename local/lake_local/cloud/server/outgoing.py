"""What services send out of the lake, e.g. an SNS topic to an HTTP subscriber, reaches public addresses only, as on AWS.

Otherwise a role that may subscribe could have the server speak to whatever listens on this machine.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import urllib.request
from typing import Any

from lake_local.config import Config
from lake_local.fidelity import Entry

from ..ministack.events import send_with
from ..service import Service


def _check_peer(sock: socket.socket) -> None:
    """Refuse the address that the connection has reached: a name may mean another one each time it is asked for."""
    address = ipaddress.ip_address(sock.getpeername()[0].partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or address
    if not mapped.is_global:
        sock.close()
        raise PermissionError(f"{mapped} is no public address: services of AWS do not reach it")


class _Connection(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _check_peer(self.sock)


class _SecureConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _check_peer(self.sock)


class _Handler(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(_Connection, request)


class _SecureHandler(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(_SecureConnection, request)


def install(_config: Config) -> None:
    """Let MiniStack's `urlopen` reach public addresses only."""
    send_with([urllib.request.ProxyHandler({}), _Handler(), _SecureHandler()])


SERVICE = Service(
    "outgoing",
    install,
    fidelity=(
        Entry(
            "Deliveries to HTTP",
            "run",
            "SNS and EventBridge deliver to public addresses only: a subscriber on this machine or its network is not called.",
        ),
    ),
)
