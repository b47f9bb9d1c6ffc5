"""`lake down`: stop the server; what is in the lake stays."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..lake_file import read_lake_file, state_directory

# What a folder holds although no lake has been in it: a start that failed leaves these.
LEFT_BY_NO_LAKE = (".gitignore", ".start.lock", ".lake-file.lock", "server.log")
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
    from ..lake.process import stop

    state_dir = state_directory(args.state)
    was_running = stop(state_dir)
    if args.purge:
        purge(state_dir)
    print(
        ("lake stopped" if was_running else f"no lake was running in {state_dir}") + (", its folder is deleted" if args.purge else ""),
        file=sys.stderr,
    )
    return 0


def purge(state_dir: Path) -> None:
    if not state_dir.exists():
        return
    # Never a folder that only happens to be named: a lake's has its file.
    if not read_lake_file(state_dir) and any(
        path.name not in (".gitignore", ".start.lock", ".lake-file.lock", "server.log") for path in state_dir.iterdir()
    ):
        raise UserError(f"{state_dir} is not the folder of a lake: delete it yourself if you mean it")
    shutil.rmtree(state_dir)
