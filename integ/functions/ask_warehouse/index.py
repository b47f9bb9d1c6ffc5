"""Asks the warehouse as a reader: returns the rows of a statement as text, or why it was refused."""

import json
import os
import time

import boto3


def handler(event, context):
    data = boto3.client("redshift-data")
    statement = data.execute_statement(**json.loads(os.environ["TARGET"]), Database=os.environ["DATABASE"], Sql=event["sql"])["Id"]
    while (found := data.describe_statement(Id=statement))["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
        time.sleep(0.1)
    if found["Status"] != "FINISHED":
        return "refused: " + ("permission denied" if "permission denied" in found["Error"] else found["Error"])
    rows = data.get_statement_result(Id=statement)["Records"]
    return "; ".join(", ".join(str(next(iter(value.values()))) for value in row) for row in rows)
