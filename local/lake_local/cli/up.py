"""`lake up`: start the embedded AWS, and deploy every stack of the app."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..lake_file import state_directory
from ..text import seconds
from .arguments import port, region
from .console import Console, show

if TYPE_CHECKING:
    from ..lake.assembly.stacks import Outcome
    from ..lake.client import Lake

EXAMPLES = """\
examples:
  lake up                                    the CDK app of this folder's cdk.json
  lake up --app 'npx ts-node bin/app.ts'     another app
  lake up --assembly cdk.out                 what `cdk synth` made
  lake up --port 4570 --state /tmp/lake      beside another lake
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "up",
        help="start the lake and deploy the app",
        epilog=EXAMPLES,
        description="Start the embedded AWS on 127.0.0.1, and deploy every stack of a CDK app to it.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--app", metavar="CMD", help="command line that synthesizes the app (default: `app` in cdk.json)")
    source.add_argument("--assembly", metavar="DIR", help="a cloud assembly that is synthesized already")
    parser.add_argument("--port", type=port, help="port on 127.0.0.1 (default: 4566, or the next free one)")
    parser.add_argument("--region", type=region, help="region of a new lake (default: us-east-1)")
    parser.add_argument("--parameter", metavar="NAME=VALUE", action="append", default=[], help="value of a template's parameter")
    parser.add_argument("--no-deploy", action="store_true", help="only start the server, with what is in it")


def run(args: argparse.Namespace) -> int:
    # Not at the top: every command's module is loaded for `lake --help`.
    from ..lake.deployment import deploy, remember, start
    from ..lake.process import deploying
    from ..lake.sources import find_source

    console = Console()
    began = time.monotonic()
    state_dir = state_directory(args.state)
    parameters = _parameters(args.parameter)
    source = None if args.no_deploy else find_source(Path.cwd(), state_dir / "cdk.out", args.app, args.assembly)
    with deploying(state_dir, console):
        lake, is_new, assembly = start(state_dir, source, console, args.port, args.region)
        console.say(f"lake {'started' if is_new else 'is running'} on {lake.endpoint} ({seconds(time.monotonic() - began)})")
        if source and assembly:
            deploy(lake, assembly, parameters, console, lambda outcome: _show(outcome, console))
            remember(lake, source.description, assembly)
    print(how_to_use(lake))
    return 0


def how_to_use(lake: Lake) -> str:
    return f"""
The lake is up. To point the AWS CLI or any SDK at it:
  eval "$(lake env)" && aws s3 ls
Endpoint {lake.endpoint}; its log is {lake.state_dir / "server.log"}; `lake status` shows what is in it, `lake down` stops it."""


def _show(outcome: Outcome, console: Console) -> None:
    from ..lake.deployment import describe

    console.say(describe(outcome))
    for name, value in sorted(outcome.outputs.items()):
        if not name.startswith("ExportsOutput"):  # the CDK's own, for references between stacks
            show(f"{outcome.name}.{name} = {value}")
    sys.stdout.flush()


def _parameters(given: list[str]) -> dict[str, str]:
    values = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UserError(f"--parameter {text}: write NAME=VALUE")
        if name in values:
            raise UserError(f"--parameter {name} is given twice: give one value")
        values[name] = value
    return values
