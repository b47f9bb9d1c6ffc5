"""`lake backup`: the whole lake as one file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..lake.client import Lake, NoLakeError
from ..lake_file import read_lake_file, state_directory
from ..text import size
from .console import Console

EXAMPLES = """\
examples:
  lake backup before.lake                  keep this state
  lake restore before.lake --state other   compare with it, side by side
Stacks, objects with all versions, catalog, queues, users and secrets are in it, but not the lake's own key. Keep it as you keep the data.
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "backup",
        help="write the whole lake to a file",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Write everything in the lake to one file. A lake that runs is stopped for it and started again; one that is at work "
        "(a job, a crawler, a function, a query, a deployment) is left alone, with exit code 1.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write")
    parser.add_argument("--force", action="store_true", help="replace the file if it is there")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    from ..lake.backup import backup

    state_dir, console = state_directory(args.state), Console()
    if args.file.is_dir() or not args.file.resolve().parent.is_dir():
        raise UserError(f"{args.file}: {'is a folder' if args.file.is_dir() else 'its folder is not there'}: name the file to write")
    if args.file.exists() and not args.force:
        raise UserError(f"{args.file} is there already: choose another name, or --force to replace it")
    if not read_lake_file(state_dir):
        raise UserError(f"there is no lake in {state_dir}: name its folder with --state")
    try:
        lake: Lake | None = Lake.find(state_dir)
    except NoLakeError:
        lake = None
    about = backup(state_dir, lake, args.file, console.update)
    if args.output == "json":
        print(json.dumps({**about, "file": str(args.file)}, indent=1))
    console.say(f"{args.file}: {about['files']:,} files, {size(about['bytes'])} in {size(about['size'])}")
    return 0
