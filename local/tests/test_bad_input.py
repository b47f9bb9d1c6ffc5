"""Each command with each kind of wrong input: one line that names the value and the fix, exit code 2, and nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# What no user should ever read.
INTERNALS = re.compile(
    r"Traceback|unexpected \w+Error|NoneType|<class|object at 0x|Token\(|_positive|KeyError|sqlglot|duckdb|Py4J", re.IGNORECASE
)

# What is typed after `lake`, and what the answer says.
CASES: list[tuple[list[str], str]] = [
    ([], "the following arguments are required: COMMAND"),
    (["nosuch"], "invalid choice: 'nosuch'"),
    (["--nosuch", "status"], "unrecognized arguments: --nosuch|arguments are required|invalid choice"),
    (["--state", "rows.csv", "status"], "rows.csv is no folder: name the lake's folder with --state"),
    (["--state", "/dev/null", "status"], "/dev/null is no folder"),
    (["--state", "nosuch", "status"], "no lake is running in .*/nosuch: start one with `lake up`"),
    (["--state", "nosuch", "query", "select 1"], "no lake is running in .*/nosuch"),
    (["--state", "nosuch", "drop", "rows.csv", "--stream", "events"], "no lake is running in .*/nosuch"),
    (["--state", "", "status"], "--state is empty: give a value"),
    # up
    (["up", "extra"], "unrecognized arguments: extra"),
    (["up"], "no CDK app here: run `lake up` in a folder with a cdk.json"),
    (["up", "--port", "0"], "'0' is no whole number from 1 to 65535"),
    (["up", "--port", "65536"], "'65536' is no whole number from 1 to 65535"),
    (["up", "--port", "-1"], "'-1' is no whole number|expected one argument"),
    (["up", "--port", "abc"], "'abc' is no whole number from 1 to 65535"),
    (["up", "--port", "١"], "'١' is no whole number"),
    (["up", "--region", "mars"], "'mars' is no region: give one such as us-east-1"),
    (["up", "--region", "us-east-1; rm"], "is no region"),
    (["up", "--region", "eu-west-1", "--no-deploy"], "the lake in .* is in us-east-1"),
    (["up", "--parameter", "foo"], "--parameter foo: write NAME=VALUE"),
    (["up", "--parameter", "=x"], "--parameter =x: write NAME=VALUE"),
    (["up", "--parameter", "a=1", "--parameter", "a=2"], "--parameter a is given twice"),
    (["up", "--parameter", "Nosuch=1", "--assembly", "app/cdk.out"], "no stack has a parameter Nosuch, and nothing was deployed"),
    (["up", "--app", ""], "--app is empty"),
    (["up", "--app", "exit 3"], "the CDK app failed .*exit code 3"),
    (["up", "--app", "true"], "'true' made no assembly: does it call `app.synth\\(\\)`"),
    (["up", "--assembly", "nosuch"], "nosuch is no cloud assembly"),
    (["up", "--assembly", "folder"], "folder is no cloud assembly"),
    (["up", "--assembly", "rows.csv"], "rows.csv is a file: name the folder that `cdk synth` made"),
    (["up", "--app", "a", "--assembly", "b"], "not allowed with argument"),
    # drop
    (["drop"], "arguments are required: FILE"),
    (["drop", "rows.csv"], "one of the arguments --table --stream is required"),
    (["drop", "nosuch.csv", "--stream", "events"], "nosuch.csv is not there"),
    (["drop", "folder", "--stream", "events"], "folder is a folder: name its files"),
    (["drop", "", "--stream", "events"], "FILE is empty"),
    (["drop", "rows.csv", "--table", ""], "--table is empty"),
    (["drop", "rows.csv", "--table", "nosuch"], "the lake has no table 'nosuch'"),
    (["drop", "rows.csv", "--stream", ""], "--stream is empty"),
    (["drop", "rows.csv", "--stream", "nosuch"], "the lake has no stream 'nosuch', only: events"),
    (["drop", "rows.csv", "--stream", "raw/events"], "the lake has no stream 'raw/events'"),
    (["drop", "rows.csv", "--table", "a", "--stream", "events"], "not allowed with argument"),
    (["drop", "rows.csv", "--stream", "events", "--key", ""], "--key is empty"),
    (["drop", "rows.csv", "--stream", "events", "--key", "/"], "--key /: give a name inside the prefix"),
    (["drop", "rows.csv", "--stream", "events", "--key", "a/../../rows.csv"], "--key a/../../rows.csv: give a name inside the prefix"),
    (["drop", "rows.csv", "--stream", "events", "--key", "a//rows.csv"], "without empty parts"),
    (["drop", "rows.csv", "--stream", "events", "--key", "a" * 1030 + ".csv"], "has at most 1024 bytes"),
    (["drop", "rows.csv", "more.csv", "--stream", "events", "--key", "one.csv"], "--key names one object"),
    (["drop", "rows.csv", "folder/rows.csv", "--stream", "events"], "two of the files have the same name"),
    (["drop", "rows.csv", "--stream", "events", "-o", "xml"], "invalid choice: 'xml'"),
    # run
    (["run"], "the lake has no workflow"),
    (["run", "extra"], "unrecognized arguments: extra"),
    (["run", "--table", ""], "--table is empty"),
    (["run", "--table", "nosuch"], "the lake has no table 'nosuch'"),
    (["run", "-o", "xml"], "invalid choice: 'xml'"),
    # query
    (["query"], "one of the arguments SQL -f/--file is required"),
    (["query", ""], "SQL is empty|there is no SQL in it"),
    (["query", " ; "], "there is no SQL in it"),
    (["query", "-- a comment"], "arguments|there is no SQL in it"),
    (["query", "-f", ""], "-f|--file is empty"),
    (["query", "-f", "nosuch.sql"], "nosuch.sql: No such file or directory"),
    (["query", "-f", "folder"], "folder: Is a directory"),
    (["query", "-f", "binary.sql"], "binary.sql is no text in UTF-8 \\(byte 8 is 0xff\\): save it as UTF-8"),
    (["query", "-f", "comment.sql"], "there is no SQL in it"),
    (["query", "select 1", "-o", "xml"], "invalid choice: 'xml'"),
    (["query", "select ?", "--param", ""], "--param is empty"),
    (["query", "select ?; select 2", "--param", "1"], "--param goes with one statement"),
    (["query", "select 1", "--workgroup", "nosuch"], "--workgroup 'nosuch' does not exist: choose from primary"),
    (["query", "select 1", "--database", "nosuch"], "--database 'nosuch' does not exist; there are: none yet"),
    # status, logs, quarantine, env
    (["status", "extra"], "unrecognized arguments: extra"),
    (["status", "-o", "xml"], "invalid choice: 'xml'"),
    (["logs"], "arguments are required: NAME"),
    (["logs", ""], "NAME is empty"),
    (["logs", "nosuch"], "nothing is called 'nosuch': give one of events"),
    (["logs", "crawler/"], "nothing is called 'crawler/'"),
    (["logs", "/nosuch/group"], "there is no log group '/nosuch/group'"),
    (["logs", "events", "--run", "jr_1"], "--run is for jobs, and 'events' is none"),
    (["dlq", "nosuch"], "invalid choice: 'nosuch'"),
    (["dlq", "list", "abc"], "`lake dlq` lists all letters"),
    (["dlq", "replay", "abc"], "no letter has an id that begins with 'abc'; there are: none"),
    (["dlq", "discard"], "name the letter to discard, or all of them with --all"),
    (["dlq", "discard", "abc", "--all"], "name the letter to discard, or all of them with --all"),
    (["status", "--state", "x", "--profile", "y"], "--state names a lake on this machine"),
    (["quarantine", "nosuch"], "invalid choice: 'nosuch'"),
    (["quarantine", "--table", "nosuch"], "the lake has no table 'nosuch'"),
    (["quarantine", "--stream", "nosuch"], "the lake has no stream 'nosuch'"),
    (["quarantine", "retry", "--table", ""], "--table is empty"),
    (["quarantine", "retry", "--stream", "events"], "mend the file and run `lake drop FILE --stream events`"),
    (["env", "extra"], "unrecognized arguments: extra"),
    (["env", "-o", "xml"], "invalid choice: 'xml'"),
    # erase
    (["erase"], "one of the arguments --where --object is required"),
    (["erase", "--where", "a = 1", "--object", "k"], "not allowed with argument"),
    (["erase", "--where", ""], "--where is empty"),
    (["erase", "--where", "customer"], "compares no column with a value: give a condition such as"),
    (["erase", "--where", "a = 1; drop table t"], "more than a condition|is no condition"),
    (["erase", "--where", "a = 'x"], "is no condition: give one such as"),
    (["erase", "--where", "a IN (SELECT 1)"], "without subqueries"),
    (["erase", "--object", ""], "--object is empty"),
    (["erase", "--object", "tables/orders/"], "names no object: give its key, such as tables/orders/a.csv"),
    (["erase", "--object", "s3://nosuch/a.csv"], "the lake has no bucket 'nosuch', only: "),
    # backup, restore
    (["backup"], "arguments are required: FILE"),
    (["backup", ""], "FILE is empty|is a folder"),
    (["backup", "folder"], "folder: is a folder: name the file to write"),
    (["backup", "nosuch/file"], "its folder is not there"),
    (["backup", "rows.csv"], "rows.csv is there already: choose another name, or --force"),
    (["--state", "work", "backup", "new.lake"], "there is no lake in .*work"),
    (["restore", "nosuch"], "nosuch is not there: name a file that `lake backup` wrote"),
    (["restore", "folder"], "folder is a folder"),
    (["restore", "rows.csv"], "is not empty: restore to another folder with --state"),
    (["--state", "nosuch", "restore", "rows.csv"], "rows.csv is no backup of a lake, or is damaged"),
    # layers, down, destroy, demo
    (["layers", "--runtime", "python2"], "no layers can be built for runtime 'python2': use python3.12"),
    (["layers", "--arch", "sparc"], "no layers can be built for architecture 'sparc': use arm64 or x86_64"),
    (["layers", "--runtime", ""], "--runtime is empty"),
    (["down", "extra"], "unrecognized arguments: extra"),
    (["--state", "work", "down", "--purge"], "work is not the folder of a lake: delete it yourself"),
    (["destroy", "nosuch"], "there is no stack nosuch, only: Small, AfterSmall"),
    (["destroy", ""], "STACK is empty"),
    (["demo", "--scale", "0"], "'0' is no size: give a number over 0 and up to 100"),
    (["demo", "--scale", "nan"], "'nan' is no size"),
    (["demo", "--scale", "many"], "'many' is no size"),
    (["demo", "--seed", "x"], "'x' is no whole number"),
    (["demo", "--port", "x"], "'x' is no whole number"),
    (["demo", "--data", "nosuch"], "--data nosuch: there is no such folder"),
    (["demo", "--data", "rows.csv"], "--data rows.csv: there is no such folder"),
    (["demo", "--data", "folder"], "--data folder: missing olist_"),
    (["demo", "--report", "folder"], "--report folder is a folder: name the file"),
]


@pytest.fixture(scope="module")
def lake(new_lake: Callable[..., Any]) -> Any:
    """A lake that runs, with one stream."""
    made = new_lake()
    made("up")
    return made


@pytest.fixture(scope="module")
def here(lake: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files of all kinds, and no app."""
    folder = tmp_path_factory.mktemp("here")
    for name in ("folder", "work"):
        (folder / name).mkdir()
    (folder / "work" / "precious.txt").write_text("mine")
    for name in ("rows.csv", "more.csv", "rows.dat", "folder/rows.csv"):
        (folder / name).write_text("a,b\n1,2\n")
    (folder / "binary.sql").write_bytes(b"select \xff\xfe")
    (folder / "comment.sql").write_text("-- nothing to run\n/* nor here */")
    (folder / "app").mkdir()
    (folder / "app" / "cdk.out").symlink_to(lake.state / "cdk.out")
    return folder


@pytest.fixture(scope="module", autouse=True)
def nothing_changes(lake: Any, here: Path) -> Iterator[None]:
    """What is in the lake, and in the user's folder, is the same after all of it."""

    def everything() -> tuple[str, list[str]]:
        return lake("status", "-o", "json").stdout, sorted(str(path) for path in here.rglob("*"))

    before = everything()
    yield
    assert everything() == before
    assert (lake.state / "cdk.out" / "manifest.json").exists(), "a synth that failed keeps the last good assembly"


@pytest.mark.parametrize(("arguments", "answer"), CASES, ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "")
def test_bad_input(lake: Any, here: Path, arguments: list[str], answer: str) -> None:
    done = lake(*arguments, code=2, folder=here)
    assert re.search(answer, done.stderr), done.stderr
    assert not INTERNALS.search(done.stderr), done.stderr
    assert done.stdout == ""
