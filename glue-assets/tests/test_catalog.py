"""Which requests the switch of a table makes of the Glue Data Catalog."""

from __future__ import annotations

from unittest.mock import Mock

from lake_transforms.catalog import Catalog
from lake_transforms.s3 import Location
from pyspark.sql.types import LongType, StructField, StructType


def test_a_switch_leaves_no_version_of_the_table_behind() -> None:
    # Each version counts to a limit of 100,000 a table, after which every update is refused.
    client = Mock()
    client.get_table.return_value = {"Table": {"Name": "t", "CreateTime": "2026-01-01", "StorageDescriptor": {"Columns": []}}}
    Catalog(client).point("db", "t", Location("curated", "tables/t/1/"), StructType([StructField("n", LongType())]))
    [call] = client.update_table.call_args_list
    assert call.kwargs["SkipArchive"] is True
    assert call.kwargs["TableInput"]["StorageDescriptor"]["Location"] == "s3://curated/tables/t/1/"
