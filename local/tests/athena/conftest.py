"""A lake with a few tables."""

from __future__ import annotations

import pytest
from lake_local.lake.client import Lake

from .athena_shop import BUCKET, DATABASE, Shop, make_tables


@pytest.fixture(scope="module")
def shop(server: Lake, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    made = Shop(server)
    server.client("s3").create_bucket(Bucket=BUCKET)
    server.client("glue").create_database(DatabaseInput={"Name": DATABASE})
    folder = tmp_path_factory.mktemp("data")
    make_tables(made, folder)
    return made
