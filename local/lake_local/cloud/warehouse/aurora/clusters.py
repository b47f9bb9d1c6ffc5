"""Amazon RDS's clusters of Aurora PostgreSQL, their instances, subnet groups and parameter groups.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import re
import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from ...cfn.network import require
from ...ministack import secrets as kept_secrets
from ...ministack.application import scope
from ..errors import ApiError
from .databases import Databases

Arguments = dict[str, Any]
ENGINE = "aurora-postgresql"
# The oldest minor version that pauses: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
_PAUSES_FROM = {13: 15, 14: 12, 15: 7, 16: 3}
_KEPT = (
    ("EngineVersion", "Port", "StorageEncrypted", "KmsKeyId", "BackupRetentionPeriod", "CopyTagsToSnapshot", "DeletionProtection")
    + ("ServerlessV2ScalingConfiguration", "DBSubnetGroupName", "DBClusterParameterGroupName", "EnableCloudwatchLogsExports")
    + ("PreferredMaintenanceWindow", "PreferredBackupWindow", "StorageType")
)


class Kind(NamedTuple):
    """A kind of resource: where it is kept, its name's argument, its ARN's part, and the errors about it."""

    store: str
    name: str
    arn: str
    missing: str
    exists: str


CLUSTER = Kind("clusters", "DBClusterIdentifier", "cluster", "DBClusterNotFoundFault", "DBClusterAlreadyExistsFault")
INSTANCE = Kind("instances", "DBInstanceIdentifier", "db", "DBInstanceNotFound", "DBInstanceAlreadyExists")
SUBNETS = Kind("subnet_groups", "DBSubnetGroupName", "subgrp", "DBSubnetGroupNotFoundFault", "DBSubnetGroupAlreadyExists")
PARAMETERS = Kind(
    "parameter_groups", "DBClusterParameterGroupName", "cluster-pg", "DBParameterGroupNotFound", "DBParameterGroupAlreadyExists"
)


class Clusters:
    """Answers for one lake."""

    def __init__(self, databases: Databases) -> None:
        self.databases = databases
        self.state = databases.state

    def create(self, given: Arguments) -> Arguments:
        name = given["DBClusterIdentifier"].lower()
        _check_create(name, given)
        self._new(CLUSTER, name)
        self._check_parts(given)
        admin, database = given["MasterUsername"], given.get("DatabaseName") or "postgres"
        password = given.get("MasterUserPassword") or secrets.token_urlsafe(24)
        account, region = scope()
        record: Arguments = {
            "DBClusterIdentifier": name,
            "DBClusterArn": f"arn:aws:rds:{region}:{account}:cluster:{name}",
            "DbClusterResourceId": f"cluster-{uuid.uuid4().hex[:26].upper()}",
            "Engine": ENGINE,
            "EngineMode": "provisioned",
            "Status": "available",
            "MasterUsername": admin,
            "DatabaseName": database,
            "ClusterCreateTime": time.time(),
            "Port": 5432,
            "HttpEndpointEnabled": bool(given.get("EnableHttpEndpoint")),
            "IAMDatabaseAuthenticationEnabled": bool(given.get("EnableIAMDatabaseAuthentication")),
            "VpcSecurityGroups": [{"VpcSecurityGroupId": one, "Status": "active"} for one in given.get("VpcSecurityGroupIds") or []],
            "AssociatedRoles": given.get("AssociatedRoles") or [],
            **{key: given[key] for key in _KEPT if given.get(key) is not None},
        }
        if given.get("ManageMasterUserPassword"):
            value, key = {"username": admin, "password": password}, given.get("MasterUserSecretKmsKeyId") or ""
            arn = kept_secrets.put_managed(_secret_name(record), value, "rds", key)
            record["MasterUserSecret"] = {"SecretArn": arn, "SecretStatus": "active", **({"KmsKeyId": key} if key else {})}
        self.databases.create(f"aurora:{name}", admin, password, database)
        self._put(CLUSTER, name, record)
        return {"DBCluster": self.cluster(name)}

    def describe(self, given: Arguments) -> Arguments:
        return self._described("DBClusters", CLUSTER, given, self.cluster)

    def modify(self, given: Arguments) -> Arguments:
        record = self.record(given["DBClusterIdentifier"])
        self._check_parts(given)
        if scaling := given.get("ServerlessV2ScalingConfiguration"):
            _check_scaling(scaling, given.get("EngineVersion") or record.get("EngineVersion") or "")
        record |= {key: given[key] for key in (*_KEPT, "AssociatedRoles") if given.get(key) is not None}
        for name, kept in (
            ("EnableHttpEndpoint", "HttpEndpointEnabled"),
            ("EnableIAMDatabaseAuthentication", "IAMDatabaseAuthenticationEnabled"),
        ):
            record[kept] = bool(given.get(name, record[kept]))
        if password := given.get("MasterUserPassword"):
            _check_password(password)
            self.databases.set_password(f"aurora:{record['DBClusterIdentifier']}", password)
        self._put(CLUSTER, record["DBClusterIdentifier"], record)
        return {"DBCluster": self.cluster(record["DBClusterIdentifier"])}

    def add_role(self, given: Arguments) -> Arguments:
        record, feature = self.record(given["DBClusterIdentifier"]), given.get("FeatureName") or ""
        if any(one.get("FeatureName") == feature for one in record["AssociatedRoles"]):
            raise ApiError("DBClusterRoleAlreadyExists", f"The cluster has a role for the feature {feature} already.")
        role = {"RoleArn": given["RoleArn"], "FeatureName": feature, "Status": "ACTIVE"}
        self._put(CLUSTER, record["DBClusterIdentifier"], {**record, "AssociatedRoles": [*record["AssociatedRoles"], role]})
        return {}

    def remove_role(self, given: Arguments) -> Arguments:
        record = self.record(given["DBClusterIdentifier"])
        kept = [one for one in record["AssociatedRoles"] if one["RoleArn"] != given["RoleArn"]]
        if len(kept) == len(record["AssociatedRoles"]):
            raise ApiError("DBClusterRoleNotFound", f"The cluster has no role {given['RoleArn']}.", 404)
        self._put(CLUSTER, record["DBClusterIdentifier"], {**record, "AssociatedRoles": kept})
        return {}

    def delete(self, given: Arguments) -> Arguments:
        found = self.cluster(given["DBClusterIdentifier"])
        name = found["DBClusterIdentifier"]
        if found.get("DeletionProtection"):
            raise ApiError(
                "InvalidParameterCombination", "Cannot delete protected Cluster, please disable deletion protection and try again."
            )
        if found["DBClusterMembers"]:
            raise ApiError("InvalidDBClusterStateFault", "Cluster cannot be deleted, it still contains DB instances in non-deleting state.")
        if not given.get("SkipFinalSnapshot") and not given.get("FinalDBSnapshotIdentifier"):
            raise ApiError("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
        self.databases.remove(f"aurora:{name}")
        if found.get("MasterUserSecret"):
            kept_secrets.delete(_secret_name(found))
        self._drop(CLUSTER, name)
        return {"DBCluster": {**found, "Status": "deleting"}}

    def create_instance(self, given: Arguments) -> Arguments:
        name = given["DBInstanceIdentifier"].lower()
        self._new(INSTANCE, name)
        cluster = self.record(given.get("DBClusterIdentifier") or "")
        if given.get("Engine") != ENGINE or given.get("DBInstanceClass") != "db.serverless":
            raise _invalid(f"only instances of the class db.serverless in a cluster of {ENGINE} are here")
        if not cluster.get("ServerlessV2ScalingConfiguration"):
            raise _invalid(
                "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance."
            )
        account, region = scope()
        record = {
            "DBInstanceIdentifier": name,
            "DBInstanceArn": f"arn:aws:rds:{region}:{account}:db:{name}",
            "DBInstanceClass": "db.serverless",
            "Engine": ENGINE,
            "DBInstanceStatus": "available",
            "DBClusterIdentifier": cluster["DBClusterIdentifier"],
            "PubliclyAccessible": bool(given.get("PubliclyAccessible")),
            "AutoMinorVersionUpgrade": bool(given.get("AutoMinorVersionUpgrade", True)),
        }
        self._put(INSTANCE, name, record)
        return {"DBInstance": self._instance(name)}

    def describe_instances(self, given: Arguments) -> Arguments:
        return self._described("DBInstances", INSTANCE, given, self._instance)

    def modify_instance(self, given: Arguments) -> Arguments:
        record = self._record(INSTANCE, given["DBInstanceIdentifier"])
        record |= {key: given[key] for key in ("PubliclyAccessible", "AutoMinorVersionUpgrade") if given.get(key) is not None}
        self._put(INSTANCE, record["DBInstanceIdentifier"], record)
        return {"DBInstance": self._instance(record["DBInstanceIdentifier"])}

    def delete_instance(self, given: Arguments) -> Arguments:
        found = self._instance(given["DBInstanceIdentifier"])
        self._drop(INSTANCE, found["DBInstanceIdentifier"])
        return {"DBInstance": {**found, "DBInstanceStatus": "deleting"}}

    def put_subnet_group(self, given: Arguments) -> Arguments:
        name = given["DBSubnetGroupName"].lower()
        require(given["SubnetIds"], [], "DBSubnetGroup")
        record = {
            "DBSubnetGroupName": name,
            "DBSubnetGroupDescription": given.get("DBSubnetGroupDescription")
            or self._kept(SUBNETS).get(name, {}).get("DBSubnetGroupDescription"),
            "SubnetGroupStatus": "Complete",
            "Subnets": [{"SubnetIdentifier": one, "SubnetStatus": "Active"} for one in given["SubnetIds"]],
        }
        self._put(SUBNETS, name, record)
        return {"DBSubnetGroup": record}

    def describe_subnet_groups(self, given: Arguments) -> Arguments:
        return self._described("DBSubnetGroups", SUBNETS, given, lambda name: self._record(SUBNETS, name))

    def delete_subnet_group(self, given: Arguments) -> Arguments:
        self._delete_unused(SUBNETS, given["DBSubnetGroupName"], "InvalidDBSubnetGroupStateFault")
        return {}

    def put_parameter_group(self, given: Arguments) -> Arguments:
        name = given["DBClusterParameterGroupName"].lower()
        known = self._kept(PARAMETERS).get(name, {})
        family, description = (given.get(key) or known.get(key) for key in ("DBParameterGroupFamily", "Description"))
        record = {"DBClusterParameterGroupName": name, "DBParameterGroupFamily": family, "Description": description}
        self._put(PARAMETERS, name, {**record, "Parameters": given.get("Parameters") or known.get("Parameters") or {}})
        return {"DBClusterParameterGroup": record}

    def describe_parameter_groups(self, given: Arguments) -> Arguments:
        return self._described("DBClusterParameterGroups", PARAMETERS, given, lambda name: self._record(PARAMETERS, name))

    def delete_parameter_group(self, given: Arguments) -> Arguments:
        self._delete_unused(PARAMETERS, given["DBClusterParameterGroupName"], "InvalidDBParameterGroupState")
        return {}

    def cluster(self, name: str) -> Arguments:
        """Return a cluster's record, with the address at which its database answers here, and its instances."""
        found = self.record(name)
        own = found["DBClusterIdentifier"]
        instances = [one for one in self._kept(INSTANCE).values() if one["DBClusterIdentifier"] == own]
        return {
            **found,
            "Endpoint": "127.0.0.1",
            "ReaderEndpoint": "127.0.0.1",
            "Port": self.databases.details(f"aurora:{own}")["port"],
            "DBClusterMembers": [{"DBInstanceIdentifier": one["DBInstanceIdentifier"], "IsClusterWriter": True} for one in instances],
        }

    def record(self, name: str) -> Arguments:
        """Return what is kept of a cluster."""
        return self._record(CLUSTER, name)

    def by_arn(self, arn: str) -> Arguments | None:
        """Return a cluster by its ARN."""
        return next((one for one in self._kept(CLUSTER).values() if one["DBClusterArn"] == arn), None)

    def has_instance(self, cluster: str) -> bool:
        """Return whether something computes in a cluster."""
        return any(one["DBClusterIdentifier"] == cluster for one in self._kept(INSTANCE).values())

    def _instance(self, name: str) -> Arguments:
        found = self._record(INSTANCE, name)
        cluster = self.cluster(found["DBClusterIdentifier"])
        return {**found, "Endpoint": {"Address": cluster["Endpoint"], "Port": cluster["Port"]}}

    def _check_parts(self, given: Arguments) -> None:
        if group := given.get("DBSubnetGroupName"):
            self._record(SUBNETS, group)
        parameters = given.get("DBClusterParameterGroupName") or "default."
        if not parameters.startswith("default."):
            self._record(PARAMETERS, parameters)
        try:
            require([], given.get("VpcSecurityGroupIds") or [], "DBCluster")
        except ValueError as error:
            raise _invalid(str(error)) from None

    def _delete_unused(self, kind: Kind, name: str, code: str) -> None:
        found = self._record(kind, name)
        if any(one.get(kind.name, "").lower() == found[kind.name] for one in self._kept(CLUSTER).values()):
            raise ApiError(code, f"{found[kind.name]} is in use by a cluster.")
        self._drop(kind, found[kind.name])

    def _described(self, what: str, kind: Kind, given: Arguments, shown: Callable[[str], Arguments]) -> Arguments:
        name = given.get(kind.name)
        return {what: [shown(one) for one in ([name] if name else list(self._kept(kind)))]}

    def _kept(self, kind: Kind) -> dict[str, Arguments]:
        found: dict[str, Arguments] = self.state.read(kind.store, {})
        return found

    def _record(self, kind: Kind, name: str) -> Arguments:
        found = self._kept(kind).get(name.lower())
        if found is None:
            raise ApiError(kind.missing, f"{kind.store[:-1].replace('_', ' ')} {name} not found.", 404)
        return dict(found)

    def _new(self, kind: Kind, name: str) -> None:
        if name in self._kept(kind):
            raise ApiError(kind.exists, f"{name} already exists.")

    def _put(self, kind: Kind, name: str, record: Arguments) -> None:
        with self.state.change() as data:
            data.setdefault(kind.store, {})[name] = record

    def _drop(self, kind: Kind, name: str) -> None:
        with self.state.change() as data:
            data.get(kind.store, {}).pop(name, None)


