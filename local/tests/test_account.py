"""The commands that speak to a lake in an AWS account. A second embedded lake plays the account; a profile names it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def account(new_lake: Callable[..., Any]) -> Any:
    """The lake that plays the account, with the small app in it."""
    command = new_lake()
    command("up")
    return command


@pytest.fixture(scope="module")
def remote(account: Any, from_afar: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`lake` elsewhere, with the account's profile and with some that are wrong."""
    folder = tmp_path_factory.mktemp("aws")
    made, lake = from_afar(account, folder), account.lake
    wrong = "aws_access_key_id = AKIAX\naws_secret_access_key = x\n"
    with (folder / "config").open("a") as config:
        config.write(
            f"[profile nowhere]\nendpoint_url = {lake.endpoint}\n{wrong}"
            f"[profile stranger]\nregion = us-east-1\nendpoint_url = {lake.endpoint}\n{wrong}"
            "[profile empty]\nregion = us-east-1\n"
        )
    return made


def test_what_is_in_the_account(account: Any, remote: Any) -> None:
    status = json.loads(remote("status", "--profile", "prod", "-o", "json").stdout)
    assert status["stack"] == "Small" and status["region"] == "us-east-1" and status["account"] == "000000000000"
    assert [zone["name"] for zone in status["zones"]] == ["drop", "raw"]
    assert "lake in account 000000000000, us-east-1" in remote("status", "--profile", "prod", "--stack", "Small").stdout
    assert not (remote.state / "lake.json").exists(), "nothing is kept where a lake of this machine would be"


def test_a_file_is_dropped_and_arrives(account: Any, remote: Any, tmp_path: Path) -> None:
    file = tmp_path / "far.txt"
    file.write_text("far away")
    remote("drop", str(file), "--stream", "events", "--profile", "prod")
    s3, target = account.lake.client("s3"), account.outputs()["TargetBucket"]
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not s3.list_objects_v2(Bucket=target, Prefix="streams/events/far.txt").get("Contents"):
        time.sleep(0.05)
    assert s3.get_object(Bucket=target, Key="streams/events/far.txt")["Body"].read() == b"FAR AWAY"
    # The function's log is there when the function has ended, a moment after what it wrote.
    while "streams/events/far.txt" not in (printed := remote("logs", "events", "--profile", "prod").stdout):
        assert time.monotonic() < deadline, printed
        time.sleep(0.2)


@pytest.mark.parametrize("command", [["dlq"], ["quarantine"], ["dlq", "replay"]], ids=" ".join)
def test_other_commands_work_too(remote: Any, command: list[str]) -> None:
    assert remote(*command, "--profile", "prod").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--profile", "nosuch"], "there is no profile 'nosuch'; there are: prod, nowhere, stranger, empty"),
        (["--profile", "nowhere"], "profile 'nowhere' has no region: give one with --region"),
        (["--profile", "stranger"], "profile 'stranger' cannot sign in: .*InvalidClientTokenId"),
        (["--profile", "empty"], "profile 'empty' cannot sign in: Unable to locate credentials"),
        (["--profile", "prod", "--region", "mars"], "'mars' is no region"),
        (["--profile", "prod", "--stack", "Nosuch"], "there is no stack 'Nosuch' in account 000000000000, us-east-1; there are: "),
        (["--profile", "prod", "--state", "x"], "--state names a lake on this machine"),
        (["--profile", ""], "--profile is empty"),
    ],
)
def test_what_is_wrong_is_said(remote: Any, arguments: list[str], answer: str) -> None:
    import re

    done = remote("status", *arguments, code=2)
    assert re.search(answer, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
