"""The server's gate: each test is an attack that once succeeded, or a client that must still get in."""

from __future__ import annotations

import gzip
import http.client
import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake
from lake_local.sessions import new_session

from .conftest import start_server, stop_server

BUCKET = "gate-bucket"


@pytest.fixture(scope="module")
def lake(server: Lake) -> Lake:
    """A lake with one bucket and one object."""
    server.client("s3").create_bucket(Bucket=BUCKET)
    server.client("s3").put_object(Bucket=BUCKET, Key="a", Body=b"content")
    return server


def call(lake: Lake, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> tuple[int, bytes, Any]:
    """Status, body and headers of an unsigned request."""
    connection = http.client.HTTPConnection("127.0.0.1", int(lake.endpoint.rsplit(":", 1)[1]), timeout=60)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    found = answer.status, answer.read(), answer.headers
    connection.close()
    return found


def signed(lake: Lake, service: str, method: str, path: str, body: bytes, secret: str | None = None, **headers: str) -> dict[str, str]:
    """Headers of a signed request."""
    request = AWSRequest(method, lake.endpoint + path, data=body, headers=headers)
    SigV4Auth(Credentials(lake.access_key, secret or lake.secret_key), service, lake.region).add_auth(request)
    return dict(request.headers)


def never_sent(lake: Lake, headers: dict[str, str], path: str = "/", size: int = 10**9) -> float:
    """Seconds until a request is refused whose large body is announced and never comes."""
    connection = http.client.HTTPConnection("127.0.0.1", int(lake.endpoint.rsplit(":", 1)[1]), timeout=60)
    connection.putrequest("POST", path, skip_host="Host" in headers)
    for name, value in {**headers, "Content-Length": str(size)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(b"x" * 1000)
    started = time.monotonic()
    assert connection.getresponse().status in (400, 403, 413)
    connection.close()
    return time.monotonic() - started


@pytest.mark.parametrize("who", ["nobody", "an unknown key", "a wrong secret", "the lake, too much"])
def test_a_body_of_a_stranger_is_not_waited_for(lake: Lake, who: str) -> None:
    target = {"X-Amz-Target": "AWSGlue.GetDatabases"}
    headers = {
        "nobody": target,
        "an unknown key": {
            **target,
            "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/glue/aws4_request, Signature=0",
        },
        "a wrong secret": signed(lake, "s3", "POST", "/", b"", "wrong", **{"x-amz-content-sha256": "0" * 64}),
        "the lake, too much": signed(lake, "glue", "POST", "/", b"", **target),
    }[who]
    assert never_sent(lake, headers) < 20


def test_a_small_body_that_inflates_without_end_is_refused(lake: Lake) -> None:
    bomb = gzip.compress(bytes(200_000_000), 1)
    headers = {"X-Amz-Target": "AWSGlue.GetDatabases", "Content-Type": "application/x-amz-json-1.1", "Content-Encoding": "gzip"}
    status, body, _ = call(lake, "POST", "/", signed(lake, "glue", "POST", "/", bomb, **headers), bomb)
    assert status == 413 and b"larger than" in body


@pytest.mark.parametrize("host", ["rebound.example", "rebound.example:4566", "127.0.0.1.example", "localhost.example", ""])
@pytest.mark.parametrize("path", ["/_lake", "/_ministack/health", f"/{BUCKET}/a"])
def test_other_names_do_not_lead_to_the_lake(lake: Lake, host: str, path: str) -> None:
    status, body, _ = call(lake, "GET", path, {"Host": host})
    assert status == 403 and b"pid" not in body and b"content" not in body


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9", "localhost:4566", "[::1]:80", "bucket.localhost"])
def test_the_lakes_own_names_do(lake: Lake, host: str) -> None:
    assert call(lake, "GET", "/_lake", {"Host": host})[0] == 200


CLOSED = [
    ("GET", "/"),
    ("GET", "/health"),
    ("GET", "/_localstack/health"),
    ("GET", "/_ministack/lambda-code/000000000000/us-east-1/f"),
    ("GET", "/_ministack/lambda-layers/000000000000/us-east-1/l/1/content"),
    ("GET", "/latest/meta-data/iam/security-credentials/"),
    ("GET", "/oauth2/authorize"),
    ("GET", "/v2/"),
    ("POST", "/v2/images/blobs/uploads/"),
    ("PUT", "/v2/images/manifests/latest"),
    ("POST", "/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::000000000000:role/r&RoleSessionName=s"),
    ("GET", "/?Action=ListQueues"),
    ("PUT", "/no-such-bucket"),
    ("GET", f"/{BUCKET}/a"),
    ("PUT", f"/{BUCKET}/b"),
    ("OPTIONS", "/"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED, ids=lambda value: value)
def test_nothing_unsigned_is_answered(lake: Lake, method: str, path: str) -> None:
    status, _, headers = call(lake, method, path, {"Origin": "https://page.example", "Access-Control-Request-Method": "POST"})
    assert status in (400, 403, 404)
    assert not [name for name in headers if name.lower().startswith("access-control-")]


def test_images_cannot_be_pushed_with_a_signature_for_another_service(lake: Lake) -> None:
    path = "/v2/images/blobs/uploads/"
    assert call(lake, "POST", path, signed(lake, "s3", "POST", path, b""), b"")[0] == 404


def test_health_is_open(lake: Lake) -> None:
    assert call(lake, "GET", "/_ministack/health")[0] == 200


def presigned(lake: Lake, call: str = "get_object", key: str = "a", seconds: int = 60, secret: str | None = None) -> str:
    """Return the path of an address that is signed with a date, as `aws s3 presign` makes it."""
    session = new_session(lake.access_key, secret or lake.secret_key, None, lake.region)
    client = session.client("s3", endpoint_url=lake.endpoint, config=Config(signature_version="s3v4"))
    return client.generate_presigned_url(call, {"Bucket": BUCKET, "Key": key}, ExpiresIn=seconds).removeprefix(lake.endpoint)


@pytest.mark.parametrize("key", ["a", "b c+d/ü.txt"])
def test_an_address_that_is_signed_with_a_date(lake: Lake, key: str) -> None:
    lake.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"content")
    assert call(lake, "GET", presigned(lake, key=key))[:2] == (200, b"content")
    assert call(lake, "HEAD", presigned(lake, "head_object", key))[0] == 200
    assert call(lake, "PUT", presigned(lake, "put_object", f"{key}-put"), body=b"sent")[0] == 200
    assert lake.client("s3").get_object(Bucket=BUCKET, Key=f"{key}-put")["Body"].read() == b"sent"


def test_an_address_is_good_for_what_was_signed_only(lake: Lake) -> None:
    good = presigned(lake)
    short = presigned(lake, seconds=1)
    for path, code in (
        (good.replace(f"/{BUCKET}/a?", f"/{BUCKET}/b?"), b"SignatureDoesNotMatch"),
        (good.replace("X-Amz-Expires=60", "X-Amz-Expires=600"), b"SignatureDoesNotMatch"),
        (presigned(lake, secret="wrong"), b"SignatureDoesNotMatch"),
        (good.replace(lake.access_key, "AKIANOSUCHKEY"), b"InvalidAccessKeyId"),
    ):
        status, body, _ = call(lake, "GET", path)
        assert status == 403 and code in body, body
    assert call(lake, "PUT", good, body=b"x")[0] == 403
    time.sleep(2)
    status, body, _ = call(lake, "GET", short)
    assert status == 403 and b"Request has expired" in body
    assert never_sent(lake, {"Content-Type": "text/plain"}, presigned(lake, "put_object", secret="wrong")) < 20


def test_a_web_page_may_read_what_a_buckets_configuration_says(lake: Lake) -> None:
    origin = {"Origin": "https://page.example"}
    link = lake.client("s3").generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "a"}).removeprefix(lake.endpoint)
    assert call(lake, "GET", link, origin)[2].get("Access-Control-Allow-Origin") is None
    rule = {"AllowedOrigins": ["https://page.example"], "AllowedMethods": ["GET"]}
    lake.client("s3").put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    assert call(lake, "GET", link, origin)[2]["Access-Control-Allow-Origin"] == "https://page.example"
    asked = {**origin, "Access-Control-Request-Method": "GET"}
    assert call(lake, "OPTIONS", f"/{BUCKET}/a", asked)[2]["Access-Control-Allow-Origin"] == "https://page.example"
    headers = signed(lake, "glue", "POST", "/", b"{}", **{"X-Amz-Target": "AWSGlue.GetDatabases", **origin})
    status, _, answered = call(lake, "POST", "/", headers, b"{}")
    assert status == 200 and "Access-Control-Allow-Origin" not in answered


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "one body"])
def test_large_objects_and_links_still_work(lake: Lake, chunked: bool, tmp_path: Path) -> None:
    content = b"0123456789abcdef" * 600_000
    (tmp_path / "file").write_bytes(content)
    s3 = lake.client("s3", config=Config(request_checksum_calculation="when_supported" if chunked else "when_required"))
    with (tmp_path / "file").open("rb") as file:
        s3.put_object(Bucket=BUCKET, Key="large", Body=file)
    link = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "large"}).removeprefix(lake.endpoint)
    assert call(lake, "GET", link)[1] == content
    put = s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "linked"}).removeprefix(lake.endpoint)
    assert call(lake, "PUT", put, body=content)[0] == 200
    assert call(lake, "PUT", put.replace("Signature=", "Signature=0"), body=b"x")[0] == 403


