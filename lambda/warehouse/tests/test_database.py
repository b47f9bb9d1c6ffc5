"""Schema and users, against botocore's own models."""

import hashlib
import json

import pytest

ADMIN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:redshift!lake-admin"
QUICKSIGHT = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:quicksight"
PROPERTIES = {
    "Target": {"WorkgroupName": "lake-wg"},
    "Database": "lake",
    "Administrator": {"SecretArn": ADMIN},
    "Loader": "IAMR:loader",
    "Readers": ["IAMR:analyst"],
    "ReaderSecrets": [QUICKSIGHT],
}
DIGEST = hashlib.md5(b"s3cretquicksight").hexdigest()
QUERIES = ["SELECT usename FROM pg_user", "SELECT groname FROM pg_group"]
FIRST = [
    "CREATE SCHEMA IF NOT EXISTS lake",
    "CREATE GROUP lake_readers",
    'CREATE USER "IAMR:loader" PASSWORD DISABLE',
    'CREATE USER "IAMR:analyst" PASSWORD DISABLE',
    f"CREATE USER \"quicksight\" PASSWORD 'md5{DIGEST}'",
    'GRANT USAGE, CREATE ON SCHEMA lake TO "IAMR:loader"',
    "GRANT USAGE ON SCHEMA lake TO GROUP lake_readers",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    'ALTER GROUP lake_readers ADD USER "IAMR:analyst"',
    'ALTER GROUP lake_readers ADD USER "quicksight"',
]


@pytest.fixture
def database(load, ask, stubs):
    handler = load("database").handler
    return lambda kind, properties=PROPERTIES, **event: ask(handler, kind, properties, **event)


def knows_secret(stubs):
    value = json.dumps({"username": "quicksight", "password": "s3cret"})
    stubs("secretsmanager").add_response("get_secret_value", {"SecretString": value}, {"SecretId": QUICKSIGHT})


def runs(stubs, sql, rows=None, status="FINISHED", secret=ADMIN, error="no right"):
    data = stubs("redshift-data")
    data.add_response("execute_statement", {"Id": "one"}, {"Sql": sql, "WorkgroupName": "lake-wg", "Database": "lake", "SecretArn": secret})
    data.add_response("describe_statement", {"Id": "one", "Status": "STARTED"}, {"Id": "one"})
    answer = {"Id": "one", "Status": status, **({"Error": error} if status == "FAILED" else {})}
    data.add_response("describe_statement", answer, {"Id": "one"})
    if rows is not None:
        data.add_response("get_statement_result", {"Records": [[{"stringValue": row}] for row in rows]}, {"Id": "one"})


@pytest.fixture(autouse=True)
def no_pause(load, monkeypatch):
    monkeypatch.setattr(load("data_api").time, "sleep", lambda seconds: None)


def finds(stubs, users=("lake_admin",), groups=()):
    for sql, rows in zip(QUERIES, [users, groups], strict=True):
        runs(stubs, sql, rows)


def test_create_makes_everything(stubs, database):
    finds(stubs)
    knows_secret(stubs)
    for sql in FIRST:
        runs(stubs, sql)
    answer = database("Create")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "lake/lake"), answer


def test_no_password_stands_in_a_statement():
    assert not any("s3cret" in sql for sql in FIRST)


def test_what_is_there_already_is_made_no_second_time(stubs, database):
    finds(stubs, ["lake_admin", "IAMR:loader", "IAMR:analyst", "quicksight"], ["lake_readers"])
    knows_secret(stubs)
    for sql in [FIRST[0], FIRST[4].replace("CREATE", "ALTER"), *FIRST[5:]]:
        runs(stubs, sql)
    assert database("Create")["Status"] == "SUCCESS"


def test_who_reads_no_more_leaves_the_group(stubs, database):
    old, new = PROPERTIES | {"Readers": ["IAMR:analyst", "IAMR:gone", "IAMR:never"]}, PROPERTIES | {"Readers": [], "ReaderSecrets": []}
    finds(stubs, ["IAMR:loader", "IAMR:analyst", "IAMR:gone"], ["lake_readers"])
    for sql in [FIRST[0], *FIRST[5:8], *(f'ALTER GROUP lake_readers DROP USER "{name}"' for name in ("IAMR:analyst", "IAMR:gone"))]:
        runs(stubs, sql)
    assert database("Update", new, OldResourceProperties=old, PhysicalResourceId="lake/lake")["PhysicalResourceId"] == "lake/lake"


def test_of_a_namespace_the_secret_is_looked_up(stubs, database):
    found = {"namespace": {"adminPasswordSecretArn": ADMIN + "2"}}
    stubs("redshift-serverless").add_response("get_namespace", found, {"namespaceName": "lake"})
    runs(stubs, QUERIES[0], status="FAILED", secret=ADMIN + "2")
    answer = database("Create", PROPERTIES | {"Administrator": {"NamespaceName": "lake"}})
    assert answer["Status"] == "FAILED"


def test_a_statement_that_is_refused_fails_the_deployment_and_says_why(stubs, database):
    runs(stubs, QUERIES[0], status="FAILED")
    answer = database("Create")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "the warehouse refused a statement: no right"


def test_a_user_whose_name_the_database_keeps_in_another_way_is_there_already(stubs, database):
    finds(stubs)
    for sql in FIRST[:2]:
        runs(stubs, sql)
    runs(stubs, FIRST[2], status="FAILED", error='ERROR: role "IAMR:load" already exists')
    for sql in FIRST[5:8]:
        runs(stubs, sql)
    assert database("Create", PROPERTIES | {"Readers": [], "ReaderSecrets": []})["Status"] == "SUCCESS"


def test_delete_leaves_the_data(database):
    assert database("Delete", PhysicalResourceId="lake/lake")["Status"] == "SUCCESS"
