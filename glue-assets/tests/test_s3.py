"""Which requests the jobs make of S3, where their rights depend on it."""

from __future__ import annotations

from unittest.mock import Mock

from lake_transforms.s3 import ObjectStore, StoredObject


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
    client.copy.assert_called_once_with({"Bucket": "drop", "Key": "a"}, "raw", "b")
