"""AWS's own models of the warehouse's services: what a call may hold, and how its answer is written."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from ..ministack.application import Response
from .errors import ApiError, validation

REDSHIFT_XML = "http://redshift.amazonaws.com/doc/2012-12-01/"


@functools.cache
def service_model(service: str) -> Any:
    """Return botocore's model of a service."""
    import botocore.session

    return botocore.session.get_session().get_service_model(service)


def check(service: str, operation: str, arguments: Mapping[str, Any], code: str = "ValidationException") -> None:
    """Refuse arguments that the service's model does not know, or of which it needs more."""
    import botocore.validate

    shape = service_model(service).operation_model(operation).input_shape
    if shape is None:
        return
    report = botocore.validate.ParamValidator().validate(dict(arguments), shape)
    if report.has_errors():
        raise ApiError(code, f"1 validation error detected: {report.generate_report()}")


def shaped(service: str, operation: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with what the model of the operation knows, times as seconds."""
    shape = service_model(service).operation_model(operation).output_shape
    found = _shaped(answer, shape) if shape is not None else {}
    return found if isinstance(found, dict) else {}


def _shaped(value: Any, shape: Any) -> Any:
    if shape.type_name == "structure":
        return {name: _shaped(value[name], inner) for name, inner in shape.members.items() if value.get(name) is not None}
    if shape.type_name == "list":
        return [_shaped(one, shape.member) for one in value]
    return value


def arguments_of_query(service: str, operation: str, body: bytes) -> dict[str, Any]:
    """Return the arguments of a call in the query protocol, as its model has them."""
    given = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    shape = service_model(service).operation_model(operation).input_shape
    found = _parsed(given, shape, "") if shape is not None else {}
    return found if isinstance(found, dict) else {}


def _parsed(given: Mapping[str, str], shape: Any, prefix: str) -> Any:
    if shape.type_name == "structure":
        members = {
            name: _parsed(given, inner, f"{prefix}.{inner.serialization.get('name', name)}" if prefix else name)
            for name, inner in shape.members.items()
        }
        return {name: value for name, value in members.items() if value is not None} or None
    if shape.type_name == "list":
        flat, name = shape.serialization.get("flattened"), shape.member.serialization.get("name", "member")
        found: list[Any] = []
        while True:
            one = f"{prefix}.{len(found) + 1}" if flat else f"{prefix}.{name}.{len(found) + 1}"
            value = _parsed(given, shape.member, one)
            if value is None:
                return found or None
            found.append(value)
    text = given.get(prefix)
    if text is None:
        return None
    return _scalar(text, shape.type_name, prefix)


def _scalar(text: str, kind: str, name: str) -> Any:
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("double", "float"):
            return float(text)
    except ValueError:
        raise validation(f"{name}: {text!r} is no number") from None
    return text.lower() == "true" if kind == "boolean" else text


def query_response(service: str, operation: str, answer: Mapping[str, Any], namespace: str) -> Response:
    """Return an answer in the query protocol."""
    model = service_model(service).operation_model(operation)
    inner = _members(answer, model.output_shape) if model.output_shape is not None else ""
    wrapper = (model.output_shape.serialization.get("resultWrapper") if model.output_shape is not None else None) or f"{operation}Result"
    result = f"<{wrapper}>{inner}</{wrapper}>" if model.output_shape is not None else ""
    text = (
        f'<{operation}Response xmlns="{namespace}">{result}'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return 200, {"Content-Type": "text/xml"}, text.encode()


def query_error(error: ApiError, namespace: str) -> Response:
    """Return an error in the query protocol."""
    text = (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>Sender</Type><Code>{escape(error.code)}</Code>'
        f"<Message>{escape(error.message)}</Message></Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return error.status, {"Content-Type": "text/xml"}, text.encode()


def _members(value: Mapping[str, Any], shape: Any) -> str:
    return "".join(
        _element(value[name], inner, inner.serialization.get("name", name))
        for name, inner in shape.members.items()
        if value.get(name) is not None
    )


def _element(value: Any, shape: Any, name: str) -> str:
    if shape.type_name == "structure":
        return f"<{name}>{_members(value, shape)}</{name}>"
    if shape.type_name == "list":
        item = shape.member.serialization.get("name", "member")
        return f"<{name}>{''.join(_element(one, shape.member, item) for one in value)}</{name}>"
    return f"<{name}>{escape(_text(value, shape.type_name))}</{name}>"


def _text(value: Any, kind: str) -> str:
    if kind == "timestamp":
        return datetime.fromtimestamp(float(value), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value).lower() if kind == "boolean" else str(value)
