"""Who may do what, tried: each case of docs/access-matrix.md as a call of the persona, and the attempts that must fail.

A sample of the cases, the same each time; all of them with LAKE_MATRIX=all (`npm run matrix`).
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .access.attempts import ATTEMPTS
from .access.calls import CALLS
from .access.matrix import CLASSES, PAGE, Case, cases, rows
from .access.world import TAG, Refused, World, make_table
from .conftest import Command

APP = Path(__file__).parent / "apps" / "personas"
ALL = cases()
TRIED = ALL if os.environ.get("LAKE_MATRIX") == "all" else random.Random(3).sample(ALL, 100)
DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "KMS.AccessDeniedException", "InvalidInputException")
# What refuses without a statement of the lake's, and what its message says then.
WITHOUT_STATEMENT = {"the role's trust policy": "sts:", "the job's non-overridable arguments": "cannot be overridden"}


@pytest.fixture(scope="module")
def world(new_lake: Callable[..., Command]) -> World:
    lake = new_lake(folder=APP)
    lake("up")
    made = World(lake)
    steward = made.client("steward", "secret", "s3")
    for zone in ("drop", "raw", "curated", "sandbox"):
        for classification in CLASSES:
            for name in ("read.csv", "tagged.csv", "untagged.csv"):
                key = f"{made.prefix(zone, classification)}{name}"
                steward.put_object(Bucket=made.bucket(zone), Key=key, Body=b"1,x\n", Tagging=f"{TAG}={classification}")
            make_table(made, zone, classification)
    return made


def refusal(attempt: Callable[[], object]) -> str | None:
    """Return the statement that refuses an attempt, None if it is allowed."""
    try:
        attempt()
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        assert code in DENIED, error
    except Refused as error:
        message = str(error)
    else:
        return None
    found = re.search(r"\(statement (\S+) of ", message)
    return found[1] if found else f"no statement: {message}"


@pytest.mark.parametrize("case", TRIED, ids=[case.title for case in TRIED])
def test_the_lake_answers_as_the_matrix_says(world: World, case: Case) -> None:
    found = refusal(lambda: CALLS[case.action](world, case))
    if case.allowed:
        assert found is None
    else:
        assert found is not None
        assert found.startswith(case.refused_by), f"refused by {found}, not by {' or '.join(case.refused_by)}"


def test_the_matrix_is_large_and_no_wall() -> None:
    assert len(ALL) > 500
    assert sum(case.allowed for case in ALL) / len(ALL) >= 0.35
    assert {case.action for case in ALL} == set(CALLS)


PAGE_ROWS = rows(PAGE.read_text("utf-8"), "What must fail, and why")
TRIES = [
    (row["attempt"], persona, row["refused by"])
    for row in PAGE_ROWS
    for persona in (("steward", "engineer", "scientist", "analyst") if row["by"] == "all" else row["by"].split(", "))
]


@pytest.mark.parametrize(("what", "persona", "refused_by"), TRIES, ids=[f"{persona}: {what}" for what, persona, _ in TRIES])
def test_what_must_fail(world: World, what: str, persona: str, refused_by: str) -> None:
    clearance = "secret" if "cleared for `secret`" in what else "proprietary"
    found = refusal(lambda: ATTEMPTS[what](world, persona, clearance))
    assert found is not None
    if refused_by in WITHOUT_STATEMENT:
        assert WITHOUT_STATEMENT[refused_by] in found
    else:
        assert found.startswith(refused_by)


def test_each_attempt_of_the_page_is_tried() -> None:
    assert {row["attempt"] for row in PAGE_ROWS} == set(ATTEMPTS)


def test_break_glass_opens_what_the_page_says_and_is_logged(world: World) -> None:
    """A session of the steward with the clearance `secret`: everything in every zone, and each call with the session's name."""
    s3 = world.client("steward", "secret", "s3")
    secret = {"Bucket": world.bucket("curated"), "Key": f"{world.prefix('curated', 'proprietary')}glass.csv"}
    s3.put_object(**secret, Body=b"1,x\n", Tagging=f"{TAG}=secret")
    s3.put_object_tagging(**secret, Tagging={"TagSet": [{"Key": TAG, "Value": "restricted"}]})
    assert s3.get_object(**secret)["Body"].read() == b"1,x\n"
    world.client("steward", "secret", "sqs").receive_message(QueueUrl=world.model.dead_letter_queue)
    for service, attempt in CLOSED.items():
        assert refusal(lambda: attempt(world, world.client("steward", "secret", service)))  # noqa: B023 - called at once
    s3.delete_object(**secret)

    calls = json.loads(world.command("audit", "--who", "steward-secret", "-o", "json").stdout)
    of_object = [call["eventName"] for call in calls if (call["requestParameters"] or {}).get("key") == secret["Key"]]
    assert of_object == ["PutObject", "PutObjectTagging", "GetObject", "DeleteObject"]
    assumed = [call for call in json.loads(world.command("audit", "-o", "json").stdout) if call["eventName"] == "AssumeRole"]
    asked = [call["requestParameters"] for call in assumed if (call["requestParameters"] or {}).get("roleSessionName") == "steward-secret"]
    assert [one["tags"] for one in asked] == [[{"key": "clearance", "value": "secret"}]]


# What stays closed to break-glass: keys outside of the services, jobs of one's own, the clearance of others.
CLOSED: dict[str, Callable[[World, Any], object]] = {
    "kms": lambda world, kms: kms.decrypt(CiphertextBlob=world.encrypted("raw")),
    "glue": lambda world, glue: glue.create_job(
        Name="mine", Role=world.job_role("engineer", "proprietary"), Command={"Name": "glueetl", "ScriptLocation": "s3://scripts/mine.py"}
    ),
    "iam": lambda world, iam: iam.tag_role(
        RoleName=world.job_role("engineer", "proprietary").rpartition("/")[2], Tags=[{"Key": "clearance", "Value": "secret"}]
    ),
}
