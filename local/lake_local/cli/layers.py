"""`lake layers`: build the numpy and pandas layers for Lambda, without Docker."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..config import package_root
from ..lake.layers.build import MACHINES, Target
from ..lake.layers.cache import cached_layers
from ..lake.layers.locks import lock_files
from ..lake.layers.pack import compiler_of, is_packed, pack_into
from .console import Console

EXAMPLES = """\
examples:
  lake layers --runtime python3.13 --arch x86_64
The package brings those for Python 3.14, and `lake up` builds others by itself when an app needs them.
"""
DEFAULT_RUNTIME = "python3.14"
DEFAULT_ARCHITECTURE = "arm64"


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "layers",
        help="build the numpy and pandas layers",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Build the numpy and pandas layers that `PythonLayers` deploys, in this user's cache.",
    )
    parser.add_argument("--runtime", default=DEFAULT_RUNTIME, help=f"Lambda runtime (default: {DEFAULT_RUNTIME})")
    parser.add_argument("--arch", default=DEFAULT_ARCHITECTURE, help=f"arm64 or x86_64 (default: {DEFAULT_ARCHITECTURE})")
    # For who makes the package: both architectures, as zip files, into this folder.
    parser.add_argument("--pack", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--compile", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    console = Console()
    if args.pack:
        targets = [Target(args.runtime, architecture) for architecture in MACHINES]
        compiler = compiler_of(args.compile, args.runtime) if args.compile else None
        print(pack_into(args.pack.resolve(), targets, lock_files(), lambda one: cached_layers(one, console.say), compiler, console.say))
    elif is_packed([target := Target(args.runtime, args.arch)], lock_files(), packed := package_root() / "lambda-layers" / "dist"):
        console.say("the package brings these layers")
        print(packed / f"{target.runtime}-{target.arch}")
    else:
        print(cached_layers(target, console.say))
    return 0
