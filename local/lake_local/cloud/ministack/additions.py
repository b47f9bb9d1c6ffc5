"""Services that MiniStack lacks: how a call finds its way to ours, with IAM asked before."""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from .application import Handler


class Added(NamedTuple):
    """A service of ours: its names on the wire, and in Step Functions."""

    name: str
    namespace: str
    target: str = ""
    xml_namespace: str = ""
    sdk_name: str = ""
    error_prefix: str = ""


def add_service(added: Added, handler: Handler) -> None:
    """Let `handler` answer the calls of a service that speaks JSON (`target`) or the query protocol (`xml_namespace`). Idempotent."""
    from ministack import app
    from ministack.core import iam_actions, router
    from ministack.services import stepfunctions

    app.SERVICE_HANDLERS[added.name] = handler
    router.SERVICE_PATTERNS[added.name] = {"target_prefixes": [f"{added.target}."]} if added.target else {}
    iam_actions.SERVICE_TO_IAM_NAMESPACE[added.name] = added.namespace
    if added.xml_namespace:
        iam_actions._SERVICE_PROTOCOL[added.name] = "query-xml"
        iam_actions._QUERY_XML_NS[added.name] = added.xml_namespace
    if added.sdk_name:
        protocol = {"protocol": "json", "target_prefix": added.target} if added.target else {"protocol": "query"}
        stepfunctions._AWS_SDK_SERVICE_MAP[added.sdk_name] = {**protocol, "service_key": added.name}
        stepfunctions._AWS_SDK_ERROR_PREFIX[added.sdk_name] = added.error_prefix


def within(arn: str, call: Callable[[], object]) -> None:
    """Make a call in the account and region of an ARN; in the lake's own if there is none."""
    from ministack.core import responses

    def inside() -> None:
        if arn:
            _, _, _, region, account, *_ = arn.split(":")
            responses.set_request_account_id(account)
            responses.set_request_region(region)
        call()

    contextvars.copy_context().run(inside)


def publish(source: str, detail_type: str, resources: list[str], detail: dict[str, Any]) -> None:
    """Send an event of an AWS service to EventBridge, in the account and region of this context."""
    from ministack.services import eventbridge

    entry = {"Source": source, "DetailType": detail_type, "Resources": resources, "Detail": json.dumps(detail)}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
