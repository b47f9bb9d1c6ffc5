"""docs/fidelity.md, written from the services' own entries: `python -m lake_local.cloud.fidelity_document [--check]`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from lake_local.fidelity import Entry

from .server.inventory import SERVICES

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "fidelity.md"
_TABLE = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def entries() -> Iterator[tuple[str, Entry]]:
    """Yield every entry with the section of the document that it belongs to."""
    for service in SERVICES:
        own = "redshift" if service.name.startswith("redshift") else service.name if service.name in ("glue", "athena") else "other"
        for entry in service.fidelity:
            yield "types" if entry.subject.startswith(("AWS::", "Custom::")) else own, entry


def table(found: list[Entry]) -> str:
    """Return a section's table."""
    rows = [f"| {_code(entry.subject)} | {entry.state} | {entry.text} |" for entry in sorted(found, key=lambda one: one.subject.lower())]
    return "\n".join(["| what | here | how |", "|---|---|---|", *rows]) + "\n"


def render(document: str) -> str:
    """Return the document with its tables as the code says."""
    found = list(entries())
    return _TABLE.sub(lambda match: match[1] + table([entry for section, entry in found if section == match[2]]) + match[3], document)


def _code(subject: str) -> str:
    return f"`{subject}`" if re.fullmatch(r"[\w:.*]+", subject) else subject


if __name__ == "__main__":
    text = render(DOCUMENT.read_text(encoding="utf-8"))
    if "--check" in sys.argv and text != DOCUMENT.read_text(encoding="utf-8"):
        sys.exit(f"{DOCUMENT} does not say what the code does: run `python -m lake_local.cloud.fidelity_document`")
    DOCUMENT.write_text(text, encoding="utf-8")
