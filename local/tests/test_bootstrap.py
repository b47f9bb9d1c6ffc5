"""`cdk bootstrap`, the stock one of the pinned CDK, on a lake that `lake up` has made before: both have their staging bucket."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CDK = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"


def bootstrap(lake: Any, folder: Path) -> str:
    """Run `cdk bootstrap` in an empty folder; return what it printed."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        ["node", str(CDK), "bootstrap", f"aws://{lake.account}/{lake.region}", "--no-notices"],
        cwd=folder,
        env={**kept, **lake.environment(), "CI": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def command(new_lake: Callable[..., Any]) -> Any:
    made = new_lake()
    made("up")
    return made


def test_the_stock_bootstrap_after_lake_up(command: Any, tmp_path: Path) -> None:
    lake = command.lake
    s3, cloudformation = lake.client("s3"), lake.client("cloudformation")
    staging = f"cdk-hnb659fds-assets-{lake.account}-{lake.region}"
    before = {item["Key"] for item in s3.list_objects_v2(Bucket=staging).get("Contents", [])}
    assert before, "lake up has put its assets there"

    bootstrap(lake, tmp_path)

    stack = cloudformation.describe_stacks(StackName="CDKToolkit")["Stacks"][0]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert outputs["BucketName"] == staging
    version = lake.client("ssm").get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]["Value"]
    assert version == outputs["BootstrapVersion"] and int(version) >= 21
    assert {item["Key"] for item in s3.list_objects_v2(Bucket=staging).get("Contents", [])} >= before
    assert s3.get_bucket_versioning(Bucket=staging)["Status"] == "Enabled"
    roles = {role["RoleName"] for role in lake.client("iam").list_roles()["Roles"]}
    assert {name for kind in ("deploy", "cfn-exec", "file-publishing", "lookup")
            if (name := f"cdk-hnb659fds-{kind}-role-{lake.account}-{lake.region}") not in roles} == set()  # fmt: skip


def test_again_there_is_nothing_to_do_and_both_go_on(command: Any, tmp_path: Path) -> None:
    assert "no changes" in bootstrap(command.lake, tmp_path)
    command("up", FLAVOR="longer")
    assert "no changes" in bootstrap(command.lake, tmp_path)
    assert command.outputs()["SourceBucket"]
