"""`lake can`: whether a persona may do something, and which statement decides."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..errors import OperationFailed
from ..lake.client import Lake
from ..lake.personas import role_of, session_tags
from ..lake.questions import ACTIONS, question
from ..names import CLASSES
from .arguments import condition_key
from .console import show

EXAMPLES = f"""\
examples:
  lake can analyst get curated/tables/seller_performance/a.parquet
  lake can scientist --clearance restricted start-job orders
  lake can engineer put raw/tables/salaries/x --with s3:RequestObjectTag/data-classification=secret
  lake can steward sqs:ReceiveMessage dlq

A resource is an ARN, s3://bucket/key, or a short name: zone/key, the table that a job makes, dlq, a zone (of a key), a role, a stream
(of a function), a work group. Actions have short names too:
  {", ".join(ACTIONS)}

The exit code is 0 for allowed and 1 for denied.
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "can",
        help="tell whether a persona may do something, and what decides",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Tell whether a persona may do something, and name the statement that decides. Nothing is done. The role's trust "
        "policy, which decides who may become the persona, is not asked: `lake as` does.",
    )
    parser.add_argument("persona", metavar="PERSONA", help="steward, engineer, scientist or analyst")
    parser.add_argument("action", metavar="ACTION", help="such as s3:GetObject, or a short name")
    parser.add_argument("resource", metavar="RESOURCE", help="an ARN, s3://bucket/key, or a short name")
    parser.add_argument("--clearance", choices=CLASSES, help="default: the lowest")
    parser.add_argument(
        "--with", dest="keys", metavar="KEY=VALUE", type=condition_key, action="append", default=[], help="a condition key of the call"
    )
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    lake = Lake.find(args.state)
    model = lake.model()
    role = role_of(model, args.persona, args.clearance)
    asked = question(lake, model, args.action, args.resource, dict(args.keys))
    found = lake.internal(
        "iam/decisions",
        role=role.name,
        action=asked.action,
        resource=asked.resource,
        tags=json.dumps(session_tags(role, args.clearance)),
        keys=json.dumps(asked.keys),
    )
    if "decisions" not in found:
        raise OperationFailed(found.get("message", "the lake does not answer"))
    decision = found["decisions"][-1]
    allowed = decision["decision"] == "Allow" and "refusal" not in decision
    if args.output == "json":
        clearance = role.clearance or args.clearance or CLASSES[0]
        show(json.dumps({"allowed": allowed, "persona": args.persona, "clearance": clearance, "role": role.name, **found}, indent=1))
    else:
        show(f"{'allowed' if allowed else 'denied'}  {decision['action']}  {decision['resource']}\n    {why(decision)}")
    return 0 if allowed else 1


def why(decision: dict[str, Any]) -> str:
    """Return what made a decision, in words."""
    if statement := decision.get("statement"):
        name = statement["sid"] or f"number {statement['index']}"
        return f"by statement {name} of {statement['policy']} ({statement['kind']})"
    if decision.get("grant"):
        return f"by {decision['grant']}"
    if decision.get("missing"):
        return f"no {decision['missing']} allows it"
    return str(decision.get("refusal", ""))
