"""`lake destroy`: delete the stacks, as `cdk destroy` would on AWS."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING, Any

from ..lake.client import Lake
from ..text import seconds
from .console import Console

if TYPE_CHECKING:
    from ..lake.assembly.stacks import Outcome

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
    from ..lake.deployment import destroy
    from ..lake.process import deploying

    console = Console()

    def show(outcome: Outcome, kept: Counter[str]) -> None:
        console.say(f"{outcome.name}: deleted ({seconds(outcome.seconds)})")
        if kept:
            console.say(f"  kept, as the template says: {', '.join(f'{count} {kind}' for kind, count in sorted(kept.items()))}")

    lake = Lake.find(args.state)
    with deploying(lake.state_dir, console):
        destroy(lake, console, args.stacks, show)
    return 0
