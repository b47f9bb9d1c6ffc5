"""The layers as the package brings them: what `lake layers --pack` makes, and that Lambda can load it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shlex
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from lake_local.cli import layers as command
from lake_local.config import package_root
from lake_local.errors import OperationFailed
from lake_local.lake.layers import pack as packing
from lake_local.lake.layers.build import MACHINES, Target, contents_hash, zip_layer
from lake_local.lake.layers.cache import cached_layers
from lake_local.lake.layers.locks import LAYERS, lock_files
from lake_local.lake.layers.pack import is_packed, pack

RUNTIME = "python3.14"
# https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html, and the processors' supplements to it.
ELF_MACHINES = {"arm64": 183, "x86_64": 62}
IMPORTS = """
import numpy, pandas, io
assert numpy.linalg.inv(numpy.eye(2)).sum() == 2
frame = pandas.read_csv(io.StringIO("day,city,n\\n2026-01-31,Recife,1\\n2026-02-01,Recife,2\\n"), parse_dates=["day"])
assert frame.groupby("city").n.sum()["Recife"] == 3
assert str(frame.day.dt.tz_localize("America/Recife")[0]) == "2026-01-31 00:00:00-03:00"
print(numpy.__file__, pandas.__file__)
"""


def made_up(folder: Path, text: str = "x = 1\n") -> Path:
    for name in LAYERS:
        (folder / name / "python" / name).mkdir(parents=True)
        (folder / name / "python" / name / "__init__.py").write_text(text)
        (folder / name / "python" / f"{name}-1.dist-info").mkdir()
        (folder / name / "python" / f"{name}-1.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: 1\n")
    return folder


def test_a_pack_says_what_is_in_it(tmp_path: Path) -> None:
    built, target, locks = made_up(tmp_path / "built"), Target(RUNTIME, "arm64"), lock_files()
    dist = pack({target: built}, locks, tmp_path / "dist")

    index = json.loads((dist / "python3.14-arm64" / "layers.json").read_text())
    assert index["layers"]["numpy"]["contents"] == contents_hash(built / "numpy")
    assert index["layers"]["numpy"]["packages"] == {"numpy": "1"}
    assert index["layers"]["numpy"]["zipped"] == (dist / "python3.14-arm64" / "numpy.zip").stat().st_size
    assert (dist / "locks" / "pandas.txt").read_bytes() == locks["pandas"].read_bytes()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["built", "dist"], "nothing is left behind"


def test_the_same_contents_give_the_same_zip(tmp_path: Path) -> None:
    one, two = made_up(tmp_path / "one"), made_up(tmp_path / "two")
    os.utime(two / "numpy" / "python" / "numpy" / "__init__.py", (0, 0))
    zip_layer(one / "numpy", tmp_path / "one.zip", level=9)
    zip_layer(two / "numpy", tmp_path / "two.zip", level=9)

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_pack_is_made_again_when_it_is_not_whole_or_of_other_locks(tmp_path: Path) -> None:
    target, locks = Target(RUNTIME, "arm64"), lock_files()
    dist = pack({target: made_up(tmp_path / "built")}, locks, tmp_path / "dist")
    other = {**locks, "pandas": tmp_path / "other.txt"}
    other["pandas"].write_text("pandas==2\n")

    assert is_packed([target], locks, dist)
    assert not is_packed([target, Target(RUNTIME, "x86_64")], locks, dist)
    assert not is_packed([target], other, dist)
    (dist / "python3.14-arm64" / "numpy.zip").write_bytes(b"half")
    assert not is_packed([target], locks, dist)


def test_compiled_files_are_in_the_zip_and_not_in_the_build(tmp_path: Path) -> None:
    def compiler(folder: Path) -> None:
        (folder / "python" / "compiled.pyc").write_bytes(b"bytecode")

    built, target, locks = made_up(tmp_path / "built"), Target(RUNTIME, "arm64"), lock_files()
    dist = pack({target: built}, locks, tmp_path / "dist", compiler)

    assert "python/compiled.pyc" in zipfile.ZipFile(dist / "python3.14-arm64" / "numpy.zip").namelist()
    assert not list(built.rglob("*.pyc"))
    assert is_packed([target], locks, dist, compiled=True)
    assert not is_packed([target], locks, pack({target: built}, locks, tmp_path / "dist"), compiled=True)


@pytest.mark.parametrize(
    ("script", "message"),
    [("print('3.9')", "compiles for Python 3.9, and the layers are for python3.14"), ("raise SystemExit('no')", "not compiled: no")],
)
def test_a_compiler_for_another_python_is_refused(tmp_path: Path, script: str, message: str) -> None:
    compiler = packing.compiler_of(shlex.join([sys.executable, "-c", script]), RUNTIME)
    with pytest.raises(OperationFailed, match=message):
        compiler(tmp_path)


def test_a_failed_pack_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built, target, locks = made_up(tmp_path / "built"), Target(RUNTIME, "arm64"), lock_files()
    dist = pack({target: built}, locks, tmp_path / "dist")
    monkeypatch.setattr(packing, "zip_layer", lambda layer, file, level: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        pack({target: built}, locks, dist)
    assert is_packed([target], locks, dist)


@pytest.fixture(scope="session")
def dist() -> Path:
    """What goes into the package: built and packed here where it is not yet."""
    folder = package_root() / "lambda-layers" / "dist"
    compiler = f"node {package_root() / 'lambda-layers' / 'compile.mjs'}"
    command.run(argparse.Namespace(runtime=RUNTIME, arch="arm64", pack=folder, compile=compiler))
    return folder


@pytest.mark.parametrize("arch", sorted(MACHINES))
def test_every_python_file_is_compiled_for_this_python(dist: Path, arch: str) -> None:
    for layer in LAYERS:
        with zipfile.ZipFile(dist / f"{RUNTIME}-{arch}" / f"{layer}.zip") as archive:
            names = set(archive.namelist())
            sources = [PurePosixPath(name) for name in names if name.endswith(".py")]
            assert len(sources) > 100
            for source in sources:
                name = str(source.parent / "__pycache__" / f"{source.stem}.cpython-314.pyc")
                assert name in names
                # https://peps.python.org/pep-0552/: Python 3.14's magic number, and 1 for what is not checked against its source.
                assert archive.read(name)[:8] == struct.pack("<H2sI", 3627, b"\r\n", 1), name


@pytest.mark.parametrize("arch", sorted(MACHINES))
def test_every_shared_object_is_for_this_python_and_processor(dist: Path, arch: str) -> None:
    checked = 0
    for layer in LAYERS:
        with zipfile.ZipFile(dist / f"{RUNTIME}-{arch}" / f"{layer}.zip") as archive:
            assert archive.testzip() is None
            for name in archive.namelist():
                if not re.search(r"\.so(\.|$)", name):
                    continue
                with archive.open(name) as file:
                    header = file.read(20)
                assert header[:4] == b"\x7fELF", name
                assert header[4] == 2 and header[5] == 1, f"{name} is not 64 bit, little endian"
                assert struct.unpack_from("<H", header, 18)[0] == ELF_MACHINES[arch], f"{name} is for another processor"
                tag = re.search(r"\.cpython-(\d+)-(\w+)-linux-gnu\.so$", name)
                if tag:
                    assert tag.groups() == ("314", MACHINES[arch]), name
                checked += 1
    assert checked > 50


@pytest.mark.parametrize("arch", sorted(MACHINES))
def test_the_wheels_are_for_this_python_and_processor(dist: Path, arch: str) -> None:
    for layer, compiled in (("numpy", {"numpy"}), ("pandas", {"pandas"})):
        with zipfile.ZipFile(dist / f"{RUNTIME}-{arch}" / f"{layer}.zip") as archive:
            for name in (name for name in archive.namelist() if name.endswith(".dist-info/WHEEL")):
                tags = re.findall(r"^Tag: (.+)$", archive.read(name).decode(), re.M)
                expected = rf"cp314-cp314-.*{MACHINES[arch]}" if name.split("/")[1].split("-")[0] in compiled else r"py\d(\.py3)?-none-any"
                assert tags and all(re.fullmatch(expected, tag) for tag in tags), f"{name}: {tags}"


def interpreter(runtime: str) -> str | None:
    """A Python of this runtime's version on this machine: on the PATH, or one of pyenv's."""
    version = runtime.removeprefix("python")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for candidate in (shutil.which(runtime), *map(str, sorted(pyenv.glob(f"{version}.*/bin/python")))):
        if candidate:
            asked = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
            if subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == version:
                return candidate
    return None


@pytest.mark.parametrize("runtime", ["python3.12", "python3.13", "python3.14"])
def test_both_layers_import_together(runtime: str, tmp_path: Path) -> None:
    python, arch = interpreter(runtime), {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64"}.get(platform.machine())
    if not python or not arch or platform.system() != "Linux":
        pytest.skip(f"no {runtime} on Linux here: its layers are checked by their files only")
    folder = cached_layers(Target(runtime, arch), print)
    # As Lambda merges layers, below /opt/python. -I: nothing of this machine's own packages.
    paths = [str(folder / name / "python") for name in LAYERS]
    script = f"import sys; sys.path[:0] = {paths!r}\n{IMPORTS}"
    done = subprocess.run([python, "-I", "-S", "-B", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(path in done.stdout for path in paths)
