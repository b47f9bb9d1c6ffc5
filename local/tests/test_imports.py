"""Which part may import which: the contracts of pyproject.toml hold, and each is broken by an import that it forbids."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIM = Path("lake_local/cloud/glue/shim")
# Contract: a module, and an import that the contract forbids there.
PLANTED = {
    "the embedded cloud knows nothing of those who use it": ("lake_local/cloud/cfn/registry.py", "from lake_local.lake import client"),
    "a lake is seen from outside": ("lake_local/lake/model.py", "from lake_local.cloud.glue import engine"),
    "commands see a lake from outside too": ("lake_local/cli/status.py", "from lake_local.cloud.cfn.recorded import RECORDED"),
    "nothing imports the demo but its command": ("lake_local/cli/up.py", "from lake_local.demo import steps"),
    "what all stand on imports no part": ("lake_local/store.py", "from lake_local.cloud import service"),
    "the layers of the embedded cloud": ("lake_local/cloud/cfn/buckets.py", "from lake_local.cloud.glue import errors"),
    "tables know no query language and no service": (
        "lake_local/cloud/tables/readers.py",
        "from lake_local.cloud.athena import translate",
    ),
    "no cycles within a part": (f"{SHIM}/awsglue/dynamicframe.py", "from awsglue import context"),
}


def verdicts(folder: Path) -> dict[str, str]:
    """Contract → KEPT or BROKEN, of the packages in a folder like local/."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
        + ["--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(folder / SHIM)]), "COLUMNS": "200", "NO_COLOR": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    found = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE))
    assert set(found) == set(PLANTED), done.stdout + done.stderr
    return found


def test_the_contracts_hold() -> None:
    assert verdicts(ROOT / "local") == dict.fromkeys(PLANTED, "KEPT")


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_import_breaks_its_contract(contract: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "local" / "lake_local", tmp_path / "lake_local", ignore=shutil.ignore_patterns("__pycache__"))
    module, line = PLANTED[contract]
    path = tmp_path / module
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    assert verdicts(tmp_path)[contract] == "BROKEN"
