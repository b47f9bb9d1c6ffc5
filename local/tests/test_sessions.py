"""Sessions share what botocore has read of its service definitions, and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lake_local.sessions import new_session


def loader_of(session: Any) -> Any:
    return session._session.get_component("data_loader")


def test_definitions_are_read_once() -> None:
    first, second = (new_session(name, "secret", None, "us-east-1") for name in ("one", "two"))
    assert loader_of(first) is loader_of(second)
    before = loader_of(first).load_service_model("sqs", "service-2")
    assert loader_of(second).load_service_model("sqs", "service-2") is before


def test_the_folders_of_definitions_do_not_add_up() -> None:
    paths = list(loader_of(new_session("one", "secret", None, "us-east-1")).search_paths)
    assert list(loader_of(new_session("two", "secret", None, "us-east-1")).search_paths) == paths
    assert len(paths) == len(set(paths))


def test_credentials_and_region_are_a_session_s_own() -> None:
    sessions = [new_session("one", "a", None, "us-east-1"), new_session("two", "b", "token", "eu-west-1")]
    clients = [session.client("sqs") for session in sessions]
    found = [session.get_credentials() for session in sessions]
    assert [(one.access_key, one.secret_key, one.token) for one in found] == [("one", "a", None), ("two", "b", "token")]
    assert [client.meta.region_name for client in clients] == ["us-east-1", "eu-west-1"]


def test_a_client_of_s3_has_what_boto3_adds() -> None:
    assert callable(new_session("one", "a", None, "us-east-1").client("s3").upload_fileobj)


def test_sessions_are_made_by_several_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: new_session(f"key{number}", "a", None, "us-east-1").client("sts"), range(24)))
    assert [client._request_signer._credentials.access_key for client in made] == [f"key{number}" for number in range(24)]
