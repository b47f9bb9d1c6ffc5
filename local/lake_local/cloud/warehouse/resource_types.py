"""CloudFormation's types of Redshift: they make what the API's calls make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..cfn.registry import register
from ..ministack.cloudformation import Created, Properties, merge_stack_tags, physical_name
from . import models
from .clusters import Clusters
from .errors import ApiError
from .serverless import Serverless

Arguments = dict[str, Any]
_NAMESPACE = "AWS::RedshiftServerless::Namespace"
_WORKGROUP = "AWS::RedshiftServerless::Workgroup"
_CLUSTER = "AWS::Redshift::Cluster"
_SUBNET_GROUP = "AWS::Redshift::ClusterSubnetGroup"
_PARAMETER_GROUP = "AWS::Redshift::ClusterParameterGroup"
TYPES = frozenset({_NAMESPACE, _WORKGROUP, _CLUSTER, _SUBNET_GROUP, _PARAMETER_GROUP})
# Kept by CloudFormation only, or of no effect here.
_WITHOUT_EFFECT = {
    _NAMESPACE: {"FinalSnapshotName", "FinalSnapshotRetentionPeriod", "NamespaceResourcePolicy", "SnapshotCopyConfigurations"},
    _WORKGROUP: {"Workgroup"},
    _CLUSTER: {"LoggingProperties", "Endpoint", "DeferMaintenance", "RotateEncryptionKey", "ResourceAction", "Classic"},
}


def install(serverless: Serverless, clusters: Clusters) -> None:
    _namespace(serverless)
    _workgroup(serverless)
    _cluster(clusters)
    _groups(clusters)
    for name in TYPES:
        merge_stack_tags(name)


def _namespace(api: Serverless) -> None:
    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        given = _given("redshift-serverless", "CreateNamespace", _NAMESPACE, properties)
        record = _called(_NAMESPACE, api.create_namespace, given)["namespace"]
        api.warehouses.warm_up(f"namespace:{record['namespaceName']}")
        return record["namespaceName"], _attributes("Namespace", record)

    def update(name: str, old: Properties, new: Properties, _stack_name: str) -> Created:
        given = _given("redshift-serverless", "UpdateNamespace", _NAMESPACE, new)
        if old.get("ManageAdminPassword") and not new.get("ManageAdminPassword"):
            given["manageAdminPassword"] = False
        record = _called(_NAMESPACE, api.update_namespace, {**given, "namespaceName": name})["namespace"]
        _retag(api.tags, record["namespaceArn"], new)
        return name, _attributes("Namespace", record)

    def delete(name: str, _properties: Properties) -> None:
        _gone(_NAMESPACE, api.delete_namespace, {"namespaceName": name})

    register(_NAMESPACE, create, update, delete, replaced_by=("NamespaceName", "DbName", "AdminUsername"))


def _workgroup(api: Serverless) -> None:
    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        given = _given("redshift-serverless", "CreateWorkgroup", _WORKGROUP, properties)
        record = _called(_WORKGROUP, api.create_workgroup, given)["workgroup"]
        return record["workgroupName"], _attributes("Workgroup", record)

    def update(name: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        given = _given("redshift-serverless", "UpdateWorkgroup", _WORKGROUP, new)
        record = _called(_WORKGROUP, api.update_workgroup, {**given, "workgroupName": name})["workgroup"]
        _retag(api.tags, record["workgroupArn"], new)
        return name, _attributes("Workgroup", record)

    def delete(name: str, _properties: Properties) -> None:
        _gone(_WORKGROUP, api.delete_workgroup, {"workgroupName": name})

    register(_WORKGROUP, create, update, delete, replaced_by=("WorkgroupName", "NamespaceName"))


def _cluster(api: Clusters) -> None:
    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        named = properties.get("ClusterIdentifier") or physical_name(stack_name, logical_id, lowercase=True, max_len=63)
        given = _given("redshift", "CreateCluster", _CLUSTER, {**properties, "ClusterIdentifier": named})
        record = _called(_CLUSTER, api.create, given)["Cluster"]
        api.warehouses.warm_up(f"cluster:{record['ClusterIdentifier']}")
        return record["ClusterIdentifier"], _of_cluster(record)

    def update(name: str, old: Properties, new: Properties, _stack_name: str) -> Created:
        given = _given("redshift", "ModifyCluster", _CLUSTER, {**new, "ClusterIdentifier": name})
        _called(_CLUSTER, api.modify, given)
        roles = {
            "AddIamRoles": new.get("IamRoles") or [],
            "RemoveIamRoles": set(old.get("IamRoles") or []) - set(new.get("IamRoles") or []),
        }
        record = _called(_CLUSTER, api.modify_roles, {"ClusterIdentifier": name, **roles})["Cluster"]
        _retag(api.tags, api.arn(name), new)
        return name, _of_cluster(record)

    def delete(name: str, _properties: Properties) -> None:
        _gone(_CLUSTER, api.delete, {"ClusterIdentifier": name, "SkipFinalClusterSnapshot": True})

    replacing = ("ClusterIdentifier", "DBName", "MasterUsername", "ClusterSubnetGroupName", "SnapshotIdentifier", "OwnerAccount")
    register(_CLUSTER, create, update, delete, replaced_by=replacing)


def _groups(api: Clusters) -> None:
    def create_subnets(logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = properties.get("ClusterSubnetGroupName") or physical_name(stack_name, logical_id, lowercase=True, max_len=255)
        given = _given("redshift", "CreateClusterSubnetGroup", _SUBNET_GROUP, {**properties, "ClusterSubnetGroupName": name})
        _called(_SUBNET_GROUP, api.create_subnet_group, given)
        return name, {"ClusterSubnetGroupName": name}

    def update_subnets(name: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        given = _given("redshift", "ModifyClusterSubnetGroup", _SUBNET_GROUP, {**new, "ClusterSubnetGroupName": name})
        _called(_SUBNET_GROUP, api.modify_subnet_group, given)
        return name, {"ClusterSubnetGroupName": name}

    def delete_subnets(name: str, _properties: Properties) -> None:
        _gone(_SUBNET_GROUP, api.delete_subnet_group, {"ClusterSubnetGroupName": name})

    def create_parameters(logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = properties.get("ParameterGroupName") or physical_name(stack_name, logical_id, lowercase=True, max_len=255)
        given = _given("redshift", "CreateClusterParameterGroup", _PARAMETER_GROUP, {**properties, "ParameterGroupName": name})
        _called(_PARAMETER_GROUP, api.create_parameter_group, {**given, "Parameters": properties.get("Parameters") or []})
        return name, {"ParameterGroupName": name}

    def update_parameters(name: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        _called(_PARAMETER_GROUP, api.modify_parameter_group, {"ParameterGroupName": name, "Parameters": new.get("Parameters") or []})
        return name, {"ParameterGroupName": name}

    def delete_parameters(name: str, _properties: Properties) -> None:
        _gone(_PARAMETER_GROUP, api.delete_parameter_group, {"ParameterGroupName": name})

    register(_SUBNET_GROUP, create_subnets, update_subnets, delete_subnets, replaced_by=("ClusterSubnetGroupName",))
    replacing = ("ParameterGroupName", "ParameterGroupFamily", "Description")
    register(_PARAMETER_GROUP, create_parameters, update_parameters, delete_parameters, replaced_by=replacing)


def _given(service: str, operation: str, type_name: str, properties: Properties) -> Arguments:
    """Return a resource's properties as the arguments of a call. Raise if a property is not known."""
    shape = models.service_model(service).operation_model(operation).input_shape
    creating = models.service_model(service).operation_model(_creating(operation)).input_shape
    known = {_capital(name) for name in creating.members} | _WITHOUT_EFFECT.get(type_name, set()) | {"Parameters", "Tags"}
    if unknown := sorted(set(properties) - known):
        raise ValueError(f"{type_name}: the property {unknown[0]} is not known here")
    given = {
        name: _typed(properties[_capital(name)], inner)
        for name, inner in shape.members.items()
        if properties.get(_capital(name)) is not None
    }

    def checked(one: Arguments) -> Arguments:
        models.check(service, operation, one)
        return one

    return _called(type_name, checked, given)


