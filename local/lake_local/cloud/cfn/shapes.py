"""Properties of recorded types, checked against the call that makes the resource: the only judge where no service is behind it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from ..ministack.cloudformation import Properties

# Type: the operation of QuickSight that makes it, and properties that CloudFormation alone has.
_OPERATIONS: dict[str, tuple[str, frozenset[str]]] = {
    "AWS::QuickSight::Analysis": ("CreateAnalysis", frozenset({"Errors", "Sheets", "Status"})),
    "AWS::QuickSight::Dashboard": ("CreateDashboard", frozenset({"LinkSharingConfiguration"})),
    "AWS::QuickSight::DataSet": ("CreateDataSet", frozenset({"DataSetRefreshProperties", "IngestionWaitPolicy"})),
    "AWS::QuickSight::DataSource": ("CreateDataSource", frozenset({"AlternateDataSourceParameters", "ErrorInfo"})),
    "AWS::QuickSight::RefreshSchedule": ("CreateRefreshSchedule", frozenset()),
    "AWS::QuickSight::VPCConnection": ("CreateVPCConnection", frozenset({"AvailabilityStatus"})),
}
CHECKED = frozenset(_OPERATIONS)
# What CloudFormation makes up where it is not given.
_GENERATED = frozenset({"DataSourceId", "DataSetId", "Name", "ImportMode", "Type", "PhysicalTableMap", "AwsAccountId"})


def check(type_name: str, properties: Properties) -> None:
    """Refuse properties that the operation behind a type does not know, or of which it needs more."""
    if type_name not in _OPERATIONS:
        return
    operation, extra = _OPERATIONS[type_name]
    shape = _model().operation_model(operation).input_shape
    missing = [name for name in shape.required_members if name not in properties and name not in _GENERATED]
    problems = [f"the property {name} is required" for name in missing]
    for name, value in properties.items():
        if name in shape.members:
            problems += _problems(value, shape.members[name], name)
        elif name not in extra:
            problems.append(f"the property {name} is not known")
    if problems:
        raise ValueError(f"{type_name}: {problems[0]}{f', and {len(problems) - 1} more' if len(problems) > 1 else ''}")


@functools.cache
def _model() -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model("quicksight")


def _problems(value: Any, shape: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from _of_structure(value, shape, path)
    elif shape.type_name == "list":
        if not isinstance(value, list):
            yield f"{path} is no list"
            return
        for index, one in enumerate(value):
            yield from _problems(one, shape.member, f"{path}[{index}]")
    elif shape.type_name == "map":
        if not isinstance(value, dict):
            yield f"{path} is no map"
            return
        for key, one in value.items():
            yield from _problems(one, shape.value, f"{path}.{key}")
    elif not _fits(value, shape):
        allowed = f": one of {', '.join(shape.enum)}" if getattr(shape, "enum", None) else f", a {shape.type_name}"
        yield f"{path} is {value!r}, and must be{allowed}"


def _of_structure(value: Any, shape: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is no structure"
        return
    for name in shape.required_members:
        if name not in value:
            yield f"{path}.{name} is required"
    for name, one in value.items():
        if name not in shape.members:
            yield f"{path}.{name} is not known"
        else:
            yield from _problems(one, shape.members[name], f"{path}.{name}")


def _fits(value: Any, shape: Any) -> bool:
    """Return whether a template's value, where numbers and truth values may be texts, is of a type."""
    kind = shape.type_name
    if kind == "string":
        return isinstance(value, str) and (not shape.enum or value in shape.enum)
    if kind == "boolean":
        return str(value).lower() in ("true", "false")
    if kind in ("integer", "long", "double", "float"):
        try:
            float(value)
        except (TypeError, ValueError):
            return False
    return not isinstance(value, (dict, list))
