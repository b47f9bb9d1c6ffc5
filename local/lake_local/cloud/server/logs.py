"""What CloudWatch Logs does and MiniStack's does not."""

from __future__ import annotations

import json
from typing import Any

from lake_local.config import Config

from ..ministack.application import Handler, Response
from ..service import Service, json_error, json_response, operation, wrap_service


def install(_config: Config) -> None:
    """Let FilterLogEvents obey `logStreamNamePrefix`."""
    wrap_service("logs", _handle)


async def _handle(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any], original: Handler
) -> Response:
    if operation(headers) != "FilterLogEvents":
        return await original(method, path, headers, body, query_params)
    request = json.loads(body or b"{}")
    prefix = request.pop("logStreamNamePrefix", None)
    if prefix is None:
        return await original(method, path, headers, body, query_params)
    if request.get("logStreamNames"):
        return json_error("InvalidParameterException", "logStreamNamePrefix and logStreamNames exclude each other")

    async def ask(name: str, asked: dict[str, Any]) -> Response:
        target = {**headers, "x-amz-target": f"Logs_20140328.{name}"}
        return await original(method, path, target, json.dumps(asked).encode(), query_params)

    group = {key: request[key] for key in ("logGroupName", "logGroupIdentifier") if key in request}
    names: list[str] = []
    token: dict[str, str] = {}
    while True:
        response = await ask("DescribeLogStreams", {**group, "logStreamNamePrefix": prefix, **token})
        if response[0] != 200:
            return response
        page = json.loads(response[2])
        names += [stream["logStreamName"] for stream in page["logStreams"]]
        if not page.get("nextToken"):
            break
        token = {"nextToken": page["nextToken"]}
    if not names:
        return json_response({"events": [], "searchedLogStreams": []})
    return await ask("FilterLogEvents", {**request, "logStreamNames": names})


SERVICE = Service("logs", install)
