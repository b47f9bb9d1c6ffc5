"""DDL, and statements that write."""

from __future__ import annotations

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
