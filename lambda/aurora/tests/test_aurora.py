"""Parts of the loader that no database is needed for; local/tests/warehouse/test_aurora_load.py has whole loads."""

import base64
import hashlib
import hmac
import importlib
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1]


@pytest.fixture
def load(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    names = [path.stem for path in FOLDER.glob("*.py")]
    for name in names:
        sys.modules.pop(name, None)
    yield importlib.import_module
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("tinyint", "smallint"),
        ("bigint", "bigint"),
        ("float", "real"),
        ("string", "text"),
        ("decimal(12,3)", "numeric(12,3)"),
        ("decimal(9)", "numeric(9,0)"),
        ("varchar(7)", "character varying(7)"),
        ("char(3)", "character(3)"),
        ("timestamp", "timestamp without time zone"),
    ],
)
def test_types(load, kind, expected):
    assert load("postgres_types").postgres_type("a", kind) == expected


@pytest.mark.parametrize("kind", ["array<int>", "binary", "struct<a:int>", "map<string,int>"])
def test_a_type_that_the_database_has_not_is_refused(load, kind):
    with pytest.raises(Exception, match="column a is of type .*: leave it out of the curated table"):
        load("postgres_types").postgres_type("a", kind)


def test_new_columns_are_added_and_other_types_refused(load):
    changes = load("postgres_types").changes
    assert changes("lake.t", {"a": "text"}, {"a": "text", 'b"': "bigint"}) == ['ALTER TABLE lake.t ADD COLUMN "b""" bigint']
    assert changes("lake.t", {"a": "text", "gone": "date"}, {"a": "text"}) == []
    with pytest.raises(Exception, match="a from text to bigint. Drop lake.t in the database"):
        changes("lake.t", {"a": "text"}, {"a": "bigint"})


def test_a_password_goes_as_postgresql_keeps_it(load):
    found = load("readers").verifier("pencil", b"0123456789abcdef")
    head, salt, keys = found.split("$")
    iterations, encoded = salt.split(":")
    stored, server = (base64.b64decode(key) for key in keys.split(":"))
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", base64.b64decode(encoded), int(iterations))
    assert head == "SCRAM-SHA-256"
    assert hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest() == stored
    assert hmac.digest(salted, b"Server Key", "sha256") == server
    assert "pencil" not in load("readers").password({"username": "lake_reader", "password": "pencil"})


def test_whatever_is_in_a_name_stays_in_it(load):
    transactions = load("transactions")
    assert transactions.quoted('a"; DROP TABLE x; --') == '"a""; DROP TABLE x; --"'
    assert transactions.literal("it's \\") == "'it''s \\'"


def test_a_job_that_makes_no_table_of_the_database_is_refused(load, monkeypatch):
    monkeypatch.setenv("TABLES", '[{"name": "t", "catalogTable": "c_t", "job": "curate"}]')
    with pytest.raises(ValueError, match="job somebody makes no table"):
        load("aurora_load").handler({"detail": {"jobName": "somebody", "jobRunId": "jr_1"}}, None)
