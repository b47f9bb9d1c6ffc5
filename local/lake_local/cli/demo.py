"""`lake demo`: the whole lake at work, from dropped CSV files to business answers and a report."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from ..config import package_root
from ..errors import UserError
from ..lake_file import state_directory
from .arguments import port, scale, seed

EXAMPLES = """\
examples:
  lake demo                             with generated data of the real size
  lake demo --scale 0.05                with less
  lake demo --data ~/Downloads/olist    with your download of Kaggle's Olist data sets
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "demo",
        help="see the whole lake at work",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Start a lake, drop four tables and two streams into it, follow the workflow to the curated table and the warehouse, "
        "ask both the business questions, and write a report. The lake stays up.",
    )
    parser.add_argument("--data", metavar="DIR", type=Path, help="folder with Olist's CSV files, named as Kaggle names them")
    parser.add_argument("--scale", type=scale, default=1.0, help="size of generated data, 1 is the real size (default: 1)")
    parser.add_argument("--seed", type=seed, default=42, help="the same seed makes the same data (default: 42)")
    parser.add_argument("--report", metavar="FILE", type=Path, help="the report (default: report.html in the lake's folder)")
    parser.add_argument("--port", type=port, help="port on 127.0.0.1 (default: 4566, or the next free one)")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    from ..demo.data import check_tables
    from ..demo.printer import Printer
    from ..demo.report import write_report
    from ..demo.story import tell

    state_dir = state_directory(args.state)
    if args.report and args.report.is_dir():
        raise UserError(f"--report {args.report} is a folder: name the file")
    if args.data:
        check_tables(args.data)
    printer = Printer(sys.stderr if args.output == "json" else sys.stdout)
    lake = command(args.state)
    story = {**tell(state_dir, args.port, args.data, args.seed, args.scale, printer), "command": lake}
    report = write_report(story, (args.report or state_dir / "report.html").resolve())
    if args.output == "json":
        print(json.dumps({**story, "report": str(report)}, indent=1, ensure_ascii=False))
    for line in closing(report, lake, story["seconds"]):
        printer.line(line)
    return 0


def command(state: str | None) -> str:
    """Return how this user calls `lake` from here."""
    root = package_root()
    if (root / "src").is_dir():
        called = "bin/lake" if Path.cwd() == root else str(root / "bin" / "lake")
    else:
        called = os.environ.get("LAKE_COMMAND", "npx lake")
    return f"{called} --state {state}" if state else called


def closing(report: Path, lake: str, seconds: float) -> list[str]:
    """Return the lines that say how to go on."""
    return [
        "",
        f"Done in {seconds:.0f} s. The report: {report.as_uri()}",
        "",
        "The lake stays up:",
        f"  {lake} query 'select * from curated_seller_performance limit 10'",
        f"  {lake} query --warehouse 'select * from lake.deals_and_value_per_seller limit 10'",
        f"  {lake} status",
        f"  {lake} down     stops it; with --purge it deletes what is in it too",
    ]