def _creating(operation: str) -> str:
    return operation.replace("Update", "Create").replace("Modify", "Create")


def _typed(value: Any, shape: Any) -> Any:
    """Return a template's value, where numbers and truth values may be texts, as a call's argument."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: _typed(value[_capital(name)], inner) for name, inner in shape.members.items() if value.get(_capital(name)) is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_typed(one, shape.member) for one in value]
    if shape.type_name == "boolean":
        return str(value).lower() == "true"
    if shape.type_name in ("integer", "long"):
        return int(value) if str(value).lstrip("-").isdigit() else value
    return str(value) if shape.type_name == "string" and not isinstance(value, (dict, list)) else value


def _called(type_name: str, call: Callable[[Arguments], Arguments], given: Arguments) -> Arguments:
    try:
        return call(given)
    except ApiError as error:
        raise ValueError(f'{type_name}: Resource handler returned message: "{error.message}" (Error Code: {error.code})') from error


def _gone(type_name: str, delete: Callable[[Arguments], Arguments], given: Arguments) -> None:
    """Delete, and mind nothing that is not there."""
    try:
        delete(given)
    except ApiError as error:
        if "NotFound" not in error.code:
            raise ValueError(f"{type_name}: {error.message} (Error Code: {error.code})") from error


def _retag(tags: Any, arn: str, properties: Properties) -> None:
    wanted = [{"key": one["Key"], "value": one.get("Value", "")} for one in properties.get("Tags") or []]
    tags.drop(arn)
    tags.put(arn, wanted)


def _attributes(prefix: str, record: Arguments) -> Properties:
    """Return a record for Fn::GetAtt: `Workgroup.Endpoint.Port`, and so on."""
    return dict(_flat(prefix, record))


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{_capital(name)}", inner)
    else:
        yield prefix, value


def _of_cluster(record: Arguments) -> Properties:
    return {
        "Id": record["ClusterIdentifier"],
        "Endpoint.Address": record["Endpoint"]["Address"],
        "Endpoint.Port": record["Endpoint"]["Port"],
        "ClusterNamespaceArn": record["ClusterNamespaceArn"],
        "MasterPasswordSecretArn": record.get("MasterPasswordSecretArn", ""),
    }


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
