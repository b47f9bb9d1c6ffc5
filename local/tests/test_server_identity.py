"""Credentials of roles and callers, and the seam to services; in this process, without a server."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": ["glue.amazonaws.com"]}, "Action": "sts:AssumeRole"}],
}
ARN = "arn:aws:iam::000000000000:role/path/Job"


@pytest.fixture(scope="module", autouse=True)
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """MiniStack with IAM on, imported into this process; nothing else in it needs another environment."""
    before = dict(os.environ)
    from lake_local.cloud.server.environment import prepare
    from lake_local.config import Config

    prepare(Config(4566, tmp_path_factory.mktemp("state"), "AKIALAKE", "secret"))
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def role() -> Iterator[dict]:
    from ministack.services import iam

    iam._roles["Job"] = {"RoleName": "Job", "RoleId": "AROAJOB", "Arn": ARN, "AssumeRolePolicyDocument": json.dumps(TRUST)}
    yield iam._roles["Job"]
    del iam._roles["Job"]


def test_a_role_that_trusts_the_service_gives_its_credentials(role: dict) -> None:
    from lake_local.cloud.identity import role_credentials
    from ministack.core.iam_evaluator import resolve_credential

    access_key, secret_key, token = role_credentials(ARN, "job run/1")
    found = resolve_credential(access_key, "000000000000", token)
    assert found.secret_access_key == secret_key
    assert found.principal_arn == "arn:aws:sts::000000000000:assumed-role/Job/job-run-1"


@pytest.mark.parametrize(
    ("statement", "trusted"),
    [
        ({"Principal": {"Service": "glue.amazonaws.com"}}, True),
        ({"Principal": "*"}, True),
        ({"Principal": {"Service": "lambda.amazonaws.com"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::000000000000:root"}}, False),
        ({"Principal": {"Service": "glue.amazonaws.com"}, "Effect": "Deny"}, False),
        ({"Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:TagSession"}, False),
        ({"Principal": {"Service": "glue.amazonaws.com"}, "Condition": {"StringEquals": {"aws:SourceAccount": "000000000000"}}}, True),
        ({"Principal": {"Service": "glue.amazonaws.com"}, "Condition": {"StringEquals": {"aws:SourceAccount": "111111111111"}}}, False),
        ({"Principal": {"Service": "glue.amazonaws.com"}, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:glue:*:*:job/Land"}}}, True),
        ({"Principal": {"Service": "glue.amazonaws.com"}, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:glue:*:*:job/No"}}}, False),
    ],
)
def test_trust_policies(statement: dict, trusted: bool) -> None:
    """https://docs.aws.amazon.com/glue/latest/dg/cross-service-confused-deputy-prevention.html"""
    from lake_local.cloud.identity import trusts

    policy = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", **statement}]}
    assert trusts(policy, "glue.amazonaws.com", ARN, "arn:aws:glue:us-east-1:000000000000:job/Land") is trusted


def test_a_role_that_does_not_trust_the_service_is_refused(role: dict) -> None:
    from lake_local.cloud.identity import AssumeRoleError, role_credentials

    with pytest.raises(AssumeRoleError, match=r"lambda.amazonaws.com is not authorized to perform: sts:AssumeRole"):
        role_credentials(ARN, "x", "lambda.amazonaws.com")
    with pytest.raises(AssumeRoleError, match="does not exist"):
        role_credentials("arn:aws:iam::000000000000:role/No", "x")
    with pytest.raises(AssumeRoleError, match="not the ARN of a role"):
        role_credentials("nonsense", "x")


def test_the_callers_own_credentials(role: dict) -> None:
    from lake_local.cloud.identity import caller_credentials, role_credentials

    minted = role_credentials(ARN, "x")
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 Credential={minted.access_key}/20260101/us-east-1/glue/aws4_request, "
        "SignedHeaders=host, Signature=00"
    }
    assert caller_credentials(headers) == minted
    with pytest.raises(PermissionError):
        caller_credentials({"authorization": headers["authorization"].replace(minted.access_key, "AKIASTRANGER")})


def test_a_wrapper_sees_the_call_and_can_pass_it_on() -> None:
    from lake_local.cloud.service import json_error, json_response, operation, original_handler, wrap_service
    from ministack import app

    mine = app.SERVICE_HANDLERS["glue"]

    async def wrapper(method, path, headers, body, query, original):
        assert original is original_handler("glue") is mine
        return json_response({"saw": operation(headers)})

    wrap_service("glue", wrapper)
    wrap_service("glue", wrapper)
    try:
        status, headers, body = asyncio.run(app.SERVICE_HANDLERS["glue"]("POST", "/", {"x-amz-target": "AWSGlue.GetJobs"}, b"{}", {}))
    finally:
        app.SERVICE_HANDLERS["glue"] = mine
    assert (status, json.loads(body)) == (200, {"saw": "GetJobs"})
    assert json.loads(json_error("EntityNotFoundException", "no")[2])["__type"] == "EntityNotFoundException"
    with pytest.raises(KeyError, match="no service 'nothing'"):
        wrap_service("nothing", wrapper)


def test_a_workflow_is_notified_with_a_role_that_may(role: dict) -> None:
    from lake_local.cloud.glue.workflow_targets import check_role, is_workflow

    workflow = "arn:aws:glue:us-east-1:000000000000:workflow/Flow"
    assert is_workflow(workflow) and not is_workflow("arn:aws:glue:us-east-1:000000000000:job/Job")
    with pytest.raises(Exception, match="events.amazonaws.com is not authorized"):
        check_role(ARN, workflow)
    role["AssumeRolePolicyDocument"] = json.dumps(TRUST).replace("glue.amazonaws", "events.amazonaws")
    with pytest.raises(PermissionError, match="glue:NotifyEvent"):
        check_role(ARN, workflow)
    allow = {"Statement": [{"Effect": "Allow", "Action": "glue:NotifyEvent", "Resource": workflow}]}
    role["InlinePolicies"] = {"p": json.dumps(allow)}
    check_role(ARN, workflow)
    with pytest.raises(PermissionError, match="no RoleArn"):
        check_role("", workflow)


def test_a_store_survives_and_undoes_half_changes(tmp_path: Path) -> None:
    from lake_local.store import Store

    store = Store(tmp_path / "deep" / "store.json")
    with store.change() as data:
        data["jobs"] = {"a": 1}
    with pytest.raises(ValueError), store.change() as data:
        data["jobs"]["b"] = 2
        raise ValueError
    assert store.read("jobs") == {"a": 1} == Store(store.path).read("jobs")
    store.read("jobs")["c"] = 3
    assert store.read("jobs") == {"a": 1}
    store.path.write_text("{ half")
    assert Store(store.path).read() == {}
    assert store.path.with_suffix(".damaged").read_text() == "{ half"


def test_what_must_end_with_the_server_ends_once_last_first() -> None:
    from lake_local.cloud.shutdown import on_shutdown, run_callbacks

    ended = []

    def first() -> None:
        ended.append("first")

    def failing() -> None:
        raise RuntimeError("no")

    for callback in (first, failing, first):
        on_shutdown(callback)
    run_callbacks()
    run_callbacks()
    assert ended == ["first"]
