"""`lake as`: a command with the rights of a persona."""

from __future__ import annotations

import argparse
import os
import subprocess
from typing import Any

from ..errors import UserError
from ..lake.client import PERSONA_VARIABLE
from ..lake.personas import assume
from ..names import CLASSES
from .where import add_arguments, find

EXAMPLES = """\
examples:
  lake as analyst -- aws s3 ls
  lake as scientist --clearance restricted -- lake query 'select count(*) from raw_orders'
  lake as engineer -- python report.py
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "as",
        help="run a command with the rights of a persona",
        usage="%(prog)s [-h] [--clearance CLEARANCE] [options] PERSONA -- COMMAND ...",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Run a command with the credentials of a persona, for an hour. The AWS CLI, every SDK and `lake` itself take them. "
        "The exit code is the command's.",
    )
    parser.add_argument("persona", metavar="PERSONA", help="steward, engineer, scientist or analyst")
    parser.add_argument("--clearance", choices=CLASSES, help="default: the role's own, else the lowest")
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    command: list[str] = args.rest
    if not command:
        raise UserError("there is no command: give one behind --, such as `lake as analyst -- aws s3 ls`")
    variables, role = assume(find(args), args.persona, args.clearance)
    clearance = role.clearance or args.clearance or CLASSES[0]
    environment = {**os.environ, **variables, PERSONA_VARIABLE: f"{role.persona}/{clearance}"}
    environment.pop("AWS_PROFILE", None)
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except OSError as error:
        raise UserError(f"{command[0]!r} cannot be run: {error.strerror}") from None
