"""Arguments in, exit code out: 0 done, 1 what was asked failed, 2 it was asked wrongly."""

from __future__ import annotations

import argparse
import errno
import importlib
import importlib.util
import os
import sys

from ..errors import OperationFailed, UserError
from ..lake.client import NoLakeError
from .arguments import refuse_empty
from .console import show

COMMANDS = (
    "up",
    "drop",
    "run",
    "query",
    "status",
    "logs",
    "audit",
    "can",
    "as",
    "dlq",
    "quarantine",
    "erase",
    "env",
    "layers",
    "backup",
    "restore",
    "down",
    "destroy",
    "demo",
)
# Commands whose name is a keyword of Python.
_MODULES = {"as": "as_persona"}

DESCRIPTION = """\
A data lake on this machine: the AWS that your CDK app needs, embedded, without Docker or an account.

  lake up                              start it, and deploy the CDK app of this folder
  lake drop orders.csv --table orders  put a file into the drop zone
  lake run                             follow the workflow that the drop started
  lake query 'select count(*) from raw_orders'
  lake down                            stop it; what is in it stays
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lake", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", metavar="DIR", default=None, help="the lake's folder (default: $LAKE_STATE, else .lake)")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = _module_of(name)
        if importlib.util.find_spec(module) is None:
            continue
        importlib.import_module(module).add_parser(commands)
        if "--state" not in commands.choices[name]._option_string_actions:
            commands.choices[name].add_argument(
                "--state", metavar="DIR", default=argparse.SUPPRESS, help="the lake's folder (default: $LAKE_STATE, else .lake)"
            )
    return parser


def main(arguments: list[str] | None = None) -> int:
    parser = build_parser()
    own, rest = _split(sys.argv[1:] if arguments is None else arguments)
    args = parser.parse_args(own)
    args.rest = rest
    try:
        refuse_empty(_parser_of(parser, args.command), args)
        return importlib.import_module(_module_of(args.command)).run(args) or 0
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (`| head`) has gone: no reason to complain, and nowhere left to write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("LAKE_DEBUG"):
            raise
        text, code = explain(error)
        show(f"lake: {text}", sys.stderr)
        return code


def _module_of(command: str) -> str:
    return f"lake_local.cli.{_MODULES.get(command, command)}"


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the arguments of `lake as`, and the command behind `--`, whose options are not ours. Other commands keep all of theirs."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return (arguments[:end], arguments[end + 1 :]) if "as" in arguments[:end] else (arguments, [])


def _parser_of(parser: argparse.ArgumentParser, command: str) -> argparse.ArgumentParser:
    """Return the parser of one command."""
    [commands] = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    found: argparse.ArgumentParser = commands.choices[command]
    return found


def explain(error: Exception) -> tuple[str, int]:
    """Return an error in the user's words, and the exit code."""
    if isinstance(error, (UserError, OperationFailed)):
        return str(error), error.exit_code
    if isinstance(error, NoLakeError):
        return str(error), 2
    name = type(error).__name__
    if name in ("EndpointConnectionError", "ConnectionClosedError", "ConnectTimeoutError", "ReadTimeoutError"):
        return "the lake stopped answering: see server.log in its folder, and start it again with `lake up`", 1
    if hasattr(error, "response") and isinstance(error.response, dict):  # botocore's ClientError
        details = error.response.get("Error", {})
        return f"{details.get('Code', name)}: {details.get('Message', error)}", 1
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{error.filename or 'the disk'}: no space left on the device: free some, and repeat the command; what is done stays", 1
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}", 2
    return f"unexpected {name}: {error} (LAKE_DEBUG=1 shows where)", 1
