"""COPY and UNLOAD with the embedded S3, and the rights that calls and roles need."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake
from lake_local.sessions import new_session

from .conftest import Warehouse

ACCOUNT = "000000000000"


def role(lake: Lake, name: str, statements: list[dict[str, Any]], service: str = "redshift.amazonaws.com") -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if service == "account":
        trust["Principal"] = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    iam = lake.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"][
        "Arn"
    ]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return str(arn)


def allow(actions: list[str], *resources: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources)}


@pytest.fixture(scope="module")
def loader(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The warehouse with roles, and a bucket `lake` with files."""
    lake, folder = warehouse.lake, tmp_path_factory.mktemp("files")
    s3 = lake.client("s3")
    s3.create_bucket(Bucket="lake")
    reads = [allow(["s3:GetObject"], "arn:aws:s3:::lake/good/*"), allow(["s3:ListBucket"], "arn:aws:s3:::lake")]
    roles = [
        role(lake, "copy", [*reads, allow(["s3:PutObject", "s3:DeleteObject", "s3:GetObject"], "arn:aws:s3:::lake/out/*")]),
        role(lake, "blind", []),
        role(lake, "stranger", reads, "glue.amazonaws.com"),
    ]
    lake.client("redshift-serverless").update_namespace(namespaceName="shop", iamRoles=roles, defaultIamRoleArn=roles[0])
    role(lake, "unattached", reads)

    def put(key: str, query: str) -> None:
        path = folder / Path(key).name
        duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        s3.upload_file(str(path), "lake", key)

    rows = "SELECT 's' || i AS seller_id, i AS n, (i * 1.25)::decimal(10,2) AS amount, DATE '2018-01-31' AS d, "
    rows += "TIMESTAMP '2018-01-31 10:00:00' AS t"
    put("good/a.parquet", f"{rows} FROM (SELECT unnest([0, 1, 2]) AS i)")
    put("good/b.parquet", "SELECT NULL::varchar AS x, 7 AS y, NULL::decimal(10,2) AS z, NULL::date AS d, NULL::timestamp AS t")
    put("good/_hidden.parquet", "SELECT 1 AS a")
    put("quotes/a.parquet", "SELECT 'say \"hi\", \\N' AS a UNION ALL SELECT '' UNION ALL SELECT NULL UNION ALL SELECT '\\N'")
    put("secret/a.parquet", "SELECT 'x' AS a")
    s3.put_object(Bucket="lake", Key="good/damaged/a.parquet", Body=b"PAR1, and nothing that follows it")
    put("good/few/a.parquet", "SELECT 'x' AS a")
    put(
        "good/wide/a.parquet",
        "SELECT 's' AS a, 1::bigint AS n, 1::decimal(10,2) AS amount, DATE '2018-01-31' AS d, TIMESTAMP '2018-01-31' AS t",
    )
    return warehouse


TABLE = "(seller varchar(20), n int, amount decimal(10,2), d date, t timestamp)"


def copy(table: str, prefix: str, role: str = "copy") -> str:
    return f"COPY {table} FROM 's3://lake/{prefix}' IAM_ROLE 'arn:aws:iam::{ACCOUNT}:role/{role}' FORMAT AS PARQUET"


def test_copy_loads_by_position(loader: Warehouse) -> None:
    loader.ok(f"CREATE TABLE loaded {TABLE}")
    assert loader.ok(copy("loaded", "good/a"))["ResultRows"] == 3
    assert loader.ok("COPY loaded FROM 's3://lake/good/b' IAM_ROLE default FORMAT PARQUET")["ResultRows"] == 1
    assert loader.rows("SELECT * FROM loaded ORDER BY n LIMIT 2") == [
        ["s0", 0, "0.00", "2018-01-31", "2018-01-31 10:00:00"],
        ["s1", 1, "1.25", "2018-01-31", "2018-01-31 10:00:00"],
    ]
    assert loader.rows("SELECT count(*), count(seller) FROM loaded") == [[4, 3]]
    loader.ok(copy("loaded (seller, n, amount, d, t)", "good/a"))
    assert loader.rows("SELECT count(*) FROM loaded") == [[7]]


