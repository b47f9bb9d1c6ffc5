"""Which requests the jobs make of S3, where their rights depend on it; and how they read an object whose connection breaks."""

from __future__ import annotations

import io
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError
from lake_transforms import s3
from lake_transforms.s3 import Body, ObjectStore, StoredObject


def test_a_copy_leaves_the_tags_behind() -> None:
    # With tags, CopyObject also asks for s3:GetObjectTagging and s3:PutObjectTagging: one tagged object would fail the job at each run.
    client = Mock()
    ObjectStore(client).copy(StoredObject("drop", "tables/t/a.csv", "etag", 5), "drop", "quarantine/t/a.csv")
    client.copy_object.assert_called_once_with(
        Bucket="drop", Key="quarantine/t/a.csv", CopySource={"Bucket": "drop", "Key": "tables/t/a.csv"}, TaggingDirective="REPLACE"
    )


def test_a_copy_of_a_large_object_goes_in_parts() -> None:
    client = Mock()
    ObjectStore(client).copy(StoredObject("drop", "a", "etag", 5 * 1024**3), "raw", "b")
    client.copy.assert_called_once_with({"Bucket": "drop", "Key": "a"}, "raw", "b", ExtraArgs={})


CONTENT = bytes(range(256)) * 40


class Breaking:
    """An S3 whose connections break after so many bytes; `replaced_after`: connections until the object is another one."""

    def __init__(self, after: int, error: Exception, replaced_after: int | None = None) -> None:
        self.after, self.error, self.replaced_after, self.ranges = after, error, replaced_after, []

    def get_object(self, IfMatch: str, Range: str = "bytes=0-", **_: Any) -> dict[str, Any]:
        assert IfMatch == '"etag"'
        if self.replaced_after is not None and len(self.ranges) >= self.replaced_after:
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": ""}}, "GetObject")
        self.ranges.append(Range)
        rest = io.BytesIO(CONTENT[int(Range.removeprefix("bytes=").removesuffix("-")) :])

        def read(size: int) -> bytes:
            if rest.tell() >= self.after:
                raise self.error
            return rest.read(size)

        return {"Body": Mock(read=read), "ETag": '"etag"', "ContentLength": len(CONTENT)}

    def body(self) -> Body:
        return Body(self, "b", "k", self.get_object('"etag"'))


BREAKS = [ReadTimeoutError(endpoint_url="s3"), IncompleteReadError(actual_bytes=1, expected_bytes=2)]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "_PAUSE", 0)


@pytest.mark.parametrize("error", BREAKS)
def test_reading_goes_on_where_a_connection_broke(error: Exception) -> None:
    client = Breaking(3000, error)
    body = client.body()
    assert b"".join(iter(lambda: body.read(1000), b"")) == CONTENT
    assert client.ranges == ["bytes=0-", "bytes=3000-", "bytes=6000-", "bytes=9000-"]


def test_an_object_that_is_replaced_meanwhile_fails_the_run() -> None:
    body = Breaking(3000, BREAKS[0], replaced_after=2).body()
    with pytest.raises(RuntimeError, match="s3://b/k was replaced or deleted while it was read: run the job again"):
        b"".join(iter(lambda: body.read(1000), b""))


def test_a_connection_that_never_holds_is_given_up() -> None:
    client = Breaking(0, BREAKS[0])
    with pytest.raises(ReadTimeoutError):
        client.body().read(1000)
    assert len(client.ranges) == 21


def test_a_break_at_the_end_loses_nothing() -> None:
    client = Breaking(len(CONTENT), BREAKS[1])
    body = client.body()
    assert b"".join(iter(lambda: body.read(4096), b"")) == CONTENT
    assert client.ranges == ["bytes=0-"]
