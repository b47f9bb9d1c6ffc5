"""Asks the database as the user of the secret. Returns the rows, or why it refused."""

import os

import boto3


def handler(event, context):
    client = boto3.client("rds-data")
    target = {"resourceArn": os.environ["CLUSTER"], "secretArn": os.environ["SECRET"], "database": os.environ["DATABASE"]}
    try:
        found = client.execute_statement(**target, sql=event["sql"])
    except Exception as error:
        denied = "permission denied" in str(error)
        return "refused: permission denied" if denied else f"failed: {error}"
    rows = [[str(None if field.get("isNull") else next(iter(field.values()))) for field in row] for row in found.get("records", [])]
    return "; ".join(", ".join(row) for row in rows)
