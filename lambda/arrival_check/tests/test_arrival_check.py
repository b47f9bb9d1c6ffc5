"""What waits, by listings and manifests; and the run that is started for it."""

import io
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

KEY = "tables/orders/2018.csv"


def ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


class Listed:
    """An S3 of two buckets: objects of the first zone with their ETags, manifests of the second with the ETags that they name."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], tuple[datetime, str]] = {}
        self.read: list[str] = []

    def get_paginator(self, name: str) -> "Listed":
        assert name == "list_objects_v2"
        return self

    def paginate(self, Bucket: str, Prefix: str):
        found = [
            {"Key": key, "LastModified": at, "ETag": f'"{etag}"'}
            for (bucket, key), (at, etag) in self.items.items()
            if bucket == Bucket and key.startswith(Prefix)
        ]
        return [{"Contents": found[:1]}, {"Contents": found[1:]}] if found else [{}]

    def get_object(self, Bucket: str, Key: str):
        self.read.append(Key)
        return {"Body": io.BytesIO(json.dumps({"etag": self.items[Bucket, Key][1]}).encode())}


class Glue:
    def __init__(self, code: str | None = None) -> None:
        self.started: list[str] = []
        self.code = code

    def start_workflow_run(self, Name: str):
        if self.code:
            raise ClientError({"Error": {"Code": self.code}}, "StartWorkflowRun")
        self.started.append(Name)
        return {"RunId": "wr_1"}


@pytest.fixture
def aws(check, monkeypatch):
    s3, glue = Listed(), Glue()
    monkeypatch.setattr(check.boto3, "client", lambda service: {"s3": s3, "glue": glue}[service])
    environment = {"SOURCE_BUCKET": "drop", "TARGET_BUCKET": "raw", "WORKFLOW": "flow", "GRACE_SECONDS": "3600", "RECENT_SECONDS": "176400"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return s3, glue


def put(s3: Listed, check, hours: float, landed: float | None = None, etag: str = "a", key: str = KEY) -> None:
    s3.items["drop", key] = (ago(hours), "a")
    if landed is not None:
        s3.items["raw", f"manifests/orders/{check.manifest_name(key)}"] = (ago(landed), etag)


@pytest.mark.parametrize(
    ("what", "hours", "landed", "etag", "waits", "reads"),
    [
        ("no manifest", 5, None, "a", True, 0),
        ("no manifest, and so new that its event may be on its way", 0.5, None, "a", False, 0),
        ("landed", 5, 4, "a", False, 1),
        ("replaced after it had landed", 5, 6, "b", True, 0),
        ("replaced while a run read the version before", 5, 4, "b", True, 1),
        ("landed long ago: no manifest is read", 500, 499, "a", False, 0),
        ("never landed, long ago", 500, None, "a", True, 0),
    ],
)
def test_what_waits(check, aws, what: str, hours: float, landed: float | None, etag: str, waits: bool, reads: int) -> None:
    s3, glue = aws
    put(s3, check, hours, landed, etag)
    answer = check.handler({"tables": ["orders", "empty"]}, None)
    assert answer == {"waiting": {"orders": 1} if waits else {}, "run": "wr_1" if waits else None}, what
    assert glue.started == (["flow"] if waits else []) and len(s3.read) == reads


NOT_TAKEN = ["notes.txt", "_part.csv", ".x.csv", "", "_temporary/0/a.csv", ".ipynb_checkpoints/a.csv", "year=2024/_tmp/a.csv"]
TAKEN = ["a.csv", "A.CSV.GZ", "sub/a.csv", "year=2024/a.csv", "_year=2024/a.csv", "x_/y./a.csv", "//a.csv"]


@pytest.mark.parametrize("key", ["tables/other/1.csv", *(f"tables/orders/{path}" for path in NOT_TAKEN)])
def test_objects_that_no_job_takes_do_not_wait(check, aws, key: str) -> None:
    s3, glue = aws
    put(s3, check, 5, key=key)
    assert check.handler({"tables": ["orders"]}, None)["waiting"] == {} and glue.started == []


def test_a_run_that_is_on_already_is_no_error_and_others_are(check) -> None:
    assert check.start(Glue("ConcurrentRunsExceededException"), "flow") is None
    with pytest.raises(ClientError):
        check.start(Glue("EntityNotFoundException"), "flow")


def test_the_jobs_name_sources_and_manifests_alike(check) -> None:
    from lake_transforms import sources

    assert check.SOURCE_NAME.pattern == sources.SOURCE_NAME.pattern and check.SOURCE_NAME.flags == sources.SOURCE_NAME.flags
    assert check.manifest_name(KEY) == f"{sources.source_hash(KEY)}.json"
    assert [check.is_source(path) for path in (*TAKEN, *NOT_TAKEN)] == [True] * len(TAKEN) + [False] * len(NOT_TAKEN)


def test_the_jobs_take_what_the_check_takes() -> None:
    from lake_transforms import s3, sources

    stored = [s3.StoredObject("drop", f"tables/orders/{path}", "a", 1) for path in (*TAKEN, *NOT_TAKEN)]
    found, others = sources.find_sources(SimpleNamespace(objects=lambda _: stored), s3.Location("drop", "tables/orders/"))
    assert [one.object.key for one in found] == [f"tables/orders/{path}" for path in TAKEN]
    assert others == [f"tables/orders/{path}" for path in NOT_TAKEN]
