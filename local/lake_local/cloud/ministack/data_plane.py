"""MiniStack's data planes: calls that it answers before it looks for a service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from .application import Response

DataHandler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]


def answer_rds_data(handler: DataHandler) -> None:
    """Let `handler` answer the calls of the RDS Data API, after IAM was asked. Idempotent."""
    from ministack import app
    from ministack.services import rds_data

    rds_data.handle_request = handler
    app.SERVICE_HANDLERS["rds-data"] = handler
