"""A CSV file in the making, with its broken rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .rng import Draws


@dataclass(frozen=True)
class Broken:
    """A line that is no good row, and why. `column` and `value` name the culprit where it is one field."""

    text: str
    reason: str
    column: str | None = None
    value: str | None = None


@dataclass
class TableFile:
    """The rows of one table as text, each without its line end."""

    header: str
    rows: list[str]
    line_end: str = "\n"
    broken: list[Broken] = field(default_factory=list)

    def write(self, path: Path, draws: Draws) -> dict[str, object]:
        """Writes the file, the broken rows strewn among the good ones, and says what it holds."""
        rows = list(self.rows)
        for broken in self.broken:
            rows.insert(draws.one(0, len(rows) + 1), broken.text)
        text = self.line_end.join([self.header, *rows]) + self.line_end
        path.write_bytes(text.encode("utf-8"))
        reasons: dict[str, int] = {}
        for broken in self.broken:
            reasons[broken.reason] = reasons.get(broken.reason, 0) + 1
        return {
            "file": path.name,
            "rows": len(rows),
            "good_rows": len(self.rows),
            "broken_rows": len(self.broken),
            "reasons": reasons,
            "broken": [
                {"reason": each.reason, "column": each.column, "value": each.value, "text": each.text} for each in self.broken
            ],
        }


def quoted(text: str) -> str:
    """The field as CSV: quoted where it must be, quotes doubled."""
    if any(mark in text for mark in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


WRONG_NUMBER_OF_FIELDS = "wrong number of fields"


def not_a(spark_type: str) -> str:
    return f"not {'an' if spark_type == 'int' else 'a'} {spark_type}"
