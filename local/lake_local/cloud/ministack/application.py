"""MiniStack's ASGI application: its services, its own pages, what it keeps."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Response = tuple[int, dict[str, str], Any]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]
Application = Callable[..., Awaitable[None]]

# Where custom resources answer CloudFormation: the rest of the path is a secret token.
CUSTOM_RESOURCE_PAGE = "/_ministack/cfn-response/"
PAGES = ("/_ministack/", "/_localstack/")
# Of MiniStack's own pages, those that say only that it is well; and those whose addresses hold a secret token. The rest would let any
# program on this machine change the lake (reset, configuration) or read it (the code of functions) unsigned.
OPEN_PAGES = ("/_ministack/health", "/_ministack/ready", CUSTOM_RESOURCE_PAGE, "/_ministack/cfn-signal/")


def application() -> Application:
    """Return the ASGI application."""
    from ministack import app

    found: Application = app.app
    return found


def service_handlers() -> dict[str, Handler]:
    """Return the live handlers by service: replacing an entry replaces the service's answers."""
    from ministack import app

    found: dict[str, Handler] = app.SERVICE_HANDLERS
    return found


def service_names() -> frozenset[str]:
    """Return the names of all services."""
    return frozenset(service_handlers())


def service_of(method: str, path: str, headers: dict[str, str], query: dict[str, list[str]]) -> str:
    """Return the service that a request is for, by its head."""
    from ministack.core.router import detect_service

    return str(detect_service(method, path, headers, query))


def scope() -> tuple[str, str]:
    """Return the account and region of the current call."""
    from ministack.core.responses import get_account_id, get_region

    return get_account_id(), get_region()


def state_getters() -> dict[str, Callable[[], Any]]:
    """Return, by service, the function that collects its state. Call them on the event loop, where the services run."""
    from ministack import app

    found: dict[str, Callable[[], Any]] = app._build_persistence_save_dict()
    return found


def serialized(service: str, state: Any) -> str:
    """Return a service's state as MiniStack's files hold it."""
    from ministack.core import persistence

    document = {"__ministack_format__": persistence._state_format_version(service), "payload": state}
    return json.dumps(document, default=persistence._json_default)


def state_file(service: str) -> Path:
    """Return the file that MiniStack reads a service's state from."""
    from ministack.core import persistence

    return Path(persistence.STATE_DIR) / f"{service}.json"


def wrap_resource_arns(wrap: Callable[[Callable[..., str]], Callable[..., str]]) -> None:
    """Replace the function that names a call's resource for IAM by `wrap(original)`."""
    from ministack.core import iam_actions

    from . import once

    iam_actions.extract_resource_arn = once(iam_actions.extract_resource_arn, wrap)
