#!/usr/bin/env python3
"""Importing numpy and pandas from the layers: compiled, as the package brings them, beside not compiled, as wheels are.

    python3.13 bench/layer_import.py [--runs 9] [-o json]

Run it with a Python that Lambda has (3.12 to 3.14): the layers are built for it, on Linux. Each import is a process of its own that may
write no bytecode, as under Lambda's /opt; both ways take turns, and the time is CPU time.
"""

from __future__ import annotations

import argparse
import compileall
import json
import platform
import py_compile
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("numpy", "pandas")
ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64"}


def build(folder: Path) -> None:
    """The layers for this Python, as `lake layers` builds them."""
    runtime, architecture = f"python{sys.version_info[0]}.{sys.version_info[1]}", ARCHITECTURES[platform.machine()]
    command = ["node", str(ROOT / "bin" / "lake"), "layers", "--runtime", runtime, "--arch", architecture]
    built = Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
    for name in LAYERS:
        if (built / f"{name}.zip").exists():
            shutil.unpack_archive(built / f"{name}.zip", folder / name)
        else:
            shutil.copytree(built / name, folder / name)


def seconds(folder: Path, module: str) -> float:
    """CPU time of one import."""
    paths = [str(folder / name / "python") for name in LAYERS]
    script = f"import sys, time; sys.path[:0] = {paths!r}; start = time.process_time(); import {module}; print(time.process_time() - start)"
    return float(subprocess.run([sys.executable, "-I", "-S", "-B", "-c", script], check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="imports of each kind (default: %(default)s)")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        plain, compiled = Path(work, "plain"), Path(work, "compiled")
        for folder in (plain, compiled):
            build(folder)
        for cache in [*plain.rglob("__pycache__")]:
            shutil.rmtree(cache)
        compileall.compile_dir(compiled, quiet=1, force=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        result = {}
        for module in LAYERS:
            taken = [(seconds(plain, module), seconds(compiled, module)) for _ in range(args.runs)]
            before, after = (statistics.median(column) for column in zip(*taken, strict=True))
            ratio = statistics.median(one / two for one, two in taken)
            result[module] = {"plain_s": round(before, 3), "compiled_s": round(after, 3), "ratio": round(ratio, 1)}
    if args.output == "json":
        print(json.dumps(result))
        return
    for module, figures in result.items():
        print(f"import {module:7} {figures['plain_s']} s, compiled {figures['compiled_s']} s: {figures['ratio']} times as fast")


if __name__ == "__main__":
    main()
