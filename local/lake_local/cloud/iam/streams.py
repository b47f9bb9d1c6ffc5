"""Which log stream a call of CloudWatch Logs is about, where MiniStack names its group only.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..ministack.authorization import Check
from . import enforcement
from .calls import current

_OF_STREAMS = frozenset(("logs:CreateLogStream", "logs:DeleteLogStream", "logs:GetLogEvents", "logs:PutLogEvents"))


def install() -> None:
    """Name streams."""
    enforcement.name_resources("logs", resources)


def resources(check: Check) -> Iterable[str]:
    """Return the stream that a check is about, else what MiniStack names."""
    if check.action not in _OF_STREAMS or ":log-group:" not in check.resource:
        return (check.resource,)
    return (f"{check.resource.removesuffix(':*')}:log-stream:{_stream()}",)


def _stream() -> str:
    call = current()
    try:
        body = json.loads(call.body or b"{}") if call else {}
    except ValueError:
        return ""
    return str(body.get("logStreamName", "")) if isinstance(body, dict) else ""
