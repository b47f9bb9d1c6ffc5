"""`lake` of the Python package (bin/wheel): its launcher, and how it gets into the wheel."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
import json
import stat
import subprocess
import sys
import tarfile
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from lake_local.config import package_root

FOLDER = package_root() / "bin" / "wheel"
# Instead of Node: says its version, else what it was called with; ends with 7.
NODE = """#!/bin/sh
if [ "$1" = --version ]; then echo {version}; exit; fi
printf '%s\\n' "$LAKE_COMMAND" "$NODE_PATH" "$PATH" "$@"
exit 7
"""


def pack(file: Path, name: str) -> None:
    """An npm package of one file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, "w:gz") as archive:
        for path, text in (("package/package.json", json.dumps({"name": name})), ("package/bin/lake", "the script")):
            info = tarfile.TarInfo(path)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A Python environment with our package and the CDK, and a Node."""
    for module, name in (
        ("cdk_datalake_accelerator", "cdk-datalake-accelerator"),
        ("aws_cdk", "aws-cdk-lib"),
        ("aws_cdk/cloud_assembly_schema", "@aws-cdk/cloud-assembly-schema"),
        ("constructs", "constructs"),
    ):
        pack(tmp_path / "site" / module / "_jsii" / f"{name.rpartition('/')[2]}@1.0.0.jsii.tgz", name)
        # An import would start jsii: the launcher must do without.
        (tmp_path / "site" / module / "__init__.py").write_text("raise AssertionError('imported')\n")
    node(tmp_path, "v22.1.0")
    return tmp_path


def node(place: Path, version: str) -> None:
    (place / "bin").mkdir(exist_ok=True)
    script = place / "bin" / "node"
    script.write_text(NODE.format(version=version))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)


def lake(place: Path, *arguments: str, **environment: str) -> subprocess.Popen:
    variables = {"PATH": f"{place / 'bin'}:/usr/bin:/bin", "PYTHONPATH": str(place / "site"), "LAKE_CACHE": str(place / "cache")}
    command = [sys.executable, "-S", str(FOLDER / "lake"), *arguments]
    return subprocess.Popen(command, env={**variables, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def said(process: subprocess.Popen) -> tuple[int, list[str], str]:
    out, err = process.communicate(timeout=600)
    return process.returncode, out.splitlines(), err


def test_arguments_and_exit_code_are_passed_on_untouched(place: Path) -> None:
    query = """SELECT count(*) FROM "t" WHERE a <> 'b' -- $HOME"""
    code, out, err = said(lake(place, "query", query, "", "-o", "json"))

    assert (code, err) == (7, "")
    command, node_path, path, script, *arguments = out
    assert arguments == ["query", query, "", "-o", "json"]
    assert (command, node_path) == ("lake", "")
    # `python app.py` is this Python, even if nobody activated its environment.
    assert path.split(":")[0] == str(Path(sys.executable).parent)
    assert Path(script).read_text() == "the script"
    assert Path(script).parts[-4:] == ("node_modules", "cdk-datalake-accelerator", "bin", "lake")


def test_the_example_gets_the_cdk(place: Path) -> None:
    _, out, err = said(lake(place, "demo"))

    peers = Path(out[1])
    assert sorted(str(file.parent.relative_to(peers)) for file in peers.rglob("package.json")) == [
        "@aws-cdk/cloud-assembly-schema",
        "aws-cdk-lib",
        "constructs",
    ]
    assert err == "lake: unpacking the CDK, for the example (once)\n"
    assert said(lake(place, "demo"))[2] == "", "once"


def test_unpacks_once_and_again_for_other_contents(place: Path) -> None:
    first = said(lake(place, "status"))[1][3]
    assert said(lake(place, "status"))[1][3] == first
    pack(next((place / "site" / "cdk_datalake_accelerator").rglob("*.tgz")), "cdk-datalake-accelerator")
    (place / "site" / "cdk_datalake_accelerator" / "_jsii" / "more@1.0.0.jsii.tgz").write_bytes(
        (place / "site" / "constructs" / "_jsii" / "constructs@1.0.0.jsii.tgz").read_bytes()
    )
    assert said(lake(place, "status"))[1][3] != first


def test_several_at_once_and_a_killed_one_before(place: Path) -> None:
    (place / "cache" / "npm" / ".unpacking-killed" / "node_modules").mkdir(parents=True)
    results = [said(process) for process in [lake(place, "status") for _ in range(6)]]

    assert {code for code, _, _ in results} == {7}
    assert len({out[3] for _, out, _ in results}) == 1
    whole = [entry.name for entry in (place / "cache" / "npm").iterdir() if not entry.name.startswith(".")]
    assert whole == [Path(results[0][1][3]).parts[-5]]


@pytest.mark.parametrize(
    ("version", "message"),
    [("v18.20.1", "is v18.20.1: install Node 20 or later"), ("", "is no Node: install Node 20 or later"), (None, "there is no node")],
)
def test_without_a_node_that_is_new_enough(place: Path, version: str | None, message: str) -> None:
    if version is None:
        (place / "bin" / "node").unlink()
    else:
        node(place, version)
    code, out, err = said(lake(place, "status", PATH=f"{place / 'bin'}"))

    assert (code, out) == (1, [])
    assert message in err
    assert "Traceback" not in err


def test_jsiis_own_variable_names_another_node(place: Path) -> None:
    (place / "bin" / "node").rename(place / "bin" / "other")
    assert said(lake(place, "status", JSII_NODE=str(place / "bin" / "other")))[0] == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "JSII_NODE names {node}, which cannot be run (No such file or directory): correct it, or unset it"),
        ("echo 9", "{node} is no Node"),
    ],
)
def test_a_variable_that_names_no_node(place: Path, text: str | None, message: str) -> None:
    other = place / "other"
    if text:
        other.write_text(f"#!/bin/sh\n{text}\n")
        other.chmod(0o755)
    code, out, err = said(lake(place, "status", JSII_NODE=str(other)))

    assert (code, out) == (1, [])
    assert err.startswith(f"lake: {message.format(node=other)}")


def test_a_cache_that_cannot_be_written(place: Path) -> None:
    (place / "file").write_text("")
    code, out, err = said(lake(place, "status", LAKE_CACHE=str(place / "file")))

    assert (code, out) == (1, [])
    assert err == f"lake: {place / 'file' / 'npm'}: Not a directory: name another folder with LAKE_CACHE\n"


def replace_script():
    spec = importlib.util.spec_from_file_location("replace_script", FOLDER / "replace_script.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_wheel(file: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w") as wheel:
        for name, body in files.items():
            wheel.writestr(name, body)
    return file


def test_the_wheels_record_fits_its_new_script(tmp_path: Path) -> None:
    wheel = make_wheel(
        tmp_path / "a-1-py3-none-any.whl",
        {
            "a/__init__.py": b"",
            "a-1.data/scripts/lake": b"old",
            "a-1.dist-info/RECORD": b"a/__init__.py,sha256=x,0\na-1.data/scripts/lake,sha256=old,3\na-1.dist-info/RECORD,,\n",
        },
    )
    replace_script().replace_script(wheel, b"#!python\nnew")

    with zipfile.ZipFile(wheel) as archive:
        body = archive.read("a-1.data/scripts/lake")
        rows = list(csv.reader(io.StringIO(archive.read("a-1.dist-info/RECORD").decode())))
    digest = urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
    assert body == b"#!python\nnew"
    assert rows == [
        ["a/__init__.py", "sha256=x", "0"],
        ["a-1.data/scripts/lake", f"sha256={digest}", str(len(body))],
        ["a-1.dist-info/RECORD", "", ""],
    ]
    assert list(tmp_path.iterdir()) == [wheel]


def test_a_wheel_without_the_script_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "a.whl", {"a/__init__.py": b"", "a-1.dist-info/RECORD": b""})
    with pytest.raises(SystemExit, match="has 0 scripts named lake instead of one"):
        replace_script().replace_script(wheel, b"")
