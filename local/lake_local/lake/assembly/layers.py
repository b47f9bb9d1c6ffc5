"""Packages compiled for Lambda, replaced by the same versions for this machine.

Handlers run in this machine's Python, whatever `Runtime` says, so that a layer built for, say, Python 3.14 on arm64 cannot be imported.
The same `name==version` is installed for this interpreter, once, in the user's cache.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from lake_local.errors import UserError

from .assets import zip_folder
from .manifest import FileAsset

COMPILED = {".so", ".pyd", ".dylib"}


@dataclass(frozen=True)
class Distribution:
    """One installed package, as its *.dist-info describes it."""

    name: str
    version: str
    tags: tuple[str, ...]
    info: Path

    @property
    def compiled(self) -> bool:
        return any(not tag.endswith("-none-any") for tag in self.tags)

    def files(self) -> set[Path]:
        """Return the files that it installed, and its own dist-info."""
        record = self.info / "RECORD"
        own = {path for path in self.info.rglob("*") if path.is_file()}
        if record.exists():
            return own | {self.info.parent / row[0] for row in csv.reader(io.StringIO(record.read_text(encoding="utf-8"))) if row}
        # Layers are often stripped of it: then what has the package's name, and every folder with something compiled in it.
        name = re.sub(r"[-_.]+", "_", self.name).lower()
        for top in self.info.parent.iterdir():
            named = top.name.lower() in (name, f"{name}.libs", f"{name}.py")
            if named or (top.is_dir() and any(path.suffix in COMPILED for path in top.rglob("*"))):
                own |= {path for path in [top, *top.rglob("*")] if path.is_file()}
        return own


@dataclass(frozen=True)
class Replacement:
    """What was replaced in an asset, for the report."""

    packages: tuple[str, ...]
    built_for: str

    def __str__(self) -> str:
        return f"{', '.join(self.packages)}: built for {self.built_for}, run here as built for {here()}"


class LayerReplacer:
    """Makes the content of assets for this machine, and remembers what it replaced."""

    def __init__(self, cache_dir: Path, say: Callable[[str], None] = lambda _text: None) -> None:
        self._cache = cache_dir / "local-layers"
        self._say = say
        self.replaced: list[Replacement] = []

    def content(self, asset: FileAsset) -> bytes | None:
        """Return the bytes to publish instead of the asset's own, or None to publish it unchanged."""
        source = self._folder(asset.source)
        if source is None:
            return None
        found = [(root, distribution) for root in package_roots(source) for distribution in distributions(root)]
        foreign = [(root, one) for root, one in found if one.compiled and not runs_here(one)]
        if not foreign:
            return None
        pins = sorted(f"{one.name}=={one.version}" for _, one in foreign)
        self.replaced.append(Replacement(tuple(pins), described_tag(foreign[0][1])))
        folder = self._rebuilt(source, foreign, pins)
        if all(root.is_relative_to(source / "python") for root, _ in foreign):
            return pointer(folder)
        return zip_folder(folder)

    def _folder(self, source: Path) -> Path | None:
        """Return an asset's folder; unpack a zip file once, in the cache. Return None for anything else, such as a job's script."""
        if source.is_dir():
            return source
        if source.suffix != ".zip" or not zipfile.is_zipfile(source):
            return None
        with zipfile.ZipFile(source) as archive:
            if not any(name.endswith(".dist-info/WHEEL") for name in archive.namelist()):
                return None
            target = self._cache.with_name("unzipped-layers") / hashlib.sha256(source.read_bytes()).hexdigest()[:16]
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                work = Path(tempfile.mkdtemp(dir=target.parent))
                archive.extractall(work)
                with contextlib.suppress(OSError):  # Another `lake up` was faster.
                    work.rename(target)
                shutil.rmtree(work, ignore_errors=True)
        return target

    def _rebuilt(self, source: Path, foreign: list[tuple[Path, Distribution]], pins: list[str]) -> Path:
        """Return a folder in the cache: the asset's, with its foreign packages exchanged."""
        dropped = {path for _, one in foreign for path in one.files()}
        kept = sorted(path for path in source.rglob("*") if path.is_file() and path not in dropped and "__pycache__" not in path.parts)
        digest = hashlib.sha256("\n".join([here(), *pins]).encode())
        for path in kept:
            digest.update(path.relative_to(source).as_posix().encode())
            digest.update(path.read_bytes())
        target = self._cache / f"{'-'.join(re.sub(r'==', '-', pin) for pin in pins[:2])}-{interpreter_tag()}-{digest.hexdigest()[:12]}"
        if (target / ".complete").exists():
            return target
        self._say(f"installing {', '.join(pins)} for this machine (once)")
        shutil.rmtree(target, ignore_errors=True)
        for path in kept:
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
        for root in {root for root, _ in foreign}:
            own = [f"{one.name}=={one.version}" for other, one in foreign if other == root]
            install(own, target / root.relative_to(source))
        (target / ".complete").touch()
        return target


def package_roots(folder: Path) -> Iterator[Path]:
    """Yield the folders where a layer or a function may hold installed packages."""
    yield from (path for path in (folder, folder / "python") if path.is_dir())
    yield from sorted(folder.glob("python/lib/python*/site-packages"))


def distributions(root: Path) -> Iterator[Distribution]:
    for info in sorted(root.glob("*.dist-info")):
        try:
            metadata = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8"))
            tags = HeaderParser().parsestr((info / "WHEEL").read_text(encoding="utf-8")).get_all("Tag") or []
        except FileNotFoundError:
            continue
        yield Distribution(metadata["Name"], metadata["Version"], tuple(tags), info)


def runs_here(distribution: Distribution) -> bool:
    """Return whether this interpreter supports one of the tags of its wheel."""
    # pip is in every virtual environment; its own copy of `packaging` is the one that decides at installation.
    from pip._vendor.packaging.tags import parse_tag, sys_tags

    supported = set(sys_tags())
    return any(tag in supported for text in distribution.tags for tag in parse_tag(text))


def described_tag(distribution: Distribution) -> str:
    """Return `cp314-cp314-manylinux_2_27_aarch64...` in words."""
    python, _, system = distribution.tags[0].split("-", 2)
    version = re.fullmatch(r"cp(\d)(\d+)", python)
    machine = next((name for name in ("aarch64", "arm64", "x86_64", "amd64") if name in system), system)
    return f"Python {version[1]}.{version[2]} on {machine}" if version else f"{python} on {machine}"


def here() -> str:
    return f"Python {sys.version_info[0]}.{sys.version_info[1]} on {platform.machine()}"


def interpreter_tag() -> str:
    return f"py{sys.version_info[0]}.{sys.version_info[1]}-{platform.machine()}"


def install(pins: list[str], target: Path) -> None:
    """Install pinned packages for this interpreter, without their dependencies: the layer has those, or was not meant to have them."""
    target.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--quiet",
            "--no-deps",
            "--no-compile",
            "--only-binary=:all:",
            "--upgrade",
            "--target",
            str(target),
            *pins,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise UserError(f"no packages for {here()} to run a layer with ({', '.join(pins)}): {last}")


def pointer(folder: Path) -> bytes:
    """Return a layer of one line that puts `folder` on the path, so that the start of a function copies and unpacks nothing."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    roots = [folder / "python", *sorted(folder.glob("python/lib/python*/site-packages"))]
    line = f"import sys; sys.path[0:0] = {[str(root) for root in roots if root.is_dir()]!r}\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"python/lib/{version}/site-packages/lake-layer.pth", (1980, 1, 1, 0, 0, 0)), line)
    return buffer.getvalue()
