"""Arguments of a job run, as AWS Glue resolves them."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

# What Glue itself puts on the command line. A script may ask for the first group only.
_OFFERED = ("JOB_NAME", "JOB_ID", "JOB_RUN_ID", "TempDir", "RedshiftTempDir", "SECURITY_CONFIGURATION")
_RESERVED = {
    "job-bookmark-option": ["job-bookmark-enable", "job-bookmark-disable", "job-bookmark-pause"],
    "job-bookmark-from": None,
    "job-bookmark-to": None,
    "continuation-option": ["continuation-enabled", "continuation-readonly", "continuation-ignore"],
    "encryption-type": ["sse-s3"],
    "enable-data-lineage": None,
}


class GlueArgumentError(Exception):
    """An argument that the script needs was not given."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, Any]:
    """The values of `options` among `args` (that is, `sys.argv`); each of them is required.

    >>> getResolvedOptions(["job.py", "--table", "sellers"], ["table"])["table"]
    'sellers'
    """
    reserved = [option for option in options if option in _RESERVED]
    if reserved:
        raise RuntimeError(f"Using reserved arguments {reserved[0]}")
    parser = _Parser(add_help=False, allow_abbrev=False)
    for name, choices in _RESERVED.items():
        parser.add_argument(f"--{name}", choices=choices, required=False, default=argparse.SUPPRESS)
    for name in _OFFERED:
        if name not in options:
            parser.add_argument(f"--{name}", required=False, default=argparse.SUPPRESS)
    for option in options:
        parser.add_argument(f"--{option}", required=True)
    parsed, _ = parser.parse_known_args(list(args)[1:])
    return vars(parsed)


def current_run() -> dict[str, Any]:
    """What the engine says about this run; empty when a script runs by itself, in a test say."""
    folder = os.environ.get("LAKE_JOB_RUN")
    return json.loads((Path(folder) / "run.json").read_text(encoding="utf-8")) if folder else {}
