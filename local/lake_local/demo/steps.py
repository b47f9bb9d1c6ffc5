"""The steps of the demo, each a small function."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..cli.console import table
from ..errors import OperationFailed, UserError
from ..lake.assembly.synth import App, find_app
from ..lake.client import Lake
from ..lake.deployment import deploy, describe, remember
from ..lake.deployment import start as start_lake
from ..lake.dropping import remember_drop, table_destination, upload
from ..lake.model import Model
from ..lake.queries import Answer, Queries
from ..lake.runs import Runs, short
from ..lake.runs import describe as describe_step
from ..lake.sources import AppSource
from ..text import size
from . import access, collect, streams, warehouse
from .data import Data, example, prepare
from .printer import Printer, StepConsole

TOP = 5
CURATED = "seller_performance"


def start(state_dir: Path, port: int | None, data_dir: Path | None, seed: int, scale: float, printer: Printer) -> tuple[Lake, Data]:
    """Start the server, synthesize and deploy the app; prepare the data meanwhile."""
    console = StepConsole(printer)
    with ThreadPoolExecutor(1) as pool:
        data = pool.submit(prepare, data_dir, state_dir / "demo-data", seed, scale)
        source = AppSource(_app(), state_dir / "cdk.out")
        lake, is_new, assembly = start_lake(state_dir, source, console, port)
        assert assembly
        printer.item(f"lake {'started' if is_new else 'is running'} on {lake.endpoint}")
        deploy(lake, assembly, {}, console, lambda outcome: console.say(describe(outcome)))
        remember(lake, source.description, assembly)
        return lake, data.result()


def _app() -> App:
    found = find_app(None, example())
    if found is None:
        raise UserError(f"{example() / 'cdk.json'} names no app")
    return found


def describe_data(data: Data, printer: Printer) -> None:
    printer.item(f"{data.source}")
    for name, path in data.tables.items():
        printer.item(f"{path.name:<36} {size(path.stat().st_size):>9}  table {name}")
    for name, files in data.streams.items():
        printer.item(f"{f'{len(files)} files':<36} {size(sum(file.stat().st_size for file in files)):>9}  stream {name}")


def drop_events(lake: Lake, model: Model, data: Data, printer: Printer) -> dict[str, Any]:
    """Drop the events, whose functions answer at once, and return their summary."""
    events = streams.send(lake, model, data.streams)
    for event in events:
        printer.item(f"{event.stream:<12} {event.file:<24} {event.outcome:<12} {event.seconds:6.2f} s")
    result = streams.summary(events)
    if result["median_seconds"] is not None:
        printer.item(f"drop to next zone: {result['median_seconds']:.2f} s median, {result['cold_seconds']:.2f} s when a function starts")
    return result


def drop_tables(lake: Lake, model: Model, data: Data, printer: Printer) -> datetime:
    """Upload the batch files, and return when the first was sent."""
    console = StepConsole(printer)
    began = datetime.now(UTC)
    for name, path in data.tables.items():
        destination = table_destination(model, name)
        upload(lake, path, destination, destination.prefix + path.name, console)
        remember_drop(lake, name)
    return began


def try_access(lake: Lake, model: Model, printer: Printer) -> dict[str, Any]:
    """Let each persona try the same things, and say who may, and what the audit kept of it."""
    began = datetime.now(UTC)
    found = access.tries(lake, model)
    for what in dict.fromkeys(one["what"] for one in found):
        answers = (f"{one['persona']} {'yes' if one['allowed'] else 'no'}" for one in found if one["what"] == what)
        printer.item(f"{what:<24} {', '.join(answers)}")
    denied = access.denied(lake, began)
    printer.item(f"{len(denied)} denied calls are in the audit: `lake audit --denied`")
    return {"access": found, "denied": denied}


def follow(lake: Lake, dropped: datetime, printer: Printer) -> dict[str, Any]:
    """Wait for the run that the drop has started."""
    result = Runs(lake).run_workflow(dropped, printer.item, lambda step: printer.item(describe_step(step)))
    if not result.ok:
        for step in result.failed:
            printer.item(f"{step.name}: {short(step.error or step.state)}; see `lake logs {step.name}`")
        raise OperationFailed(f"the workflow's run {result.run_id} failed")
    return result.as_dict()


def rows(queries: Queries, lake: Lake, model: Model, printer: Printer) -> dict[str, Any]:
    """Return the rows in each zone. Raise unless each row that came in is in raw or in quarantine."""
    moved = collect.moved(lake, model)
    counted = collect.counts(queries, model)
    header = ("table", "dropped", "raw", "quarantined")
    printer.item(table([(name, t["rows_in"], t["rows_out"], t["rows_quarantined"]) for name, t in moved.items()], header))
    for curation in model.curations:
        printer.item(f"{curation.zone}: {curation.name} {counted[curation.zone][curation.name]:,} rows")
    for name, numbers in moved.items():
        for reason, count in numbers["reasons"].items():
            printer.item(f"quarantined in {name}: {reason}: {count:,}")
    for one in model.tables:
        numbers, found = moved[one.name], counted[one.target_zone][one.name]
        if numbers["rows_in"] != numbers["rows_out"] + numbers["rows_quarantined"] or found != numbers["rows_out"]:
            raise OperationFailed(
                f"{one.name}: {numbers['rows_in']:,} rows came in, {numbers['rows_out']:,} went out, "
                f"{numbers['rows_quarantined']:,} are quarantined, and Athena counts {found:,}"
            )
    return {"tables": moved, "counts": counted, "zones": collect.zones(lake, model)}


def ask(queries: Queries, printer: Printer) -> dict[str, Answer]:
    """Print the business answers, and return them."""
    found = collect.answers(queries)
    for name, title in collect.QUESTIONS.items():
        answer = found[name]
        if not answer.rows:
            raise OperationFailed(f"{name}.sql gave no rows")
        printer.item(f"{title} ({name}.sql; {len(answer.rows):,} row{'s' if len(answer.rows) > 1 else ''}, {answer.seconds:.2f} s)")
        printer.item(_indented(_shown(answer)))
        printer.line()
    return found


def ask_warehouse(lake: Lake, model: Model, run: dict[str, Any], answers: dict[str, Answer], rows: int, printer: Printer) -> dict[str, Any]:
    """Ask the warehouse what Athena was asked, after the load that follows the run. Raise unless it gives the same answers."""
    [curated] = [step["run_id"] for step in run["steps"] if step["name"] == CURATED]
    waited, loaded, found = warehouse.compare(lake, model, curated, answers)
    if loaded != rows:
        raise OperationFailed(f"{warehouse.TABLE} has {loaded:,} rows, and the curated table {rows:,}")
    printer.item(f"{warehouse.TABLE} is loaded: {rows:,} rows, {waited:.1f} s after Athena's answers")
    timed = [
        (collect.QUESTIONS[name], len(one.warehouse.rows), f"{one.athena.seconds:.2f} s", f"{one.warehouse.seconds:.2f} s", _verdict(one))
        for name, one in found.items()
    ]
    printer.item(table(timed, ("question", "rows", "Athena", "warehouse", "answers")))
    for name, one in found.items():
        if one.difference:
            raise OperationFailed(f"{name}: Athena and the warehouse differ: {one.difference}")
    return {
        "table": warehouse.TABLE,
        "rows": rows,
        "answers": {name: {"rows": one.warehouse.records(), "seconds": one.warehouse.seconds} for name, one in found.items()},
    }


def _verdict(one: warehouse.Comparison) -> str:
    return "different" if one.difference else "the same"


def _shown(answer: Answer) -> str:
    """Return the first rows, with numbers rounded for reading."""
    records = answer.records()[:TOP]
    return table([[_short(value) for value in record.values()] for record in records], answer.names)


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 2) if abs(value) < 1000 else round(value)
    return "" if value is None else value


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
