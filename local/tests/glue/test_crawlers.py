"""Crawlers really look into the files, as their role, and write tables as AWS does."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from .conftest import Glue

CATALOG = (
    "glue:GetDatabase",
    "glue:GetTable",
    "glue:GetTables",
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:DeleteTable",
    "glue:GetPartitions",
    "glue:BatchCreatePartition",
)
REVIEWS = '''review_id,review_score,review_comment_message,review_creation_date
a,5,"Muito bom, recomendo
a todos",2018-01-18 00:00:00
b,1,"Disse ""nunca mais""",2018-03-10 00:00:00
c,,,2018-02-17 00:00:00
'''


def crawler(glue: Glue, *paths: str, role: str | None = None, level: int | None = 3, **options) -> tuple[str, str]:
    """Name of the crawler and of its database."""
    name = glue.name("crawler")
    database = name.replace("-", "_")
    glue.glue.create_database(DatabaseInput={"Name": database})
    grouping = {"TableGroupingPolicy": "CombineCompatibleSchemas", **({"TableLevelConfiguration": level} if level else {})}
    options.setdefault("Targets", {"S3Targets": [{"Path": f"s3://data/{path}"} for path in paths]})
    glue.glue.create_crawler(
        **{
            "Name": name,
            "DatabaseName": database,
            "TablePrefix": "drop_",
            "Configuration": json.dumps({"Version": 1.0, "Grouping": grouping}),
            "Role": role or glue.role(*glue.base, *glue.area(name.split("-")[0]), glue.allow("s3:*"), glue.allow(*CATALOG)),
            **options,
        }
    )
    return name, database


def tables(glue: Glue, database: str) -> dict[str, dict]:
    return {table["Name"]: table for table in glue.glue.get_tables(DatabaseName=database)["TableList"]}


def columns(table: dict) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}


def test_csv_with_quotes_and_newlines(glue: Glue) -> None:
    glue.put("c1/order_reviews/1.csv", REVIEWS)
    glue.put("c1/order_reviews/2.csv", REVIEWS)
    name, database = crawler(glue, "c1/order_reviews/")
    last = glue.crawl(name)
    assert last["Status"] == "SUCCEEDED" and last["LogGroup"] == "/aws-glue/crawlers" and last["LogStream"] == name
    table = tables(glue, database)["drop_order_reviews"]
    assert columns(table) == {
        "review_id": "string",
        "review_score": "bigint",
        "review_comment_message": "string",
        "review_creation_date": "string",
    }
    assert table["StorageDescriptor"]["Location"] == "s3://data/c1/order_reviews/"
    assert table["StorageDescriptor"]["SerdeInfo"]["Parameters"] == {"field.delim": ","}
    parameters = table["Parameters"]
    assert parameters["classification"] == "csv" and parameters["skip.header.line.count"] == "1" and parameters["delimiter"] == ","
    assert parameters["objectCount"] == "2" and parameters["recordCount"] == "6" and parameters["UPDATED_BY_CRAWLER"] == name
    metrics = glue.glue.get_crawler_metrics(CrawlerNameList=[name])["CrawlerMetricsList"][0]
    assert metrics["TablesCreated"] == 1 and metrics["LastRuntimeSeconds"] > 0
    history = glue.glue.list_crawls(CrawlerName=name)["Crawls"]
    assert history[0]["State"] == "COMPLETED" and "ADD" in history[0]["Summary"]
    assert "Created table" in "".join(
        event["message"] for event in glue.logs.get_log_events(logGroupName="/aws-glue/crawlers", logStreamName=name)["events"]
    )


def test_json_and_other_delimiters_and_no_header(glue: Glue) -> None:
    glue.put("c2/events/1.json", '{"id": 1, "tags": ["a"], "at": {"x": 1.5}}\n{"id": 3000000000, "late": true}\n')
    glue.put("c2/piped/1.csv", "a|b\n1|x\n2|y\n")
    glue.put("c2/bare/1.csv", "1,2.5\n2,3\n")
    name, database = crawler(glue, "c2/")
    glue.crawl(name)
    found = tables(glue, database)
    assert found.keys() == {"drop_events", "drop_piped", "drop_bare"}
    assert columns(found["drop_events"]) == {"id": "bigint", "tags": "array<string>", "at": "struct<x:double>", "late": "boolean"}
    assert columns(found["drop_piped"]) == {"a": "bigint", "b": "string"} and found["drop_piped"]["Parameters"]["delimiter"] == "|"
    assert columns(found["drop_bare"]) == {"col0": "bigint", "col1": "double"}
    assert "skip.header.line.count" not in found["drop_bare"]["Parameters"]


def test_parquet_and_partitions(glue: Glue, tmp_path) -> None:
    import duckdb

    path = tmp_path / "x.parquet"
    duckdb.sql(f"""copy (select 1::int a, 2::bigint b, 'x' c, 1.5::decimal(10,2) d, timestamp '2020-01-01' e, [1, 2] f,
               {{'g': 1.5::double}} h,
               date '2020-01-01' i, true j from range(5)) to '{path}' (format parquet)""")
    for month in (1, 2):
        glue.put(f"c3/sales/year=2020/month={month}/x.parquet", path.read_bytes())
    name, database = crawler(glue, "c3/sales/")
    glue.crawl(name)
    table = tables(glue, database)["drop_sales"]
    assert columns(table) == {
        "a": "int",
        "b": "bigint",
        "c": "string",
        "d": "decimal(10,2)",
        "e": "timestamp",
        "f": "array<int>",
        "h": "struct<g:double>",
        "i": "date",
        "j": "boolean",
    }
    assert [key["Name"] for key in table["PartitionKeys"]] == ["year", "month"]
    assert table["Parameters"]["recordCount"] == "10" and table["Parameters"]["classification"] == "parquet"
    partitions = glue.glue.get_partitions(DatabaseName=database, TableName="drop_sales")["Partitions"]
    assert sorted(partition["Values"] for partition in partitions) == [["2020", "1"], ["2020", "2"]]
    assert partitions[0]["StorageDescriptor"]["Location"].startswith("s3://data/c3/sales/year=2020/month=")
    glue.put("c3/sales/year=2021/month=1/x.parquet", path.read_bytes())
    glue.crawl(name)
    assert len(glue.glue.get_partitions(DatabaseName=database, TableName="drop_sales")["Partitions"]) == 3


def test_changed_files_update_the_table_and_vanished_ones_deprecate_it(glue: Glue) -> None:
    glue.put("c4/things/1.csv", "id,name\n1,a\n")
    name, database = crawler(glue, "c4/")
    glue.crawl(name)
    glue.put("c4/things/1.csv", "id,name,price\n1,a,2.5\n")
    glue.crawl(name)
    assert columns(tables(glue, database)["drop_things"]) == {"id": "bigint", "name": "string", "price": "double"}
    assert glue.glue.get_crawler_metrics(CrawlerNameList=[name])["CrawlerMetricsList"][0]["TablesUpdated"] == 1
    glue.s3.delete_object(Bucket="data", Key="c4/things/1.csv")
    glue.crawl(name)
    assert "DEPRECATED_BY_CRAWLER" in tables(glue, database)["drop_things"]["Parameters"]
    glue.put("c4/things/1.csv", "id,name,price\n1,a,2.5\n")
    glue.crawl(name)
    assert "DEPRECATED_BY_CRAWLER" not in tables(glue, database)["drop_things"]["Parameters"]


@pytest.mark.parametrize(("behaviour", "left"), [("DELETE_FROM_DATABASE", False), ("LOG", True)])
def test_other_ways_with_vanished_files(glue: Glue, behaviour: str, left: bool) -> None:
    prefix = f"c5{behaviour.lower()}"
    glue.put(f"{prefix}/things/1.csv", "id,name\n1,a\n")
    name, database = crawler(glue, f"{prefix}/", SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": behaviour})
    glue.crawl(name)
    glue.put(f"{prefix}/things/1.csv", "id,name,price\n1,a,2.5\n")
    glue.crawl(name)
    assert "price" not in columns(tables(glue, database)["drop_things"])
    glue.s3.delete_object(Bucket="data", Key=f"{prefix}/things/1.csv")
    glue.crawl(name)
    assert ("drop_things" in tables(glue, database)) is left


def test_exclusions_and_hidden_files(glue: Glue) -> None:
    for key in ("keep/1.csv", "keep/2.tmp", "keep/_SUCCESS", "keep/.crc", "quarantine/1.csv"):
        glue.put(f"c6/{key}", "id,name\n1,a\n")
    name, database = crawler(glue, Targets={"S3Targets": [{"Path": "s3://data/c6/", "Exclusions": ["**.tmp", "quarantine/**"]}]})
    glue.crawl(name)
    assert tables(glue, database).keys() == {"drop_keep"}
    assert tables(glue, database)["drop_keep"]["Parameters"]["objectCount"] == "1"


@pytest.mark.parametrize(("behaviour", "marked"), [("DEPRECATE_IN_DATABASE", True), ("LOG", False)])
def test_a_table_that_is_excluded_later_has_vanished_for_the_crawler(glue: Glue, behaviour: str, marked: bool) -> None:
    prefix = f"c12{behaviour.lower()}"
    for table in ("kept", "left"):
        glue.put(f"{prefix}/{table}/1.csv", "id,name\n1,a\n")
    policy = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behaviour}
    name, database = crawler(glue, f"{prefix}/", SchemaChangePolicy=policy)
    glue.crawl(name)
    before = tables(glue, database)
    glue.put(f"{prefix}/left/1.csv", "id,name,price\n1,a,2.5\n")
    glue.glue.update_crawler(Name=name, Targets={"S3Targets": [{"Path": f"s3://data/{prefix}/", "Exclusions": ["left/**"]}]})
    glue.crawl(name)
    after = tables(glue, database)
    assert columns(after["drop_left"]) == columns(before["drop_left"]) and after["drop_kept"] == before["drop_kept"]
    assert ("DEPRECATED_BY_CRAWLER" in after["drop_left"]["Parameters"]) is marked


def test_a_sample_is_of_each_folder(glue: Glue) -> None:
    for month, column in ((1, "a"), (2, "b")):
        glue.put(f"c13/t/month={month}/1.csv", f"id,{column}\n1,x\n")
        glue.put(f"c13/t/month={month}/2.csv", "id,late\n1,x\n")
    name, database = crawler(glue, Targets={"S3Targets": [{"Path": "s3://data/c13/", "SampleSize": 1}]})
    glue.crawl(name)
    table = tables(glue, database)["drop_t"]
    assert columns(table).keys() == {"id", "a", "b"} and table["Parameters"]["objectCount"] == "4"


def test_catalog_target_follows_the_tables_location(glue: Glue) -> None:
    glue.put("c7/t/run1/1.csv", "id,name\n1,a\n")
    glue.put("c7/t/run2/1.csv", "id,name,price\n1,a,2.5\n2,b,3.5\n")
    name, database = crawler(
        glue,
        TablePrefix="",
        Targets={"CatalogTargets": [{"DatabaseName": "crawler_placeholder", "Tables": ["t"]}]},
        SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
    )
    glue.glue.update_crawler(Name=name, Targets={"CatalogTargets": [{"DatabaseName": database, "Tables": ["t"]}]})
    glue.glue.create_table(
        DatabaseName=database,
        TableInput={
            "Name": "t",
            "Description": "mine",
            "Parameters": {"own": "kept"},
            "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "int", "Comment": "key"}], "Location": "s3://data/c7/t/run2/"},
        },
    )
    assert glue.crawl(name)["Status"] == "SUCCEEDED"
    table = tables(glue, database)["t"]
    assert columns(table) == {"id": "bigint", "name": "string", "price": "double"}
    assert table["StorageDescriptor"]["Location"] == "s3://data/c7/t/run2/" and table["Description"] == "mine"
    assert table["Parameters"]["own"] == "kept" and table["Parameters"]["recordCount"] == "2"


def test_role_without_the_right_fails_with_an_access_error(glue: Glue) -> None:
    glue.put("c8/t/1.csv", "id,name\n1,a\n")
    name, database = crawler(glue, "c8/t/", role=glue.role(glue.allow("logs:*"), glue.allow(*CATALOG)))
    last = glue.crawl(name)
    assert last["Status"] == "FAILED" and "not authorized to perform s3:ListBucket" in last["ErrorMessage"]
    assert tables(glue, database) == {}
    name, _ = crawler(glue, "c8/t/", role=glue.role(glue.allow("logs:*"), glue.allow("s3:*")))
    last = glue.crawl(name)
    assert last["Status"] == "FAILED" and "glue:" in last["ErrorMessage"]


def test_calls_that_aws_refuses(glue: Glue) -> None:
    role = glue.role(glue.allow("*"))
    refused = [
        ({"Targets": {}}, "target"),
        ({"Targets": {"CatalogTargets": [{"DatabaseName": "d", "Tables": ["t"]}]}}, "LOG"),
        ({"Schedule": "every hour"}, "cron"),
        ({"Targets": {"JdbcTargets": [{"Path": "x"}]}}, "JdbcTargets"),
        ({"Targets": {"S3Targets": [{"Path": "s3://data/x/", "SampleSize": 250}]}}, "SampleSize"),
    ]
    for options, message in refused:
        with pytest.raises(ClientError, match=message):
            glue.glue.create_crawler(
                **{"Name": "refused", "Role": role, "DatabaseName": "d", "Targets": {"S3Targets": [{"Path": "s3://data/x/"}]}, **options}
            )
    with pytest.raises(glue.glue.exceptions.EntityNotFoundException):
        glue.glue.start_crawler(Name="missing")
    name, _ = crawler(glue, "c9/")
    with pytest.raises(glue.glue.exceptions.CrawlerNotRunningException):
        glue.glue.stop_crawler(Name=name)
    glue.glue.delete_crawler(Name=name)
    assert name not in glue.glue.list_crawlers()["CrawlerNames"]


def test_a_name_of_many_kinds(glue: Glue) -> None:
    glue.put("c10/My-Table 1/1.csv", "id,name\n1,a\n")
    name, database = crawler(glue, "c10/")
    glue.crawl(name)
    assert tables(glue, database).keys() == {"drop_my_table_1"}


def test_without_a_table_level(glue: Glue) -> None:
    """Alike folders are one table's partitions, unlike ones tables of their own."""
    glue.put("c11/alike/a/1.csv", "id,name\n1,a\n")
    glue.put("c11/alike/b/1.csv", "id,name\n1,a\n")
    glue.put("c11/unlike/1.json", '{"other": 1}\n')
    name, database = crawler(glue, "c11/", level=None)
    glue.crawl(name)
    found = tables(glue, database)
    assert found.keys() == {"drop_alike", "drop_unlike"}
    assert [key["Name"] for key in found["drop_alike"]["PartitionKeys"]] == ["partition_0"]
