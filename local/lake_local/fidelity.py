"""What is run, what is only recorded, and what differs from AWS: entries kept beside the code that makes them true.

A module says `FIDELITY = [Entry(...), ...]`; `python -m lake_local.fidelity` writes the tables of docs/fidelity.md from them.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["run", "recorded", "differs"]
PACKAGE = Path(__file__).resolve().parent
DOCUMENT = PACKAGE.parents[1] / "docs" / "fidelity.md"
SECTIONS = ("types", "glue", "athena", "other")
_TABLE = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """One line of docs/fidelity.md.

    - `run`: does here what it does on AWS, as far as a lake can tell
    - `differs`: runs, with the difference that the text names
    - `recorded`: kept with its properties and listed by `lake status`; nothing happens
    """

    subject: str
    state: State
    text: str


def entries() -> Iterator[tuple[str, Entry]]:
    """Every entry with its section."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if not re.search(r"^FIDELITY\b", path.read_text(encoding="utf-8"), re.MULTILINE):
            continue
        name = ".".join(("lake_local", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        for entry in importlib.import_module(name).FIDELITY:
            yield section_of(name, entry.subject), entry


def section_of(module: str, subject: str) -> str:
    if subject.startswith(("AWS::", "Custom::")):
        return "types"
    return next((part for part in module.split(".") if part in SECTIONS), "other")


def table(found: list[Entry]) -> str:
    rows = [f"| {_code(entry.subject)} | {entry.state} | {entry.text} |" for entry in sorted(found, key=lambda one: one.subject.lower())]
    return "\n".join(["| what | here | how |", "|---|---|---|", *rows]) + "\n"


def render(document: str) -> str:
    """The document with its tables as the code says."""
    found = list(entries())
    return _TABLE.sub(lambda match: match[1] + table([entry for section, entry in found if section == match[2]]) + match[3], document)


def _code(subject: str) -> str:
    return f"`{subject}`" if re.fullmatch(r"[\w:.*]+", subject) else subject


if __name__ == "__main__":
    # `python -m` runs this file as another module than the one that the entries come from: compare nothing by identity here.
    text = render(DOCUMENT.read_text(encoding="utf-8"))
    if "--check" in sys.argv and text != DOCUMENT.read_text(encoding="utf-8"):
        sys.exit(f"{DOCUMENT} does not say what the code does: run `python -m lake_local.fidelity`")
    DOCUMENT.write_text(text, encoding="utf-8")