@pytest.mark.parametrize(
    ("table", "prefix", "role", "message"),
    [
        ("refusing", "secret/", "copy", "Forbidden|AccessDenied|403"),
        ("refusing", "good/a", "blind", "AccessDenied"),
        ("refusing", "good/a", "stranger", "not authorized to assume IAM Role"),
        ("refusing", "good/a", "unattached", "the role is not associated with it"),
        ("refusing", "good/a", "nobody", "the role is not associated with it"),
        ("refusing", "good/few/", "copy", "Table columns: 5, Data columns: 1"),
        ("refusing", "good/wide/", "copy", "incompatible Parquet schema for column .*n'. Column type: INTEGER"),
        ("refusing", "good/damaged/", "copy", "Spectrum Scan Error. File 's3://lake/good/damaged/a.parquet' is no Parquet file"),
        ("refusing", "nothing/", "copy", "The specified S3 prefix 'nothing/' does not exist"),
        ("nowhere", "good/a", "copy", 'relation "nowhere" does not exist'),
    ],
)
def test_copy_refuses(loader: Warehouse, table: str, prefix: str, role: str, message: str) -> None:

    loader.run(f"CREATE TABLE IF NOT EXISTS refusing {TABLE}")
    assert re.search(message, loader.error(copy(table, prefix, role)))
    assert loader.rows("SELECT count(*) FROM refusing") == [[0]]


def test_a_load_is_one_transaction(loader: Warehouse) -> None:
    """As the library loads: a reader sees the old rows or the new ones, and a repeat doubles nothing."""
    load = [
        f"CREATE TABLE IF NOT EXISTS sellers {TABLE} DISTSTYLE EVEN COMPOUND SORTKEY (seller, n)",
        "LOCK TABLE sellers",
        f"CREATE TEMP TABLE sellers_load {TABLE} DISTSTYLE EVEN",
        copy("sellers_load", "good/a"),
        "DELETE FROM sellers",
        "INSERT INTO sellers (seller, n, amount, d, t) SELECT seller, n, amount, d, t FROM sellers_load",
        "DROP TABLE sellers_load",
    ]
    for _ in range(2):
        loader.ok(*load)
        assert loader.rows("SELECT count(*), sum(amount) FROM sellers") == [[3, "3.75"]]
    broken = [*load[:5], copy("sellers_load", "good/few/"), *load[5:]]
    assert loader.error(*broken).startswith("Query #6 failed with ERROR: Spectrum Scan Error")
    assert loader.rows("SELECT count(*), sum(amount) FROM sellers") == [[3, "3.75"]]
    [[style, key]] = loader.rows("SELECT diststyle, sortkey1 FROM svv_table_info WHERE \"table\" = 'sellers'")
    assert (style, key) == ("EVEN", "seller")


def test_unload_writes_parquet(loader: Warehouse, tmp_path: Path) -> None:
    loader.ok("CREATE TABLE sent AS SELECT 1 AS a, 'say \"hi\", x'::varchar AS b, 2.50::decimal(8,2) AS c, NULL::varchar AS e, '' AS f")
    unload = "UNLOAD ('SELECT * FROM sent') TO 's3://lake/out/x/' IAM_ROLE default FORMAT AS PARQUET"
    assert loader.ok(unload)["ResultRows"] == 1
    assert "is not empty" in loader.error(unload)
    loader.ok(f"{unload} ALLOWOVERWRITE")
    s3 = loader.lake.client("s3")
    [key] = [one["Key"] for one in s3.list_objects_v2(Bucket="lake", Prefix="out/x/")["Contents"]]
    s3.download_file("lake", key, str(tmp_path / "x.parquet"))
    found = duckdb.sql(f"SELECT * FROM '{tmp_path}/x.parquet'")
    assert [str(one) for one in found.types] == ["INTEGER", "VARCHAR", "DECIMAL(8,2)", "VARCHAR", "VARCHAR"]
    assert [str(one) for one in found.fetchall()[0]] == ["1", 'say "hi", x', "2.50", "None", ""]
    loader.ok("UNLOAD ('SELECT * FROM sent') TO 's3://lake/out/p/' IAM_ROLE default FORMAT PARQUET PARTITION BY (a)")
    assert s3.list_objects_v2(Bucket="lake", Prefix="out/p/a=1/")["KeyCount"] == 1
    assert "S3ServiceException" in loader.error(unload.replace("out/x", "elsewhere"))


