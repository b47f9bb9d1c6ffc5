import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

OLIST = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(OLIST), str(OLIST / "data"), str(OLIST / "tests")]

COMMAND = json.loads((OLIST / "cdk.json").read_text("utf-8"))["app"]


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A small generated data set: its folder and what the generator expects of it."""
    from generate import generate

    folder = tmp_path_factory.mktemp("olist")
    return folder, generate(folder, seed=42, scale=0.01)


def synthesize(command: list[str], directory: Path) -> Path:
    context = json.dumps(json.loads((OLIST / "cdk.json").read_text("utf-8"))["context"])
    started = time.monotonic()
    subprocess.run(
        command,
        cwd=OLIST,
        check=True,
        timeout=120,
        env={**os.environ, "CDK_OUTDIR": str(directory), "CDK_CONTEXT_JSON": context},
    )
    print(f"synthesized in {time.monotonic() - started:.1f} s")
    return directory


@pytest.fixture(scope="session")
def assembly(tmp_path_factory) -> Path:
    return synthesize(COMMAND.split(), tmp_path_factory.mktemp("cdk.out"))


@pytest.fixture(scope="session")
def granting(tmp_path_factory) -> Path:
    return synthesize(typescript("./tests/grants.ts"), tmp_path_factory.mktemp("grants.out"))


@pytest.fixture(scope="session")
def two_accounts(tmp_path_factory) -> Path:
    return synthesize(typescript("./tests/two_accounts.ts"), tmp_path_factory.mktemp("two-accounts.out"))


@pytest.fixture(scope="session")
def warehouses(tmp_path_factory) -> Path:
    return synthesize(typescript("./tests/warehouses.ts"), tmp_path_factory.mktemp("warehouses.out"))


def typescript(file: str) -> list[str]:
    return ["node", "-e", f"require('../../bin/dev/typescript.js'); require('{file}');"]


@pytest.fixture(scope="session")
def template(assembly: Path) -> dict:
    return json.loads((assembly / "OlistLake.template.json").read_text("utf-8"))
