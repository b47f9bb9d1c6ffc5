"""What the calls of the warehouse's services are about, and whom a call acts as in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ..iam import enforcement
from ..iam.calls import current
from ..ministack import principals
from ..ministack import secrets as kept_secrets
from ..ministack.application import scope
from ..ministack.authorization import Check
from .errors import ApiError, validation
from .statements import Statements
from .warehouses import Warehouses


class Signed(NamedTuple):
    """Who signed a call: the access key, the ARN, the id of IAM's, and whether it is the lake's own key."""

    access_key: str
    arn: str
    user_id: str
    is_root: bool


class Login(NamedTuple):
    """A warehouse, and who acts in it: by password if there is one."""

    warehouse: str
    arn: str
    database: str
    user: str
    password: str | None


def signed(access_key: str) -> Signed:
    """Return who signed a call; a state machine's calls, which come without a key, act as the lake itself."""
    caller = principals.caller(access_key)
    if caller is None:
        account, _ = scope()
        return Signed("", f"arn:aws:iam::{account}:root", account, True)
    return Signed(access_key, caller.arn, str(caller.keys.get("aws:userid") or ""), caller.type == "Root")


def install(warehouses: Warehouses, statements: Statements) -> None:
    """Tell IAM what the calls are about."""

    def serverless(check: Check) -> Iterable[str]:
        given = _arguments()
        yield from _of_serverless(warehouses, given) or [_else(check, given)]

    def cluster(check: Check) -> Iterable[str]:
        given = _arguments()
        account, region = scope()
        kinds = (("ClusterIdentifier", "cluster"), ("ClusterSubnetGroupName", "subnetgroup"), ("ParameterGroupName", "parametergroup"))
        found = [f"arn:aws:redshift:{region}:{account}:{kind}:{given[key]}" for key, kind in kinds if given.get(key)]
        yield from found[:1] or [_else(check, given)]

    def data(check: Check) -> Iterable[str]:
        given = _arguments()
        yield target_arn(warehouses, given) or _else(check, given)

    def owner(check: Check) -> Mapping[str, Any]:
        found = statements.get(str(_arguments().get("Id") or "").partition(":")[0])
        return {"redshift-data:statement-owner-iam-userid": found.owner} if found else {}

    enforcement.name_resources("redshift-serverless", serverless)
    enforcement.name_resources("redshift", cluster)
    enforcement.name_resources("redshift-data", data)
    enforcement.add_context("redshift-data", owner)


def _else(check: Check, given: Mapping[str, Any]) -> str:
    """Return the resource of a call that names none; of a question about a call, which has no arguments, the one that was asked about."""
    return "*" if given else check.resource or "*"


