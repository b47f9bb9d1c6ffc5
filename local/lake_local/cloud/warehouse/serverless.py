"""Redshift Serverless: namespaces, workgroups, usage limits and temporary credentials.

https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/Welcome.html
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
from .errors import conflict, not_found, validation
from .tags import Tags
from .warehouses import Warehouses

Arguments = dict[str, Any]
# https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html
_LEAST_CAPACITY, _MOST_CAPACITY, _DEFAULT_CAPACITY = 4, 1024, 128
# https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html
_ZONES = 3
_OF_NAMESPACE = ("kmsKeyId", "logExports", "iamRoles", "defaultIamRoleArn", "adminPasswordSecretKmsKeyId")
_OF_WORKGROUP = (
    "baseCapacity",
    "maxCapacity",
    "configParameters",
    "enhancedVpcRouting",
    "extraComputeForAutomaticOptimization",
    "ipAddressType",
) + ("pricePerformanceTarget", "publiclyAccessible", "securityGroupIds", "subnetIds", "trackName")


class Serverless:
    """Answers for one lake."""

    def __init__(self, warehouses: Warehouses) -> None:
        self.warehouses = warehouses
        self.state = warehouses.state
        self.tags = Tags(self.state)

    def create_namespace(self, given: Arguments) -> Arguments:
        name = given["namespaceName"]
        _check_name("namespaceName", name)
        if self.state.read("namespaces", {}).get(name):
            raise conflict(f"Namespace {name} already exists.")
        manages = bool(given.get("manageAdminPassword"))
        if manages and given.get("adminUserPassword"):
            raise validation("You can't use adminUserPassword if manageAdminPassword is true.")
        if bool(given.get("adminUsername")) != bool(given.get("adminUserPassword")) and not manages:
            raise validation("adminUsername and adminUserPassword must be given together.")
        if given.get("adminUserPassword"):
            check_password(given["adminUserPassword"])
        account, region = scope()
        identifier = str(uuid.uuid4())
        admin, database = given.get("adminUsername") or "admin", given.get("dbName") or "dev"
        password = given.get("adminUserPassword") or secrets.token_urlsafe(24) + "Aa1"
        record = {
            "namespaceName": name,
            "namespaceId": identifier,
            "namespaceArn": f"arn:aws:redshift-serverless:{region}:{account}:namespace/{identifier}",
            "adminUsername": admin,
            "dbName": database,
            "kmsKeyId": "AWS_OWNED_KMS_KEY",
            "iamRoles": [],
            "logExports": [],
            "status": "AVAILABLE",
            "creationDate": time.time(),
            **{key: given[key] for key in _OF_NAMESPACE if given.get(key) is not None},
        }
        if manages:
            record["adminPasswordSecretArn"] = self._put_secret(record, admin, password)
        self.warehouses.create(f"namespace:{name}", admin, password, database)
        self._put("namespaces", name, record)
        self.tags.put(record["namespaceArn"], given.get("tags") or [])
        return {"namespace": record}

    def get_namespace(self, given: Arguments) -> Arguments:
        return {"namespace": self.namespace(given["namespaceName"])}

    def list_namespaces(self, given: Arguments) -> Arguments:
        return _page("namespaces", list(self.state.read("namespaces", {}).values()), given)

    def update_namespace(self, given: Arguments) -> Arguments:
        record = self.namespace(given["namespaceName"])
        name, warehouse = record["namespaceName"], f"namespace:{record['namespaceName']}"
        if given.get("manageAdminPassword") and given.get("adminUserPassword"):
            raise validation("You can't use adminUserPassword if manageAdminPassword is true.")
        if given.get("adminUsername", record["adminUsername"]) != record["adminUsername"]:
            raise validation("adminUsername: this embedded warehouse keeps the name of its first admin")
        record |= {key: given[key] for key in _OF_NAMESPACE if given.get(key) is not None}
        password = given.get("adminUserPassword")
        if password:
            check_password(password)
        if given.get("manageAdminPassword") is False:
            kept_secrets.delete(_secret_name(name, record["adminUsername"]))
            record.pop("adminPasswordSecretArn", None)
        elif given.get("manageAdminPassword") and not record.get("adminPasswordSecretArn"):
            password = secrets.token_urlsafe(24) + "Aa1"
            record["adminPasswordSecretArn"] = self._put_secret(record, record["adminUsername"], password)
        if password:
            self.warehouses.set_password(warehouse, password)
        self._put("namespaces", name, record)
        return {"namespace": record}

    def delete_namespace(self, given: Arguments) -> Arguments:
        record = self.namespace(given["namespaceName"])
        name = record["namespaceName"]
        if any(one["namespaceName"] == name for one in self.state.read("workgroups", {}).values()):
            raise conflict(f"There is an existing workgroup in namespace {name}: delete it first.")
        self.warehouses.remove(f"namespace:{name}")
        kept_secrets.delete(_secret_name(name, record["adminUsername"]))
        self._drop("namespaces", name)
        self.tags.drop(record["namespaceArn"])
        return {"namespace": {**record, "status": "DELETING"}}

    def create_workgroup(self, given: Arguments) -> Arguments:
        name = given["workgroupName"]
        _check_name("workgroupName", name)
        if self.state.read("workgroups", {}).get(name):
            raise conflict(f"Workgroup {name} already exists.")
        namespace = self.namespace(given["namespaceName"])["namespaceName"]
        if any(one["namespaceName"] == namespace for one in self.state.read("workgroups", {}).values()):
            raise conflict(f"Namespace {namespace} is already associated with a workgroup.")
        _check_workgroup(given)
        account, region = scope()
        identifier = str(uuid.uuid4())
        record = {
            "workgroupName": name,
            "workgroupId": identifier,
            "workgroupArn": f"arn:aws:redshift-serverless:{region}:{account}:workgroup/{identifier}",
            "namespaceName": namespace,
            "baseCapacity": _DEFAULT_CAPACITY,
            "enhancedVpcRouting": False,
            "publiclyAccessible": False,
            "configParameters": [],
            "securityGroupIds": [],
            "subnetIds": [],
            "status": "AVAILABLE",
            "creationDate": time.time(),
            **{key: given[key] for key in _OF_WORKGROUP if given.get(key) is not None},
        }
        self._put("workgroups", name, record)
        self.tags.put(record["workgroupArn"], given.get("tags") or [])
        return {"workgroup": self.workgroup(name)}

    def get_workgroup(self, given: Arguments) -> Arguments:
        return {"workgroup": self.workgroup(given["workgroupName"])}

    def list_workgroups(self, given: Arguments) -> Arguments:
        return _page("workgroups", [self.workgroup(name) for name in self.state.read("workgroups", {})], given)

    def update_workgroup(self, given: Arguments) -> Arguments:
        record = self.workgroup(given["workgroupName"])
        changed = {key: given[key] for key in _OF_WORKGROUP if given.get(key) is not None}
        _check_workgroup({**record, **changed})
        self._put("workgroups", record["workgroupName"], {**record, **changed})
        return {"workgroup": self.workgroup(record["workgroupName"])}

    def delete_workgroup(self, given: Arguments) -> Arguments:
        record = self.workgroup(given["workgroupName"])
        self._drop("workgroups", record["workgroupName"])
        for identifier, limit in self.state.read("limits", {}).items():
            if limit["resourceArn"] == record["workgroupArn"]:
                self._drop("limits", identifier)
        self.tags.drop(record["workgroupArn"])
        return {"workgroup": {**record, "status": "DELETING"}}

    def create_usage_limit(self, given: Arguments) -> Arguments:
        arn = given["resourceArn"]
        if not any(one["workgroupArn"] == arn for one in self.state.read("workgroups", {}).values()):
            raise not_found(f"The resource {arn} was not found.")
        if given["amount"] <= 0:
            raise validation("The amount of a usage limit must be positive.")
        period = given.get("period") or "monthly"
        for one in self.state.read("limits", {}).values():
            if (one["resourceArn"], one["usageType"], one["period"]) == (arn, given["usageType"], period):
                raise conflict(f"A usage limit of {given['usageType']} by period {period} already exists for {arn}.")
        account, region = scope()
        identifier = str(uuid.uuid4())
        record = {
            "usageLimitId": identifier,
            "usageLimitArn": f"arn:aws:redshift-serverless:{region}:{account}:usagelimit/{identifier}",
            "resourceArn": arn,
            "usageType": given["usageType"],
            "amount": given["amount"],
            "period": period,
            "breachAction": given.get("breachAction") or "log",
        }
        self._put("limits", identifier, record)
        return {"usageLimit": record}

    def get_usage_limit(self, given: Arguments) -> Arguments:
        return {"usageLimit": self._limit(given["usageLimitId"])}

    def list_usage_limits(self, given: Arguments) -> Arguments:
        found = [
            one
            for one in self.state.read("limits", {}).values()
            if given.get("resourceArn", one["resourceArn"]) == one["resourceArn"]
            and given.get("usageType", one["usageType"]) == one["usageType"]
        ]
        return _page("usageLimits", found, given)

    def update_usage_limit(self, given: Arguments) -> Arguments:
        record = self._limit(given["usageLimitId"])
        if given.get("amount", 1) <= 0:
            raise validation("The amount of a usage limit must be positive.")
        record |= {key: given[key] for key in ("amount", "breachAction") if given.get(key) is not None}
        self._put("limits", record["usageLimitId"], record)
        return {"usageLimit": record}

    def delete_usage_limit(self, given: Arguments) -> Arguments:
        record = self._limit(given["usageLimitId"])
        self._drop("limits", record["usageLimitId"])
        return {"usageLimit": record}

    def tag_resource(self, given: Arguments) -> Arguments:
        self._check_arn(given["resourceArn"])
        self.tags.put(given["resourceArn"], given["tags"])
        return {}

    def untag_resource(self, given: Arguments) -> Arguments:
        self._check_arn(given["resourceArn"])
        self.tags.remove(given["resourceArn"], given["tagKeys"])
        return {}

    def list_tags_for_resource(self, given: Arguments) -> Arguments:
        self._check_arn(given["resourceArn"])
        return {"tags": self.tags.listed(given["resourceArn"])}

    def namespace(self, name: str) -> Arguments:
        """Return a namespace's record."""
        found: Arguments | None = self.state.read("namespaces", {}).get(name)
        if found is None:
            raise not_found(f"The namespace {name} was not found.")
        return found

    def workgroup(self, name: str) -> Arguments:
        """Return a workgroup's record, with the address at which its database answers here."""
        found: Arguments | None = self.state.read("workgroups", {}).get(name)
        if found is None:
            raise not_found(f"The workgroup {name} was not found.")
        port = self.warehouses.details(f"namespace:{found['namespaceName']}")["port"]
        return {**found, "port": port, "endpoint": {"address": "127.0.0.1", "port": port, "vpcEndpoints": []}}

    def _limit(self, identifier: str) -> Arguments:
        found: Arguments | None = self.state.read("limits", {}).get(identifier)
        if found is None:
            raise not_found(f"The usage limit {identifier} was not found.")
        return found

    def _check_arn(self, arn: str) -> None:
        known = [one["namespaceArn"] for one in self.state.read("namespaces", {}).values()]
        known += [one["workgroupArn"] for one in self.state.read("workgroups", {}).values()]
        if arn not in known:
            raise not_found(f"The resource {arn} was not found.")

    def _put_secret(self, record: Arguments, admin: str, password: str) -> str:
        value = {"username": admin, "password": password}
        key = record.get("adminPasswordSecretKmsKeyId") or ""
        return kept_secrets.put_managed(_secret_name(record["namespaceName"], admin), value, "redshift-serverless", key)

    def _put(self, kind: str, name: str, record: Arguments) -> None:
        with self.state.change() as data:
            data.setdefault(kind, {})[name] = record

    def _drop(self, kind: str, name: str) -> None:
        with self.state.change() as data:
            data.get(kind, {}).pop(name, None)