LIMITS = [
    ("decimal(38,0)", "SELECT unnest(['9', '-9'])::varchar || repeat('9', 37)", "decimal(38,0)"),
    ("decimal(38,10)", "SELECT '1234567890123456789012345678.0123456789'", "decimal(38,10)"),
    ("date", "SELECT unnest(['0044-03-15 (BC)', '0001-01-01', '1582-10-10', '9999-12-31', NULL])", "date"),
    ("timestamp", "SELECT unnest(['0044-03-15 (BC) 01:02:03', '1500-02-28 23:59:59.999999', '1969-12-31 23:59:59.5'])", "timestamp"),
    ("double precision", "SELECT unnest(['NaN', 'Infinity', '-Infinity', '1e308', '5e-324', '-0.0', '0.1'])", "double"),
    ("real", "SELECT unnest(['NaN', 'Infinity', '3.4e38', '0.1'])", "float"),
    ("bigint", "SELECT unnest(['9223372036854775807', '-9223372036854775808'])", "bigint"),
    ("smallint", "SELECT unnest(['32767', '-32768', NULL])", "smallint"),
    ("boolean", "SELECT unnest(['true', 'false', NULL])", "boolean"),
    (
        "varchar(10)",
        "SELECT unnest(['', NULL, '\\N', 'é', '\\.', 'a' || chr(10) || 'b', chr(13) || chr(10), '\"', ' x ', 'NULL', ','])",
        "varchar",
    ),
]


@pytest.mark.parametrize(("kind", "query", "stored"), LIMITS, ids=[kind for kind, *_ in LIMITS])
def test_values_come_back_as_they_went(loader: Warehouse, tmp_path: Path, kind: str, query: str, stored: str) -> None:
    name = f"limits_{kind.partition('(')[0].replace(' ', '_')}_{len(query)}"
    path, back = tmp_path / "a.parquet", tmp_path / "back.parquet"
    duckdb.sql(f"COPY (SELECT column0::{stored} AS a FROM ({query}) AS given(column0)) TO '{path}' (FORMAT parquet)")
    s3 = loader.lake.client("s3")
    s3.upload_file(str(path), "lake", f"good/{name}/a.parquet")
    loader.ok(f"CREATE TABLE {name} (a {kind})")
    loader.ok(copy(name, f"good/{name}/"))
    loader.ok(f"UNLOAD ('SELECT a FROM {name}') TO 's3://lake/out/{name}/' IAM_ROLE default FORMAT PARQUET")
    s3.download_file("lake", f"out/{name}/0000_part_00.parquet", str(back))
    first, second = (duckdb.sql(f"SELECT a::varchar, typeof(a) FROM '{one}'").fetchall() for one in (path, back))
    assert second == first


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SELECT sum(amount) AS s, avg(amount) AS v, sum(n) AS n FROM decimals", ["4.05", "2.02", "3"]),
        ("SELECT amount / 4 AS q FROM decimals WHERE n = 2", ["0.62500000000000000000"]),
        ("SELECT median(amount) AS m FROM decimals", ["2.025"]),
        ("SELECT sum(amount) AS s FROM decimals WHERE n > 2", ["None"]),
    ],
)
def test_an_unload_keeps_the_digits_of_an_expression(loader: Warehouse, tmp_path: Path, query: str, found: list[str]) -> None:
    loader.ok("CREATE TABLE IF NOT EXISTS decimals (amount decimal(10,2), n int)", "DELETE FROM decimals")
    loader.ok("INSERT INTO decimals VALUES (1.55, 1), (2.50, 2)")
    loader.ok(f"UNLOAD ('{query}') TO 's3://lake/out/digits/' IAM_ROLE default FORMAT PARQUET ALLOWOVERWRITE")
    loader.lake.client("s3").download_file("lake", "out/digits/0000_part_00.parquet", str(tmp_path / "x.parquet"))
    assert [str(one) for one in duckdb.sql(f"SELECT * FROM '{tmp_path}/x.parquet'").fetchall()[0]] == found