def _arguments() -> dict[str, Any]:
    call = current()
    if call is None:
        return {}
    if "x-www-form-urlencoded" in call.headers.get("content-type", ""):
        return dict(parse_qsl(call.body.decode("utf-8", "replace")))
    try:
        found = json.loads(call.body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _of_serverless(warehouses: Warehouses, given: Mapping[str, Any]) -> list[str]:
    """Return the ARNs that a call of Redshift Serverless is about; a new one's identity is not known yet."""
    account, region = scope()
    found = []
    if isinstance(given.get("resourceArn"), str) and "usageType" not in given:
        found.append(given["resourceArn"])
    for kind in ("workgroup", "namespace"):
        if not (name := given.get(f"{kind}Name")):
            continue
        known = warehouses.state.read(f"{kind}s", {}).get(name)
        found.append(known[f"{kind}Arn"] if known else f"arn:aws:redshift-serverless:{region}:{account}:{kind}/{'*'}")
    return found


def target_arn(warehouses: Warehouses, given: Mapping[str, Any]) -> str:
    """Return the ARN of the workgroup or cluster that a call of the Data API names, '' for none."""
    account, region = scope()
    if name := given.get("WorkgroupName"):
        # A workgroup may be named by its ARN.
        known = {one: record["workgroupArn"] for one, record in warehouses.state.read("workgroups", {}).items()}
        return known.get(name) or (name if str(name).startswith("arn:") else f"arn:aws:redshift-serverless:{region}:{account}:workgroup/-")
    if name := given.get("ClusterIdentifier"):
        return f"arn:aws:redshift:{region}:{account}:cluster:{name}"
    return ""


def login(warehouses: Warehouses, given: Mapping[str, Any], caller: Signed) -> Login:
    """Return where a call of the Data API runs and as whom. Raise if it may not.

    https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html#data-api-calling-considerations-authentication
    """
    if bool(given.get("WorkgroupName")) == bool(given.get("ClusterIdentifier")):
        raise validation("Either ClusterIdentifier or WorkgroupName is required, not both.")
    if not given.get("Database"):
        raise validation("Database is required.")
    if given.get("SecretArn") and given.get("DbUser"):
        raise validation("SecretArn and DbUser must not be given together.")
    warehouse = _warehouse(warehouses, given)
    arn, database = target_arn(warehouses, given), str(given["Database"])
    if secret := given.get("SecretArn"):
        user, password = of_secret(str(secret), caller)
        return Login(warehouse, arn, database, user, password)
    return Login(warehouse, arn, database, _user(warehouses, given, caller, warehouse), None)


def _warehouse(warehouses: Warehouses, given: Mapping[str, Any]) -> str:
    if name := given.get("ClusterIdentifier"):
        if name not in warehouses.state.read("clusters", {}):
            raise validation(f"Redshift endpoint doesn't exist in this region: cluster {name}.")
        return f"cluster:{name}"
    for one, record in warehouses.state.read("workgroups", {}).items():
        if given["WorkgroupName"] in (one, record["workgroupArn"]):
            return f"namespace:{record['namespaceName']}"
    raise validation(f"Redshift endpoint doesn't exist in this region: workgroup {given['WorkgroupName']}.")


def of_secret(secret: str, caller: Signed) -> tuple[str, str]:
    """Return the user and password that a secret holds, if the caller may read it."""
    if caller.access_key:
        _demand(caller, "secretsmanager:GetSecretValue", secret)
    value = kept_secrets.value(secret)
    if value is None or not value.get("username") or not value.get("password"):
        raise validation(f"The secret {secret} does not exist, or holds no username and password.")
    return str(value["username"]), str(value["password"])


def _user(warehouses: Warehouses, given: Mapping[str, Any], caller: Signed, warehouse: str) -> str:
    """Return the database's user for a caller without a secret."""
    admin = str(warehouses.details(warehouse)["admin"])
    account, region = scope()
    named = given.get("DbUser")
    if named:
        if given.get("WorkgroupName"):
            raise validation("DbUser is not a parameter of a workgroup: the user is the caller's IAM identity, or the secret's.")
        resource = f"arn:aws:redshift:{region}:{account}:dbuser:{given['ClusterIdentifier']}/{named}"
        _demand(caller, "redshift:GetClusterCredentials", resource, {"redshift:dbuser": named, "redshift:dbname": given["Database"]})
        return str(named)
    if caller.is_root:
        return admin
    if given.get("WorkgroupName"):
        _demand(caller, "redshift-serverless:GetCredentials", target_arn(warehouses, given))
    else:
        resource = f"arn:aws:redshift:{region}:{account}:dbname:{given['ClusterIdentifier']}/{given['Database']}"
        _demand(caller, "redshift:GetClusterCredentialsWithIAM", resource, {"redshift:dbname": given["Database"]})
    return iam_user(caller.arn)


def iam_user(arn: str) -> str:
    """Return the database user of an IAM identity: `IAM:joe`, or `IAMR:role`."""
    kind, _, rest = arn.split(":", 5)[5].partition("/")
    return f"IAMR:{rest.split('/')[0]}" if kind == "assumed-role" else f"IAM:{rest.rsplit('/', 1)[-1]}"


def _demand(caller: Signed, action: str, resource: str, context: Mapping[str, Any] | None = None) -> None:
    if not caller.access_key:
        return
    decision = enforcement.decision_for_key(caller.access_key, action, resource, context)
    if not decision.allowed:
        raise ApiError("AccessDeniedException", decision.message, 403)
