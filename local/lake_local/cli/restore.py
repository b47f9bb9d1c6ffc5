"""`lake restore`: a lake from the file that `lake backup` wrote."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..lake_file import state_directory
from ..text import size
from .console import Console

EXAMPLES = """\
examples:
  lake restore before.lake                  in .lake, if no lake is there
  lake restore before.lake --state other    beside a lake
  lake --state other up --no-deploy         start it as it was
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "restore",
        help="make a lake from such a file",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Make a lake, in a folder that has none, of a file that `lake backup` wrote. It gets a key of its own. Its functions "
        "and jobs are code that runs on this machine: restore files of people you trust.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to read")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    from ..lake.backup import restore

    state_dir, console = state_directory(args.state), Console()
    if not args.file.is_file():
        raise UserError(f"{args.file} is {'a folder' if args.file.is_dir() else 'not there'}: name a file that `lake backup` wrote")
    about = restore(args.file, state_dir, console.update)
    if args.output == "json":
        print(json.dumps({**about, "state": str(state_dir)}, indent=1))
    console.say(
        f"{state_dir}: {about['files']:,} files, {size(about['bytes'])}, as of {about['made']}; start it with `lake up --no-deploy`"
    )
    return 0
