"""docs/reliability.md: the sections that the soak writes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "reliability.md"


def write_section(name: str, table: str) -> None:
    """Replace what stands between the marks of a section."""
    text = DOCUMENT.read_text(encoding="utf-8")
    made = f"Made by `npm run soak` on {datetime.now(UTC):%Y-%m-%d}.\n\n{table}\n"
    pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
    assert re.search(pattern, text, flags=re.DOTALL), f"{DOCUMENT} has no section {name}"
    DOCUMENT.write_text(re.sub(pattern, lambda found: f"{found[1]}{made}{found[2]}", text, count=1, flags=re.DOTALL), encoding="utf-8")
