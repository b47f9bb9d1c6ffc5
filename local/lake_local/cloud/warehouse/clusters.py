"""Amazon Redshift's provisioned clusters, their subnet groups and parameter groups.

https://docs.aws.amazon.com/redshift/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import re
import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

from ..cfn.network import require
from ..ministack import network
from ..ministack import secrets as kept_secrets
from ..ministack.application import scope
from .errors import ApiError
from .nodes import check_nodes
from .serverless import check_password
from .tags import Tags
from .warehouses import Warehouses

Arguments = dict[str, Any]
_KEPT = (
    ("NodeType", "ClusterSubnetGroupName", "EnhancedVpcRouting", "PubliclyAccessible", "Encrypted", "KmsKeyId", "AvailabilityZone")
    + ("AutomatedSnapshotRetentionPeriod", "ManualSnapshotRetentionPeriod", "PreferredMaintenanceWindow", "AllowVersionUpgrade")
    + ("MaintenanceTrackName", "DefaultIamRoleArn", "MasterPasswordSecretKmsKeyId", "IpAddressType", "ClusterVersion")
)


class Clusters:
    """Answers for one lake."""

    def __init__(self, warehouses: Warehouses) -> None:
        self.warehouses = warehouses
        self.state = warehouses.state
        self.tags = Tags(self.state)

    def create(self, given: Arguments) -> Arguments:
        name = given["ClusterIdentifier"]
        _check_create(name, given)
        if self.state.read("clusters", {}).get(name):
            raise ApiError("ClusterAlreadyExists", "Cluster already exists")
        manages = bool(given.get("ManageMasterPassword"))
        if manages == bool(given.get("MasterUserPassword")):
            raise _invalid("One of MasterUserPassword and ManageMasterPassword is required, not both.")
        if not manages:
            check_password(given["MasterUserPassword"])
        self._check_network(given)
        password = given.get("MasterUserPassword") or secrets.token_urlsafe(24) + "Aa1"
        admin, database = given["MasterUsername"], given.get("DBName") or "dev"
        record = {
            "ClusterIdentifier": name,
            "ClusterStatus": "available",
            "ClusterAvailabilityStatus": "Available",
            "MasterUsername": admin,
            "DBName": database,
            "ClusterCreateTime": time.time(),
            "NumberOfNodes": given.get("NumberOfNodes") or 1,
            "ClusterVersion": "1.0",
            "AllowVersionUpgrade": True,
            "PubliclyAccessible": False,
            # Since January 2025: https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html
            "Encrypted": True,
            "EnhancedVpcRouting": False,
            "AutomatedSnapshotRetentionPeriod": 1,
            "ManualSnapshotRetentionPeriod": -1,
            "NamespaceId": str(uuid.uuid4()),
            **{key: given[key] for key in _KEPT if given.get(key) is not None},
            **self._groups(given),
        }
        if manages:
            value = {"username": admin, "password": password}
            key = given.get("MasterPasswordSecretKmsKeyId") or ""
            record["MasterPasswordSecretArn"] = kept_secrets.put_managed(_secret_name(name, admin), value, "redshift", key)
        self.warehouses.create(f"cluster:{name}", admin, password, database)
        self._put("clusters", name, record)
        self.tags.put(self.arn(name), _tags(given))
        return {"Cluster": self.cluster(name)}

    def describe(self, given: Arguments) -> Arguments:
        name = given.get("ClusterIdentifier")
        names = [name] if name else list(self.state.read("clusters", {}))
        return _page("Clusters", [self.cluster(one) for one in names], given)

    def modify(self, given: Arguments) -> Arguments:
        name = given["ClusterIdentifier"]
        record = self._record("clusters", name)
        nodes = given.get("NumberOfNodes") or record["NumberOfNodes"]
        check_nodes(given.get("NodeType") or record["NodeType"], nodes, is_new=False)
        if given.get("NewClusterIdentifier") not in (None, name):
            raise _invalid("NewClusterIdentifier: a cluster of this embedded warehouse keeps its name")
        record |= {key: given[key] for key in (*_KEPT, "NumberOfNodes") if given.get(key) is not None}
        record |= {key: value for key, value in self._groups(given).items() if value}
        self._check_network(given)
        password = given.get("MasterUserPassword")
        if given.get("ManageMasterPassword") and not record.get("MasterPasswordSecretArn"):
            password = secrets.token_urlsafe(24) + "Aa1"
            value = {"username": record["MasterUsername"], "password": password}
            record["MasterPasswordSecretArn"] = kept_secrets.put_managed(_secret_name(name, record["MasterUsername"]), value, "redshift")
        elif password:
            check_password(password)
        if password:
            self.warehouses.set_password(f"cluster:{name}", password)
        self._put("clusters", name, record)
        return {"Cluster": self.cluster(name)}

    def modify_roles(self, given: Arguments) -> Arguments:
        record = self._record("clusters", given["ClusterIdentifier"])
        roles = {one["IamRoleArn"]: one for one in record["IamRoles"]}
        roles |= {arn: _role(arn) for arn in given.get("AddIamRoles") or []}
        for arn in given.get("RemoveIamRoles") or []:
            roles.pop(arn, None)
        self._put("clusters", record["ClusterIdentifier"], {**record, "IamRoles": list(roles.values())})
        return {"Cluster": self.cluster(record["ClusterIdentifier"])}

    def delete(self, given: Arguments) -> Arguments:
        name = given["ClusterIdentifier"]
        record = self.cluster(name)
        if not given.get("SkipFinalClusterSnapshot") and not given.get("FinalClusterSnapshotIdentifier"):
            raise ApiError(
                "InvalidParameterCombination", "FinalClusterSnapshotIdentifier is required unless SkipFinalClusterSnapshot is specified."
            )
        self.warehouses.remove(f"cluster:{name}")
        kept_secrets.delete(_secret_name(name, record["MasterUsername"]))
        self._drop("clusters", name)
        self.tags.drop(self.arn(name))
        return {"Cluster": {**record, "ClusterStatus": "deleting"}}

    def create_subnet_group(self, given: Arguments) -> Arguments:
        name = given["ClusterSubnetGroupName"].lower()
        if self.state.read("subnet_groups", {}).get(name):
            raise ApiError("ClusterSubnetGroupAlreadyExists", f"Cluster subnet group {name} already exists.")
        self._put("subnet_groups", name, _subnet_group(name, given))
        self.tags.put(self._group_arn("subnetgroup", name), _tags(given))
        return {"ClusterSubnetGroup": self._record("subnet_groups", name)}

    def modify_subnet_group(self, given: Arguments) -> Arguments:
        name = given["ClusterSubnetGroupName"].lower()
        known = self._record("subnet_groups", name)
        self._put("subnet_groups", name, _subnet_group(name, {"Description": known["Description"], **given}))
        return {"ClusterSubnetGroup": self._record("subnet_groups", name)}

    def describe_subnet_groups(self, given: Arguments) -> Arguments:
        return _page("ClusterSubnetGroups", self._listed("subnet_groups", given.get("ClusterSubnetGroupName")), given)

    def delete_subnet_group(self, given: Arguments) -> Arguments:
        name = self._record("subnet_groups", given["ClusterSubnetGroupName"].lower())["ClusterSubnetGroupName"]
        if any(one.get("ClusterSubnetGroupName") == name for one in self.state.read("clusters", {}).values()):
            raise ApiError("InvalidClusterSubnetGroupStateFault", f"Cluster subnet group {name} is in use by a cluster.")
        self._drop("subnet_groups", name)
        return {}

    def create_parameter_group(self, given: Arguments) -> Arguments:
        name = given["ParameterGroupName"].lower()
        if self.state.read("parameter_groups", {}).get(name):
            raise ApiError("ClusterParameterGroupAlreadyExists", f"Parameter group {name} already exists.")
        record = {
            "ParameterGroupName": name,
            "ParameterGroupFamily": given["ParameterGroupFamily"],
            "Description": given["Description"],
            "Parameters": given.get("Parameters") or [],
        }
        self._put("parameter_groups", name, record)
        return {"ClusterParameterGroup": record}

    def modify_parameter_group(self, given: Arguments) -> Arguments:
        record = self._record("parameter_groups", given["ParameterGroupName"].lower())
        values = {one["ParameterName"]: one for one in [*record["Parameters"], *given["Parameters"]]}
        self._put("parameter_groups", record["ParameterGroupName"], {**record, "Parameters": list(values.values())})
        return {"ParameterGroupName": record["ParameterGroupName"], "ParameterGroupStatus": "Your parameter group has been updated."}

    def describe_parameter_groups(self, given: Arguments) -> Arguments:
        return _page("ParameterGroups", self._listed("parameter_groups", given.get("ParameterGroupName")), given)

    def describe_parameters(self, given: Arguments) -> Arguments:
        return _page("Parameters", self._record("parameter_groups", given["ParameterGroupName"].lower())["Parameters"], given)

    def delete_parameter_group(self, given: Arguments) -> Arguments:
        self._drop("parameter_groups", self._record("parameter_groups", given["ParameterGroupName"].lower())["ParameterGroupName"])
        return {}

    def cluster(self, name: str) -> Arguments:
        """Return a cluster's record, with the address at which its database answers here."""
        found = self._record("clusters", name)
        account, region = scope()
        return {
            **found,
            "Endpoint": {"Address": "127.0.0.1", "Port": self.warehouses.details(f"cluster:{name}")["port"]},
            "ClusterNamespaceArn": f"arn:aws:redshift:{region}:{account}:namespace:{found['NamespaceId']}",
            "Tags": [{"Key": one["key"], "Value": one["value"]} for one in self.tags.listed(self.arn(name))],
        }

    def arn(self, name: str) -> str:
        """Return a cluster's ARN."""
        return self._group_arn("cluster", name)

    def _group_arn(self, kind: str, name: str) -> str:
        account, region = scope()
        return f"arn:aws:redshift:{region}:{account}:{kind}:{name}"

    def _groups(self, given: Arguments) -> Arguments:
        groups = given.get("VpcSecurityGroupIds") or []
        parameters = given.get("ClusterParameterGroupName") or ("default.redshift-2.0" if "MasterUsername" in given else "")
        return {
            "VpcSecurityGroups": [{"VpcSecurityGroupId": one, "Status": "active"} for one in groups],
            "IamRoles": [_role(arn) for arn in given.get("IamRoles") or []],
            "ClusterParameterGroups": [{"ParameterGroupName": parameters, "ParameterApplyStatus": "in-sync"}] if parameters else [],
        }

    def _check_network(self, given: Arguments) -> None:
        if group := given.get("ClusterSubnetGroupName"):
            self._record("subnet_groups", group.lower())
        parameters = given.get("ClusterParameterGroupName") or "default."
        if not parameters.startswith("default."):
            self._record("parameter_groups", parameters.lower())
        _require([], given.get("VpcSecurityGroupIds") or [])

    def _listed(self, kind: str, name: str | None) -> list[Arguments]:
        return [self._record(kind, name.lower())] if name else list(self.state.read(kind, {}).values())

    def _record(self, kind: str, name: str) -> Arguments:
        found: Arguments | None = self.state.read(kind, {}).get(name)
        if found is None:
            code, what = _MISSING[kind]
            raise ApiError(code, f"{what} {name} not found.", 404)
        return found

    def _put(self, kind: str, name: str, record: Arguments) -> None:
        with self.state.change() as data:
            data.setdefault(kind, {})[name] = record

    def _drop(self, kind: str, name: str) -> None:
        with self.state.change() as data:
            data.get(kind, {}).pop(name, None)


