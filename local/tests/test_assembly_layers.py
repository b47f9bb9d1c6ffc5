"""Layers for this machine instead of Lambda's."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from lake_local.lake.assembly import layers
from lake_local.lake.assembly.assets import zip_folder
from lake_local.lake.assembly.layers import LayerReplacer, distributions, pointer, runs_here
from lake_local.lake.assembly.manifest import FileAsset

FOREIGN = "cp399-cp399-manylinux2014_mips64"


def make_package(root: Path, name: str, version: str, tag: str, record: bool = True) -> None:
    module = root / name
    module.mkdir(parents=True)
    (module / "__init__.py").write_text(f"version = {version!r}\nwhere = {tag!r}\n")
    (module / "fast.so").write_text("machine code")
    info = root / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n")
    if record:
        (info / "RECORD").write_text(f"{name}/__init__.py,,\n{name}/fast.so,,\n{info.name}/METADATA,,\n")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """pip, without a network: makes the package for this machine."""
    calls: list[list[str]] = []

    def install(pins: list[str], target: Path) -> None:
        calls.append(pins)
        for pin in pins:
            name, version = pin.split("==")
            make_package(target, name, version, "py3-none-any")

    monkeypatch.setattr(layers, "install", install)
    return calls


def asset(folder: Path) -> FileAsset:
    return FileAsset(folder, True, "bucket", "key.zip")


def test_leaves_pure_packages_and_other_assets_alone(tmp_path: Path, installed: list) -> None:
    make_package(tmp_path / "layer" / "python", "pure", "1.0", "py3-none-any")
    replacer = LayerReplacer(tmp_path / "cache")
    assert replacer.content(asset(tmp_path / "layer")) is None
    (tmp_path / "file.zip").write_bytes(b"")
    assert replacer.content(asset(tmp_path / "file.zip")) is None
    assert installed == [] and replacer.replaced == []


@pytest.mark.parametrize("record", [True, False])
def test_replaces_foreign_packages_by_the_same_versions_and_keeps_the_rest(tmp_path: Path, installed: list, record: bool) -> None:
    python = tmp_path / "layer" / "python"
    make_package(python, "fastlib", "2.4.6", FOREIGN, record)
    (python / "own.py").write_text("answer = 42\n")
    replacer = LayerReplacer(tmp_path / "cache")
    body = replacer.content(asset(tmp_path / "layer"))
    assert installed == [["fastlib==2.4.6"]]
    assert str(replacer.replaced[0]).startswith(
        "fastlib==2.4.6: built for Python 3.99 on manylinux2014_mips64, run here as built for Python 3."
    )
    assert import_from_layer(tmp_path, body, "import fastlib, own; print(fastlib.where, own.answer)") == "py3-none-any 42"


def test_a_zip_file_is_looked_into_and_unpacked_once(tmp_path: Path, installed: list) -> None:
    make_package(tmp_path / "layer" / "python", "fastlib", "1.0", FOREIGN, record=False)
    (tmp_path / "layer" / "python" / "own.py").write_text("answer = 42\n")
    (tmp_path / "layer.zip").write_bytes(zip_folder(tmp_path / "layer"))
    for _ in range(2):
        body = LayerReplacer(tmp_path / "cache").content(asset(tmp_path / "layer.zip"))
    assert installed == [["fastlib==1.0"]]
    assert import_from_layer(tmp_path, body, "import fastlib, own; print(fastlib.where, own.answer)") == "py3-none-any 42"
    assert len(list((tmp_path / "cache" / "unzipped-layers").iterdir())) == 1


def test_a_zip_file_for_this_machine_is_left_alone(tmp_path: Path, installed: list) -> None:
    make_package(tmp_path / "layer" / "python", "pure", "1.0", "py3-none-any")
    (tmp_path / "layer.zip").write_bytes(zip_folder(tmp_path / "layer"))
    assert LayerReplacer(tmp_path / "cache").content(asset(tmp_path / "layer.zip")) is None
    assert installed == []


def test_installs_once(tmp_path: Path, installed: list) -> None:
    make_package(tmp_path / "layer" / "python", "fastlib", "1.0", FOREIGN)
    first = LayerReplacer(tmp_path / "cache").content(asset(tmp_path / "layer"))
    second = LayerReplacer(tmp_path / "cache").content(asset(tmp_path / "layer"))
    assert first == second and len(installed) == 1


def test_replaces_packages_bundled_with_a_function(tmp_path: Path, installed: list) -> None:
    make_package(tmp_path / "code", "fastlib", "1.0", FOREIGN)
    (tmp_path / "code" / "index.py").write_text("import fastlib\n")
    body = LayerReplacer(tmp_path / "cache").content(asset(tmp_path / "code"))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert b"py3-none-any" in archive.read("fastlib/__init__.py")
        assert archive.read("index.py") == b"import fastlib\n"


def test_knows_the_wheels_of_this_interpreter(tmp_path: Path) -> None:
    from pip._vendor.packaging.tags import sys_tags

    make_package(tmp_path, "native", "1.0", str(next(sys_tags())))
    make_package(tmp_path, "foreign", "1.0", FOREIGN)
    assert {one.name: runs_here(one) for one in distributions(tmp_path)} == {"native": True, "foreign": False}


def test_a_pointer_goes_before_this_environments_own_packages(tmp_path: Path) -> None:
    (tmp_path / "folder" / "python").mkdir(parents=True)
    (tmp_path / "folder" / "python" / "boto3.py").write_text("where = 'layer'\n")
    assert import_from_layer(tmp_path, pointer(tmp_path / "folder"), "import boto3; print(boto3.where)") == "layer"


def import_from_layer(tmp_path: Path, body: bytes, code: str) -> str:
    """What `code` prints in a function with that layer (MiniStack adds a layer's site-packages in the same way)."""
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(unpacked)
    found = next(unpacked.glob("python/lib/*/site-packages"))
    return subprocess.check_output([sys.executable, "-c", f"import site; site.addsitedir({str(found)!r})\n{code}"], text=True).strip()
