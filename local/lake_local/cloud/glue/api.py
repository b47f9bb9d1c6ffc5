"""Glue's calls, in front of MiniStack's: what is not ours (databases, tables, partitions, connections, ...) goes on to it."""

from __future__ import annotations

import json
import logging
from typing import Any

from ..ministack.application import Handler, Response
from ..service import Wrapper, json_error, json_response, operation
from . import crawlers, jobs, reads, security, triggers, workflows
from .engine import Engine, Operation
from .errors import GlueError
from .state import Data

logger = logging.getLogger("lake.glue")

OPERATIONS: dict[str, Operation] = {
    **jobs.OPERATIONS,
    **crawlers.OPERATIONS,
    **triggers.OPERATIONS,
    **workflows.OPERATIONS,
    **security.OPERATIONS,
}


def wrapper(engine: Engine) -> Wrapper:
    """Return what answers Glue's calls: ours here, the others by `original`."""

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any], original: Handler
    ) -> Response:
        name = operation(headers)
        if name in reads.OPERATIONS:

            async def ask(other: str, request: Data) -> Response:
                asked = {**headers, "x-amz-target": f"AWSGlue.{other}"}
                return await original(method, path, asked, json.dumps(request).encode(), query_params)

            try:
                return await reads.answer(name, _parsed(body), ask)
            except GlueError as error:
                return json_error(error.code, error.message)
        run = OPERATIONS.get(name)
        request = _parsed(body) if run or name in security.TAG_OPERATIONS else {}
        if run is None and security.owns(str(request.get("ResourceArn", ""))):
            run = security.TAG_OPERATIONS[name]
        if run is None:
            return await original(method, path, headers, body, query_params)
        return answer(engine, name, run, request)

    return handle


def answer(engine: Engine, name: str, run: Operation, request: Data) -> Response:
    """Return the answer of an operation, errors included."""
    try:
        return json_response(run(engine, request))
    except GlueError as error:
        return json_error(error.code, error.message)
    except Exception as error:
        logger.exception("%s", name)
        return json_error("InternalServiceException", f"{type(error).__name__}: {error}", 500)


def _parsed(body: bytes) -> Data:
    try:
        request: Data = json.loads(body) if body else {}
    except ValueError:
        return {}
    return request
