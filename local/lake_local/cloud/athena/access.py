"""What an Athena call is about, for IAM: its work groups. MiniStack knows only those that a call names itself.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from ..iam.calls import current
from ..iam.enforcement import decision_for_key, name_resources
from ..ministack.analytics import work_group_of_named_query
from ..ministack.application import scope
from ..ministack.authorization import Check
from .errors import InvalidRequest
from .executions import Executions

# Calls without a group are about this one.
DEFAULT = "primary"
_OF_DEFAULT = ("StartQueryExecution", "ListQueryExecutions", "CreateNamedQuery", "ListNamedQueries")
_QUERIES = ("QueryExecutionId", "QueryExecutionIds")
_NAMED = ("NamedQueryId", "NamedQueryIds")


def install(executions: Executions) -> None:
    """Let every call be checked on the work groups that it is about."""
    name_resources("athena", lambda check: resources(check, executions))


def resources(check: Check, executions: Executions) -> list[str]:
    """Return the ARNs of what a call is about."""
    call = current()
    try:
        request = json.loads(call.body or b"{}") if call and call.service == "athena" else {}
    except ValueError:
        request = {}
    if not isinstance(request, dict):
        return [check.resource]
    operation = check.action.partition(":")[2]
    if "DataCatalog" in operation:
        return [f"{_prefix()}datacatalog/{request['Name']}"] if request.get("Name") else [check.resource]
    if request.get("ResourceARN"):
        return [str(request["ResourceARN"])]
    groups = list(dict.fromkeys(_groups(operation, request, executions)))
    return [f"{_prefix()}workgroup/{group}" for group in groups] or [check.resource]


def _groups(operation: str, request: dict[str, Any], executions: Executions) -> Iterator[str]:
    if group := request.get("WorkGroup") or (request.get("Name") if operation == "CreateWorkGroup" else None):
        yield str(group)
    elif operation in _OF_DEFAULT:
        yield DEFAULT

    def of_query(identity: str) -> str | None:
        found = executions.get(identity, *scope())
        return found.record["WorkGroup"] if found else None

    kinds: tuple[tuple[tuple[str, ...], Callable[[str], str | None]], ...] = ((_QUERIES, of_query), (_NAMED, work_group_of_named_query))
    for fields, group_of in kinds:
        for field in fields:
            given = request.get(field) or []
            for identity in given if isinstance(given, list) else [given]:
                if found := group_of(str(identity)):
                    yield found


def _prefix() -> str:
    account, region = scope()
    return f"arn:aws:athena:{region}:{account}:"


def check_prepared(access_key: str, group: str) -> None:
    """Refuse EXECUTE to who may not read the group's prepared statements."""
    decision = decision_for_key(access_key, "athena:GetPreparedStatement", f"{_prefix()}workgroup/{group}")
    if not decision.allowed:
        raise InvalidRequest(decision.message, "ACCESS_DENIED")


def check_output(access_key: str, location: str) -> None:
    """Refuse a query whose caller may not ask where the bucket of its results is.

    https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
    """
    bucket = location.removeprefix("s3://").split("/")[0]
    decision = decision_for_key(access_key, "s3:GetBucketLocation", f"arn:aws:s3:::{bucket}")
    if not decision.allowed:
        raise InvalidRequest(f"Unable to verify/create output bucket {bucket}: {decision.message}", "INVALID_INPUT")