def test_metrics_that_the_sdk_compresses_arrive(lake: Lake) -> None:
    metrics = lake.client("cloudwatch", config=Config(disable_request_compression=False, request_min_compression_size_bytes=100))
    data = [{"MetricName": f"m{i}", "Value": 1.0} for i in range(100)]
    metrics.put_metric_data(Namespace="Compressed", MetricData=data)
    assert len(metrics.list_metrics(Namespace="Compressed")["Metrics"]) == 100


def test_services_that_no_lake_uses_are_off_until_a_stack_has_them(lake: Lake) -> None:
    dynamodb = lake.client("dynamodb")
    with pytest.raises(ClientError, match="dynamodb is off in this lake: `lake down`, then `LAKE_SERVICES=dynamodb lake up`"):
        dynamodb.list_tables()
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        },
    }
    cloudformation = lake.client("cloudformation")
    cloudformation.create_stack(StackName="with-table", TemplateBody=json.dumps({"Resources": {"Table": table}}))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="with-table", WaiterConfig={"Delay": 1})
    assert dynamodb.list_tables()["TableNames"]


def test_a_service_is_on_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_SERVICES", "kinesis, ecr")
    process, lake = start_server(tmp_path)
    try:
        assert lake.client("kinesis").list_streams()["StreamNames"] == []
        assert lake.client("ecr").describe_repositories()["repositories"] == []
    finally:
        stop_server(process)
    monkeypatch.setenv("LAKE_SERVICES", "kinesys")
    with pytest.raises(RuntimeError, match="LAKE_SERVICES names no service 'kinesys'"):
        start_server(tmp_path)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A program on this machine's loopback, and the paths that it was called with."""
    called: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            called.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{found.server_address[1]}", called
    found.shutdown()
    found.server_close()


def test_no_service_calls_what_listens_on_this_machine(lake: Lake, listener: tuple[str, list[str]]) -> None:
    address, called = listener
    sns = lake.client("sns")
    topic = sns.create_topic(Name="outgoing")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://{address}/sns")
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://localhost:{address.rsplit(':', 1)[1]}/sns")
    sns.publish(TopicArn=topic, Message="x")
    log = lake.state_dir / "server.log"
    deadline = time.monotonic() + 120
    while log.read_text().count("is no public address") < 2 and not called and time.monotonic() < deadline:
        time.sleep(0.1)
    assert called == []
    assert "127.0.0.1 is no public address" in log.read_text()
