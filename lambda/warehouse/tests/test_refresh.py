"""Ingestions of QuickSight, against botocore's own model."""

import pytest
from botocore.exceptions import ClientError

EVENT = {"id": "18e7079c-dd4b-dd64-caf9-e2a31640dab0"}


@pytest.fixture
def refresh(load, monkeypatch):
    monkeypatch.setenv("ACCOUNT", "111122223333")
    monkeypatch.setenv("DATA_SETS", '["sellers", "sdrs"]')
    return load("refresh")


def expected(data_set):
    return {"AwsAccountId": "111122223333", "DataSetId": data_set, "IngestionId": EVENT["id"]}


def ingests(stubs, data_set):
    stubs("quicksight").add_response("create_ingestion", {"IngestionId": EVENT["id"]}, expected(data_set))


def test_every_data_set_is_fetched_again(refresh, stubs):
    ingests(stubs, "sellers")
    ingests(stubs, "sdrs")
    assert refresh.handler(EVENT, None) == [EVENT["id"]] * 2


def test_an_event_that_comes_twice_is_one_ingestion(refresh, stubs):
    stubs("quicksight").add_client_error("create_ingestion", "ResourceExistsException", "there", expected_params=expected("sellers"))
    ingests(stubs, "sdrs")
    refresh.handler(EVENT, None)


def test_another_error_is_one(refresh, stubs):
    stubs("quicksight").add_client_error("create_ingestion", "LimitExceededException", "too many", expected_params=expected("sellers"))
    with pytest.raises(ClientError, match="too many"):
        refresh.handler(EVENT, None)
