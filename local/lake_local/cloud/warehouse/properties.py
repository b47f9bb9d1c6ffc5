"""Properties of CloudFormation's resources as arguments of API calls, and answers as what Fn::GetAtt gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from ..ministack.cloudformation import Properties
from . import models
from .errors import ApiError

Arguments = dict[str, Any]


def given_of(service: str, operation: str, type_name: str, properties: Properties, without_effect: Collection[str] = ()) -> Arguments:
    """Return a resource's properties as the arguments of a call. Raise if a property is not known."""
    shape = models.service_model(service).operation_model(operation).input_shape
    made = models.service_model(service).operation_model(creating(operation)).input_shape
    known = {capital(name) for name in made.members} | set(without_effect) | {"Parameters", "Tags"}
    if unknown := sorted(set(properties) - known):
        raise ValueError(f"{type_name}: the property {unknown[0]} is not known here")
    given = {
        name: typed(properties[capital(name)], inner) for name, inner in shape.members.items() if properties.get(capital(name)) is not None
    }

    def checked(one: Arguments) -> Arguments:
        models.check(service, operation, one)
        return one

    return called(type_name, checked, given)


def creating(operation: str) -> str:
    return operation.replace("Update", "Create").replace("Modify", "Create")


def typed(value: Any, shape: Any) -> Any:
    """Return a template's value, where numbers and truth values may be texts, as a call's argument."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: typed(value[capital(name)], inner) for name, inner in shape.members.items() if value.get(capital(name)) is not None}
    if shape.type_name == "list" and isinstance(value, list):
        return [typed(one, shape.member) for one in value]
    if shape.type_name == "boolean":
        return str(value).lower() == "true"
    if shape.type_name in ("integer", "long"):
        return int(value) if str(value).lstrip("-").isdigit() else value
    return str(value) if shape.type_name == "string" and not isinstance(value, (dict, list)) else value


def called(type_name: str, call: Callable[[Arguments], Arguments], given: Arguments) -> Arguments:
    try:
        return call(given)
    except ApiError as error:
        raise ValueError(f'{type_name}: Resource handler returned message: "{error.message}" (Error Code: {error.code})') from error


def gone(type_name: str, delete: Callable[[Arguments], Arguments], given: Arguments) -> None:
    """Delete, and mind nothing that is not there."""
    try:
        delete(given)
    except ApiError as error:
        if "NotFound" not in error.code:
            raise ValueError(f"{type_name}: {error.message} (Error Code: {error.code})") from error


def attributes(prefix: str, record: Arguments) -> Properties:
    """Return a record for Fn::GetAtt: `Workgroup.Endpoint.Port`, and so on."""
    return dict(flat(prefix, record))


def flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(f"{prefix}.{capital(name)}", inner)
    else:
        yield prefix, value


def capital(name: str) -> str:
    return name[:1].upper() + name[1:]