_MISSING = {
    "clusters": ("ClusterNotFound", "Cluster"),
    "subnet_groups": ("ClusterSubnetGroupNotFoundFault", "Cluster subnet group"),
    "parameter_groups": ("ClusterParameterGroupNotFound", "Parameter group"),
}
OPERATIONS: dict[str, Callable[[Clusters, Arguments], Arguments]] = {
    "CreateCluster": Clusters.create,
    "DescribeClusters": Clusters.describe,
    "ModifyCluster": Clusters.modify,
    "ModifyClusterIamRoles": Clusters.modify_roles,
    "DeleteCluster": Clusters.delete,
    "CreateClusterSubnetGroup": Clusters.create_subnet_group,
    "ModifyClusterSubnetGroup": Clusters.modify_subnet_group,
    "DescribeClusterSubnetGroups": Clusters.describe_subnet_groups,
    "DeleteClusterSubnetGroup": Clusters.delete_subnet_group,
    "CreateClusterParameterGroup": Clusters.create_parameter_group,
    "ModifyClusterParameterGroup": Clusters.modify_parameter_group,
    "DescribeClusterParameterGroups": Clusters.describe_parameter_groups,
    "DescribeClusterParameters": Clusters.describe_parameters,
    "DeleteClusterParameterGroup": Clusters.delete_parameter_group,
}


