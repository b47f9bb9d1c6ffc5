"""The server: who it listens to, who may call, what survives."""

from __future__ import annotations

import contextlib
import json
import socket
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake
from lake_local.lake_file import folder_mark

from .conftest import descendants, start_server, stop_server


def test_answers_as_aws_with_the_lakes_keys(server: Lake) -> None:
    identity = server.client("sts").get_caller_identity()
    assert identity["Account"] == "000000000000"
    assert identity["Arn"].endswith(":root")


@pytest.mark.parametrize("keys", [("test", "test"), ("000000000000", "test"), ("AKIAUNKNOWN", "secret")])
def test_refuses_any_other_key(server: Lake, keys: tuple[str, str]) -> None:
    stranger = boto3.Session(*keys, region_name="us-east-1").client("s3", endpoint_url=server.endpoint)
    with pytest.raises(ClientError) as refused:
        stranger.list_buckets()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_refuses_the_right_key_with_a_wrong_signature(server: Lake) -> None:
    forger = boto3.Session(server.access_key, "wrong", region_name="us-east-1").client("sqs", endpoint_url=server.endpoint)
    with pytest.raises(ClientError, match="signature"):
        forger.list_queues()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("POST", "/_ministack/reset"),
        ("POST", "/_ministack/config"),
        ("GET", "/_ministack/sqs/messages"),
    ],
)
def test_refuses_unsigned_calls(server: Lake, method: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(server.endpoint + path, method=method, data=b"{}" if method == "POST" else None))
    assert refused.value.code in (403, 404)


def fetch(server: Lake, page: str, access_key: str, secret_key: str, token: str | None = None, service: str = "lake") -> dict:
    """A page of ours, signed with any key for any service."""
    request = AWSRequest("GET", f"{server.endpoint}/_lake/{page}")
    SigV4Auth(Credentials(access_key, secret_key, token), service, server.region).add_auth(request)
    with urllib.request.urlopen(urllib.request.Request(request.url, headers=dict(request.headers))) as response:
        return json.load(response)


@pytest.mark.parametrize("page", ["recorded", "glue/pending"])
def test_pages_of_ours_are_answered_with_the_lakes_key(server: Lake, page: str) -> None:
    assert fetch(server, page, server.access_key, server.secret_key) == server.internal(page) != {}


def test_pages_of_ours_refuse_who_is_not_the_lake(server: Lake) -> None:
    iam, trust = server.client("iam"), {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="reader", PolicyName="all", PolicyDocument=json.dumps(everything))
    assumed = server.client("sts").assume_role(RoleArn=role, RoleSessionName="stranger")["Credentials"]
    lake = (server.access_key, server.secret_key)
    strangers = {
        "wrong secret": lambda: fetch(server, "recorded", server.access_key, "wrong"),
        "unknown key": lambda: fetch(server, "recorded", "AKIAUNKNOWN", server.secret_key),
        "a role that may do everything": lambda: fetch(
            server, "recorded", assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"]
        ),
        "signed for another service": lambda: fetch(server, "recorded", *lake, service="s3"),
        "unsigned": lambda: urllib.request.urlopen(f"{server.endpoint}/_lake/recorded"),
        "unsigned, no such page": lambda: urllib.request.urlopen(f"{server.endpoint}/_lake/nothing"),
    }
    codes = {}
    for who, call in strangers.items():
        with pytest.raises(urllib.error.HTTPError) as refused:
            call()
        codes[who] = refused.value.code
    assert codes == dict.fromkeys(strangers, 403)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch(server, "nothing", *lake)


def test_the_process_id_needs_no_signature(server: Lake) -> None:
    with urllib.request.urlopen(f"{server.endpoint}/_lake") as response:
        assert json.load(response) == {"pid": server.pid, "folder": folder_mark(server.state_dir)}


def listening_addresses(pids: set[int]) -> set[str]:
    """Addresses that processes listen on, from the kernel's own tables: `127.0.0.1:4566`."""
    inodes = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                inodes.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and (fields[3] == "0A" or table.startswith("udp")):
                host, port = fields[1].split(":")
                family = socket.AF_INET6 if table.endswith("6") else socket.AF_INET
                raw = b"".join(bytes.fromhex(host[i : i + 8])[::-1] for i in range(0, len(host), 8))
                found.add(f"{socket.inet_ntop(family, raw)}:{int(port, 16)}")
    return found


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc")
def test_listens_on_127_0_0_1_only(server: Lake) -> None:
    for service in ("iot", "transfer", "s3", "lambda", "cloudformation"):  # loading these once opened ports
        with contextlib.suppress(ClientError):
            client = server.client(service)
            getattr(
                client,
                {
                    "iot": "list_things",
                    "transfer": "list_servers",
                    "s3": "list_buckets",
                    "lambda": "list_functions",
                    "cloudformation": "list_stacks",
                }[service],
            )()
    assert listening_addresses(descendants(server.pid)) == {server.endpoint.removeprefix("http://")}


def test_many_clients_stay_connected_where_the_shell_allows_few_open_files(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        process, lake = start_server(tmp_path / ".lake")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        clients = [lake.client("sts") for _ in range(300)]
        assert {client.get_caller_identity()["Account"] for client in clients} == {"000000000000"}
        assert len(list(Path(f"/proc/{process.pid}/fd").iterdir())) > 300
    finally:
        stop_server(process)


def test_a_write_with_kms_and_no_key_uses_the_managed_key(server: Lake) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="managed-key")
    s3.put_object(Bucket="managed-key", Key="a", Body=b"1", ServerSideEncryption="aws:kms")
    assert s3.head_object(Bucket="managed-key", Key="a")["SSEKMSKeyId"].endswith(":alias/aws/s3")
