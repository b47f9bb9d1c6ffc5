"""The entry scripts, run as Glue runs them."""

import json

import boto3
import pytest


def results(capsys) -> list[dict]:
    lines = capsys.readouterr().out.splitlines()
    return [json.loads(line.removeprefix("LAKE_RESULT ")) for line in lines if line.startswith("LAKE_RESULT ")]


def test_drop_to_raw_then_raw_to_curated(lake, run_job, database, capsys, monkeypatch):
    files = {
        "order_items": "order_id,order_item_id,seller_id,price\no1,1,s1,10.5\no1,2,s1,x\no2,1,s2,3\n",
        "order_reviews": 'review_id,order_id,review_score,comment\nr1,o1,5,"bom\r\ndemais, ""sim"""\n',
        "closed_deals": "mql_id,seller_id,sdr_id,declared_monthly_revenue\nm1,s1,d1,100\n",
    }
    schema = {"order_id": "string", "order_item_id": "int", "seller_id": "string", "price": "double"}
    # the other two take their location from the catalog, as a crawler leaves it, and infer their types
    crawled = {
        "order_reviews": {"review_id": "string", "order_id": "string", "review_score": "bigint", "comment": "string"},
        "closed_deals": {"mql_id": "string", "seller_id": "string", "sdr_id": "string", "declared_monthly_revenue": "double"},
    }
    for table, types in crawled.items():
        columns = [{"Name": name, "Type": kind} for name, kind in types.items()]
        boto3.client("glue").create_table(
            DatabaseName=database,
            TableInput={
                "Name": f"drop_{table}",
                "StorageDescriptor": {"Columns": columns, "Location": f"s3://{lake.drop}/tables/{table}/"},
            },
        )
    for table, text in files.items():
        lake.store.client.put_object(Bucket=lake.drop, Key=f"tables/{table}/data.csv", Body=text.encode())
        given = {"schema": json.dumps(schema), "csv_options": '{"header": true}'} if table == "order_items" else {}
        arguments = {
            "table": table,
            "source_database": database,
            "source_table": f"drop_{table}",
            "source_path": f"s3://{lake.drop}/{'tables' if given else 'elsewhere'}/{table}/",
            "target_path": f"s3://{lake.raw}/tables/{table}/",
            "target_database": database,
            "target_table": f"raw_{table}",
            "quarantine_path": f"s3://{lake.drop}/quarantine/{table}/",
        }
        run_job("drop_to_raw.py", **arguments, **given, **{"job-bookmark-option": "job-bookmark-enable"})
    whole = {"sources": 1, "skipped": 0, "rows_in": 1, "rows_out": 1, "rows_quarantined": 0, "reasons": {}}
    said = results(capsys)
    assert [{name: run.pop(name) for name in ("formats", "kept", "compacted", "failure")} for run in said] == [
        {"formats": {}, "kept": [], "compacted": {}, "failure": None}
    ] * 3
    assert said == [
        {
            "table": "order_items",
            "sources": 1,
            "skipped": 0,
            "rows_in": 3,
            "rows_out": 2,
            "rows_quarantined": 1,
            "reasons": {"price is not a double": 1},
            "inferred": {},
        },
        {**whole, "table": "order_reviews", "inferred": crawled["order_reviews"]},
        {**whole, "table": "closed_deals", "inferred": {**crawled["closed_deals"], "declared_monthly_revenue": "bigint"}},
    ]

    # a run that dies between its last write and job.commit() is simply run again
    from awsglue.job import Job

    def dies(*_):
        raise ConnectionError

    more = files["closed_deals"].replace("m1", "m2").encode()
    lake.store.client.put_object(Bucket=lake.drop, Key="tables/closed_deals/more.csv", Body=more)
    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr(Job, "commit", dies)
        run_job("drop_to_raw.py", **arguments)
    run_job("drop_to_raw.py", **arguments)
    assert [(run["sources"], run["rows_out"]) for run in results(capsys)] == [(1, 1), (0, 0)]

    curated = {
        "table": "seller_performance",
        "target_database": database,
        "target_table": "curated_seller_performance",
        "target_path": f"s3://{lake.raw}/curated/tables/seller_performance/",
        "source_paths": json.dumps({table: f"s3://{lake.raw}/tables/{table}/" for table in files}),
    }
    run_job("raw_to_curated.py", **curated)
    run_job("raw_to_curated.py", **curated)
    runs = results(capsys)
    assert [(run["table"], run["rows_out"]) for run in runs] == [("seller_performance", 2)] * 2
    table = boto3.client("glue").get_table(DatabaseName=database, Name="curated_seller_performance")["Table"]
    location = table["StorageDescriptor"]["Location"]
    assert location == runs[1]["location"]
    rows = lake.spark.read.parquet(location).select("order_id", "price", "comment", "mql_id").collect()
    assert sorted(tuple(row) for row in rows) == [("o1", 10.5, 'bom\r\ndemais, "sim"', deal) for deal in ("m1", "m2")]

    with pytest.raises(ValueError, match="unknown curated table 'profit'"):
        run_job("raw_to_curated.py", **{**curated, "table": "profit"})
    with pytest.raises(ValueError, match="--source_paths has no closed_deals"):
        run_job("raw_to_curated.py", **{**curated, "source_paths": '{"order_items": "s3://b/x/", "order_reviews": "s3://b/y/"}'})
