"""docs/fidelity.md says what the code does."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lake_local.cloud.cfn.recorded import RECORDED
from lake_local.cloud.fidelity_document import DOCUMENT, entries, render
from lake_local.fidelity import Entry
from lake_local.lake.client import Lake


@pytest.fixture(scope="module")
def types() -> dict[str, Entry]:
    return {entry.subject: entry for section, entry in entries() if section == "types"}


def test_the_tables_are_those_of_the_code() -> None:
    assert render(DOCUMENT.read_text()) == DOCUMENT.read_text(), "run: python -m lake_local.cloud.fidelity_document"


def test_nothing_is_said_twice() -> None:
    counts = Counter((section, entry.subject) for section, entry in entries())
    assert [subject for subject, count in counts.items() if count > 1] == []


def test_recorded_means_recorded(types: dict[str, Entry]) -> None:
    assert {name for name, entry in types.items() if entry.state == "recorded"} == RECORDED


def test_every_type_that_is_listed_is_accepted(server: Lake, types: dict[str, Entry]) -> None:
    listed = [name for name in types if name.startswith("AWS::")]
    body = json.dumps({"Resources": {f"R{i}": {"Type": name} for i, name in enumerate(listed)}})
    server.client("cloudformation").validate_template(TemplateBody=body)


def test_every_type_of_the_librarys_code_is_listed(types: dict[str, Entry]) -> None:
    used = set(cfn_classes(Path(__file__).resolve().parents[2] / "src"))
    assert used <= set(types)


def cfn_classes(folder: Path) -> Iterator[str]:
    """The types that the library creates as L1 classes: `glue.CfnJob` → `AWS::Glue::Job`."""
    services = {
        "glue": "Glue",
        "athena": "Athena",
        "s3": "S3",
        "sqs": "SQS",
        "lambda": "Lambda",
        "kms": "KMS",
        "events": "Events",
        "iam": "IAM",
    }
    for path in folder.rglob("*.ts"):
        for service, name in re.findall(r"new (\w+)\.Cfn(\w+)\(", path.read_text(encoding="utf-8")):
            if service in services:
                yield f"AWS::{services[service]}::{name}"
