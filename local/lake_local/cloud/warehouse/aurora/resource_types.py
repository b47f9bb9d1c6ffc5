"""CloudFormation's types of Aurora: they make what the API's calls make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...cfn.registry import register
from ...ministack.cloudformation import Created, Properties, merge_stack_tags, physical_name
from ..properties import called, given_of, gone
from .clusters import Clusters

Arguments = dict[str, Any]
_CLUSTER = "AWS::RDS::DBCluster"
_INSTANCE = "AWS::RDS::DBInstance"
_SUBNET_GROUP = "AWS::RDS::DBSubnetGroup"
_PARAMETER_GROUP = "AWS::RDS::DBClusterParameterGroup"
TYPES = frozenset({_CLUSTER, _INSTANCE, _SUBNET_GROUP, _PARAMETER_GROUP})
# CloudFormation's own names, which become other arguments.
_OWN = {_CLUSTER: {"MasterUserSecret", "AssociatedRoles"}, _PARAMETER_GROUP: {"Family"}}


def install(clusters: Clusters) -> None:
    """Take the types over from MiniStack, which would start containers."""
    _cluster(clusters)
    _named(
        _INSTANCE,
        "DBInstanceIdentifier",
        "CreateDBInstance",
        "ModifyDBInstance",
        clusters.create_instance,
        clusters.modify_instance,
        clusters.delete_instance,
        ("DBInstanceIdentifier", "DBClusterIdentifier", "Engine"),
    )
    _named(
        _SUBNET_GROUP,
        "DBSubnetGroupName",
        "CreateDBSubnetGroup",
        "ModifyDBSubnetGroup",
        clusters.put_subnet_group,
        clusters.put_subnet_group,
        clusters.delete_subnet_group,
        ("DBSubnetGroupName",),
    )
    _named(
        _PARAMETER_GROUP,
        "DBClusterParameterGroupName",
        "CreateDBClusterParameterGroup",
        "CreateDBClusterParameterGroup",
        clusters.put_parameter_group,
        clusters.put_parameter_group,
        clusters.delete_parameter_group,
        ("DBClusterParameterGroupName", "Description", "Family"),
    )
    for name in TYPES:
        merge_stack_tags(name)


def _cluster(api: Clusters) -> None:
    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        named = properties.get("DBClusterIdentifier") or physical_name(stack_name, logical_id, lowercase=True, max_len=63)
        record = called(_CLUSTER, api.create, _of_cluster("CreateDBCluster", {**properties, "DBClusterIdentifier": named}))["DBCluster"]
        api.databases.warm_up(f"aurora:{record['DBClusterIdentifier']}")
        return record["DBClusterIdentifier"], _attributes(record)

    def update(name: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        given = {**_of_cluster("ModifyDBCluster", {**new, "DBClusterIdentifier": name}), "AssociatedRoles": _roles(new)}
        return name, _attributes(called(_CLUSTER, api.modify, given)["DBCluster"])

    def delete(name: str, _properties: Properties) -> None:
        gone(_CLUSTER, api.delete, {"DBClusterIdentifier": name, "SkipFinalSnapshot": True})

    replacing = ("DBClusterIdentifier", "DatabaseName", "DBSubnetGroupName", "EngineMode", "KmsKeyId", "StorageEncrypted", "MasterUsername")
    register(_CLUSTER, create, update, delete, replaced_by=replacing)


def _of_cluster(operation: str, properties: Properties) -> Arguments:
    given = given_of("rds", operation, _CLUSTER, properties, _OWN[_CLUSTER])
    secret = properties.get("MasterUserSecret") or {}
    return {
        **given,
        "AssociatedRoles": _roles(properties),
        **({"MasterUserSecretKmsKeyId": secret["KmsKeyId"]} if secret.get("KmsKeyId") else {}),
    }


def _roles(properties: Properties) -> list[Arguments]:
    return [{**role, "Status": "ACTIVE"} for role in properties.get("AssociatedRoles") or []]


def _named(
    type_name: str,
    key: str,
    creating: str,
    modifying: str,
    make: Callable[[Arguments], Arguments],
    modify: Callable[[Arguments], Arguments],
    remove: Callable[[Arguments], Arguments],
    replaced_by: tuple[str, ...],
) -> None:
    """Register a type whose resources are called by a name."""

    def given(operation: str, properties: Properties, name: str) -> Arguments:
        own = _OWN.get(type_name, set())
        taken = {**properties, key: name, **({"DBParameterGroupFamily": properties.get("Family")} if "Family" in own else {})}
        found = given_of("rds", operation, type_name, taken, own)
        return {**found, **({"Parameters": properties.get("Parameters") or {}} if "Family" in own else {})}

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = properties.get(key) or physical_name(stack_name, logical_id, lowercase=True, max_len=63)
        return _made(called(type_name, make, given(creating, properties, name)), name)

    def update(name: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        return _made(called(type_name, modify, given(modifying, new, name)), name)

    def delete(name: str, _properties: Properties) -> None:
        gone(type_name, remove, {key: name})

    register(type_name, create, update, delete, replaced_by=replaced_by)


def _made(answer: Arguments, name: str) -> Created:
    [record] = answer.values()
    endpoint = record.get("Endpoint")
    if not endpoint:
        return name.lower(), {}
    found = {"Endpoint.Address": endpoint["Address"], "Endpoint.Port": str(endpoint["Port"]), "DBInstanceArn": record["DBInstanceArn"]}
    return name.lower(), found


def _attributes(record: Arguments) -> Properties:
    return {
        "DBClusterArn": record["DBClusterArn"],
        "DBClusterResourceId": record["DbClusterResourceId"],
        "Endpoint.Address": record["Endpoint"],
        "Endpoint.Port": str(record["Port"]),
        "ReadEndpoint.Address": record["ReaderEndpoint"],
        "MasterUserSecret.SecretArn": record.get("MasterUserSecret", {}).get("SecretArn", ""),
    }
