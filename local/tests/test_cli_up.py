"""`lake up` on a real CDK app: deploy, change, refuse, fail, destroy; events flow."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def lake(new_lake: Callable[..., Any]) -> Any:
    """The small app, deployed."""
    command = new_lake()
    command("up")
    return command


def buckets(lake: Any) -> tuple[Any, str, str]:
    outputs = lake.outputs()
    return lake.lake.client("s3"), outputs["SourceBucket"], outputs["TargetBucket"]


def arrives(s3: Any, bucket: str, key: str, seconds: float = 120) -> bytes:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError:
            time.sleep(0.01)
    raise AssertionError(f"{key} did not arrive in {seconds} s")


def test_a_second_up_changes_nothing_and_says_so(lake: Any) -> None:
    done = lake("up")
    assert "Small: no changes" in done.stderr and "AfterSmall: no changes" in done.stderr and "assets: 0 of" in done.stderr


def test_prints_outputs_and_how_to_go_on(lake: Any) -> None:
    printed = lake("up").stdout
    assert f"Small.SourceBucket = {lake.outputs()['SourceBucket']}" in printed
    assert 'eval "$(lake env)"' in printed and lake.lake.endpoint in printed


def test_events_get_through_one_after_the_other(lake: Any) -> None:
    s3, source, target = buckets(lake)
    for number in range(9):
        key = f"streams/events/day=1/é {number}+.txt"
        s3.put_object(Bucket=source, Key=key, Body=b"quiet")
        assert arrives(s3, target, key) == b"QUIET"


def test_the_app_got_its_context_and_the_functions_log_shows_it(lake: Any) -> None:
    s3, source, target = buckets(lake)
    s3.put_object(Bucket=source, Key="streams/events/logged.txt", Body=b"x")
    arrives(s3, target, "streams/events/logged.txt")
    deadline = time.monotonic() + 120
    while "from cdk.json: streams/events/logged.txt" not in (printed := lake("logs", "events").stdout):
        assert time.monotonic() < deadline, printed
        time.sleep(0.2)


def test_an_update_changes_what_changed(lake: Any) -> None:
    s3, source, _ = buckets(lake)
    s3.put_object(Bucket=source, Key="kept", Body=b"x")
    done = lake("up", FLAVOR="longer")
    assert "Small: updated" in done.stderr
    rules = s3.get_bucket_lifecycle_configuration(Bucket=source)["Rules"]
    assert rules[0]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 60}
    assert s3.get_object(Bucket=source, Key="kept")["Body"].read() == b"x"
    lake("up")


def test_a_function_runs_under_its_role_and_fails_without_the_right(lake: Any) -> None:
    lake("up", FLAVOR="no-grant")
    s3, source, target = buckets(lake)
    s3.put_object(Bucket=source, Key="streams/events/refused.txt", Body=b"x")
    deadline = time.monotonic() + 120
    while "AccessDenied" not in (printed := lake("logs", "events").stdout):
        assert time.monotonic() < deadline, printed
        time.sleep(0.2)
    with pytest.raises(ClientError):
        s3.get_object(Bucket=target, Key="streams/events/refused.txt")
    lake("up")


def test_recorded_types_are_reported_and_listed(lake: Any) -> None:
    assert "recorded, not run: AWS::Macie::FindingsFilter" in lake("up", FLAVOR="recorded").stderr
    recorded = json.loads(lake("status", "-o", "json").stdout)["recorded"]
    assert [one["type"] for one in recorded] == ["AWS::Macie::FindingsFilter"]
    lake("up")
    assert json.loads(lake("status", "-o", "json").stdout)["recorded"] == []


def test_an_unknown_type_stops_before_anything_is_deployed(lake: Any) -> None:
    before = lake.lake.client("cloudformation").describe_stacks(StackName="Small")["Stacks"][0]
    done = lake("up", code=2, FLAVOR="unknown-type")
    assert "AWS::Nonsense::Thing: Small/Odd" in done.stderr and "Traceback" not in done.stderr
    after = lake.lake.client("cloudformation").describe_stacks(StackName="Small")["Stacks"][0]
    assert after.get("LastUpdatedTime") == before.get("LastUpdatedTime")


def test_nested_stacks_are_deployed_and_checked(lake: Any) -> None:
    lake("up", FLAVOR="nested")
    queues = lake.lake.client("sqs").list_queues()["QueueUrls"]
    assert len(queues) == 3
    assert "AWS::Nonsense::Thing: SmallNested" in lake("up", code=2, FLAVOR="nested-unknown").stderr
    lake("up")
    assert len(lake.lake.client("sqs").list_queues()["QueueUrls"]) == 2


@pytest.mark.parametrize(("flavor", "message"), [("error", "[/Small] this app is not right"), ("broken", "Error: the app is broken")])
def test_the_apps_own_errors_stop(lake: Any, flavor: str, message: str) -> None:
    done = lake("up", code=2, FLAVOR=flavor)
    assert message in done.stderr and "Traceback" not in done.stderr


def test_a_failed_deployment_names_the_resource_and_why_and_rolls_back(lake: Any) -> None:
    done = lake("up", code=1, FLAVOR="fails")
    assert "Unlucky" in done.stderr and "no such luck" in done.stderr and "ROLLBACK_COMPLETE" in done.stderr
    lake("up")


def test_an_assembly_can_be_given_instead_of_an_app(lake: Any, tmp_path: Path) -> None:
    assembly = lake.state / "cdk.out"
    assert "Small: no changes" in lake("up", "--assembly", str(assembly), folder=tmp_path).stderr
    assert "Small: no changes" in lake("up", "--app", str(assembly), folder=tmp_path).stderr
    assert "no CDK app here" in lake("up", code=2, folder=tmp_path).stderr
    assert "no cloud assembly" in lake("up", "--assembly", str(tmp_path), code=2, folder=tmp_path).stderr


def test_another_port_for_a_running_lake_is_refused(lake: Any) -> None:
    assert "lake down" in lake("up", "--port", "1", code=2).stderr


def test_status_shows_zones_and_queues(lake: Any) -> None:
    s3, source, target = buckets(lake)
    s3.put_object(Bucket=source, Key="streams/events/shown.txt", Body=b"12345")
    arrives(s3, target, "streams/events/shown.txt")
    found = json.loads(lake("status", "-o", "json").stdout)
    assert [zone["name"] for zone in found["zones"]] == ["drop", "raw"]
    assert {entry["prefix"] for entry in found["zones"][1]["prefixes"]} == {"streams/events/"}
    assert [queue["name"] for queue in found["queues"]] == ["drop/events", "dead letters"]
    text = lake("status").stdout
    assert "streams/events/" in text and "dead letters" in text


def test_drop_to_a_stream(lake: Any, tmp_path: Path) -> None:
    file = tmp_path / "click.txt"
    file.write_text("click")
    lake("drop", str(file), "--stream", "events", "--key", "a/b.txt")
    s3, _, target = buckets(lake)
    assert arrives(s3, target, "streams/events/a/b.txt") == b"CLICK"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stream", "nothing"], "no stream 'nothing', only: events"),
        (["--table", "orders"], "no table 'orders': it has no tables at all"),
    ],
)
def test_drop_names_what_there_is(lake: Any, tmp_path: Path, arguments: list[str], message: str) -> None:
    file = tmp_path / "x"
    file.write_text("")
    assert message in lake("drop", str(file), *arguments, code=2).stderr


def test_drop_of_a_missing_file(lake: Any, tmp_path: Path) -> None:
    assert "is not there" in lake("drop", str(tmp_path / "no"), "--stream", "events", code=2).stderr
    assert "is a folder" in lake("drop", str(tmp_path), "--stream", "events", code=2).stderr


def test_run_without_a_workflow(lake: Any) -> None:
    assert "no workflow" in lake("run", code=2).stderr
    assert "no table 'x'" in lake("run", "--table", "x", code=2).stderr


def test_logs_of_an_unknown_name(lake: Any) -> None:
    assert "nothing is called 'x': give one of events" in lake("logs", "x", code=2).stderr


def test_destroy_says_what_stays(lake: Any) -> None:
    cloudformation, sqs = lake.lake.client("cloudformation"), lake.lake.client("sqs")
    resources = {"Kept": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain"}, "Gone": {"Type": "AWS::SQS::Queue"}}
    cloudformation.create_stack(StackName="Keeps", TemplateBody=json.dumps({"Resources": resources}))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="Keeps", WaiterConfig={"Delay": 1})
    assert "kept, as the template says: 1 AWS::SQS::Queue" in lake("destroy", "Keeps").stderr
    (left,) = [url for url in sqs.list_queues()["QueueUrls"] if "Keeps" in url]
    sqs.delete_queue(QueueUrl=left)


def test_destroy_leaves_nothing_but_keys_pending_deletion(lake: Any) -> None:
    s3, source, _ = buckets(lake)
    for _ in range(3):
        s3.put_object(Bucket=source, Key="versions", Body=b"x")
    s3.delete_object(Bucket=source, Key="versions")
    done = lake("destroy")
    assert "kept" not in done.stderr
    assert done.stderr.index("AfterSmall: deleted") < done.stderr.index("\nSmall: deleted")
    client = lake.lake.client
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if not bucket["Name"].startswith("cdk-")] == []
    assert client("lambda").list_functions()["Functions"] == []
    assert client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    assert client("sqs").list_queues().get("QueueUrls", []) == []
    assert client("iam").list_roles()["Roles"] == []
    assert client("logs").describe_log_groups()["logGroups"] == []
    kms = client("kms")
    assert {kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] for key in kms.list_keys()["Keys"]} == {"PendingDeletion"}
    lake("up")