@pytest.mark.parametrize(
    ("query", "message"),
    [("SELECT 1 AS a, 2 AS a", 'two columns of the name "a"'), ("SELECT 1e40 AS a", "cannot write these values as Parquet")],
)
def test_unload_refuses(loader: Warehouse, query: str, message: str) -> None:
    assert message in loader.error(f"UNLOAD ('{query}') TO 's3://lake/out/refused/' IAM_ROLE default FORMAT PARQUET")


def as_role(lake: Lake, name: str, statements: list[dict[str, Any]]) -> Any:
    """Return a client of the Data API that acts as a new role."""
    arn = role(lake, name, statements, "account")
    given = lake.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    session = new_session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], "us-east-1")
    return session.client("redshift-data", endpoint_url=lake.endpoint)


def test_rights_of_the_callers(warehouse: Warehouse) -> None:
    lake = warehouse.lake
    workgroup = lake.client("redshift-serverless").get_workgroup(workgroupName="shop")["workgroup"]["workgroupArn"]
    secret = lake.client("redshift-serverless").get_namespace(namespaceName="shop")["namespace"]["adminPasswordSecretArn"]
    own = {
        **allow(["redshift-data:DescribeStatement", "redshift-data:GetStatementResult"], "*"),
        "Condition": {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}},
    }
    execute = allow(["redshift-data:ExecuteStatement"], workgroup)
    nothing = as_role(lake, "nothing", [])
    without = as_role(lake, "without-credentials", [execute, own])
    reader = as_role(lake, "Reader", [execute, own, allow(["redshift-serverless:GetCredentials"], workgroup)])
    boss = as_role(lake, "boss", [execute, own, allow(["secretsmanager:GetSecretValue"], secret)])

    for client, message in ((nothing, "redshift-data:ExecuteStatement"), (without, "redshift-serverless:GetCredentials")):
        with pytest.raises(ClientError, match=message):
            client.execute_statement(Sql="SELECT 1", WorkgroupName="shop", Database="dev")
    with pytest.raises(ClientError, match="secretsmanager:GetSecretValue"):
        reader.execute_statement(Sql="SELECT 1", WorkgroupName="shop", Database="dev", SecretArn=secret)

    warehouse.ok("CREATE TABLE private_rows AS SELECT 1 AS a")
    asked = Warehouse(lake, reader)
    assert "permission denied" in asked.error("SELECT * FROM private_rows")
    described = asked.run("SELECT current_user")
    assert described["DbUser"] == "IAMR:Reader"
    warehouse.ok('GRANT SELECT ON private_rows TO "IAMR:Reader"')
    assert asked.rows("SELECT a FROM private_rows") == [[1]]
    assert "permission denied" in asked.error("DELETE FROM private_rows")
    admin = Warehouse(lake, boss)
    assert admin.rows("SELECT current_user", SecretArn=secret) == [["admin"]]
    # Another's statement: the condition on its owner decides.
    with pytest.raises(ClientError, match="AccessDenied"):
        boss.describe_statement(Id=described["Id"])
