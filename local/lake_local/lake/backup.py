"""A lake as one file: objects with their versions, catalog, stacks, queues, users; and back.

Not in it: the lake's own key, logs, what is made again (assets of the app, generated data), and what only a running lake has.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import OperationFailed, UserError
from ..lake_file import NAME, read_lake_file
from ..store import private_folder, write_json
from .activity import running
from .client import Lake
from .process import ensure_running, stop

FORMAT = 1
_ABOUT = "lake-backup.json"
_LEFT_OUT = {NAME, "tmp", "cdk.out", ".cdk.out.new", "demo-data", "report.html", ".gitignore"}
_LEFT_OUT_ENDINGS = (".lock", ".log", ".log.1", ".next")
_PIECE = 1024 * 1024

Progress = Callable[[str], None]


def backup(state_dir: Path, lake: Lake | None, file: Path, progress: Progress) -> dict[str, Any]:
    """Write the lake of a folder to a file, and return what is in it. A lake that runs is stopped meanwhile, and started again.

    Raise if something writes to it at this moment.
    """
    if lake is None:
        return _pack(state_dir, file, progress)
    if busy := running(lake, lake.model()):
        raise OperationFailed("the lake is at work; wait for it, then repeat the command:\n" + "\n".join(f"  {line}" for line in busy))
    port = int(lake.endpoint.rpartition(":")[2])
    stop(state_dir)
    try:
        return _pack(state_dir, file, progress)
    finally:
        ensure_running(state_dir, port)


def restore(file: Path, state_dir: Path, progress: Progress) -> dict[str, Any]:
    """Make a lake of a file in a folder that has none, and return what the file says of itself. The folder is whole, or not there."""
    if state_dir.exists() and any(state_dir.iterdir()):
        raise UserError(f"{state_dir} is not empty: restore to another folder with --state DIR, or `lake down --purge` first")
    state_dir.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{state_dir.name}-", dir=state_dir.parent))
    try:
        about = _unpack(file, making, progress)
        write_json(making / NAME, {"region": about["region"]})
        (making / ".gitignore").write_text("*\n")
        if state_dir.exists():
            state_dir.rmdir()
        making.rename(state_dir)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return about


def _pack(state_dir: Path, file: Path, progress: Progress) -> dict[str, Any]:
    files = [(path, path.relative_to(state_dir).as_posix()) for path in _files(state_dir)]
    known = read_lake_file(state_dir)
    about = {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "region": known["region"],
        "stacks": (known.get("assembly") or {}).get("stacks", []),
        "files": len(files),
        "bytes": sum(path.stat().st_size for path, _ in files),
    }
    written = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with open(written, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as raw:
            _write(raw, about, files, progress)
        written.replace(file)
    finally:
        written.unlink(missing_ok=True)
    return {**about, "size": file.stat().st_size}


def _write(raw: Any, about: dict[str, Any], files: list[tuple[Path, str]], progress: Progress) -> None:
    text = json.dumps(about, indent=1).encode()
    # Most of it is Parquet and CSV that is compressed already, or compresses well with little effort.
    with (
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=3) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        head = tarfile.TarInfo(_ABOUT)
        head.size, head.mtime, head.mode = len(text), int(time.time()), 0o600
        tar.addfile(head, io.BytesIO(text))
        for number, (path, name) in enumerate(files, 1):
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = path.stat().st_size, int(path.stat().st_mtime), 0o600
            with path.open("rb") as content:
                tar.addfile(member, content)
            progress(f"{number:,} of {len(files):,} files")


def _files(state_dir: Path) -> Iterator[Path]:
    """Yield the files of a lake that a backup holds."""
    for top in sorted(state_dir.iterdir()):
        if top.name in _LEFT_OUT or top.name.endswith(_LEFT_OUT_ENDINGS):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not path.is_symlink() and not path.name.endswith(_LEFT_OUT_ENDINGS):
                yield path


def _unpack(file: Path, folder: Path, progress: Progress) -> dict[str, Any]:
    try:
        with gzip.open(file) as unpacked:
            with tarfile.open(fileobj=unpacked, mode="r|") as tar:
                members = iter(tar)
                about = _about(tar, next(members, None))
                count = 0
                for member in members:
                    _place(tar, member, folder)
                    count += 1
                    progress(f"{count:,} of {about['files']:,} files")
            # The end of the file has its checksum, which is compared only if it is read.
            while unpacked.read(_PIECE):
                pass
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, FileExistsError, UnicodeDecodeError, ValueError, KeyError) as error:
        raise UserError(f"{file} is no backup of a lake, or is damaged ({error}); nothing was restored") from None
    if count != about["files"]:
        raise UserError(f"{file} is damaged: it has {count:,} of its {about['files']:,} files; nothing was restored")
    return about


def _about(tar: tarfile.TarFile, member: tarfile.TarInfo | None) -> dict[str, Any]:
    content = tar.extractfile(member) if member and member.name == _ABOUT and member.isfile() else None
    if content is None:
        raise ValueError(f"it does not begin with {_ABOUT}")
    about: dict[str, Any] = json.loads(content.read(_PIECE))
    if about["format"] != FORMAT:
        raise ValueError(f"it has format {about['format']}, and this lake reads format {FORMAT}")
    return about


def _place(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write one file, if its name stays inside the folder: a backup may come from anybody."""
    name = PurePosixPath(member.name)
    if not member.isfile() or name.is_absolute() or ".." in name.parts or not name.parts or name.parts[0] in _LEFT_OUT:
        raise ValueError(f"it has {member.name!r} in it, which no lake writes")
    path = folder.joinpath(*name.parts)
    private_folder(path.parent)
    content = tar.extractfile(member)
    assert content is not None
    with open(path, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as written:
        shutil.copyfileobj(content, written, _PIECE)
    os.utime(path, (member.mtime, member.mtime))
