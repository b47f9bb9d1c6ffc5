"""Lets QuickSight fetch its copy of the data again, after a load."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from botocore.exceptions import ClientError


def handler(event: dict[str, Any], context: Any) -> list[str]:
    """Start an ingestion of each data set; return their ids. The event of one load can come twice: it is one ingestion."""
    quicksight, account = boto3.client("quicksight"), os.environ["ACCOUNT"]
    return [ingest(quicksight, account, data_set, event["id"]) for data_set in json.loads(os.environ["DATA_SETS"])]


def ingest(quicksight: Any, account: str, data_set: str, identity: str) -> str:
    try:
        quicksight.create_ingestion(AwsAccountId=account, DataSetId=data_set, IngestionId=identity)
    except ClientError as error:
        # https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateIngestion.html
        if error.response["Error"]["Code"] != "ResourceExistsException":
            raise
    return identity
