"""`lake env`: what points the AWS CLI and every SDK at the lake."""

from __future__ import annotations

import argparse
import json
import shlex
from typing import Any

from ..lake.client import Lake
from ..lake.warehouse import Warehouse

EXAMPLES = """\
examples:
  eval "$(lake env)" && aws s3 ls
  lake env -o json
  lake env -o docker > lake.env     NAME=VALUE lines
  eval "$(lake env --warehouse)" && psql -c 'select 1'
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "env",
        help="print what points the AWS CLI at the lake",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Print shell commands that point the AWS CLI and every SDK at the lake, as the account's root.",
    )
    parser.add_argument("-o", "--output", choices=("shell", "json", "docker"), default="shell", help="default: shell")
    parser.add_argument("--warehouse", action="store_true", help="how psql, and every client of PostgreSQL, connects to the warehouse")
    parser.add_argument("--workgroup", metavar="W", help="the workgroup or cluster, where there are several")


def run(args: argparse.Namespace) -> int:
    lake = Lake.find(args.state)
    variables = Warehouse(lake, args.workgroup).connection() if args.warehouse else lake.environment()
    if args.output == "json":
        print(json.dumps(variables, indent=1))
    elif args.output == "docker":
        print("\n".join(f"{name}={value}" for name, value in variables.items()))
    else:
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
        if args.warehouse:
            return 0
        # A profile, or a token of another session, would win over, or spoil, the keys.
        print("unset AWS_PROFILE" + ("" if "AWS_SESSION_TOKEN" in variables else " AWS_SESSION_TOKEN"))
    return 0
