"""The whole demo, step by step, and its story: what the report and `lake demo -o json` tell."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ..lake.queries import Queries
from . import steps
from .printer import Printer


def tell(state_dir: Path, port: int | None, data_dir: Path | None, seed: int, scale: float, printer: Printer) -> dict[str, Any]:
    """Take the steps, and return what came of them."""
    started = time.monotonic()
    printer.heading("A data lake on this machine: from dropped CSV files to answers")
    with printer.step("up", "Start the lake, deploy examples/olist, prepare the data"):
        lake, data = steps.start(state_dir, port, data_dir, seed, scale, printer)
        steps.describe_data(data, printer)
    model = lake.model()
    with printer.step("streams", "Drop events on the streams"):
        streams = steps.drop_events(lake, model, data, printer)
    with printer.step("drop", "Drop the tables"):
        dropped = steps.drop_tables(lake, model, data, printer)
    with printer.step("run", "Follow the workflow: drop to raw, raw to curated"):
        result = steps.follow(lake, dropped, printer)
    queries = Queries(lake)
    with printer.step("rows", "Rows through the zones"):
        rows = steps.rows(queries, lake, model, printer)
    with printer.step("answers", "Answers, through Athena"):
        answers = steps.ask(queries, printer)
    with printer.step("warehouse", "The same answers from the warehouse, which was loaded meanwhile"):
        warehouse = steps.ask_warehouse(lake, model, result, answers, rows["counts"]["curated"][steps.CURATED], printer)
    with printer.step("access", "Who may do what: four personas try the same"):
        access = steps.try_access(lake, model, printer)
    return {
        "made": datetime.now().astimezone().isoformat(timespec="seconds"),
        "data": {"source": data.source, "bytes": data.size, "files": {name: path.stat().st_size for name, path in data.tables.items()}},
        "endpoint": lake.endpoint,
        "region": lake.region,
        "streams": streams,
        "run": result,
        **rows,
        **access,
        "warehouse": warehouse,
        "answers": {
            name: {"columns": answer.names, "rows": answer.records(), "seconds": answer.seconds, "scanned": answer.scanned}
            for name, answer in answers.items()
        },
        "timings": printer.timings,
        "seconds": round(time.monotonic() - started, 2),
    }