OPERATIONS: dict[str, Callable[[Clusters, Arguments], Arguments]] = {
    "CreateDBCluster": Clusters.create,
    "DescribeDBClusters": Clusters.describe,
    "ModifyDBCluster": Clusters.modify,
    "AddRoleToDBCluster": Clusters.add_role,
    "RemoveRoleFromDBCluster": Clusters.remove_role,
    "DeleteDBCluster": Clusters.delete,
    "CreateDBInstance": Clusters.create_instance,
    "DescribeDBInstances": Clusters.describe_instances,
    "ModifyDBInstance": Clusters.modify_instance,
    "DeleteDBInstance": Clusters.delete_instance,
    "CreateDBSubnetGroup": Clusters.put_subnet_group,
    "DescribeDBSubnetGroups": Clusters.describe_subnet_groups,
    "DeleteDBSubnetGroup": Clusters.delete_subnet_group,
    "CreateDBClusterParameterGroup": Clusters.put_parameter_group,
    "DescribeDBClusterParameterGroups": Clusters.describe_parameter_groups,
    "DeleteDBClusterParameterGroup": Clusters.delete_parameter_group,
}


def _check_create(name: str, given: Arguments) -> None:
    if given["Engine"] != ENGINE:
        raise _invalid(f"Engine {given['Engine']}: clusters of {ENGINE} are here")
    if not re.fullmatch(r"[a-z](?!.*--)[a-z0-9-]{0,62}(?<!-)", name):
        raise _invalid(f"DBClusterIdentifier {name!r} must have 1 to 63 letters, digits and hyphens, and begin with a letter")
    if not given.get("MasterUsername") or bool(given.get("ManageMasterUserPassword")) == bool(given.get("MasterUserPassword")):
        raise _invalid("MasterUsername, and one of MasterUserPassword and ManageMasterUserPassword, are required.")
    if given.get("MasterUserPassword"):
        _check_password(given["MasterUserPassword"])
    if scaling := given.get("ServerlessV2ScalingConfiguration"):
        _check_scaling(scaling, given.get("EngineVersion") or "")


