"""The build of the layers, on wheels made here: nothing is downloaded."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from lake_local.lake.layers import build as build_layers
from lake_local.lake.layers.build import BuildError, Target, build, check_lock, check_size, contents_hash
from lake_local.lake.layers.locks import lock_files

LOCKS = lock_files()
TARGET = Target("python3.14", "arm64")
CONTENTS = {
    "numpy": {"numpy/__init__.py": "version = 1\n", "numpy/_core.so": "machine code", "numpy.libs/blas.so": "more"},
    "pandas": {"pandas/__init__.py": "", "dateutil/__init__.py": "", "pandas-1.dist-info/METADATA": "Name: pandas\n"},
}


def make_wheel(path: Path, files: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


def fake_fetch(contents: dict[str, dict[str, str]] = CONTENTS) -> Callable[[Path, Target, Path], None]:
    def fetch(requirements: Path, target: Target, into: Path) -> None:
        make_wheel(into / f"{requirements.parent.name}-1-py3-none-any.whl", contents[requirements.parent.name])

    return fetch


def build_fake(out: Path, contents: dict[str, dict[str, str]] = CONTENTS, **options: object) -> dict[str, str]:
    return build(TARGET, out, locks=LOCKS, fetch=fake_fetch(contents), say=lambda text: None, **options)


def names(folder: Path) -> list[str]:
    return [name for name, _ in build_layers.files_below(folder)]


def test_two_layers_and_a_marker(tmp_path: Path) -> None:
    hashes = build_fake(tmp_path / "out")

    assert names(tmp_path / "out") == [
        ".complete",
        "numpy.zip",
        "numpy/python/numpy.libs/blas.so",
        "numpy/python/numpy/__init__.py",
        "numpy/python/numpy/_core.so",
        "pandas.zip",
        "pandas/python/dateutil/__init__.py",
        "pandas/python/pandas-1.dist-info/METADATA",
        "pandas/python/pandas/__init__.py",
    ]
    marker = json.loads((tmp_path / "out" / ".complete").read_text())
    assert marker["hashes"] == hashes == {name: contents_hash(tmp_path / "out" / name) for name in ("numpy", "pandas")}
    assert (marker["runtime"], marker["arch"]) == ("python3.14", "arm64")
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"], "nothing is left behind"


def test_tests_caches_scripts_and_file_lists_are_left_out(tmp_path: Path) -> None:
    extra = {
        "numpy/tests/test_a.py": "",
        "numpy/_core/tests/data/x.csv": "",
        "numpy/__pycache__/a.cpython-314.pyc": "",
        "numpy/a.pyi": "",
        "numpy-1.dist-info/RECORD": "",
        "numpy-1.dist-info/entry_points.txt": "",
        "numpy-1.dist-info/licenses/LICENSE": "",
        "numpy-1.data/scripts/f2py": "",
        "numpy-1.data/platlib/numpy/extra.so": "",
    }
    build_fake(tmp_path / "out", {**CONTENTS, "numpy": {**CONTENTS["numpy"], **extra}})

    added = set(names(tmp_path / "out" / "numpy" / "python")) - set(CONTENTS["numpy"])
    assert added == {"numpy-1.dist-info/licenses/LICENSE", "numpy/extra.so"}


def test_the_same_locks_give_the_same_files(tmp_path: Path) -> None:
    turned = {name: dict(reversed(files.items())) for name, files in CONTENTS.items()}

    assert build_fake(tmp_path / "a") == build_fake(tmp_path / "b", turned)
    for _, path in build_layers.files_below(tmp_path / "a" / "numpy"):
        assert path.stat().st_mtime == build_layers.EPOCH
        assert path.stat().st_mode & 0o777 == 0o644


def test_the_hash_changes_with_a_name_and_with_a_byte(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a").write_text("1")
    before = contents_hash(tmp_path / "x")
    (tmp_path / "x" / "a").rename(tmp_path / "x" / "b")
    renamed = contents_hash(tmp_path / "x")
    (tmp_path / "x" / "b").write_text("2")

    assert len({before, renamed, contents_hash(tmp_path / "x")}) == 3


def test_the_hash_is_the_one_that_synthesis_computes(tmp_path: Path) -> None:
    # test/private/built-layers.test.ts has the same folder and the same number.
    (tmp_path / "python" / "b").mkdir(parents=True)
    (tmp_path / "python" / "b" / "ü.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "python" / "b.py").write_text("")

    assert contents_hash(tmp_path) == "7396ba62e44a1d8fcbf10969322baef0de6bd36c07e1eb1c27923065dfe5bab8"


def test_building_again_replaces(tmp_path: Path) -> None:
    build_fake(tmp_path / "out")
    build_fake(tmp_path / "out", {**CONTENTS, "pandas": {"pandas/__init__.py": "new"}})

    assert names(tmp_path / "out" / "pandas") == ["python/pandas/__init__.py"]


def test_a_failed_build_leaves_the_old_one(tmp_path: Path) -> None:
    hashes = build_fake(tmp_path / "out")

    with pytest.raises(BuildError):
        build_fake(tmp_path / "out", limit=1)

    assert json.loads((tmp_path / "out" / ".complete").read_text())["hashes"] == hashes
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_other_things_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.doc").write_text("")

    with pytest.raises(BuildError, match=r"has other things in it \(thesis\.doc\): give an empty or new folder"):
        build_fake(tmp_path / "out")
    assert (tmp_path / "out" / "thesis.doc").exists()


def test_more_than_lambda_takes_is_an_error() -> None:
    check_size({"numpy": 150 * 1024 * 1024, "pandas": 100 * 1024 * 1024})
    with pytest.raises(BuildError, match=r"250\.0 MB unzipped \(numpy 150\.0 MB \+ pandas 100\.0 MB\), more than Lambda's 250\.0 MB"):
        check_size({"numpy": 150 * 1024 * 1024, "pandas": 100 * 1024 * 1024 + 1})


def test_a_lock_that_brings_no_package_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="brought no package 'pandas': lock it again"):
        build_fake(tmp_path / "out", {**CONTENTS, "pandas": {"other/__init__.py": ""}})


def test_a_wheel_with_a_file_outside_of_itself_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"outside of itself, '\.\./evil\.py'"):
        build_fake(tmp_path / "out", {**CONTENTS, "numpy": {"../evil.py": ""}})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("numpy==1\n", "pins 'numpy==1' without version or hash"),
        ("numpy>=1 --hash=sha256:aa\n", "pins 'numpy>=1' without version or hash"),
        ("six==1 ; sys_platform == 'win32' \\\n    --hash=sha256:aa\n", "has a condition in 'six==1 ; sys_platform == 'win32''"),
    ],
)
def test_a_lock_that_is_not_exact_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    with pytest.raises(BuildError, match=message):
        check_lock(tmp_path / "requirements.txt")


def test_a_missing_lock_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="is missing: lock requirements.in"):
        check_lock(tmp_path / "requirements.txt")


@pytest.mark.parametrize("layer", ["numpy", "pandas"])
def test_our_locks_are_exact_and_keep_the_layers_apart(layer: str) -> None:
    lock = LOCKS[layer]
    check_lock(lock)
    pinned = {line.split("==")[0] for line in lock.read_text().splitlines() if "==" in line}
    assert ("numpy" in pinned) == (layer == "numpy")
    assert layer in pinned


@pytest.mark.parametrize(
    ("runtime", "arch", "message"),
    [
        ("python3.11", "arm64", "no layers can be built for runtime 'python3.11': use python3.12, python3.13, python3.14"),
        ("nodejs22.x", "arm64", "no layers can be built for runtime 'nodejs22.x'"),
        ("python3.14", "aarch64", "no layers can be built for architecture 'aarch64': use arm64 or x86_64"),
    ],
)
def test_an_unknown_target_is_an_error(runtime: str, arch: str, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        Target(runtime, arch)


def test_pip_is_asked_for_wheels_of_the_target_only() -> None:
    arguments = Target("python3.13", "x86_64").pip_arguments
    assert arguments[:7] == ["--only-binary=:all:", "--python-version", "3.13", "--implementation", "cp", "--abi", "cp313"]
    platforms = arguments[8::2]
    assert platforms[0] == "manylinux_2_34_x86_64"
    assert platforms[-2:] == ["manylinux_2_17_x86_64", "manylinux2014_x86_64"]


def test_a_failing_pip_says_what_for(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("not a requirement at all\n")
    with pytest.raises(BuildError, match=r"pip could not download .*requirements\.txt for python3\.14 on arm64:\nERROR"):
        build_layers.download(tmp_path / "requirements.txt", TARGET, tmp_path)
