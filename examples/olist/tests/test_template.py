"""The example's template, synthesized as a user does it: valid for CloudFormation, quick, and of known resource types only."""

import json
import re
from pathlib import Path

import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.runner import Runner
from lakes import WAREHOUSES

TEMPLATES = {
    "the example": ("assembly", "OlistLake"),
    "a lake with every grant": ("granting", "Grants"),
    "the production account": ("two_accounts", "ProdStack"),
    "the security account": ("two_accounts", "SecurityStack"),
    **{f"a lake with a warehouse or a dashboard: {stack}": ("warehouses", stack) for stack in WAREHOUSES},
}


def errors(template: Path) -> list[str]:
    """Return what cfn-lint has against a template. One process for all of them: each reads the schemas of resources anew."""
    found = Runner(ConfigMixIn([str(template)])).run()
    return [match.message for match in found if match.rule.severity == "error"]


@pytest.mark.parametrize("lake", TEMPLATES)
def test_cfn_lint_finds_no_error(lake: str, request: pytest.FixtureRequest):
    fixture, stack = TEMPLATES[lake]
    template = request.getfixturevalue(fixture) / f"{stack}.template.json"
    assert errors(template) == []


def test_cfn_lint_is_alive(assembly: Path, tmp_path: Path):
    template = json.loads((assembly / "OlistLake.template.json").read_text("utf-8"))
    job = next(one for one in template["Resources"].values() if one["Type"] == "AWS::Glue::Job")
    job["Properties"]["NoSuchProperty"] = 1
    planted = tmp_path / "planted.json"
    planted.write_text(json.dumps(template), "utf-8")
    assert any("NoSuchProperty" in error for error in errors(planted))


def test_cloudformation_takes_it(template: dict):
    text = json.dumps(template)
    assert len(text) < 1_000_000
    assert len(template["Resources"]) <= 500
    assert "null" not in re.findall(r"\bnull\b", text)
    assert "arn:aws:" not in text


def test_what_the_lake_says_of_itself(template: dict):
    found = [one["Metadata"]["datalake"] for one in template["Resources"].values() if "datalake" in one.get("Metadata", {})]
    by_kind = {kind: [one for one in found if one["kind"] == kind] for kind in {one["kind"] for one in found}}
    assert sorted((one["name"], one["index"], one.get("next")) for one in by_kind["zone"]) == [
        ("curated", 2, None),
        ("drop", 0, "raw"),
        ("raw", 1, "curated"),
        ("sandbox", 3, None),
    ]
    assert sorted(one["name"] for one in by_kind["table"]) == ["closed_deals", "order_items", "order_reviews", "sellers"]
    assert [one["requires"] for one in by_kind["curation"]] == [["order_items", "order_reviews", "closed_deals"]]
    assert {one["name"]: one["prefix"] for one in by_kind["stream"]} == {"clickstream": "streams/clickstream/", "images": "streams/images/"}
    counts = {"database": 4, "crawler": 4, "workflow": 1, "workgroup": 1, "dead-letter-queue": 1, "stream-handler": 2, "trigger": 2}
    assert {kind: len(by_kind[kind]) for kind in counts} == counts


def test_nothing_is_left_behind(template: dict):
    """The example is ephemeral: whatever would survive its stack says so, or is not there."""
    kept = [name for name, one in template["Resources"].items() if one.get("DeletionPolicy", "Delete") != "Delete"]
    assert kept == []


def test_the_outputs_that_a_reader_needs(template: dict):
    assert set(template["Outputs"]) >= {
        "DropBucket",
        "RawBucket",
        "CuratedBucket",
        "SandboxBucket",
        "RawDatabase",
        "CuratedDatabase",
        "WorkflowName",
        "WorkgroupName",
        "DeadLetterQueueUrl",
    }