def _check_scaling(scaling: Arguments, version: str) -> None:
    least, most = float(scaling.get("MinCapacity") or 0), float(scaling.get("MaxCapacity") or 0)
    if most < 1 or most > 256 or least > most or (least * 2) % 1 or (most * 2) % 1:
        raise _invalid(
            f"Serverless v2 capacity {least} to {most} isn't valid: specify from 0 to 256 ACU in steps of 0.5, the maximum at least 1"
        )
    major, _, minor = version.partition(".")
    if least == 0 and major.isdigit() and int(minor or "999") < _PAUSES_FROM.get(int(major), 0):
        raise _invalid(f"Serverless v2 minimum capacity 0 isn't valid for the engine version {version}: specify at least 0.5")
    pause = scaling.get("SecondsUntilAutoPause")
    if pause is not None and (least > 0 or not 300 <= int(pause) <= 86_400):
        raise _invalid("SecondsUntilAutoPause must be from 300 to 86400, and only with a minimum capacity of 0")


def _check_password(password: str) -> None:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html"""
    if not re.fullmatch(r"[!#-.0-?A-~]{8,128}", password):
        raise _invalid("MasterUserPassword must have 8 to 128 printable characters, and none of / ' \" @ and the space.")


def _secret_name(record: Arguments) -> str:
    """Return the name as RDS makes it, with a part that is new each time."""
    return f"rds!{record['DbClusterResourceId'].lower()}"


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterValue", message)
