"""`lake env`: what points the AWS CLI and every SDK at the lake."""

from __future__ import annotations

import argparse
import json
import shlex
from typing import Any

from ..lake.client import Lake

EXAMPLES = """\
examples:
  eval "$(lake env)" && aws s3 ls
  lake env -o json
  lake env -o docker > lake.env     NAME=VALUE lines
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


def run(args: argparse.Namespace) -> int:
    variables = Lake.find(args.state).environment()
    if args.output == "json":
        print(json.dumps(variables, indent=1))
    elif args.output == "docker":
        print("\n".join(f"{name}={value}" for name, value in variables.items()))
    else:
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
        # A profile, or a token of another session, would win over, or spoil, the keys.
        print("unset AWS_PROFILE" + ("" if "AWS_SESSION_TOKEN" in variables else " AWS_SESSION_TOKEN"))
    return 0
