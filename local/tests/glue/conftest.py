"""A lake with Glue, roles with just the rights that a test gives them, and short ways to run things."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from lake_local.lake.client import Lake

from ..waiting import until

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
UNFINISHED = ("STARTING", "RUNNING", "STOPPING", "WAITING")


def behind(gate: Path) -> str:
    """Return the end of a job's script that waits until a file is there: what a test does meanwhile takes as long as it takes."""
    return f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists():\n    time.sleep(0.05)"


@dataclass
class Glue:
    """Glue of one lake."""

    lake: Lake
    bucket: str = "data"
    _made: int = field(default=0)

    def __post_init__(self) -> None:
        self.glue, self.s3, self.iam, self.logs = (self.lake.client(name) for name in ("glue", "s3", "iam", "logs"))

    def name(self, kind: str) -> str:
        self._made += 1
        return f"{kind}-{self._made}"

    def role(self, *statements: dict[str, Any], trust: dict[str, Any] = TRUST) -> str:
        name = self.name("role")
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        self.iam.put_role_policy(
            RoleName=name, PolicyName="rights", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        )
        return arn

    def allow(self, *actions: str, on: str | list[str] = "*") -> dict[str, Any]:
        return {"Effect": "Allow", "Action": list(actions), "Resource": on}

    @property
    def base(self) -> list[dict[str, Any]]:
        """What every job needs: its script, its logs."""
        return [self.allow("s3:GetObject", on=f"arn:aws:s3:::{self.bucket}/scripts/*"), self.allow("logs:*")]

    def area(self, prefix: str) -> list[dict[str, Any]]:
        """All of one prefix of the bucket."""
        return [
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": f"arn:aws:s3:::{self.bucket}",
                "Condition": {"StringLike": {"s3:prefix": [f"{prefix}*", prefix.rstrip("/")]}},
            },
            self.allow("s3:GetObject", "s3:PutObject", "s3:DeleteObject", on=f"arn:aws:s3:::{self.bucket}/{prefix}*"),
        ]

    def put(self, key: str, body: str | bytes) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body if isinstance(body, bytes) else body.encode())
        return f"s3://{self.bucket}/{key}"

    def job(self, script: str, role: str | None = None, command: str = "glueetl", **options: Any) -> str:
        name = self.name("job")
        location = self.put(f"scripts/{name}.py", script)
        self.glue.create_job(
            Name=name,
            Role=role or self.role(*self.base, self.allow("s3:*")),
            GlueVersion="5.0",
            Command={"Name": command, "ScriptLocation": location, "PythonVersion": "3"},
            **options,
        )
        return name

    def start(self, job: str, **options: Any) -> str:
        return self.glue.start_job_run(JobName=job, **options)["JobRunId"]

    def finish(self, job: str, run: str, seconds: float = 120) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            found = self.glue.get_job_run(JobName=job, RunId=run)["JobRun"]
            return None if found["JobRunState"] in UNFINISHED else found

        return until(ended, seconds, f"the end of {job}")

    def run(self, job: str, **options: Any) -> dict[str, Any]:
        return self.finish(job, self.start(job, **options))

    def output(self, run: dict[str, Any], kind: str = "output") -> str:
        events = self.logs.get_log_events(logGroupName=f"/aws-glue/jobs/{kind}", logStreamName=run["Id"], startFromHead=True)["events"]
        return "\n".join(event["message"] for event in events)

    def crawl(self, crawler: str, seconds: float = 120) -> dict[str, Any]:
        self.glue.start_crawler(Name=crawler)
        return until(
            lambda: (found := self.glue.get_crawler(Name=crawler)["Crawler"])["State"] == "READY" and found.get("LastCrawl"),
            seconds,
            f"the end of {crawler}",
        )


@pytest.fixture(scope="module")
def glue(server: Lake) -> Iterator[Glue]:
    found = Glue(server)
    found.s3.create_bucket(Bucket=found.bucket)
    yield found
