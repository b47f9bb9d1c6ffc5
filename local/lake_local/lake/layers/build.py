"""Builds the numpy and pandas layers from their hash-locked requirements, for a runtime and an architecture of AWS Lambda.

No Docker and no compiler: the wheels that PyPI has for the target are downloaded with pip, checked against the locks' hashes, and
unpacked. Nothing is run or compiled, so that the same locks give the same files on any machine.

`lake layers` calls it; the locks are `lambda-layers/<layer>/requirements.txt`, in the npm package `lambda-layers/dist/locks/<layer>.txt`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lake_local.errors import UserError

from .locks import LAYERS

MARKER = ".complete"

# Lambda's limit on a function with all of its layers, unzipped.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LIMIT_BYTES = 250 * 1024 * 1024

MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}

# The glibc of each runtime's image: Python 3.11 and older run on Amazon Linux 2 (2.26), newer ones on Amazon Linux 2023 (2.34).
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
OLDEST_RUNTIME, NEWEST_RUNTIME = 12, 14
GLIBC_MINOR = 34

# A fixed time for every file, the earliest that a zip can hold: builds of different days are the same.
EPOCH = 315532800


class BuildError(UserError):
    """What went wrong and what to do, for the user."""


@dataclass(frozen=True)
class Target:
    """A runtime and an architecture of AWS Lambda."""

    runtime: str
    arch: str

    def __post_init__(self) -> None:
        supported = [f"python3.{minor}" for minor in range(OLDEST_RUNTIME, NEWEST_RUNTIME + 1)]
        if self.runtime not in supported:
            raise BuildError(f"no layers can be built for runtime '{self.runtime}': use {', '.join(supported)}")
        if self.arch not in MACHINES:
            raise BuildError(f"no layers can be built for architecture '{self.arch}': use {' or '.join(MACHINES)}")

    @property
    def python(self) -> str:
        return self.runtime.removeprefix("python")

    @property
    def pip_arguments(self) -> list[str]:
        """Return the tags that the target's pip accepts, newest first. It accepts a wheel for any Python or machine, too."""
        machine = MACHINES[self.arch]
        platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC_MINOR, 16, -1)] + [f"manylinux2014_{machine}"]
        return [
            "--only-binary=:all:",
            "--python-version", self.python,
            "--implementation", "cp",
            "--abi", f"cp{self.python.replace('.', '')}",
            *[argument for platform in platforms for argument in ("--platform", platform)],
        ]  # fmt: skip


Download = Callable[[Path, Target, Path], None]


def download(requirements: Path, target: Target, into: Path) -> None:
    """Download the locked wheels for the target with pip, which checks their hashes."""
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
        *target.pip_arguments, "--requirement", str(requirements), "--dest", str(into),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()[-5:]
        raise BuildError(f"pip could not download {requirements} for {target.runtime} on {target.arch}:\n" + "\n".join(said))


def check_lock(requirements: Path) -> None:
    """Raise if a lock would not give the same layer everywhere."""
    if not requirements.is_file():
        raise BuildError(f"{requirements} is missing: lock requirements.in with `uv pip compile --universal --generate-hashes`")
    text = re.sub(r"\\\n", " ", requirements.read_text(encoding="utf-8"))
    for line in text.splitlines():
        pin = line.split(" #")[0].strip()
        if not pin or pin.startswith("#"):
            continue
        if "==" not in pin or "--hash=" not in pin:
            raise BuildError(f"{requirements} pins '{pin.split(' ')[0]}' without version or hash: lock it again with hashes")
        if ";" in pin:
            condition = pin.split("--hash")[0].strip()
            raise BuildError(f"{requirements} has a condition in '{condition}', which pip decides for this machine: remove it")


def unneeded(name: str) -> bool:
    """Return whether a layer can do without a file: tests, caches, scripts, and the list of files, which no longer holds without them."""
    path = PurePosixPath(name)
    return (
        any(part in ("tests", "__pycache__") for part in path.parts[:-1])
        or path.suffix in (".pyc", ".pyi")
        or (len(path.parts) == 2 and path.parts[0].endswith(".dist-info") and path.name in ("RECORD", "entry_points.txt"))
    )


