"""The query protocol, in which a call is a form and its answer is XML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from ..ministack.application import Response
from . import models
from .errors import ApiError, ServerError


def answer_query(
    service: str, operations: Mapping[str, Callable[..., dict[str, Any]]], target: object, body: bytes, unknown: str, namespace: str
) -> Response:
    """Answer a call of a service. `unknown` ends the message about an action that is none of the operations."""
    try:
        name = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
        if name not in operations:
            raise ApiError("InvalidAction", f"The action {name} is not valid {unknown}")
        given = models.arguments_of_query(service, name, body)
        models.check(service, name, given, "InvalidParameterValue")
        return models.query_response(service, name, operations[name](target, given), namespace)
    except ApiError as error:
        return models.query_error(error, namespace)
    except ServerError as error:
        return models.query_error(ApiError("InternalFailure", str(error), 500), namespace)
