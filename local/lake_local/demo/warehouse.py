"""The same questions to the warehouse: what it loaded is what Athena reads."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from typing import Any

from ..config import package_root
from ..errors import OperationFailed
from ..lake.client import Lake
from ..lake.logs import events, function_group
from ..lake.model import Model
from ..lake.queries import Answer
from ..lake.warehouse import Warehouse

# The questions that glue-assets/sql has for both.
QUESTIONS = ("average-review-per-seller", "average-review-per-sdr", "deals-and-value-per-seller")
TABLE = "lake.seller_performance"
_LONGEST_WAIT = 60.0
_FUNCTION = "AWS::Lambda::Function"
# Sums of the same floats in another order differ in their last digits.
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Comparison:
    """One question, answered twice."""

    athena: Answer
    warehouse: Answer

    @property
    def difference(self) -> str:
        """Return the first difference, '' if there is none."""
        if self.athena.names != self.warehouse.names:
            return f"Athena has the columns {', '.join(self.athena.names)}, the warehouse {', '.join(self.warehouse.names)}"
        ours, theirs = self.athena.records(), self.warehouse.records()
        if len(ours) != len(theirs):
            return f"Athena gives {len(ours):,} rows, the warehouse {len(theirs):,}"
        different = (i for i, pair in enumerate(zip(ours, theirs, strict=True)) if not _same(*pair))
        row = next(different, None)
        return "" if row is None else f"row {row + 1} is {ours[row]} in Athena, {theirs[row]} in the warehouse"


def compare(lake: Lake, model: Model, run: str, answers: dict[str, Answer]) -> tuple[float, int, dict[str, Comparison]]:
    """Wait for the load after a run of the curated job, and ask the warehouse what Athena was asked. Return seconds and rows, too."""
    began = time.monotonic()
    _await_load(lake, model, run)
    waited = time.monotonic() - began
    warehouse = Warehouse(lake)
    rows = int(warehouse.ask(f"SELECT count(*) FROM {TABLE}").rows[0][0] or 0)
    folder = package_root() / "glue-assets" / "sql" / "redshift"
    asked = {name: warehouse.ask((folder / f"{name}.sql").read_text(encoding="utf-8").strip()) for name in QUESTIONS}
    return waited, rows, {name: Comparison(answers[name], answer) for name, answer in asked.items()}


def _await_load(lake: Lake, model: Model, run: str) -> None:
    """Wait until the warehouse has ended the statement that the loader has started after a run."""
    [loader] = [
        one.physical_id for one in model.resources if "WarehouseLoadLoaderFunction" in one.logical_id and one.resource_type == _FUNCTION
    ]
    logs, group, data = lake.client("logs"), function_group(lake, loader), lake.client("redshift-data")
    deadline, statement = time.monotonic() + _LONGEST_WAIT, ""
    while time.monotonic() < deadline:
        statement = statement or _started(events(logs, group), run)
        found = data.describe_statement(Id=statement) if statement else {"Status": "not started"}
        if found["Status"] == "FINISHED":
            return
        if found["Status"] in ("FAILED", "ABORTED"):
            raise OperationFailed(f"the warehouse did not load {TABLE}: {found.get('Error') or found['Status'].lower()}")
        time.sleep(0.05)
    raise OperationFailed(f"{TABLE} was not loaded within {_LONGEST_WAIT:.0f} s: see `lake dlq` and `lake logs {loader}`")


def _started(lines: list[tuple[int, str]], run: str) -> str:
    """Return the id of the statement that the loader has logged for a run, '' if there is none yet."""
    for _, line in reversed(lines):
        if line.startswith("{") and run in line:
            return str(json.loads(line).get("statement", ""))
    return ""


def _same(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return all(_equal(value, theirs[name]) for name, value in ours.items())


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_TOLERANCE)
    return bool(one == other)
