"""The entry of a raw table in the catalog: what a job makes, adopts and keeps, without a crawler."""

from __future__ import annotations

import dataclasses

import boto3
import pytest
from lake_transforms import TableEntry, land
from lake_transforms.catalog import Catalog
from lake_transforms.generations import Generations
from lake_transforms.options import TableSchema
from lake_transforms.registration import register
from lake_transforms.s3 import Location

TYPES = {"id": "bigint", "amount": "decimal(12,2)", "day": "date"}


@pytest.fixture
def entry(database):
    return TableEntry(database, "raw_things")


@pytest.fixture
def run(lake, entry):
    def run(types=None, **options):
        landing = dataclasses.replace(lake.landing(types, **options), entry=entry)
        return land(lake.spark, lake.store, landing, log=lambda text: None)

    return run


def table_of(entry):
    return boto3.client("glue").get_table(DatabaseName=entry.database, Name=entry.table)["Table"]


def columns(table):
    return {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}


def partitions(entry):
    found = boto3.client("glue").get_partitions(DatabaseName=entry.database, TableName=entry.table)["Partitions"]
    return {tuple(one["Values"]): one for one in found}


def test_the_first_run_makes_the_entry_and_a_new_column_reaches_it(lake, run, entry):
    lake.put("a.csv", "id,amount,day\n1,2.50,2020-01-01\n")
    run(TYPES)
    table = table_of(entry)
    assert columns(table) == TYPES
    assert table["StorageDescriptor"]["Location"] == f"s3://{lake.raw}/tables/things/"
    assert table["Parameters"]["classification"] == "parquet" and table["TableType"] == "EXTERNAL_TABLE" and not table["PartitionKeys"]

    lake.put("b.csv", "id,amount,day,note\n2,3.50,2020-01-02,new\n")
    run({**TYPES, "note": "string"})
    assert columns(table_of(entry)) == {**TYPES, "note": "string"}


def test_inferred_types_are_those_of_the_entry(lake, run, entry):
    lake.put("a.csv", "id,code,amount\n1,007,2.5\n")
    result = run()
    assert columns(table_of(entry)) == result.inferred == {"id": "bigint", "code": "string", "amount": "double"}


def test_a_declared_table_without_rows_can_be_queried(lake, run, entry):
    lake.put("a.csv", "id,amount,day\nx,2.50,2020-01-01\n")
    assert run(TYPES).rows_out == 0
    assert columns(table_of(entry)) == TYPES


def test_before_there_are_objects_a_table_without_a_schema_has_no_entry(run, entry):
    run()
    assert Catalog().table(entry.database, entry.table) is None


def test_a_run_that_is_to_fail_registers_what_it_landed(lake, run, entry):
    lake.put("a.csv", "id,amount,day\n1,2.50,2020-01-01\n" + "x,2,2020-01-01\n" * 20)
    assert run(TYPES).failure
    assert columns(table_of(entry)) == TYPES


def test_a_crawlers_entry_is_adopted(lake, run, entry):
    boto3.client("glue").create_table(
        DatabaseName=entry.database,
        TableInput={
            "Name": entry.table,
            "Description": "ours",
            "Parameters": {
                "UPDATED_BY_CRAWLER": "raw",
                "CrawlerSchemaSerializerVersion": "1.0",
                "note": "kept",
                "classification": "parquet",
            },
            "StorageDescriptor": {
                "Columns": [{"Name": "id", "Type": "int", "Comment": "the number"}],
                "Location": f"s3://{lake.raw}/tables/things",
            },
        },
    )
    lake.put("a.csv", "id,amount,day\n1,2.50,2020-01-01\n")
    run(TYPES)
    table = table_of(entry)
    assert columns(table) == TYPES and table["StorageDescriptor"]["Columns"][0]["Comment"] == "the number"
    assert table["Description"] == "ours"
    assert table["Parameters"] == {"note": "kept", "classification": "parquet", "EXTERNAL": "TRUE"}


