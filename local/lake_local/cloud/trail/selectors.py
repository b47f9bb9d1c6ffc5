"""Which calls a trail keeps.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Record = Mapping[str, Any]
_TYPES = {"s3.amazonaws.com": "AWS::S3::Object", "lambda.amazonaws.com": "AWS::Lambda::Function", "sqs.amazonaws.com": "AWS::SQS::Queue"}


def keeps(selectors: Iterable[Mapping[str, Any]], record: Record) -> bool:
    """Return whether a trail with these event selectors, basic or advanced, keeps a call."""
    return any(_advanced(one, record) if "FieldSelectors" in one else _basic(one, record) for one in selectors)


def _advanced(selector: Mapping[str, Any], record: Record) -> bool:
    return all(_field(one, _values(one["Field"], record)) for one in selector["FieldSelectors"])


def _values(field: str, record: Record) -> list[str]:
    """Return what a record has under a field of a selector: of an object's call, the ARNs of the objects."""
    if field == "resources.ARN":
        return arns(record)
    if field == "resources.type":
        return [_TYPES.get(record["eventSource"], "")]
    if field == "userIdentity.arn":
        return [str(record["userIdentity"].get("arn", ""))]
    value = record.get(field)
    return [str(value).lower() if isinstance(value, bool) else str(value)]


def arns(record: Record) -> list[str]:
    """Return the ARNs of what a call is about."""
    return [str(one["ARN"]) for one in record.get("resources") or []]


def _field(test: Mapping[str, Any], found: list[str]) -> bool:
    """Return whether one of the values passes all operators: of an operator one alternative, of a negated one none."""
    return any(
        (not test.get("Equals") or value in test["Equals"])
        and (not test.get("StartsWith") or value.startswith(tuple(test["StartsWith"])))
        and (not test.get("EndsWith") or value.endswith(tuple(test["EndsWith"])))
        and value not in (test.get("NotEquals") or ())
        and not (test.get("NotStartsWith") and value.startswith(tuple(test["NotStartsWith"])))
        and not (test.get("NotEndsWith") and value.endswith(tuple(test["NotEndsWith"])))
        for value in found
    )


def _basic(selector: Mapping[str, Any], record: Record) -> bool:
    wanted = selector.get("ReadWriteType", "All")
    if wanted != "All" and record["readOnly"] != (wanted == "ReadOnly"):
        return False
    if record["managementEvent"]:
        excluded = selector.get("ExcludeManagementEventSources") or ()
        return bool(selector.get("IncludeManagementEvents", True)) and record["eventSource"] not in excluded
    kind = _TYPES.get(record["eventSource"])
    prefixes = [value for one in selector.get("DataResources") or () if one["Type"] == kind for value in one.get("Values") or ()]
    # `arn:aws:s3` and `arn:aws:lambda` stand for all buckets and functions.
    return any(arn.startswith(prefix) for arn in arns(record) for prefix in prefixes)
