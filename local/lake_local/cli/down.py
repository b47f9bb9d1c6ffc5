"""`lake down`: stop the server; what is in the lake stays."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ..lake_file import state_directory

EXAMPLES = """\
examples:
  lake down                stop; `lake up` brings everything back
  lake down --purge        stop, and delete everything in the lake
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "down",
        help="stop the lake",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Stop the embedded AWS. The lake's folder keeps what is in it, unless --purge deletes it.",
    )
    parser.add_argument("--purge", action="store_true", help="delete the lake's folder: data, stacks, logs and keys")


def run(args: argparse.Namespace) -> int:
    from ..lake.process import purge, stop

    state_dir = state_directory(args.state)
    was_running = stop(state_dir)
    if args.purge:
        purge(state_dir)
    print(
        ("lake stopped" if was_running else f"no lake was running in {state_dir}") + (", its folder is deleted" if args.purge else ""),
        file=sys.stderr,
    )
    return 0
