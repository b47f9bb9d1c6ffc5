"""`lake layers`: build the numpy and pandas layers for Lambda, without Docker."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..errors import OperationFailed, UserError
from .console import Console

EXAMPLES = """\
examples:
  lake layers                                          for the library's default runtime and architecture
  lake layers --runtime python3.13 --arch x86_64
`lake up` does this by itself when an app needs it.
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


def run(args: argparse.Namespace) -> int:
    print(build(args.runtime, args.arch, Console()))
    return 0


def package_root() -> Path:
    """The folder of the npm package (or the checkout) that this code is part of."""
    return Path(os.environ.get("LAKE_PACKAGE_ROOT") or Path(__file__).resolve().parents[3])


def built_folder(runtime: str, architecture: str) -> Path:
    """Where `PythonLayers` looks for them: src/private/built-layers.ts has the same rule."""
    from ..server.config import default_cache_dir

    digest = hashlib.sha256()
    for name in ("numpy", "pandas"):
        digest.update((package_root() / "lambda-layers" / name / "requirements.txt").read_bytes())
    return default_cache_dir() / "layers" / f"{runtime}-{architecture}-{digest.hexdigest()[:12]}"


def build(runtime: str, architecture: str, console: Console) -> Path:
    """Build the layers into the cache, unless they are there."""
    script = package_root() / "lambda-layers" / "build_layers.py"
    if not script.exists():
        raise UserError(f"{script} is missing: reinstall the package")
    folder = built_folder(runtime, architecture)
    if (folder / ".complete").exists():
        return folder
    console.say(f"building the numpy and pandas layers for {runtime} on {architecture} (once)")
    command = [sys.executable, str(script), "--runtime", runtime, "--arch", architecture, "--out", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise OperationFailed(f"the layers were not built: {last}")
    for line in done.stdout.strip().splitlines():
        console.say(f"  {line}")
    return folder