def _check_create(name: str, given: Arguments) -> None:
    if not re.fullmatch(r"[a-z](?!.*--)[a-z0-9-]{0,62}(?<!-)", name):
        raise _invalid(f"ClusterIdentifier {name!r} must have 1 to 63 characters out of a-z, 0-9 and -, and begin with a letter")
    nodes = given.get("NumberOfNodes")
    if given.get("ClusterType") == "single-node" and (nodes or 1) > 1:
        raise ApiError("InvalidParameterCombination", "Number of nodes must be 1 for a single-node cluster.")
    if given.get("ClusterType") == "multi-node" and (nodes or 0) < 2:
        raise ApiError("InvalidParameterCombination", "Number of nodes must be at least 2 for a multi-node cluster.")
    check_nodes(given["NodeType"], nodes or 1, is_new=True)


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterValue", message)


def _require(subnets: list[str], groups: list[str]) -> None:
    try:
        require(subnets, groups, "Redshift")
    except ValueError as error:
        raise _invalid(str(error)) from None


def _subnet_group(name: str, given: Arguments) -> Arguments:
    identifiers = given["SubnetIds"]
    _require(identifiers, [])
    subnets = [network.subnets()[one] for one in identifiers]
    return {
        "ClusterSubnetGroupName": name,
        "Description": given["Description"],
        "VpcId": subnets[0]["VpcId"] if subnets else "",
        "SubnetGroupStatus": "Complete",
        "Subnets": [
            {"SubnetIdentifier": one["SubnetId"], "SubnetAvailabilityZone": {"Name": one["AvailabilityZone"]}, "SubnetStatus": "Active"}
            for one in subnets
        ],
    }


def _role(arn: str) -> Arguments:
    return {"IamRoleArn": arn, "ApplyStatus": "in-sync"}


def _tags(given: Arguments) -> list[dict[str, str]]:
    return [{"key": one["Key"], "value": one.get("Value", "")} for one in given.get("Tags") or []]


def _secret_name(cluster: str, admin: str) -> str:
    return f"redshift!{cluster}-{admin}"


def _page(name: str, found: list[Arguments], given: Arguments) -> Arguments:
    first, count = int(given.get("Marker") or 0), int(given.get("MaxRecords") or 100)
    more = {"Marker": str(first + count)} if len(found) > first + count else {}
    return {name: found[first : first + count], **more}