OPERATIONS: dict[str, Callable[[Serverless, Arguments], Arguments]] = {
    "CreateNamespace": Serverless.create_namespace,
    "GetNamespace": Serverless.get_namespace,
    "ListNamespaces": Serverless.list_namespaces,
    "UpdateNamespace": Serverless.update_namespace,
    "DeleteNamespace": Serverless.delete_namespace,
    "CreateWorkgroup": Serverless.create_workgroup,
    "GetWorkgroup": Serverless.get_workgroup,
    "ListWorkgroups": Serverless.list_workgroups,
    "UpdateWorkgroup": Serverless.update_workgroup,
    "DeleteWorkgroup": Serverless.delete_workgroup,
    "CreateUsageLimit": Serverless.create_usage_limit,
    "GetUsageLimit": Serverless.get_usage_limit,
    "ListUsageLimits": Serverless.list_usage_limits,
    "UpdateUsageLimit": Serverless.update_usage_limit,
    "DeleteUsageLimit": Serverless.delete_usage_limit,
    "TagResource": Serverless.tag_resource,
    "UntagResource": Serverless.untag_resource,
    "ListTagsForResource": Serverless.list_tags_for_resource,
}


def check_password(password: str) -> None:
    """Refuse an admin password that Redshift refuses: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html"""
    wanted = (r"[A-Z]", r"[a-z]", r"[0-9]")
    if not 8 <= len(password) <= 64 or not all(re.search(one, password) for one in wanted) or re.search(r"['\"\\/@ ]", password):
        raise validation(
            "The admin password must have 8 to 64 characters, an upper-case and a lower-case letter and a digit, and none of ' \" \\ / @ "
            "and the space."
        )


