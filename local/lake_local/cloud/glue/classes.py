"""The archive of Spark's Java classes (Java's class data sharing): loaded and checked once, mapped into every later machine.

The first machine that has run jobs writes it when the lake stops; those after it start and warm up with some 40 % less work. Java itself
checks that an archive is of the same Java and of the same jars, and goes on without one that is not. What is here has no part in what
jobs do: without an archive everything is the same, but slower.
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger("lake.glue")

# Fewer runs have not seen enough of Spark.
RUNS_WORTH_KEEPING = 3
WRITE_SECONDS = 22
# Archives of other Javas and jars that stay beside a new one: projects on one machine may have different versions of `lake`.
KEPT_OTHERS = 2
# A machine that is still recording after this time is none: its lake was killed.
_STALE_SECONDS = 24 * 3600
_BASE_SECONDS = 30
# SIGABRT, SIGSEGV, SIGBUS, as this machine and as a shell tell them.
_CRASHES = {-6, -11, -7, 134, 139, 135}
_QUIET = "-Xlog:cds*=off"


@dataclass
class Archive:
    """An archive that exists or is to be written. `base` is the archive of Java's own classes, for a Java that comes without one."""

    path: Path
    base: Path | None
    exists: bool
    temporary: Path

    def options(self) -> list[str]:
        """Return the options of Java that use the archive, or record one."""
        if self.exists:
            return [f"-XX:SharedArchiveFile={os.pathsep.join(map(str, filter(None, (self.base, self.path))))}", _QUIET]
        base = [f"-XX:SharedArchiveFile={self.base}"] if self.base else []
        return [*base, f"-XX:ArchiveClassesAtExit={self.temporary}", _QUIET]

    def suspect(self, exit_code: int | None) -> None:
        """Delete the archive of a machine that crashed: the archive may be the reason."""
        if self.exists and exit_code in _CRASHES:
            self.path.unlink(missing_ok=True)

    def write(self, process: subprocess.Popen[bytes]) -> None:
        """End a machine that has recorded the way that makes it write what it knows."""
        try:
            if process.stdin:
                process.stdin.close()
            if process.wait(WRITE_SECONDS) == 0 and self.temporary.exists():
                self.temporary.replace(self.path)
                _forget_old(self.path)
        except (OSError, subprocess.TimeoutExpired) as error:
            logger.info("the archive of Java classes was not written: %s", error)
        finally:
            self.temporary.unlink(missing_ok=True)


def _forget_old(new: Path) -> None:
    """Delete the archives that have not been used for longest, and what killed machines have left."""
    used: dict[str, float] = {}
    for path in new.parent.glob("*.jsa"):
        key = path.name.split(".")[0]
        used[key] = max(used.get(key, 0), path.stat().st_mtime)
    used.pop(new.stem)
    for key in sorted(used, key=used.__getitem__, reverse=True)[KEPT_OTHERS:]:
        for path in new.parent.glob(f"{key}.*jsa"):
            path.unlink(missing_ok=True)
    for path in new.parent.glob("*.new"):
        if time.time() - path.stat().st_mtime > _STALE_SECONDS:
            path.unlink(missing_ok=True)


def find_archive(java: str, jars: Iterable[Path], cache_dir: Path) -> Archive | None:
    """Return the archive for this Java and these jars; None where there cannot be one."""
    try:
        folder = cache_dir / "classes"
        folder.mkdir(parents=True, exist_ok=True)
        program = Path(java).resolve()
        home = program.parent.parent
        release = home / "release"
        parts = [str(home), release.read_text() if release.exists() else "", str(program.stat().st_mtime_ns)]
        parts += [f"{jar} {jar.stat().st_size} {jar.stat().st_mtime_ns}" for jar in jars]
        key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
        base = None
        if not (home / "lib" / "server" / "classes.jsa").exists():
            base = folder / f"{key}.base.jsa"
            if not base.exists() and not _make_base(java, base):
                return None
        path = folder / f"{key}.jsa"
        if path.exists():
            os.utime(path)  # see _forget_old
        return Archive(path, base, path.exists(), folder / f"{key}.{os.getpid()}.new")
    except OSError as error:
        logger.info("no archive of Java classes: %s", error)
        return None


def _make_base(java: str, path: Path) -> bool:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    command = [java, "-Xshare:dump", "-XX:+UseSerialGC", f"-XX:SharedArchiveFile={temporary}", "-Xlog:disable"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_BASE_SECONDS).returncode == 0
        if done and temporary.exists():
            temporary.replace(path)
        return path.exists()
    except subprocess.TimeoutExpired:
        return False
    finally:
        temporary.unlink(missing_ok=True)
