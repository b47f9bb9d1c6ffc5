"""A query reads with its caller's rights, and with nobody else's."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from .athena_shop import BUCKET, Shop

ATHENA = {"Effect": "Allow", "Action": ["athena:*", "s3:GetBucketLocation"], "Resource": "*"}
GLUE = {"Effect": "Allow", "Action": ["glue:Get*"], "Resource": "*"}
RESULTS = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{BUCKET}/results/*"}
LIST = {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": f"arn:aws:s3:::{BUCKET}"}
READ = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": f"arn:aws:s3:::{BUCKET}/orders/*"}


def test_a_role_with_all_rights_reads(shop: Shop) -> None:
    assert shop.as_role("reader", [ATHENA, GLUE, RESULTS, LIST, READ]).rows("SELECT count(*) FROM orders") == [["11"]]


def test_a_role_without_s3_rights_cannot_read_what_others_have_cached(shop: Shop) -> None:
    assert shop.rows("SELECT count(*) FROM orders") == [["11"]]
    reason = shop.as_role("no-data", [ATHENA, GLUE, RESULTS, LIST]).error("SELECT count(*) FROM orders")
    assert reason.startswith("PERMISSION_DENIED") and "orders/" in reason
    assert "PERMISSION_DENIED" in shop.as_role("no-list", [ATHENA, GLUE, RESULTS, READ]).error("SELECT count(*) FROM orders")


def test_a_role_without_glue_rights_knows_no_table(shop: Shop) -> None:
    reason = shop.as_role("no-catalog", [ATHENA, RESULTS, LIST, READ]).error("SELECT count(*) FROM orders")
    assert "Insufficient permissions to execute the query" in reason and "glue:GetTable" in reason


def test_results_need_rights_too(shop: Shop) -> None:
    reason = shop.as_role("no-results", [ATHENA, GLUE, LIST, READ]).error("SELECT 1")
    assert reason.startswith("Access denied when writing output to url: s3://")
    identity = shop.run("SELECT 1")["QueryExecutionId"]
    with pytest.raises(ClientError, match="Access denied when reading the results"):
        shop.as_role("no-peeking", [ATHENA]).lake.client("athena").get_query_results(QueryExecutionId=identity)


def test_athena_itself_needs_rights(shop: Shop) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        shop.as_role("no-athena", [GLUE, RESULTS, LIST, READ]).start("SELECT 1")
