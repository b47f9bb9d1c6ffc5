"""Security configurations, and the tags of what the engine owns."""

from __future__ import annotations

from copy import deepcopy

from .engine import Engine
from .errors import already_exists, invalid, not_found
from .records import Document, SecurityConfiguration, names
from .state import Data, now, page

# Tags of these are ours; those of databases, tables and connections stay with the catalog.
_OWNED = ("job", "crawler", "trigger", "workflow")


def create_security_configuration(engine: Engine, request: Data) -> Data:
    name = request.get("Name", "")
    if not name:
        raise invalid("Name must not be empty")
    with engine.state.change() as data:
        if name in data["security_configurations"]:
            raise already_exists("Security configuration", name)
        data["security_configurations"][name] = {
            "Name": name,
            "CreatedTimeStamp": now(),
            "EncryptionConfiguration": deepcopy(request.get("EncryptionConfiguration", {})),
        }
        return {"Name": name, "CreatedTimestamp": data["security_configurations"][name]["CreatedTimeStamp"]}


def get_security_configuration(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        return {"SecurityConfiguration": deepcopy(_configuration(data, request.get("Name", "")))}


def get_security_configurations(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        found, token = page(list(data["security_configurations"].values()), request)
        return {"SecurityConfigurations": deepcopy(found), **token}


def delete_security_configuration(engine: Engine, request: Data) -> Data:
    name = request.get("Name", "")
    with engine.state.change() as data:
        _configuration(data, name)
        del data["security_configurations"][name]
    return {}


def owns(arn: str) -> bool:
    return arn.split(":", 5)[-1].split("/", 1)[0] in _OWNED


def tag_resource(engine: Engine, request: Data) -> Data:
    with engine.state.change() as data:
        arn = _existing(engine, data, request.get("ResourceArn", ""))
        data["tags"].setdefault(arn, {}).update(request.get("TagsToAdd", {}))
    return {}


def untag_resource(engine: Engine, request: Data) -> Data:
    with engine.state.change() as data:
        arn = _existing(engine, data, request.get("ResourceArn", ""))
        for key in request.get("TagsToRemove", []):
            data["tags"].get(arn, {}).pop(key, None)
    return {}


def get_tags(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        return {"Tags": dict(data["tags"].get(_existing(engine, data, request.get("ResourceArn", "")), {}))}


def _configuration(data: Document, name: str) -> SecurityConfiguration:
    if name not in data["security_configurations"]:
        raise not_found("Security configuration", name)
    return data["security_configurations"][name]


def _existing(engine: Engine, data: Document, arn: str) -> str:
    kind, _, name = arn.split(":", 5)[-1].partition("/")
    if arn != engine.arn(kind, name) or name not in names(data, kind):
        raise not_found(kind.capitalize(), name)
    return arn


OPERATIONS = {
    "CreateSecurityConfiguration": create_security_configuration,
    "GetSecurityConfiguration": get_security_configuration,
    "GetSecurityConfigurations": get_security_configurations,
    "DeleteSecurityConfiguration": delete_security_configuration,
}
TAG_OPERATIONS = {"TagResource": tag_resource, "UntagResource": untag_resource, "GetTags": get_tags}
