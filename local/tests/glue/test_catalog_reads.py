"""Reads of the Data Catalog obey what a call asks for, as AWS documents it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lake_local.cloud.glue.errors import GlueError
from lake_local.cloud.glue.predicates import compiled
from lake_local.cloud.glue.reads import table_pattern
from lake_local.lake.client import Lake

KEYS = {"year": "int", "region": "string", "day": "date", "price": "decimal(5,2)", "at": "timestamp"}
PARTITION = {"year": "2018", "region": "br", "day": "2018-02-03", "price": "1.50", "at": "2018-02-03 04:05:06"}
EMPTY = {**PARTITION, "region": "__HIVE_DEFAULT_PARTITION__", "year": "none"}


@pytest.mark.parametrize(
    ("expression", "expected", "of_empty"),
    [
        ("year = 2018", True, None),
        ("year = '2018'", True, None),
        ("YEAR = 2018", True, None),
        ("year <> 2018", False, None),
        ("year != 2017", True, None),
        ("year > 999", True, None),
        ("year >= 2018 AND year <= 2018", True, None),
        ("region > 'b' and region < 'c'", True, None),
        ("region = 'br' OR year = 1", True, None),
        ("region = 'pt' OR (year = 2018 AND NOT region = 'us')", True, None),
        ("NOT (region = 'br')", False, None),
        ("region IN ('pt', 'br')", True, None),
        ("region NOT IN ('pt')", True, None),
        ("year BETWEEN 2017 AND 2019 AND region = 'br'", True, None),
        ("year NOT BETWEEN 2017 AND 2019", False, None),
        ("region LIKE 'b%'", True, None),
        ("region LIKE '_'", False, None),
        ("region NOT LIKE '%.%'", True, None),
        ("region IS NULL", False, True),
        ("region IS NOT NULL", True, False),
        ("region = 'it''s'", False, None),
        ("day = '2018-02-03'", True, True),
        ("day > date '2018-01-31'", True, True),
        ("price = 1.5", True, True),
        ("price < 1.49", False, False),
        ("at >= timestamp '2018-02-03 00:00:00'", True, True),
        ("`year`=2018 AND \"region\"='br'", True, None),
        ("region = 'br' OR day = '2018-02-03'", True, True),
    ],
)
def test_expressions(expression: str, expected: bool | None, of_empty: bool | None) -> None:
    test = compiled(expression, KEYS)
    assert (test(PARTITION), test(EMPTY)) == (expected, of_empty)


@pytest.mark.parametrize(
    "expression",
    [
        "year",
        "year =",
        "year = 2018 AND",
        "year = 2018)",
        "(year = 2018",
        "nothing = 1",
        "2018 = year",
        "year = region",
        "year = 'x'",
        "day = 'yesterday'",
        "year IN ()",
        "year NOT = 1",
        "year = 1; DROP TABLE x",
        "concat(region, 'x') = 'brx'",
        "(" * 60 + "year = 1" + ")" * 60,
        "NOT " * 60 + "year = 1",
    ],
)
def test_what_is_not_an_expression_is_refused(expression: str) -> None:
    with pytest.raises(GlueError, match="Unsupported expression"):
        compiled(expression, KEYS)


def test_a_key_of_another_type_is_refused() -> None:
    with pytest.raises(GlueError, match="type double cannot be filtered"):
        compiled("x = 1", {"x": "double"})


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("orders", ["orders"]),
        ("orders.*", ["orders", "orders_old"]),
        ("orders*", ["orders", "orders_old"]),
        ("*old", ["orders_old"]),
        ("(orders|items)", ["items", "orders"]),
        ("[io].*s", ["items", "orders"]),
        ("order", []),
    ],
)
def test_names_of_tables(expression: str, names: list[str]) -> None:
    matches = table_pattern(expression)
    assert [name for name in ("items", "orders", "orders_old") if matches(name)] == names


def test_a_regular_expression_takes_a_bounded_time() -> None:
    # One that goes back and tries again would not end.
    assert not table_pattern("(a+)+$b")("a" * 255)
    with pytest.raises(GlueError, match="is not a regular expression"):
        table_pattern("(")


@pytest.fixture(scope="module")
def glue(server: Lake) -> Iterator[Any]:
    client = server.client("glue")
    for name in ("reads", "reads_b", "reads_c"):
        client.create_database(DatabaseInput={"Name": name})
    for name in ("items", "orders", "orders_old"):
        storage = {"Columns": [{"Name": "n", "Type": "int"}], "Location": "s3://b/t/"}
        keys = [{"Name": "year", "Type": "int"}, {"Name": "region", "Type": "string"}]
        client.create_table(DatabaseName="reads", TableInput={"Name": name, "StorageDescriptor": storage, "PartitionKeys": keys})
    parts = [{"Values": [str(year), region], "StorageDescriptor": storage} for year in (2017, 2018, 2019) for region in ("br", "pt")]
    client.batch_create_partition(DatabaseName="reads", TableName="orders", PartitionInputList=parts)
    yield client


def values(glue: Any, **arguments: Any) -> list[list[str]]:
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName="reads", TableName="orders", **arguments)
    return [partition["Values"] for page in pages for partition in page["Partitions"]]


def test_partitions(glue: Any) -> None:
    assert values(glue, Expression="year = 2018 AND region = 'br'") == [["2018", "br"]]
    assert len(values(glue)) == 6
    assert values(glue, PaginationConfig={"PageSize": 2}) == values(glue)
    assert len(glue.get_partitions(DatabaseName="reads", TableName="orders", MaxResults=4)["Partitions"]) == 4
    segments = [values(glue, Segment={"SegmentNumber": number, "TotalSegments": 2}) for number in (0, 1)]
    assert sorted(segments[0] + segments[1]) == values(glue) and len(segments[0]) == 3
    [bare] = glue.get_partitions(DatabaseName="reads", TableName="orders", MaxResults=1, ExcludeColumnSchema=True)["Partitions"]
    assert bare["StorageDescriptor"] == {"Location": "s3://b/t/"}


def test_tables(glue: Any) -> None:
    def names(**arguments: Any) -> list[str]:
        return [table["Name"] for page in glue.get_paginator("get_tables").paginate(**arguments) for table in page["TableList"]]

    assert names(DatabaseName="reads", Expression="orders.*") == ["orders", "orders_old"]
    assert names(DatabaseName="reads", PaginationConfig={"PageSize": 1}) == ["items", "orders", "orders_old"]
    page = glue.get_tables(DatabaseName="reads", MaxResults=2)
    assert [len(page["TableList"]), "NextToken" in page] == [2, True]


def test_databases(glue: Any) -> None:
    page = glue.get_databases(MaxResults=1)
    assert len(page["DatabaseList"]) == 1 and page["NextToken"]
    names = [database["Name"] for page in glue.get_paginator("get_databases").paginate() for database in page["DatabaseList"]]
    assert {"reads", "reads_b", "reads_c"} <= set(names)


def test_what_was_not_given_is_left_out(glue: Any) -> None:
    table = glue.get_table(DatabaseName="reads", Name="orders")["Table"]
    assert {"Owner", "Description", "ViewOriginalText"}.isdisjoint(table)
    assert {"Owner", "Description"}.isdisjoint(glue.get_tables(DatabaseName="reads")["TableList"][0])
    assert "Description" not in glue.get_database(Name="reads")["Database"]
    # So that a client can send back what it got.
    given = {key: value for key, value in table.items() if key in ("Name", "StorageDescriptor", "PartitionKeys", "Parameters", "Owner")}
    glue.update_table(DatabaseName="reads", TableInput=given)


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("get_tables", {"DatabaseName": "nowhere"}, "EntityNotFoundException"),
        ("get_partitions", {"DatabaseName": "reads", "TableName": "nothing"}, "EntityNotFoundException"),
        ("get_tables", {"DatabaseName": "reads", "Expression": "("}, "InvalidInputException"),
        ("get_tables", {"DatabaseName": "reads", "MaxResults": 1, "NextToken": "x y"}, "InvalidInputException"),
        ("get_tables", {"DatabaseName": "reads", "AttributesToGet": ["NAME"]}, "InvalidInputException"),
        ("get_partitions", {"DatabaseName": "reads", "TableName": "orders", "Expression": "x ="}, "InvalidInputException"),
        ("get_databases", {"AttributesToGet": ["NAME"]}, "InvalidInputException"),
    ],
)
def test_refusals(glue: Any, operation: str, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as raised:
        getattr(glue, operation)(**arguments)
    assert raised.value.response["Error"]["Code"] == code
