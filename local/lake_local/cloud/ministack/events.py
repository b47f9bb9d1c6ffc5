"""MiniStack's EventBridge: how an event reaches a rule's target."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

Deliver = Callable[..., None]


def wrap_delivery(wrap: Callable[[Deliver], Deliver]) -> None:
    """Replace what hands an event on, `deliver(target, event, rule, view=None)`, by `wrap(deliver)`."""
    from ministack.services import eventbridge

    from . import once

    eventbridge._invoke_target = once(eventbridge._invoke_target, wrap)


def send_with(handlers: list[urllib.request.BaseHandler]) -> None:
    """Let everything that MiniStack sends with `urllib` go through these handlers."""
    from ministack.services import eventbridge

    urllib.request.install_opener(urllib.request.build_opener(*handlers))
    eventbridge._api_dest_opener = urllib.request.build_opener(eventbridge._NoFollowRedirect(), *handlers)


def delivered_event(event: dict[str, Any], view: Any = None) -> dict[str, Any]:
    """Return an event as its target sees it."""
    from ministack.services import eventbridge

    found: dict[str, Any] = (view or eventbridge._pattern_event_view(event)).event_with_detail()
    return found


def send_to_queue(queue_arn: str, event: dict[str, Any]) -> None:
    """Send an event to an SQS queue."""
    from ministack.core.arn import parse_arn
    from ministack.services import eventbridge

    eventbridge._dispatch_to_sqs(parse_arn(queue_arn), json.dumps(event), {})
