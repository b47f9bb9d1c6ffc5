"""The example's own app on the embedded cloud: deployed fast, and destroyed without a trace."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

OLIST = Path(__file__).resolve().parents[2] / "examples" / "olist"


@pytest.fixture(scope="module")
def lake(new_lake: Callable[..., Any]) -> Any:
    command = new_lake(folder=OLIST)
    command("up")
    return command


def test_an_assembly_is_deployed_beside_another_lake_of_it(lake: Any, new_lake: Callable[..., Any]) -> None:
    other = new_lake(folder=OLIST)
    other("up", "--assembly", str(lake.state / "cdk.out"))
    assert set(other.lake.model().jobs) == set(lake.lake.model().jobs)
    other("down", "--purge")


def test_layers_for_lambda_are_replaced_and_it_is_said(lake: Any) -> None:
    printed = lake("up").stderr
    assert "numpy==" in printed and "pandas==" in printed and "run here as built for Python 3." in printed
    assert "assets: 0 of" in printed and "no changes" in printed


def test_the_model_has_everything(lake: Any) -> None:
    model = lake.lake.model()
    assert [zone.name for zone in model.zones] == ["drop", "raw", "curated", "sandbox"]
    assert [zone.next for zone in model.zones] == ["raw", "curated", None, None]
    assert [table.name for table in model.tables] == ["closed_deals", "order_items", "order_reviews", "sellers"]
    assert [stream.name for stream in model.streams] == ["clickstream", "images"] and all(stream.function for stream in model.streams)
    assert set(model.databases) == set(model.crawlers) == {zone.name for zone in model.zones}
    assert model.curations[0].requires == ("order_items", "order_reviews", "closed_deals")
    assert model.workflow and model.workgroup and model.dead_letter_queue
    assert set(model.jobs) == {"closed_deals", "order_items", "order_reviews", "sellers", "seller_performance"}


def test_a_stream_with_numpy_and_pandas_runs(lake: Any, tmp_path: Path) -> None:
    file = tmp_path / "clicks.csv"
    file.write_text("event_id,session_id,event_type,timestamp\n1,a,view,2026-01-01T00:00:00Z\n")
    lake("drop", str(file), "--stream", "clickstream")
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        raw = next(zone for zone in json.loads(lake("status", "-o", "json").stdout)["zones"] if zone["name"] == "raw")
        if raw["objects"]:
            return
        time.sleep(0.2)
    raise AssertionError(lake("logs", "clickstream").stdout)


def test_a_table_of_which_too_much_is_refused_fails_until_that_is_settled(lake: Any, tmp_path: Path) -> None:
    file = tmp_path / "sellers.csv"
    rows = "s1,01000,São Paulo,SP,too many\n" * 12 + "s2,02000,Rio,RJ\n"
    file.write_text(f"seller_id,seller_zip_code_prefix,seller_city,seller_state\n{rows}")
    lake("drop", str(file), "--table", "sellers")
    failed = lake("run", "--table", "sellers", code=1).stderr
    assert "sellers: RefusedRows: sellers: 12 of 13 rows were refused: wrong number of fields (12)" in failed
    [found] = json.loads(lake("quarantine", "-o", "json").stdout)
    assert (found["name"], found["rows"], found["reasons"], found["failing"]) == ("sellers", 12, {"wrong number of fields": 12}, True)
    assert "RefusedRows" in lake("quarantine", "retry", code=1).stderr
    lake("quarantine", "acknowledge", "--table", "sellers")
    lake("run", "--table", "sellers")
    [found] = json.loads(lake("quarantine", "--table", "sellers", "-o", "json").stdout)
    assert (found["rows"], found["failing"]) == (12, False)


def test_a_curated_table_names_why_its_source_is_empty(lake: Any, tmp_path: Path) -> None:
    file = tmp_path / "order_reviews.csv"
    file.write_text("review_id,order_id,review_score\n" + "r1,o1,5,too many\n" * 12)
    lake("drop", str(file), "--table", "order_reviews")
    lake("run", "--table", "order_reviews", code=1)
    failed = lake("run", "--table", "seller_performance", code=1).stderr
    assert "no data in order_reviews (s3://" in failed and "12 of 12 rows were refused: wrong number" in failed
    assert "not authorized" not in failed


def test_the_same_commands_serve_a_lake_in_an_account(lake: Any, from_afar: Callable[..., Any], tmp_path: Path) -> None:
    remote = from_afar(lake, tmp_path)
    (tmp_path / "sellers.csv").write_text("seller_id,seller_zip_code_prefix,seller_city,seller_state\na,01234,salvador,BA\n")
    remote("drop", "sellers.csv", "--table", "sellers", "--profile", "prod")
    run = json.loads(remote("run", "--table", "sellers", "--profile", "prod", "-o", "json").stdout)
    # The drop's own run of the workflow may have brought the row before.
    assert run["ok"] and run["steps"][0]["result"]["table"] == "sellers"
    answer = remote("query", "select seller_id, seller_zip_code_prefix from raw_sellers", "--profile", "prod", "-o", "json").stdout
    assert json.loads(answer) == [{"seller_id": "a", "seller_zip_code_prefix": "01234"}]
    assert "LAKE_RESULT" in remote("logs", "sellers", "--profile", "prod").stdout


def test_destroying_leaves_nothing_but_keys_pending_deletion(lake: Any) -> None:
    lake("destroy")
    client = lake.lake.client
    left = {
        "buckets": [one["Name"] for one in client("s3").list_buckets()["Buckets"] if not one["Name"].startswith("cdk-hnb659fds-assets-")],
        "functions": client("lambda").list_functions()["Functions"],
        "layers": client("lambda").list_layers()["Layers"],
        "mappings": client("lambda").list_event_source_mappings()["EventSourceMappings"],
        "queues": client("sqs").list_queues().get("QueueUrls", []),
        "roles": client("iam").list_roles()["Roles"],
        "policies": client("iam").list_policies(Scope="Local")["Policies"],
        "log groups": [one["logGroupName"] for one in client("logs").describe_log_groups()["logGroups"]],
        "rules": client("events").list_rules()["Rules"],
        "databases": client("glue").get_databases()["DatabaseList"],
        "jobs": client("glue").get_jobs()["Jobs"],
        "crawlers": client("glue").get_crawlers()["Crawlers"],
        "triggers": client("glue").get_triggers()["Triggers"],
        "workflows": client("glue").list_workflows()["Workflows"],
        "security configurations": client("glue").get_security_configurations()["SecurityConfigurations"],
        "workgroups": [one["Name"] for one in client("athena").list_work_groups()["WorkGroups"] if one["Name"] != "primary"],
        "warehouses": client("redshift-serverless").list_namespaces()["namespaces"],
        "computers of warehouses": client("redshift-serverless").list_workgroups()["workgroups"],
        "secrets": client("secretsmanager").list_secrets()["SecretList"],
        "networks": [one["VpcId"] for one in client("ec2").describe_vpcs()["Vpcs"] if not one["IsDefault"]],
        "network interfaces": client("ec2").describe_network_interfaces()["NetworkInterfaces"],
        "stacks": client("cloudformation").describe_stacks()["Stacks"],
    }
    assert left == {name: [] for name in left}
    kms = client("kms")
    states = {kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] for key in kms.list_keys()["Keys"]}
    assert states == {"PendingDeletion"}
