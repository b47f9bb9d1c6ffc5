"""`lake backup` and `lake restore`: the same lake again, in another folder; and files that are none."""

from __future__ import annotations

import gzip
import io
import json
import re
import stat
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lake_local.errors import UserError
from lake_local.lake.backup import restore

KEY = "streams/events/größe 1.txt"


@pytest.fixture(scope="module")
def lake(new_lake: Callable[..., Any]) -> Any:
    """The small app, with two versions of an object, a user and a message that waits."""
    command = new_lake()
    command("up")
    aws = command.lake
    s3, source = aws.client("s3"), command.outputs()["SourceBucket"]
    for body in (b"first", b"second"):
        s3.put_object(Bucket=source, Key=KEY, Body=body)
        arrives(command, KEY, body.upper())
    aws.client("iam").create_user(UserName="ada")
    aws.client("sqs").send_message(QueueUrl=aws.model().dead_letter_queue, MessageBody="kept")
    return command


def arrives(lake: Any, key: str, body: bytes, seconds: float = 120) -> None:
    s3, target = lake.lake.client("s3"), lake.outputs()["TargetBucket"]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if s3.get_object(Bucket=target, Key=key)["Body"].read() == body:
                return
        except ClientError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{key} did not arrive in {seconds} s")


def contents(lake: Any) -> dict[str, Any]:
    """What a user sees of a lake."""
    aws, s3 = lake.lake, lake.lake.client("s3")
    objects = {}
    for bucket in sorted(one["Name"] for one in s3.list_buckets()["Buckets"]):
        for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
            body = s3.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])["Body"].read()
            objects[bucket, version["Key"], version["VersionId"]] = (body, version["ETag"], version["IsLatest"])
    model = aws.model()
    return {
        "objects": objects,
        "users": [user["UserName"] for user in aws.client("iam").list_users()["Users"]],
        "stacks": sorted((one.stack, one.logical_id, re.sub(r":\d+/", "/", one.physical_id)) for one in model.resources),
        "letters": json.loads(lake("dlq", "-o", "json").stdout)[0]["id"],
    }


def test_the_same_lake_in_another_folder(lake: Any, new_lake: Callable[..., Any], tmp_path: Path) -> None:
    before, endpoint, file = contents(lake), lake.lake.endpoint, tmp_path / "before.lake"
    about = json.loads(lake("backup", str(file), "-o", "json").stdout)
    assert about["stacks"] == ["Small", "AfterSmall"] and about["size"] == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert lake.lake.endpoint == endpoint, "a lake that ran runs again, where it was"
    assert contents(lake) == before
    assert lake.lake.secret_key.encode() not in gzip.decompress(file.read_bytes()), "the lake's own key is not in it"

    lake.lake.client("s3").put_object(Bucket=lake.outputs()["SourceBucket"], Key="later", Body=b"")
    other = new_lake()
    other("restore", str(file))
    other("up", "--no-deploy")
    assert contents(other) == before
    assert other.lake.endpoint != endpoint and other.lake.access_key != lake.lake.access_key
    # It works, and each is a lake of its own.
    other.lake.client("s3").put_object(Bucket=other.outputs()["SourceBucket"], Key="streams/events/new.txt", Body=b"new")
    arrives(other, "streams/events/new.txt", b"NEW")
    assert "no changes" in other("up").stderr
    assert not lake.lake.client("s3").list_objects_v2(Bucket=lake.outputs()["TargetBucket"], Prefix="streams/events/new").get("Contents")
    assert "is not empty" in other("restore", str(file), code=2).stderr


def test_a_stopped_lake_stays_stopped(lake: Any, tmp_path: Path) -> None:
    lake("down")
    lake("backup", str(tmp_path / "stopped.lake"))
    assert "no lake is running" in lake("status", code=2).stderr
    lake("up", "--no-deploy")


def test_a_lake_at_work_is_left_alone(lake: Any, tmp_path: Path) -> None:
    aws = lake.lake
    stream = aws.model().stream("events")
    [mapping] = aws.client("lambda").list_event_source_mappings(FunctionName=stream.function)["EventSourceMappings"]
    aws.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    aws.client("sqs").send_message(QueueUrl=stream.queue_url, MessageBody="{}")
    aws.client("sqs").receive_message(QueueUrl=stream.queue_url, VisibilityTimeout=300)
    refused = lake("backup", str(tmp_path / "busy.lake"), code=1)
    assert "the lake is at work" in refused.stderr and "the function of stream drop/events works on 1 events" in refused.stderr
    assert not (tmp_path / "busy.lake").exists() and lake.lake.pid == aws.pid


def packed(path: Path, *members: tuple[str, bytes | None], about: dict[str, Any] | None = None) -> Path:
    """Write a file as a backup is made; a member without content is a link."""
    with tarfile.open(path, "w:gz") as tar:
        head = json.dumps({"format": 1, "made": "now", "region": "us-east-1", "files": len(members), "bytes": 0, **(about or {})}).encode()
        for name, content in (("lake-backup.json", head), *members):
            member = tarfile.TarInfo(name)
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            member.size = len(content or b"")
            tar.addfile(member, io.BytesIO(content or b""))
    return path


@pytest.mark.parametrize(
    ("members", "about", "answer"),
    [
        ([("../outside", b"x")], {}, "it has '../outside' in it, which no lake writes"),
        ([("/tmp/outside", b"x")], {}, "which no lake writes"),
        ([("s3/../../outside", b"x")], {}, "which no lake writes"),
        ([("s3/link", None)], {}, "it has 's3/link' in it"),
        ([("lake.json", b"{}")], {}, "it has 'lake.json' in it"),
        ([("s3/a", b"x"), ("s3/a", b"y")], {}, "File exists|damaged"),
        ([("s3/a", b"x")], {"files": 2}, "it has 1 of its 2 files"),
        ([], {"format": 2}, "it has format 2, and this lake reads format 1"),
    ],
)
def test_files_that_are_no_backup(tmp_path: Path, members: list[Any], about: dict[str, Any], answer: str) -> None:
    file = packed(tmp_path / "file", *members, about=about)
    with pytest.raises((UserError, FileExistsError), match=answer):
        restore(file, tmp_path / "lake", lambda _text: None)
    assert [path.name for path in tmp_path.iterdir()] == ["file"], "nothing is left, and nothing is outside"


@pytest.mark.parametrize("cut", [0, 1, 40, -20])
def test_a_file_that_was_cut(tmp_path: Path, cut: int) -> None:
    whole = packed(tmp_path / "whole", ("s3/a", b"x" * 1000)).read_bytes()
    (tmp_path / "cut").write_bytes(whole[:cut])
    with pytest.raises(UserError, match="is no backup of a lake, or is damaged"):
        restore(tmp_path / "cut", tmp_path / "lake", lambda _text: None)
    assert not (tmp_path / "lake").exists()
