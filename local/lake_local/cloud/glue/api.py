"""Glue's calls, in front of MiniStack's: what is not ours (databases, tables, partitions, connections, ...) goes on to it."""

from __future__ import annotations

import json
import logging

from ..service import Handler, Response, json_error, json_response, operation
from . import crawlers, jobs, security, triggers, workflows
from .engine import Engine
from .errors import GlueError

logger = logging.getLogger("lake.glue")

OPERATIONS = {**jobs.OPERATIONS, **crawlers.OPERATIONS, **triggers.OPERATIONS, **workflows.OPERATIONS, **security.OPERATIONS}


def wrapper(engine: Engine) -> object:
    async def handle(method: str, path: str, headers: dict, body: bytes, query_params: dict, original: Handler) -> Response:
        name = operation(headers)
        run = OPERATIONS.get(name)
        request = _parsed(body) if run or name in security.TAG_OPERATIONS else {}
        if run is None and security.owns(str(request.get("ResourceArn", ""))):
            run = security.TAG_OPERATIONS[name]
        if run is None:
            return await original(method, path, headers, body, query_params)
        return answer(engine, name, run, request)

    return handle


def answer(engine: Engine, name: str, run: object, request: dict) -> Response:
    try:
        return json_response(run(engine, request))
    except GlueError as error:
        return json_error(error.code, error.message)
    except Exception as error:
        logger.exception("%s", name)
        return json_error("InternalServiceException", f"{type(error).__name__}: {error}", 500)


def _parsed(body: bytes) -> dict:
    try:
        return json.loads(body) if body else {}
    except ValueError:
        return {}
