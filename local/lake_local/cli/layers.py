"""`lake layers`: build the numpy and pandas layers for Lambda, without Docker."""

from __future__ import annotations

import argparse
import shlex
import subprocess
from pathlib import Path
from typing import Any

from ..errors import OperationFailed
from ..lake.layers.build import MACHINES, Target
from ..lake.layers.build import build as build_layers
from ..lake.layers.locks import lock_files, locks_digest, package_root
from ..lake.layers.pack import Compiler, is_packed, pack_into
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
        packed = pack_into(
            args.pack.resolve(), targets, lock_files(), lambda one: build(one.runtime, one.arch, console), compiler, console.say
        )
        print(packed)
    elif is_packed([target := Target(args.runtime, args.arch)], lock_files(), packed := package_root() / "lambda-layers" / "dist"):
        console.say("the package brings these layers")
        print(packed / f"{target.runtime}-{target.arch}")
    else:
        print(build(args.runtime, args.arch, console))
    return 0


def build(runtime: str, architecture: str, console: Console) -> Path:
    """Build the layers into the cache, unless they are there."""
    from ..config import default_cache_dir

    target, locks = Target(runtime, architecture), lock_files()
    # src/private/built-layers.ts looks for them there.
    folder = default_cache_dir() / "layers" / f"{runtime}-{architecture}-{locks_digest(locks)}"
    if (folder / ".complete").exists():
        return folder
    console.say(f"building the numpy and pandas layers for {runtime} on {architecture} (once)")
    build_layers(target, folder, locks=locks, say=lambda text: console.say(f"  {text}"))
    return folder


def compiler_of(command: str, runtime: str) -> Compiler:
    """Runs a command on a folder; it says the version of Python that it compiled for, which must be that of the runtime."""

    def compile_layer(folder: Path) -> None:
        done = subprocess.run([*shlex.split(command), str(folder)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise OperationFailed(f"the layer was not compiled: {(done.stderr or done.stdout).strip()}")
        if f"python{done.stdout.strip()}" != runtime:
            raise OperationFailed(f"`{command}` compiles for Python {done.stdout.strip()}, and the layers are for {runtime}")

    return compile_layer
