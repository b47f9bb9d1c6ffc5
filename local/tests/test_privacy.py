"""A lake is its user's alone: files, keys and environment. Each test is an attack that once succeeded."""

from __future__ import annotations

import io
import json
import os
import subprocess
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lake_local.errors import UserError
from lake_local.lake.client import Lake
from lake_local.lake_file import read_lake_file

from .conftest import start_server, stop_server

# What a function can tell of where it runs.
CODE = """
import json, os, stat
def handler(event, context):
    with open("written", "w") as file:
        file.write("x")
    return {"environment": dict(os.environ), "mode": stat.S_IMODE(os.stat("written").st_mode)}
"""
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
SHELL = {
    "GITHUB_TOKEN": "ghp_of_the_shell",
    "HTTPS_PROXY": "http://user:password@127.0.0.1:9",
    "LAKE_MAVEN_URL": "https://key@maven.invalid",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A lake in a folder that others may read, started by a shell with tokens, where one function has run."""
    before, mask = {name: os.environ.get(name) for name in SHELL}, os.umask(0o022)
    folder = tmp_path_factory.mktemp("open") / ".lake"
    folder.mkdir()
    os.environ.update(SHELL)
    try:
        process, lake = start_server(folder)
    finally:
        os.umask(mask)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    yield SimpleNamespace(lake=lake, seen=invoke(lake))
    stop_server(process)


def invoke(lake: Lake) -> dict[str, Any]:
    """Run CODE as a function of the lake; return its answer."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.py", CODE)
    role = lake.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    functions = lake.client("lambda")
    functions.create_function(
        FunctionName="curious",
        Runtime="python3.13",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"MINE": "1"}},
    )
    answer = functions.invoke(FunctionName="curious")
    seen: dict[str, Any] = json.load(answer["Payload"])
    assert "FunctionError" not in answer, seen
    return seen


def test_a_function_sees_nothing_of_the_shell_that_started_the_lake(shared: SimpleNamespace) -> None:
    environment = shared.seen["environment"]
    assert environment["MINE"] == "1" and environment["PATH"] and environment["AWS_ENDPOINT_URL"] == shared.lake.endpoint
    assert not set(SHELL) & set(environment)
    assert not [name for name in environment if name.startswith("LAKE_") or "PROXY" in name.upper()]


def test_a_function_does_not_get_the_lakes_key(shared: SimpleNamespace) -> None:
    assert shared.lake.secret_key not in json.dumps(shared.seen["environment"])
    assert shared.seen["environment"]["AWS_ACCESS_KEY_ID"].startswith("ASIA")


def test_a_functions_code_is_not_for_everybody(shared: SimpleNamespace) -> None:
    link = shared.lake.client("lambda").get_function(FunctionName="curious")["Code"]["Location"]
    for address in (link, f"{shared.lake.endpoint}/_ministack/lambda-code/curious"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(address)


def test_the_lake_is_closed_to_other_users(shared: SimpleNamespace) -> None:
    folder = shared.lake.state_dir
    found = [path for path in (folder, *folder.rglob("*")) if path.name != "server.log" and not path.is_symlink()]
    assert len(found) > 10
    assert not [path for path in found if path.is_file() and path.stat().st_mode & 0o077]
    assert folder.stat().st_mode & 0o077 == 0
    assert shared.seen["mode"] == 0o600


def test_the_lakes_key_is_in_its_file_only(shared: SimpleNamespace) -> None:
    secret = shared.lake.secret_key.encode()
    files = [path for path in shared.lake.state_dir.rglob("*") if path.is_file()]
    assert [path.name for path in files if secret in path.read_bytes()] == ["lake.json"]


def test_lake_up_hands_no_token_to_its_server(new_lake: Any) -> None:
    lake = new_lake()
    lake("up", "--no-deploy", **SHELL)
    started_with = Path(f"/proc/{lake.lake.pid}/environ")
    if started_with.exists():
        assert SHELL["GITHUB_TOKEN"].encode() not in started_with.read_bytes()
    assert (lake.state / "server.log").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("foreign", ["lake.json", "."])
def test_a_lake_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, foreign: str) -> None:
    (tmp_path / "lake.json").write_text("{}")
    assert read_lake_file(tmp_path) == {}
    original, inode = Path.stat, (tmp_path / foreign).stat().st_ino

    def stat(path: Path, **options: Any) -> Any:
        found = original(path, **options)
        return SimpleNamespace(st_uid=12345, st_mode=found.st_mode) if found.st_ino == inode else found

    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(UserError, match=r"another user \(uid 12345\).*--state DIR"):
        read_lake_file(tmp_path)


def test_a_lake_that_came_with_a_checkout_is_refused(new_lake: Any, tmp_path: Path) -> None:
    lake = new_lake()
    lake.state = tmp_path / ".lake"
    lake.state.mkdir()
    (lake.state / "lake.json").write_text(json.dumps({"access_key": "AKIAKNOWN", "secret_key": "known to all"}))
    for arguments in (["init", "--quiet"], ["add", "--force", ".lake/lake.json"]):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
    for command in (["up", "--no-deploy"], ["env"], ["status"]):
        assert "is tracked by git, so others know the lake's keys: remove it with `git rm" in lake(*command, code=2).stderr
    subprocess.run(["git", "-C", str(tmp_path), "rm", "-rq", "--force", ".lake"], check=True)
    lake("up", "--no-deploy")
    assert read_lake_file(lake.state)["access_key"] != "AKIAKNOWN"


def test_a_lake_file_cannot_send_the_users_files_elsewhere(tmp_path: Path) -> None:
    known = {"endpoint": "http://collector.invalid", "port": 4570, "access_key": "A", "secret_key": "S", "region": "r", "account": "0"}
    assert Lake.from_file(tmp_path, known).endpoint == "http://127.0.0.1:4570"
