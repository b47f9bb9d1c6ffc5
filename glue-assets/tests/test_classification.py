"""What the jobs write carries the class of its data, from the moment in which it can be read."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import Mock

import pytest
from lake_transforms import Catalog, Location, ObjectStore, publish_table
from lake_transforms.landing import land
from lake_transforms.registration import TableEntry
from lake_transforms.s3 import StoredObject

SECRET = [{"Key": "data-classification", "Value": "secret"}]


def tags(lake, bucket, prefix):
    return {key: lake.store.client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"] for key in lake.keys(bucket, prefix)}


@pytest.mark.parametrize(("classification", "expected"), [("secret", SECRET), (None, [])])
def test_a_table_and_its_quarantine_carry_the_class(lake, classification, expected):
    lake.store = ObjectStore(classification=classification)
    lake.put("a.csv", "id,place\n1,x\n2,y\nthree,z\n")
    lake.put("b.csv", b"%PDF-1.4 not a table")
    lake.land({"id": "int", "place": "string"}, partition_columns=("place",))
    landed, refused = tags(lake, lake.raw, ""), tags(lake, lake.drop, "quarantine/")
    assert len([key for key in landed if key.endswith(".parquet")]) == 2
    assert len(refused) == 3, "the refused row, the object that cannot be read, and the note beside it"
    assert all(found == expected for found in [*landed.values(), *refused.values()])


def test_files_that_change_their_type_keep_the_class(lake):
    lake.store = ObjectStore(classification="secret")
    lake.put("a.csv", "id,place\n1,x\n")
    lake.land({"id": "int", "place": "string"})
    lake.put("b.csv", "id,place\n2,y\n")
    lake.land({"id": "bigint", "place": "string"})
    landed = tags(lake, lake.raw, "tables/")
    assert len(landed) == 2
    assert all(found == SECRET for found in landed.values())


def test_curated_files_carry_the_class_before_readers_see_them(aws, spark, lake, database):
    store, target = ObjectStore(classification="secret"), Location(lake.raw, "tables/x/")
    seen = {}

    class Watched(Catalog):
        def point(self, *arguments, **more):
            seen.update(tags(lake, lake.raw, "tables/x/"))
            super().point(*arguments, **more)

    publish_table(spark.range(3).toDF("n"), store, Watched(), target=target, database=database, table="x")
    assert seen
    assert all(found == SECRET for found in seen.values())


def test_a_copy_in_parts_carries_the_class():
    client = Mock()
    ObjectStore(client, "restricted").copy(StoredObject("drop", "a", "etag", 5 * 1024**3), "raw", "b")
    client.copy.assert_called_once_with({"Bucket": "drop", "Key": "a"}, "raw", "b", ExtraArgs={"Tagging": "data-classification=restricted"})


@pytest.mark.parametrize(
    ("before", "after"), [(None, "secret"), ("secret", "restricted"), ("secret", None), ("secret", "secret"), (None, None)]
)
def test_the_entry_says_the_class_that_is_declared_now(lake, database, before, after):
    landing = replace(lake.landing({"id": "int"}), entry=TableEntry(database, "classified"))

    def entry_of(classification):
        land(lake.spark, ObjectStore(classification=classification), landing, log=lambda _: None)
        return Catalog().table(database, "classified")

    lake.put("a.csv", "id\n1\n")
    assert [entry_of(one)["Parameters"].get("data-classification") for one in (before, after)] == [before, after]


@pytest.mark.parametrize("classification", ["secret", None])
def test_the_entry_of_a_curated_table_says_its_class(spark, lake, database, classification):
    catalog = Catalog(classification=classification)
    publish_table(spark.range(3).toDF("n"), lake.store, catalog, target=Location(lake.raw, "tables/y/"), database=database, table="y")
    assert catalog.table(database, "y")["Parameters"].get("data-classification") == classification
