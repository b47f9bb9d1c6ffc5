"""No synthesized lake has a permission that allows nothing on AWS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lakes import WAREHOUSES
from permissions import faults

ROOT = Path(__file__).resolve().parents[3]
# Without the stacks of the assertions, which are the test framework's.
SNAPSHOTS = [path for path in sorted((ROOT / "integ").glob("*.snapshot/*.template.json")) if "DeployAssert" not in path.name]


@pytest.mark.parametrize("path", SNAPSHOTS, ids=[path.name.removesuffix(".template.json") for path in SNAPSHOTS])
def test_every_statement_of_the_integration_lakes_allows_something(path: Path) -> None:
    assert faults(json.loads(path.read_text("utf-8"))) == []


def test_every_statement_of_the_example_allows_something(template: dict[str, Any]) -> None:
    assert faults(template) == []


def test_every_statement_of_every_grant_allows_something(granting: Path) -> None:
    assert faults(json.loads((granting / "Grants.template.json").read_text("utf-8"))) == []


@pytest.mark.parametrize("stack", ["ProdStack", "SecurityStack"])
def test_every_statement_of_the_two_accounts_allows_something(stack: str, two_accounts: Path) -> None:
    assert faults(json.loads((two_accounts / f"{stack}.template.json").read_text("utf-8"))) == []


@pytest.mark.parametrize("stack", WAREHOUSES)
def test_every_statement_of_the_warehouses_allows_something(stack: str, warehouses: Path) -> None:
    assert faults(json.loads((warehouses / f"{stack}.template.json").read_text("utf-8"))) == []


def policy(**statement: Any) -> dict[str, Any]:
    return {
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": []}}},
            "P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": {"Statement": {"Effect": "Allow", **statement}}}},
        }
    }


BUCKET = {"Fn::GetAtt": ["Bucket", "Arn"]}
KEY = {"Fn::GetAtt": ["Key", "Arn"]}
OBJECTS = {"Fn::Join": ["", [BUCKET, "/tables/*"]]}
JOB = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":glue:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}, ":job/*"]]}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ({"Action": "s3:GetObject", "Resource": OBJECTS}, []),
        ({"Action": ["s3:GetObject*", "s3:List*"], "Resource": [BUCKET, OBJECTS]}, []),
        ({"Action": "s3:GetObject", "Resource": "*"}, []),
        ({"Action": "glue:GetJobBookmark", "Resource": "*"}, []),
        ({"Action": "glue:StartJobRun", "Resource": JOB}, []),
        (
            {"Action": "kms:Decrypt", "Resource": {"Fn::GetAtt": ["Key", "Arn"]}, "Condition": {"StringEquals": {"kms:ViaService": "s3"}}},
            [],
        ),
        ({"Action": "s3:GetObject", "Resource": OBJECTS, "Condition": {"Null": {"s3:ExistingObjectTag/class": "true"}}}, []),
        ({"Action": "glue:GetJobBookmark", "Resource": JOB}, ["allows nothing", "know no"]),
        ({"Action": "s3:GetObject", "Resource": BUCKET}, ["allows nothing", "know no"]),
        ({"Action": "s3:ListBucket", "Resource": OBJECTS}, ["allows nothing", "know no"]),
        ({"Action": "s3:GetObject", "Resource": [OBJECTS, BUCKET]}, ["know no"]),
        ({"Action": "s3:GetObjects", "Resource": OBJECTS}, ["is no action", "know no"]),
        ({"Action": "sqs:SendMessage", "Resource": JOB}, ["allows nothing", "know no"]),
        ({"Action": "s3:GetObject", "Resource": OBJECTS, "Condition": {"StringEquals": {"s3:prefix": "a"}}}, ["condition key s3:prefix"]),
    ],
)
def test_what_is_found(statement: dict[str, Any], said: list[str]) -> None:
    found = faults(policy(**statement))
    assert len(found) == len(said), found
    assert all(word in one for word, one in zip(said, found, strict=True)), found
