"""CloudFormation's types of Redshift: they make what the API's calls make."""

from __future__ import annotations

from typing import Any

from ..cfn.registry import register
from ..ministack.cloudformation import Created, Properties, merge_stack_tags, physical_name
from .clusters import Clusters
from .properties import attributes, called, given_of, gone
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
        record = called(_NAMESPACE, api.create_namespace, given)["namespace"]
        api.warehouses.warm_up(f"namespace:{record['namespaceName']}")
        return record["namespaceName"], attributes("Namespace", record)

    def update(name: str, old: Properties, new: Properties, _stack_name: str) -> Created:
        given = _given("redshift-serverless", "UpdateNamespace", _NAMESPACE, new)
        if old.get("ManageAdminPassword") and not new.get("ManageAdminPassword"):
            given["manageAdminPassword"] = False
        record = called(_NAMESPACE, api.update_namespace, {**given, "namespaceName": name})["namespace"]
        _retag(api.tags, record["namespaceArn"], new)
        return name, attributes("Namespace", record)

    def delete(name: str, _properties: Properties) -> None:
        gone(_NAMESPACE, api.delete_namespace, {"namespaceName": name})

    register(_NAMESPACE, create, update, delete, replaced_by=("NamespaceName", "DbName", "AdminUsername"))


def _workgroup(api: Serverless) -> None:
    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        given = _given("redshift-serverless", "CreateWorkgroup", _WORKGROUP, properties)
        record = called(_WORKGROUP, api.create_workgroup, given)["workgroup"]
        return record["workgroupName"], attributes("Workgroup", record)

    def update(name: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        given = _given("redshift-serverless", "UpdateWorkgroup", _WORKGROUP, new)
        record = called(_WORKGROUP, api.update_workgroup, {**given, "workgroupName": name})["workgroup"]
        _retag(api.tags, record["workgroupArn"], new)
        return name, attributes("Workgroup", record)

    def delete(name: str, _properties: Properties) -> None:
        gone(_WORKGROUP, api.delete_workgroup, {"workgroupName": name})

    register(_WORKGROUP, create, update, delete, replaced_by=("WorkgroupName", "NamespaceName"))


def _cluster(api: Clusters) -> None:
    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        named = properties.get("ClusterIdentifier") or physical_name(stack_name, logical_id, lowercase=True, max_len=63)
        given = _given("redshift", "CreateCluster", _CLUSTER, {**properties, "ClusterIdentifier": named})
        record = called(_CLUSTER, api.create, given)["Cluster"]
        api.warehouses.warm_up(f"cluster:{record['ClusterIdentifier']}")
        return record["ClusterIdentifier"], _of_cluster(record)

    def update(name: str, old: Properties, new: Properties, _stack_name: str) -> Created:
        given = _given("redshift", "ModifyCluster", _CLUSTER, {**new, "ClusterIdentifier": name})
        called(_CLUSTER, api.modify, given)
        roles = {
            "AddIamRoles": new.get("IamRoles") or [],
            "RemoveIamRoles": set(old.get("IamRoles") or []) - set(new.get("IamRoles") or []),
        }
        record = called(_CLUSTER, api.modify_roles, {"ClusterIdentifier": name, **roles})["Cluster"]
        _retag(api.tags, api.arn(name), new)
        return name, _of_cluster(record)

    def delete(name: str, _properties: Properties) -> None:
        gone(_CLUSTER, api.delete, {"ClusterIdentifier": name, "SkipFinalClusterSnapshot": True})

    replacing = ("ClusterIdentifier", "DBName", "MasterUsername", "ClusterSubnetGroupName", "SnapshotIdentifier", "OwnerAccount")
    register(_CLUSTER, create, update, delete, replaced_by=replacing)


def _groups(api: Clusters) -> None:
    def create_subnets(logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = properties.get("ClusterSubnetGroupName") or physical_name(stack_name, logical_id, lowercase=True, max_len=255)
        given = _given("redshift", "CreateClusterSubnetGroup", _SUBNET_GROUP, {**properties, "ClusterSubnetGroupName": name})
        called(_SUBNET_GROUP, api.create_subnet_group, given)
        return name, {"ClusterSubnetGroupName": name}

    def update_subnets(name: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        given = _given("redshift", "ModifyClusterSubnetGroup", _SUBNET_GROUP, {**new, "ClusterSubnetGroupName": name})
        called(_SUBNET_GROUP, api.modify_subnet_group, given)
        return name, {"ClusterSubnetGroupName": name}

    def delete_subnets(name: str, _properties: Properties) -> None:
        gone(_SUBNET_GROUP, api.delete_subnet_group, {"ClusterSubnetGroupName": name})

    def create_parameters(logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = properties.get("ParameterGroupName") or physical_name(stack_name, logical_id, lowercase=True, max_len=255)
        given = _given("redshift", "CreateClusterParameterGroup", _PARAMETER_GROUP, {**properties, "ParameterGroupName": name})
        called(_PARAMETER_GROUP, api.create_parameter_group, {**given, "Parameters": properties.get("Parameters") or []})
        return name, {"ParameterGroupName": name}

    def update_parameters(name: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        called(_PARAMETER_GROUP, api.modify_parameter_group, {"ParameterGroupName": name, "Parameters": new.get("Parameters") or []})
        return name, {"ParameterGroupName": name}

    def delete_parameters(name: str, _properties: Properties) -> None:
        gone(_PARAMETER_GROUP, api.delete_parameter_group, {"ParameterGroupName": name})

    register(_SUBNET_GROUP, create_subnets, update_subnets, delete_subnets, replaced_by=("ClusterSubnetGroupName",))
    replacing = ("ParameterGroupName", "ParameterGroupFamily", "Description")
    register(_PARAMETER_GROUP, create_parameters, update_parameters, delete_parameters, replaced_by=replacing)


def _given(service: str, operation: str, type_name: str, properties: Properties) -> Arguments:
    return given_of(service, operation, type_name, properties, _WITHOUT_EFFECT.get(type_name, ()))


def _retag(tags: Any, arn: str, properties: Properties) -> None:
    wanted = [{"key": one["Key"], "value": one.get("Value", "")} for one in properties.get("Tags") or []]
    tags.drop(arn)
    tags.put(arn, wanted)


def _of_cluster(record: Arguments) -> Properties:
    return {
        "Id": record["ClusterIdentifier"],
        "Endpoint.Address": record["Endpoint"]["Address"],
        "Endpoint.Port": record["Endpoint"]["Port"],
        "ClusterNamespaceArn": record["ClusterNamespaceArn"],
        "MasterPasswordSecretArn": record.get("MasterPasswordSecretArn", ""),
    }
