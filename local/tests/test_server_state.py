"""What a lake remembers, and that lakes do not disturb each other."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lake_local.lake.client import is_running
from lake_local.lake_file import read_lake_file

from .conftest import descendants, free_port

NewLake = Callable[..., Any]


def wait_until(check: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def arrived(lake: Any, key: str) -> bool:
    try:
        lake.lake.client("s3").get_object(Bucket=lake.outputs()["TargetBucket"], Key=key)
    except ClientError:
        return False
    return True


def drop(lake: Any, key: str) -> None:
    lake.lake.client("s3").put_object(Bucket=lake.outputs()["SourceBucket"], Key=key, Body=b"x")


def test_everything_survives_down_and_up(new_lake: NewLake) -> None:
    lake = new_lake()
    lake("up", "--port", str(free_port()))  # while it is down, another lake would take a port of theirs
    drop(lake, "streams/events/before")
    wait_until(lambda: arrived(lake, "streams/events/before"))
    keys = lake("env").stdout
    assert "lake stopped" in lake("down").stderr
    assert "no lake is running" in lake("status", code=2).stderr
    done = lake("up")
    assert "Small: no changes" in done.stderr and "assets: 0 of" in done.stderr
    assert lake("env").stdout == keys
    assert arrived(lake, "streams/events/before")
    drop(lake, "streams/events/after")
    wait_until(lambda: arrived(lake, "streams/events/after"))

    # On another port too: the URL of a queue, which is its key, has the port in it.
    lake.lake.client("sqs").send_message(QueueUrl=lake.lake.model().dead_letter_queue, MessageBody="kept")
    lake("down")
    lake("up", "--no-deploy", "--port", str(free_port()))
    drop(lake, "streams/events/moved")
    wait_until(lambda: arrived(lake, "streams/events/moved"))
    assert len(json.loads(lake("dlq", "-o", "json").stdout)) == 1
    assert "no changes" in lake("up").stderr


def test_a_crash_loses_nothing_that_was_deployed(new_lake: NewLake) -> None:
    lake = new_lake()
    lake("up")
    drop(lake, "streams/events/before")
    wait_until(lambda: arrived(lake, "streams/events/before"))
    snapshot = lake.state / "state" / "cloudformation.json"
    wait_until(lambda: snapshot.exists() and "AfterSmall" in snapshot.read_text() and (lake.state / "state" / "lambda.json").exists())
    time.sleep(3)  # until the lake has been quiet, and saved
    os.kill(lake.lake.pid, signal.SIGKILL)
    wait_until(lambda: not is_running(lake.state, read_lake_file(lake.state)))
    assert "no lake is running" in lake("status", code=2).stderr
    assert "Small: no changes" in lake("up").stderr
    assert arrived(lake, "streams/events/before")
    drop(lake, "streams/events/after")
    wait_until(lambda: arrived(lake, "streams/events/after"))


def test_two_lakes_on_two_ports_do_not_disturb_each_other(new_lake: NewLake) -> None:
    first, second = new_lake(), new_lake()
    first("up")
    second("up")
    assert first.lake.endpoint != second.lake.endpoint
    drop(first, "streams/events/mine")
    wait_until(lambda: arrived(first, "streams/events/mine"))
    assert not arrived(second, "streams/events/mine")
    with pytest.raises(ClientError):  # nor do the keys of one open the other
        replace(second.lake, access_key=first.lake.access_key).client("s3").list_buckets()
    first("down", "--purge")
    assert not first.state.exists()
    drop(second, "streams/events/still")
    wait_until(lambda: arrived(second, "streams/events/still"))


def test_a_lake_file_that_names_another_program_is_no_running_lake(new_lake: NewLake) -> None:
    lake = new_lake()
    lake("up", "--no-deploy")
    known = read_lake_file(lake.state)
    lake("down")
    (lake.state / "lake.json").write_text(json.dumps({**known, "pid": os.getpid()}))
    assert "no lake is running" in lake("env", code=2).stderr
    lake("up", "--no-deploy")
    assert read_lake_file(lake.state)["access_key"] == known["access_key"]


def test_a_taken_port_is_named_or_the_next_one_used(new_lake: NewLake) -> None:
    first, second = new_lake(), new_lake()
    first("up", "--no-deploy")
    port = str(first.lake.endpoint.rsplit(":", 1)[1])
    assert f"port {port} is taken" in second("up", "--no-deploy", "--port", port, code=2).stderr
    second("up", "--no-deploy")
    assert second.lake.endpoint != first.lake.endpoint


def test_down_leaves_no_process_and_says_if_there_was_none(new_lake: NewLake) -> None:
    lake = new_lake()
    lake("up")
    drop(lake, "streams/events/warm")  # a function's process is now waiting for more
    wait_until(lambda: arrived(lake, "streams/events/warm"))
    pids = descendants(lake.lake.pid)
    assert len(pids) > 1
    lake("down")
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    assert "no lake was running" in lake("down").stderr


def test_purge_deletes_only_the_folder_of_a_lake(new_lake: NewLake, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("data")
    lake = new_lake()
    lake.state = tmp_path
    assert "not the folder of a lake" in lake("down", "--purge", code=2).stderr
    assert (tmp_path / "precious").exists()
    lake.state = tmp_path / "nothing"


def test_keys_are_readable_by_their_owner_only(new_lake: NewLake) -> None:
    lake = new_lake()
    lake("up", "--no-deploy")
    assert (lake.state / "lake.json").stat().st_mode & 0o077 == 0
