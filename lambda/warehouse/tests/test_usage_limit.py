"""The usage limit, against botocore's own model of the service."""

import pytest

ARN = "arn:aws:redshift-serverless:eu-west-1:111122223333:workgroup/7e2a"
PROPERTIES = {"WorkgroupArn": ARN, "RpuHours": "100", "Period": "monthly", "BreachAction": "deactivate"}


@pytest.fixture
def redshift(stubs):
    return stubs("redshift-serverless")


@pytest.fixture
def limit(load, ask):
    handler = load("usage_limit").handler
    return lambda kind, properties=PROPERTIES, **event: ask(handler, kind, properties, **event)


def makes(redshift, limit="limit-1", **changes):
    wanted = PROPERTIES | changes
    expected = {
        "resourceArn": wanted["WorkgroupArn"],
        "usageType": "serverless-compute",
        "period": wanted["Period"],
        "amount": int(wanted["RpuHours"]),
        "breachAction": wanted["BreachAction"],
    }
    redshift.add_response("create_usage_limit", {"usageLimit": {"usageLimitId": limit}}, expected)


def test_create(redshift, limit):
    makes(redshift)
    answer = limit("Create")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "limit-1")


def test_create_that_is_refused_says_why(redshift, limit):
    redshift.add_client_error("create_usage_limit", "ConflictException", "there is a limit already")
    answer = limit("Create")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "none")
    assert "there is a limit already" in answer["Reason"]


@pytest.mark.parametrize("change", [{"RpuHours": "50"}, {"BreachAction": "log"}], ids=lambda change: next(iter(change)))
def test_amount_and_action_change_in_place(redshift, limit, change):
    wanted = PROPERTIES | change
    redshift.add_response(
        "update_usage_limit",
        {"usageLimit": {"usageLimitId": "limit-1"}},
        {"usageLimitId": "limit-1", "amount": int(wanted["RpuHours"]), "breachAction": wanted["BreachAction"]},
    )
    answer = limit("Update", wanted, OldResourceProperties=PROPERTIES, PhysicalResourceId="limit-1")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "limit-1")


@pytest.mark.parametrize("change", [{"Period": "daily"}, {"WorkgroupArn": ARN + "b"}], ids=lambda change: next(iter(change)))
def test_another_period_or_workgroup_is_another_limit(redshift, limit, change):
    makes(redshift, "limit-2", **change)
    answer = limit("Update", PROPERTIES | change, OldResourceProperties=PROPERTIES, PhysicalResourceId="limit-1")
    assert answer["PhysicalResourceId"] == "limit-2"


def test_delete(redshift, limit):
    redshift.add_response("delete_usage_limit", {"usageLimit": {}}, {"usageLimitId": "limit-1"})
    assert limit("Delete", PhysicalResourceId="limit-1")["Status"] == "SUCCESS"


def test_delete_of_one_that_is_gone(redshift, limit):
    redshift.add_client_error("delete_usage_limit", "ResourceNotFoundException", "gone")
    assert limit("Delete", PhysicalResourceId="limit-1")["Status"] == "SUCCESS"


def test_delete_after_a_create_that_failed_calls_nothing(limit):
    assert limit("Delete", PhysicalResourceId="none")["Status"] == "SUCCESS"


def test_the_answer_goes_to_cloudformation(load, monkeypatch):
    module, sent = load("cloudformation"), []
    closed = type("Response", (), {"close": lambda self: None})
    monkeypatch.setattr(module.urllib.request, "urlopen", lambda request, timeout: sent.append(request) or closed())
    module.send("https://answer/path?signature", {"Status": "SUCCESS"})
    [request] = sent
    # CloudFormation signs the URL for an empty content type.
    assert (request.get_method(), request.data, request.headers) == ("PUT", b'{"Status": "SUCCESS"}', {"Content-type": ""})
