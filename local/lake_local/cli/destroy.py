"""`lake destroy`: delete the stacks, as `cdk destroy` would on AWS."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from typing import Any

from ..errors import UserError
from ..lake.client import Lake
from ..lake_file import change_lake_file, read_lake_file
from .console import Console, seconds

EXAMPLES = """\
examples:
  lake destroy             every stack that `lake up` deployed
  lake destroy MyStack     one of them
What a stack retains (RemovalPolicy.RETAIN) stays, as on AWS; `lake down --purge` deletes the whole lake instead.
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "destroy",
        help="delete the stacks",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Delete stacks through CloudFormation, the ones that depend on others first.",
    )
    parser.add_argument("stacks", nargs="*", metavar="STACK", help="stack to delete (default: all that `lake up` deployed)")


def run(args: argparse.Namespace) -> int:
    from ..lake.assembly.stacks import Stacks
    from ..lake.assembly.templates import TemplateBucket

    lake = Lake.find(args.state)
    console = Console()
    stacks = Stacks(
        lake.client("cloudformation"), TemplateBucket(lake).url, lambda name, done, _total: console.update(f"{name}: {done} deleted")
    )
    known = read_lake_file(lake.state_dir).get("assembly") or {}
    deployed = known.get("stacks", [])
    for name in args.stacks or list(reversed(deployed)):
        kept = retained(lake, name)
        outcome = stacks.delete(name)
        if outcome is None and args.stacks:
            raise UserError(f"there is no stack {name}, only: {', '.join(deployed) or 'none'}")
        if outcome:
            console.say(f"{name}: deleted ({seconds(outcome.seconds)})")
            if kept:
                console.say(f"  kept, as the template says: {', '.join(f'{count} {kind}' for kind, count in sorted(kept.items()))}")
        with change_lake_file(lake.state_dir) as file:
            left = [one for one in (file.get("assembly") or {}).get("stacks", []) if one != name]
            file["assembly"] = {**known, "stacks": left}
    return 0


def retained(lake: Lake, stack: str) -> Counter[str]:
    """How many resources of each type stay when a stack is deleted."""
    from botocore.exceptions import ClientError

    try:
        template = lake.client("cloudformation").get_template(StackName=stack)["TemplateBody"]
    except ClientError:
        return Counter()
    resources = (json.loads(template) if isinstance(template, str) else template).get("Resources", {})
    return Counter(one["Type"] for one in resources.values() if str(one.get("DeletionPolicy", "")).startswith("Retain"))