def test_partitions_follow_the_files(lake, run, entry):
    lake.put("a.csv", "id,amount,day\n1,2.50,2020-01-01\n2,1.00,2020-01-02\n")
    run(TYPES, partition_columns=("day",))
    table = table_of(entry)
    assert columns(table) == {"id": "bigint", "amount": "decimal(12,2)"}
    assert [(key["Name"], key["Type"]) for key in table["PartitionKeys"]] == [("day", "date")]
    found = partitions(entry)
    assert set(found) == {("2020-01-01",), ("2020-01-02",)}
    assert found["2020-01-01",]["StorageDescriptor"]["Location"] == f"s3://{lake.raw}/tables/things/day=2020-01-01/"

    lake.put("a.csv", "id,amount,day,note\n1,2.50,2020-01-03,new\n")
    run({**TYPES, "note": "string"}, partition_columns=("day",))
    found = partitions(entry)
    assert set(found) == {("2020-01-03",)}
    assert [column["Name"] for column in found["2020-01-03",]["StorageDescriptor"]["Columns"]] == ["id", "amount", "note"]


def test_a_partition_column_of_the_path_is_known_with_the_first_object(lake, run, entry):
    run({"id": "bigint"}, partition_columns=("year",))
    assert Catalog().table(entry.database, entry.table) is None
    lake.put("year=2024/a.csv", "id\n1\n")
    run({"id": "bigint"}, partition_columns=("year",))
    assert set(partitions(entry)) == {("2024",)}


WILD = ["a/b", "c=d", "50%", 'say "hi"', "{x}", "#1", "back\\slash", "Straße", "two words", "a:b"]


def test_partition_values_are_as_they_went_in(lake, run, entry):
    lake.put("a.csv", "id,kind\n" + "".join(f'{number},"{value.replace(chr(34), chr(34) * 2)}"\n' for number, value in enumerate(WILD)))
    run({"id": "bigint", "kind": "string"}, partition_columns=("kind",))
    assert set(partitions(entry)) == {(value,) for value in WILD}


def test_a_partition_column_may_have_a_name_that_is_escaped_in_folders(lake, run, entry):
    name = "a/b=c 'd'"
    lake.put("a.csv", f"id,{name}\n1,x\n2,\n")
    run(partition_columns=(name,))
    assert [key["Name"] for key in table_of(entry)["PartitionKeys"]] == [name]
    assert set(partitions(entry)) == {("x",), ("__HIVE_DEFAULT_PARTITION__",)}


def test_a_partition_with_other_columns_than_its_table_gets_the_tables(lake, entry):
    found, schema = Generations(lake.store, Location(lake.raw, "tables/things/")), TableSchema.of({"id": "int", "day": "date"})
    files = ["tables/things/day=2020-01-01/x.parquet", "tables/things/stray.parquet", "tables/things/other=1/x.parquet"]
    register(Catalog(), entry, found, schema, ["day"], files)
    register(Catalog(), entry, found, TableSchema.of({"id": "bigint", "day": "date"}), ["day"], files)
    [one] = partitions(entry).values()
    assert one["StorageDescriptor"]["Columns"] == [{"Name": "id", "Type": "bigint"}]


def test_partition_keys_that_are_there_keep_their_types(lake, entry):
    found, files = Generations(lake.store, Location(lake.raw, "tables/things/")), ["tables/things/day=2020-01-01/x.parquet"]
    register(Catalog(), entry, found, TableSchema.of({"id": "int", "day": "string"}), ["day"], files)
    register(Catalog(), entry, found, TableSchema.of({"id": "int", "day": "date"}), ["day"], files)
    assert [(key["Name"], key["Type"]) for key in table_of(entry)["PartitionKeys"]] == [("day", "string")]


def test_what_is_right_already_is_not_written_again(lake, run, entry):
    lake.put("a.csv", "id,amount,day\n1,2.50,2020-01-01\n")
    run(TYPES, partition_columns=("day",))
    before = table_of(entry)["UpdateTime"]
    run(TYPES, partition_columns=("day",))
    assert table_of(entry)["UpdateTime"] == before
