"""What Spark makes of the typing of rows: each text is split, checked and cast once. A filter moved below it would do that again."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from lake_transforms.options import CsvOptions, TableSchema
from lake_transforms.partitions import Partitions
from lake_transforms.rows import typed_rows
from lake_transforms.session import filters_in_place
from lake_transforms.text_rows import read_text_rows

SCHEMA = TableSchema.of({"name": "string", "price": "double", "count": "int", "at": "timestamp", "paid": "decimal(10,2)"})
# a part of the SQL of each of these that is nowhere else: how often it is computed for a row
ONCE = {"split": "split(value", "double": "[a-df-zA-DF-Z]", "int": "[.]0*[ ]*$", "timestamp": r"[.]\d{6}\d*[1-9]", "decimal": "[eE]) AND"}


@pytest.fixture
def rows(spark, tmp_path):
    (tmp_path / "lines.txt").write_text("a\x1f1\x1f\x1f\x1fx\x1f1.5\x1f2\x1f2020-01-01 10:00:00\x1f3.25\n")
    lines = read_text_rows(spark, [(tmp_path / "lines.txt").as_uri()], len(SCHEMA.names))
    positions = {name: index for index, name in enumerate(SCHEMA.names)}
    return typed_rows(lines, [SimpleNamespace(formats={})], SCHEMA, positions, CsvOptions(), Partitions())


@pytest.mark.parametrize("kind", ["good", "refused"])
def test_a_text_is_split_and_cast_once(spark, rows, kind):
    with filters_in_place(spark):
        plan = getattr(rows, kind)._jdf.queryExecution().executedPlan().toString()

    assert {what: plan.count(part) for what, part in ONCE.items()} == dict.fromkeys(ONCE, 1)


def test_the_users_settings_come_back(spark):
    name, given = "spark.sql.optimizer.excludedRules", "org.apache.spark.sql.catalyst.optimizer.CombineUnions"
    spark.conf.set(name, given)
    try:
        with filters_in_place(spark):
            assert spark.conf.get(name).startswith(f"{given},")
        assert spark.conf.get(name) == given
    finally:
        spark.conf.unset(name)
    with pytest.raises(ZeroDivisionError), filters_in_place(spark):
        _ = 1 / 0
    assert spark.conf.get(name, None) is None


def test_only_refused_rows_are_made_records_of(spark, rows):
    with filters_in_place(spark):
        plan = rows.refused._jdf.queryExecution().optimizedPlan().toString()

    assert 0 < plan.index("to_json") < plan.index("Filter NOT (why")


def test_a_row_is_good_or_refused(rows):
    assert (rows.good.count(), rows.refused.count()) == (1, 0)