def _check_name(prop: str, name: str) -> None:
    if not re.fullmatch(r"[a-z0-9-]{3,64}", name):
        raise validation(f"{prop} {name!r} must have 3 to 64 characters out of a-z, 0-9 and -")


def _check_workgroup(given: Arguments) -> None:
    base, most = given.get("baseCapacity"), given.get("maxCapacity")
    for name, value in (("baseCapacity", base), ("maxCapacity", most)):
        if value is not None and (not _LEAST_CAPACITY <= value <= _MOST_CAPACITY or (value % 8 and value != _LEAST_CAPACITY)):
            raise validation(f"{name} {value} must be {_LEAST_CAPACITY}, or a multiple of 8 up to {_MOST_CAPACITY}.")
    if most is not None and most < (base or _DEFAULT_CAPACITY):
        raise validation(f"maxCapacity {most} must not be smaller than the base capacity.")
    subnets, groups = given.get("subnetIds") or [], given.get("securityGroupIds") or []
    if not subnets:
        return
    try:
        require(subnets, groups, "AWS::RedshiftServerless::Workgroup")
    except ValueError as error:
        raise validation(str(error)) from None
    zones = {network.subnets()[subnet]["AvailabilityZone"] for subnet in subnets}
    if len(zones) < _ZONES:
        raise validation(f"A workgroup needs subnets in {_ZONES} Availability Zones; these are in {', '.join(sorted(zones))}.")


def _secret_name(namespace: str, admin: str) -> str:
    return f"redshift!{namespace}-{admin}"


def _page(name: str, found: list[Arguments], given: Arguments) -> Arguments:
    first, count = int(given.get("nextToken") or 0), int(given.get("maxResults") or 100)
    more = {"nextToken": str(first + count)} if len(found) > first + count else {}
    return {name: found[first : first + count], **more}