def wheel_files(wheel: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Yield the files of a wheel that a layer needs, and where they go: `*.data/{purelib,platlib}` is part of the library."""
    for info in wheel.infolist():
        if info.is_dir():
            continue
        path = PurePosixPath(info.filename)
        if path.is_absolute() or ".." in path.parts:
            raise BuildError(f"the wheel has a file outside of itself, '{info.filename}': it was not made by a wheel builder")
        if path.parts[0].endswith(".data"):
            if path.parts[1] not in ("purelib", "platlib"):
                continue
            path = PurePosixPath(*path.parts[2:])
        if not unneeded(str(path)):
            yield info, path


def unpack(wheel_path: Path, into: Path) -> None:
    with zipfile.ZipFile(wheel_path) as wheel:
        for info, path in wheel_files(wheel):
            file = into / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(wheel.read(info))
            file.chmod(0o644)


def make_uniform(layer: Path) -> None:
    """Give the files the same times and modes on every machine."""
    for path in [layer, *layer.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (EPOCH, EPOCH))


def files_below(folder: Path) -> list[tuple[str, Path]]:
    """Return the files with their relative names (with forward slashes), sorted by the bytes of the names."""
    files = [(path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()]
    return sorted(files, key=lambda item: item[0].encode("utf-8"))


def contents_hash(folder: Path) -> str:
    """Return a hash of sorted names and bytes. `contentsHash` in src/private/built-layers.ts computes the same."""
    digest = hashlib.sha256()
    for name, path in files_below(folder):
        contents = path.read_bytes()
        digest.update(f"{name}\0{len(contents)}\0".encode())
        digest.update(contents)
    return digest.hexdigest()


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for _, path in files_below(folder))


def check_size(sizes: dict[str, int], limit: int = LIMIT_BYTES) -> None:
    total = sum(sizes.values())
    if total > limit:
        parts = " + ".join(f"{name} {megabytes(size)}" for name, size in sizes.items())
        too_many = f"{megabytes(total)} unzipped ({parts}), more than Lambda's {megabytes(limit)}"
        raise BuildError(f"the layers have {too_many}: pin smaller releases")


def zip_layer(layer: Path, file: Path, *, level: int) -> None:
    """Write the files in the order of their names, all with the same time and mode: one file is staged faster than the thousands in it."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, path in files_below(layer):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, path.read_bytes())


def megabytes(size: int) -> str:
    return f"{size / (1024 * 1024):.1f} MB"


def build(
    target: Target,
    out: Path,
    *,
    locks: dict[str, Path],
    fetch: Download = download,
    limit: int = LIMIT_BYTES,
    say: Callable[[str], None] = lambda text: print(text, flush=True),
) -> dict[str, str]:
    """Builds both layers into `out` (replacing what is there, all at once) and returns their hashes."""
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        sizes: dict[str, int] = {}
        hashes: dict[str, str] = {}
        for name in LAYERS:
            requirements = locks[name]
            check_lock(requirements)
            wheels, layer = work / "wheels" / name, work / "layers" / name
            wheels.mkdir(parents=True)
            say(f"{name}: downloading for {target.runtime} on {target.arch}")
            fetch(requirements, target, wheels)
            for wheel in sorted(wheels.glob("*.whl")):
                unpack(wheel, layer / "python")
            if not (layer / "python" / name / "__init__.py").is_file():
                raise BuildError(f"{requirements} brought no package '{name}': lock it again")
            make_uniform(layer)
            sizes[name], hashes[name] = size_of(layer), contents_hash(layer)
            zip_layer(layer, work / "layers" / f"{name}.zip", level=1)
            say(f"{name}: {megabytes(sizes[name])} unzipped")
        check_size(sizes, limit)
        marker = {"runtime": target.runtime, "arch": target.arch, "hashes": hashes, "bytes": sizes}
        (work / "layers" / MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")
        replace(work / "layers", out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    say(f"layers for {target.runtime} on {target.arch}: {out}")
    return hashes


def replace(new: Path, out: Path) -> None:
    """Puts a finished build in place; another process sees the old one or the new one, and never a half."""
    if out.exists():
        known = {*LAYERS, *(f"{name}.zip" for name in LAYERS), MARKER}
        foreign = sorted(entry.name for entry in out.iterdir() if entry.name not in known)
        if foreign:
            raise BuildError(f"{out} has other things in it ({', '.join(foreign[:5])}): give an empty or new folder")
        out.rename(new.parent / "replaced")
    new.rename(out)
