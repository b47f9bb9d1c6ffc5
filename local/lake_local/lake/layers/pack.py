"""The layers as the npm package brings them: `lambda-layers/dist/<runtime>-<architecture>/{numpy,pandas}.zip`, and what is in them.

The zips are what Lambda gets, as they are. They are compressed once, when the package is made, so that no synthesis compresses 160 MB;
and since no two builds of zlib compress alike, what names an asset is the hash of its contents, in layers.json.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from lake_local.errors import OperationFailed

from .build import MARKER, Target, contents_hash, size_of, zip_layer
from .locks import LAYERS, locks_digest

INDEX = "layers.json"
LOCKS = "locks"


# Compiles the Python files of a layer in their folder.
Compiler = Callable[[Path], None]


def compiler_of(command: str, runtime: str) -> Compiler:
    """Return what runs a command on a layer's folder; the command prints the version of Python that it compiles for.

    Raise unless that is the version of the runtime.
    """

    def compile_layer(folder: Path) -> None:
        done = subprocess.run([*shlex.split(command), str(folder)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise OperationFailed(f"the layer was not compiled: {(done.stderr or done.stdout).strip()}")
        if f"python{done.stdout.strip()}" != runtime:
            raise OperationFailed(f"`{command}` compiles for Python {done.stdout.strip()}, and the layers are for {runtime}")

    return compile_layer


def pack(built: dict[Target, Path], locks: dict[str, Path], dist: Path, compiler: Compiler | None = None) -> Path:
    """Replace `dist` with the zips of these builds and their locks, all at once."""
    dist.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{dist.name}-", dir=dist.parent))
    try:
        for target, folder in built.items():
            into = work / "dist" / f"{target.runtime}-{target.arch}"
            into.mkdir(parents=True)
            layers: dict[str, dict[str, Any]] = {}
            for name in LAYERS:
                layer = work / "layers" / into.name / name
                shutil.copytree(folder / name, layer)
                if compiler:
                    compiler(layer)
                zip_layer(layer, into / f"{name}.zip", level=9)
                layers[name] = {
                    "contents": contents_hash(layer),
                    "unzipped": size_of(layer),
                    "zipped": (into / f"{name}.zip").stat().st_size,
                    "packages": packages(layer / "python"),
                }
            index = {
                "runtime": target.runtime,
                "architecture": target.arch,
                "locks": locks_digest(locks),
                "compiled": compiler is not None,
                "layers": layers,
            }
            (into / INDEX).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
        (work / "dist" / LOCKS).mkdir()
        for name in LAYERS:
            shutil.copyfile(locks[name], work / "dist" / LOCKS / f"{name}.txt")
        if dist.exists():
            dist.rename(work / "replaced")
        (work / "dist").rename(dist)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return dist


def is_packed(targets: list[Target], locks: dict[str, Path], dist: Path, compiled: bool = False) -> bool:
    """Return whether `dist` holds whole zips for all targets, from these locks, and compiled if that is asked for."""
    try:
        for target in targets:
            folder = dist / f"{target.runtime}-{target.arch}"
            index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
            if index["locks"] != locks_digest(locks) or (compiled and not index["compiled"]):
                return False
            if any((folder / f"{name}.zip").stat().st_size != index["layers"][name]["zipped"] for name in LAYERS):
                return False
        return all((dist / LOCKS / f"{name}.txt").read_bytes() == locks[name].read_bytes() for name in LAYERS)
    except (OSError, ValueError, KeyError):
        return False


def packages(root: Path) -> dict[str, str]:
    """Return name and version of each package in a layer."""
    found = [HeaderParser().parsestr(path.read_text(encoding="utf-8")) for path in sorted(root.glob("*.dist-info/METADATA"))]
    return {metadata["Name"]: metadata["Version"] for metadata in found}


def pack_into(
    dist: Path,
    targets: list[Target],
    locks: dict[str, Path],
    build: Callable[[Target], Path],
    compiler: Compiler | None,
    say: Callable[[str], None],
) -> Path:
    """Return `dist` with the layers of these targets; build and pack them unless it has them."""
    if is_packed(targets, locks, dist, compiler is not None):
        return dist
    built = {}
    for target in targets:
        built[target] = build(target)
        if not (built[target] / MARKER).exists():
            raise AssertionError(f"{built[target]} is not finished")
    say("compiling and compressing the layers" if compiler else "compressing the layers")
    return pack(built, locks, dist, compiler)
