"""A server that is killed at any moment: the next `lake up` goes forward, and finds all that was put."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lake_local.cloud.server.journal import finish, write_together
from lake_local.lake.client import Lake, is_running
from lake_local.lake_file import read_lake_file

from .conftest import LOCAL, SMALL_APP
from .waiting import until

NewLake = Callable[..., Any]


@pytest.fixture(scope="module")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The small app with Glue, and the same app changed: synthesized once."""
    found = {}
    for flavor in ("glue", "glue-changed"):
        folder = tmp_path_factory.mktemp(flavor)
        environment = {**os.environ, "FLAVOR": flavor, "CDK_OUTDIR": str(folder)}
        subprocess.run(["node", "app.js"], cwd=SMALL_APP, env={**environment, "NODE_PATH": str(LOCAL.parent / "node_modules")}, check=True)
        found[flavor] = folder
    return found


@contextlib.contextmanager
def going_up(lake: Any, assembly: Path) -> Iterator[subprocess.Popen[str]]:
    """`lake up`, in the background."""
    environment = {**os.environ, "PYTHONPATH": str(LOCAL), "LAKE_STATE": str(lake.state), "LAKE_PACKAGE_ROOT": str(LOCAL.parent)}
    command = [sys.executable, "-m", "lake_local", "up", "--assembly", str(assembly)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        yield process
        process.communicate()


def kill(lake: Any) -> None:
    pid = lake.lake.pid
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 120
    while is_running(lake.state, read_lake_file(lake.state)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_until_saved(lake: Any, service: str, pattern: str) -> None:
    """Wait until the state of a service that a crash leaves has what the pattern finds."""
    file = lake.state / "state" / f"{service}.json"
    until(lambda: file.exists() and re.search(pattern, file.read_text()))


STACK_IS_COMPLETE = r"""'Small'": \{"StackName": "Small".*?"StackStatus": "CREATE_COMPLETE\""""


def stack_status(lake: Lake) -> str:
    with contextlib.suppress(Exception):
        return lake.client("cloudformation").describe_stacks(StackName="Small")["Stacks"][0]["StackStatus"]
    return ""


def check_whole(lake: Any, description: str) -> None:
    """All that the template says is there, and works."""
    glue = lake.lake.client("glue")
    assert glue.get_workflow(Name="small-flow")["Workflow"]["Description"] == description
    assert glue.get_job(JobName="small-job")["Job"]["Description"] == description
    assert glue.get_trigger(Name="small-start")["Trigger"]["Type"] == "ON_DEMAND"
    assert glue.get_crawler(Name="small-crawl")["Crawler"]["DatabaseName"] == "small"
    assert glue.get_security_configuration(Name="small-guard")
    s3, outputs = lake.lake.client("s3"), lake.outputs()
    s3.put_object(Bucket=outputs["SourceBucket"], Key="streams/events/after", Body=b"x")
    deadline = time.monotonic() + 120
    while "Contents" not in s3.list_objects_v2(Bucket=outputs["TargetBucket"], Prefix="streams/events/after"):
        assert time.monotonic() < deadline, "the stream does not work"
        time.sleep(0.1)


def test_files_are_written_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    write_together({one: "old", two: "old"})
    # Killed while writing: nothing of it counts.
    (tmp_path / "one.json.next").write_text("half")
    finish(tmp_path)
    assert [path.read_text() for path in (one, two)] == ["old", "old"]
    # Killed after the mark, with one of two in place: the rest follows.
    replaced: list[Path] = []
    original = Path.replace

    def dying(self: Path, target: Path) -> Path:
        if replaced:
            raise KeyboardInterrupt
        replaced.append(target)
        return original(self, target)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "replace", dying)
        write_together({one: "new", two: "new"})
    finish(tmp_path)
    assert [path.read_text() for path in (one, two)] == ["new", "new"]
    assert {path.name for path in tmp_path.iterdir()} == {"one.json", "two.json", "previous"}


def test_damaged_state_is_said_with_the_way_back(new_lake: NewLake, assemblies: dict[str, Path]) -> None:
    lake = new_lake()
    lake("up", "--assembly", str(assemblies["glue"]))
    wait_until_saved(lake, "cloudformation", STACK_IS_COMPLETE)
    lake.lake.client("sqs").create_queue(QueueName="later")
    wait_until_saved(lake, "sqs", "later")
    kill(lake)
    for content in ("", '{"__ministack_format__": 3, "payl', "\\x00garbage"):
        (lake.state / "state" / "sqs.json").write_text(content)
        said = lake("up", "--assembly", str(assemblies["glue"]), code=1).stderr
        assert "sqs.json is damaged, and nothing was started: go back to the snapshot before: cp -p" in said
    subprocess.run(["sh", "-c", re.search(r"cp -p .*json '[^']+'", said)[0]], check=True)
    assert "Small: no changes" in lake("up", "--assembly", str(assemblies["glue"])).stderr
    check_whole(lake, "glue")
    lake("down")
    (lake.state / "glue.json").write_text("{")
    said = lake("up", "--assembly", str(assemblies["glue"]), code=1).stderr
    assert "glue.json is damaged" in said
    subprocess.run(["sh", "-c", re.search(r"rm '[^']+'", said)[0]], check=True)
    lake("up", "--assembly", str(assemblies["glue"]))
    check_whole(lake, "glue")
    lake("down")
    (lake.state / "lake.json").write_text("{")
    assert "lake.json is damaged: delete it, and `lake up` makes a new one" in lake("up", "--no-deploy", code=2).stderr
    (lake.state / "lake.json").unlink()
    lake("up", "--no-deploy")
    check_whole(lake, "glue")


def received_by(lake: Any, prefix: str) -> set[str]:
    listed = lake.lake.client("s3").list_objects_v2(Bucket=lake.outputs()["TargetBucket"], Prefix=prefix)
    return {item["Key"] for item in listed.get("Contents", [])}


def test_files_that_were_put_just_before_a_kill_arrive(new_lake: NewLake, assemblies: dict[str, Path]) -> None:
    lake = new_lake()
    lake("up", "--assembly", str(assemblies["glue"]))
    wait_until_saved(lake, "cloudformation", STACK_IS_COMPLETE)
    for round_ in ("one", "two"):
        s3, bucket = lake.lake.client("s3"), lake.outputs()["SourceBucket"]
        keys = {f"streams/events/{round_}-{number}" for number in range(30)}
        for key in sorted(keys):
            s3.put_object(Bucket=bucket, Key=key, Body=b"x")
        kill(lake)
        lake("up", "--no-deploy")
        until(lambda keys=keys, round_=round_: received_by(lake, f"streams/events/{round_}") == keys)


# Seconds: longer than `lake down` takes on a busy machine.
HELD = 12


@pytest.mark.parametrize("end", ["down", "kill", "a long down"])
def test_a_message_that_somebody_held_is_visible_at_the_next_start(new_lake: NewLake, end: str) -> None:
    lake = new_lake()
    lake("up", "--no-deploy")
    sqs = lake.lake.client("sqs")
    queue = sqs.create_queue(QueueName="held", Attributes={"VisibilityTimeout": "1800"})["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert sqs.receive_message(QueueUrl=queue, VisibilityTimeout=HELD if end == "a long down" else 1800)["Messages"]
    received = time.monotonic()
    if end == "kill":
        wait_until_saved(lake, "sqs", '"receive_count": 1')
        kill(lake)
    else:
        lake("down")
    if end == "a long down":
        # Nobody holds it any more when the server starts, but somebody did when it ended.
        time.sleep(max(0.0, received + HELD - time.monotonic()))
    lake("up", "--no-deploy")
    sqs = lake.lake.client("sqs")
    queue = sqs.get_queue_url(QueueName="held")["QueueUrl"]
    again = sqs.receive_message(QueueUrl=queue, AttributeNames=["ApproximateReceiveCount"])["Messages"]
    assert [message["Attributes"]["ApproximateReceiveCount"] for message in again] == ["1"]


# Seconds after the stack's creation (or update) began; None: as soon as `lake up` is done.
@pytest.mark.parametrize("moment", [0.3, 1.0, None])
def test_lake_up_goes_forward_after_a_kill(new_lake: NewLake, assemblies: dict[str, Path], moment: float | None) -> None:
    lake = new_lake()
    lake("up", "--no-deploy")
    for flavor in ("glue", "glue-changed"):
        with going_up(lake, assemblies[flavor]) as process:
            if moment is None:
                process.wait()
            else:
                while not stack_status(lake.lake).endswith("_IN_PROGRESS") and process.poll() is None:
                    time.sleep(0.02)
                time.sleep(moment)
            kill(lake)
        done = lake("up", "--assembly", str(assemblies[flavor]))
        assert "recorded" not in done.stderr
        check_whole(lake, flavor)
    assert "Small: no changes" in lake("up", "--assembly", str(assemblies["glue-changed"])).stderr
