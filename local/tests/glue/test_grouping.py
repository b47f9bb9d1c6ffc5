"""Folders of objects as tables and partitions."""

import pytest
from lake_local.cloud.glue.grouping import S3Object, one_table

# folder, as Spark and Hive write it: the partition's value
FOLDERS = {
    "country=a%2Fb": "a/b",
    "country=x%3Dy": "x=y",
    "country=50%25": "50%",
    "country=a%3Ab": "a:b",
    "country=%7Bx}": "{x}",
    "country=%23": "#",
    "country=a%5Cb": "a\\b",
    "country=q%22uote": 'q"uote',
    "country=two%0Alines": "two\nlines",
    "country=são": "são",
    "country=a b+c": "a b+c",
    "country=007": "007",
    "country=2024-01-02 03%3A04%3A05": "2024-01-02 03:04:05",
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_partition_values_come_back_as_they_went_in(folder):
    found = one_table("s3://bucket/tables/t/", [S3Object("bucket", f"tables/t/{folder}/a.parquet", 1)])
    assert found.partition_keys == ["country"]
    assert found.partitions == {(FOLDERS[folder],): f"s3://bucket/tables/t/{folder}/"}
