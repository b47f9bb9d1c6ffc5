"""Macie's session and job, against botocore's own model of the service: a call with a wrong parameter or answer fails here as there."""

import importlib.util
import sys
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

PROPERTIES = {"Name": "Lake", "AccountId": "111122223333", "Buckets": ["drop", "raw"], "SamplingPercentage": "10", "DayOfWeek": "SUNDAY"}
REQUEST = "0aa3cd4f-1f24-4e53-9f63-7e0e5b1f8f3a"
NOT_ENABLED = {"service_error_code": "AccessDeniedException", "service_message": "Macie is not enabled."}


@pytest.fixture(scope="module")
def index():
    spec = importlib.util.spec_from_file_location("macie_job_index", Path(__file__).resolve().parents[1] / "index.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def macie(index, monkeypatch):
    """A stubbed client: what a test expects, in that order; the rest fails."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    client = boto3.client("macie2", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(index.boto3, "client", lambda name: client)
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def ask(index, monkeypatch):
    """Send an event as CloudFormation does; return the answer."""
    answers = []
    monkeypatch.setattr(index, "send", lambda url, answer: answers.append((url, answer)))

    def send(kind, **event):
        event = {"ResourceProperties": PROPERTIES, "RequestId": REQUEST, "StackId": "stack", "LogicalResourceId": "Job", **event}
        index.handler({"RequestType": kind, "ResponseURL": "https://answer", **event}, None)
        [(url, answer)] = answers
        answers.clear()
        assert url == "https://answer"
        assert (answer["StackId"], answer["RequestId"], answer["LogicalResourceId"]) == ("stack", REQUEST, "Job")
        return answer

    return send


def found(macie, status="ENABLED"):
    macie.add_response("get_macie_session", {"status": status}, {})


def makes_job(macie, job="job-1", **changes):
    properties = PROPERTIES | changes
    expected = {
        "clientToken": REQUEST,
        "name": "Lake-0aa3cd4f",
        "description": "Weekly discovery of sensitive data in the data lake",
        "jobType": "SCHEDULED",
        "initialRun": True,
        "scheduleFrequency": {"weeklySchedule": {"dayOfWeek": properties["DayOfWeek"]}},
        "samplingPercentage": int(properties["SamplingPercentage"]),
        "managedDataIdentifierSelector": "RECOMMENDED",
        "s3JobDefinition": {"bucketDefinitions": [{"accountId": "111122223333", "buckets": properties["Buckets"]}]},
    }
    macie.add_response("create_classification_job", {"jobId": job}, expected)


def cancels(macie, job="job-1", status="IDLE"):
    macie.add_response("describe_classification_job", {"jobId": job, "jobStatus": status}, {"jobId": job})
    if status not in ("CANCELLED", "COMPLETE"):
        macie.add_response("update_classification_job", {}, {"jobId": job, "jobStatus": "CANCELLED"})


def lists(macie, *jobs):
    macie.add_response("list_classification_jobs", {"items": [{"jobId": job, "jobStatus": status} for job, status in jobs]}, {})


def test_create_on_an_account_without_macie_enables_it(macie, ask):
    macie.add_client_error("get_macie_session", **NOT_ENABLED)
    macie.add_response("enable_macie", {}, {"status": "ENABLED"})
    makes_job(macie)
    answer = ask("Create")
    assert (answer["Status"], answer["PhysicalResourceId"], answer["Data"]) == ("SUCCESS", "job-1/session-enabled", {"JobId": "job-1"})


def test_create_takes_the_session_that_is_there(macie, ask):
    found(macie)
    makes_job(macie)
    assert ask("Create")["PhysicalResourceId"] == "job-1/session-found"


def test_create_with_a_paused_session_fails_and_says_why(macie, ask):
    found(macie, "PAUSED")
    answer = ask("Create")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "none")
    assert "Macie is paused" in answer["Reason"]


def test_create_that_fails_leaves_no_session_behind(macie, ask):
    macie.add_client_error("get_macie_session", **NOT_ENABLED)
    macie.add_response("enable_macie", {}, {"status": "ENABLED"})
    macie.add_client_error("create_classification_job", "ValidationException", "no such bucket")
    macie.add_response("disable_macie", {}, {})
    answer = ask("Create")
    assert answer["Status"] == "FAILED" and "no such bucket" in answer["Reason"]


def test_a_denied_call_is_no_missing_session(macie, ask):
    macie.add_client_error("get_macie_session", "AccessDeniedException", "not authorized to perform: macie2:GetMacieSession")
    answer = ask("Create")
    assert answer["Status"] == "FAILED" and "not authorized" in answer["Reason"]


@pytest.mark.parametrize(
    "change", [{"Buckets": ["drop"]}, {"SamplingPercentage": "50"}, {"DayOfWeek": "MONDAY"}], ids=lambda change: next(iter(change))
)
@pytest.mark.parametrize("session", ["session-found", "session-enabled"])
def test_a_change_makes_a_new_job_and_cloudformation_deletes_the_old_one(macie, ask, change, session):
    found(macie)
    makes_job(macie, "job-2", **change)
    answer = ask("Update", PhysicalResourceId=f"job-1/{session}", OldResourceProperties=PROPERTIES, ResourceProperties=PROPERTIES | change)
    assert answer["PhysicalResourceId"] == f"job-2/{session}"
    found(macie)
    cancels(macie)
    if session == "session-enabled":
        lists(macie, ("job-1", "CANCELLED"), ("job-2", "IDLE"))  # the new job keeps the session
    assert ask("Delete", PhysicalResourceId=f"job-1/{session}")["Status"] == "SUCCESS"


def test_an_update_without_a_change_calls_nothing(macie, ask):
    properties = PROPERTIES | {"ServiceToken": "another"}
    answer = ask("Update", PhysicalResourceId="job-1/session-found", OldResourceProperties=PROPERTIES, ResourceProperties=properties)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "job-1/session-found")


def test_delete_cancels_the_job_and_leaves_a_session_that_was_found(macie, ask):
    found(macie)
    cancels(macie)
    assert ask("Delete", PhysicalResourceId="job-1/session-found")["Status"] == "SUCCESS"


@pytest.mark.parametrize(("others", "disabled"), [([], True), ([("theirs", "COMPLETE")], True), ([("theirs", "IDLE")], False)])
def test_delete_disables_a_session_that_was_enabled_here_unless_others_use_it(macie, ask, others, disabled):
    found(macie)
    cancels(macie)
    lists(macie, ("job-1", "CANCELLED"), *others)
    if disabled:
        macie.add_response("disable_macie", {}, {})
    assert ask("Delete", PhysicalResourceId="job-1/session-enabled")["Status"] == "SUCCESS"


@pytest.mark.parametrize("status", ["CANCELLED", "COMPLETE"])
def test_delete_of_a_job_that_is_over(macie, ask, status):
    found(macie)
    cancels(macie, status=status)
    assert ask("Delete", PhysicalResourceId="job-1/session-found")["Status"] == "SUCCESS"


def test_delete_of_a_job_that_is_gone(macie, ask):
    found(macie)
    macie.add_client_error("describe_classification_job", "ResourceNotFoundException", "gone")
    assert ask("Delete", PhysicalResourceId="job-1/session-found")["Status"] == "SUCCESS"


def test_delete_when_macie_was_disabled_by_somebody(macie, ask):
    macie.add_client_error("get_macie_session", **NOT_ENABLED)
    assert ask("Delete", PhysicalResourceId="job-1/session-enabled")["Status"] == "SUCCESS"


def test_delete_after_a_create_that_failed_calls_nothing(macie, ask):
    assert ask("Delete", PhysicalResourceId="none")["Status"] == "SUCCESS"


def test_the_answer_goes_to_cloudformation(index, monkeypatch):
    sent = []
    monkeypatch.setattr(
        index.urllib.request, "urlopen", lambda request, timeout: sent.append(request) or type("R", (), {"close": lambda self: None})()
    )
    index.send("https://answer/path?signature", {"Status": "SUCCESS"})
    [request] = sent
    # CloudFormation signs the URL for an empty content type.
    assert (request.get_method(), request.full_url, request.data, request.headers) == (
        "PUT",
        "https://answer/path?signature",
        b'{"Status": "SUCCESS"}',
        {"Content-type": ""},
    )
