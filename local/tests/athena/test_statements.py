"""DDL, and statements that write."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .athena_shop import BUCKET, Shop


def lines(shop: Shop, sql: str) -> list[str]:
    rows = shop.results(sql)["ResultSet"]["Rows"]
    return [row["Data"][0]["VarCharValue"].rstrip() for row in rows]


def test_show_and_describe(shop: Shop) -> None:
    assert "shop" in lines(shop, "SHOW DATABASES")
    assert lines(shop, "SHOW TABLES 'o*|d*'") == ["days", "orders"]
    assert lines(shop, "SHOW COLUMNS IN days") == ["n", "year", "region"]
    assert lines(shop, "SHOW PARTITIONS days") == ["year=2017/region=br", "year=2018/region=br", "year=2018/region=pt"]
    assert lines(shop, "DESCRIBE orders")[0].split() == ["id", "bigint"]
    assert lines(shop, "SHOW CREATE TABLE days")[0] == "CREATE EXTERNAL TABLE `shop.days`("
    execution = shop.run("SHOW TABLES")
    assert execution["StatementType"] == "UTILITY"
    assert execution["ResultConfiguration"]["OutputLocation"].endswith(".txt")


def test_create_external_table_and_drop(shop: Shop) -> None:
    shop.results(f"""CREATE EXTERNAL TABLE IF NOT EXISTS made (
        name string COMMENT 'who', age int, `when` date) PARTITIONED BY (region string)
        ROW FORMAT DELIMITED FIELDS TERMINATED BY ';' STORED AS TEXTFILE LOCATION 's3://{BUCKET}/made/'
        TBLPROPERTIES ('skip.header.line.count'='1')""")
    shop.put("made/region=north/a.csv", "name;age;when\nAna;31;2018-01-02\n")
    assert shop.rows("SELECT * FROM made") == []
    shop.results("MSCK REPAIR TABLE made")
    assert shop.rows("SELECT * FROM made") == [["Ana", "31", "2018-01-02", "north"]]
    shop.results(f"ALTER TABLE made ADD IF NOT EXISTS PARTITION (region='south') LOCATION 's3://{BUCKET}/made/region=north/'")
    assert shop.rows("SELECT region FROM made ORDER BY 1") == [["north"], ["south"]]
    shop.results("ALTER TABLE made DROP PARTITION (region='south')")
    assert lines(shop, "SHOW PARTITIONS made") == ["region=north"]
    shop.results("DROP TABLE made")
    assert "TABLE_NOT_FOUND" in shop.error("SELECT * FROM made")
    assert shop.lake.client("s3").head_object(Bucket=BUCKET, Key="made/region=north/a.csv")


def test_view(shop: Shop) -> None:
    shop.results("CREATE OR REPLACE VIEW cheap AS SELECT id, price / 2 AS half FROM orders WHERE price < 3")
    assert shop.rows("SELECT * FROM cheap ORDER BY id") == [["0", "0.0"], ["1", "0.75"]]
    assert shop.rows("SELECT count(*) FROM cheap JOIN orders USING (id)") == [["2"]]
    shop.results("DROP VIEW cheap")


def test_create_table_as_and_insert(shop: Shop) -> None:
    execution = shop.run(
        f"CREATE TABLE copied WITH (format = 'PARQUET', external_location = 's3://{BUCKET}/copied/', partitioned_by = ARRAY['seller']) "
        "AS SELECT id, price, seller FROM orders WHERE id < 4"
    )
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    assert execution["StatementType"] == "DDL"
    assert shop.rows("SELECT id, seller FROM copied ORDER BY id") == [
        ["0", "seller0"],
        ["1", "seller1"],
        ["2", "seller2"],
        ["3", "seller0"],
    ]
    assert lines(shop, "SHOW PARTITIONS copied") == ["seller=seller0", "seller=seller1", "seller=seller2"]
    assert shop.results("INSERT INTO copied VALUES (9, 1.5, 'new')")["UpdateCount"] == 1
    assert shop.rows("SELECT * FROM copied WHERE seller = 'new'") == [["9", "1.5", "new"]]
    assert "TABLE_ALREADY_EXISTS" in shop.error("CREATE TABLE copied AS SELECT 1 AS x")
    assert "HIVE_PATH_ALREADY_EXISTS" in shop.error(
        f"CREATE TABLE twice WITH (external_location = 's3://{BUCKET}/copied/') AS SELECT 1 AS x"
    )


def test_unload(shop: Shop) -> None:
    execution = shop.run(f"UNLOAD (SELECT id FROM orders) TO 's3://{BUCKET}/unloaded/' WITH (format = 'JSON')")
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    listed = shop.lake.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="unloaded/")["Contents"]
    assert len(listed) == 1


def test_databases(shop: Shop) -> None:
    shop.results("CREATE DATABASE IF NOT EXISTS other COMMENT 'x'")
    assert lines(shop, "SHOW DATABASES LIKE 'other'") == ["other"]
    shop.results("DROP DATABASE other")
    assert "SCHEMA_NOT_FOUND" in shop.error("SELECT * FROM other.t")


def test_explain(shop: Shop) -> None:
    assert lines(shop, "EXPLAIN SELECT count(*) FROM orders")


def test_what_is_not_there_is_said(shop: Shop) -> None:
    assert shop.error("ALTER TABLE orders ADD COLUMNS (x int)").startswith("NOT_SUPPORTED")


def manifest(shop: Shop, execution: dict[str, Any]) -> list[str]:
    """The objects that a statement says it wrote, each of which is there."""
    location = execution["Statistics"]["DataManifestLocation"]
    assert location.endswith(f"/{execution['QueryExecutionId']}-manifest.csv") and location.startswith(f"s3://{BUCKET}/results/")
    s3 = shop.lake.client("s3")
    files = s3.get_object(Bucket=BUCKET, Key=location.split("/", 3)[3])["Body"].read().decode().splitlines()
    for file in files:
        assert s3.head_object(Bucket=BUCKET, Key=file.removeprefix(f"s3://{BUCKET}/"))["ContentLength"] > 0
    return files


def test_what_writes_leaves_a_manifest(shop: Shop) -> None:
    created = shop.run("CREATE TABLE listed WITH (partitioned_by = ARRAY['seller']) AS SELECT id, seller FROM orders WHERE id < 3")
    files = manifest(shop, created)
    assert len(files) == 3 and all(f"/tables/{created['QueryExecutionId']}/seller=" in file for file in files)
    assert len(manifest(shop, shop.run("INSERT INTO listed VALUES (9, 'new'), (8, 'other')"))) == 2
    unloaded = shop.run(f"UNLOAD (SELECT id FROM orders) TO 's3://{BUCKET}/unloaded-too/' WITH (format = 'PARQUET')")
    assert [file.rsplit("/", 1)[0] for file in manifest(shop, unloaded)] == [f"s3://{BUCKET}/unloaded-too"]
    assert "DataManifestLocation" not in shop.run("SELECT 1")["Statistics"]


def test_a_work_group_has_its_whole_configuration(shop: Shop) -> None:
    athena = shop.lake.client("athena")
    primary = athena.get_work_group(WorkGroup="primary")["WorkGroup"]
    assert {key: primary["Configuration"][key] for key in primary["Configuration"] if key != "EngineVersion"} == {
        "EnforceWorkGroupConfiguration": False,
        "PublishCloudWatchMetricsEnabled": False,
        "RequesterPaysEnabled": False,
        "ResultConfiguration": {},
    }
    athena.create_work_group(Name="plain", Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/plain/"}})
    assert athena.get_work_group(WorkGroup="plain")["WorkGroup"]["Configuration"]["EnforceWorkGroupConfiguration"] is True
    athena.update_work_group(WorkGroup="plain", ConfigurationUpdates={"EnforceWorkGroupConfiguration": False})
    assert athena.get_work_group(WorkGroup="plain")["WorkGroup"]["Configuration"]["EnforceWorkGroupConfiguration"] is False
    with pytest.raises(ClientError, match="not found"):
        athena.get_work_group(WorkGroup="nothing")
