"""A CSV file in the making, with its broken rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .rng import Draws


@dataclass(frozen=True)
class Broken:
    """A line that is no good row: `value` does not fit its column, or, without a column, there are too few or too many fields."""

    text: str
    column: str | None = None
    value: str | None = None


@dataclass
class TableFile:
    """The rows of one table as text, each without its line end."""

    columns: dict[str, str]
    """The columns and their types."""

    rows: list[str]
    line_end: str = "\n"
    quoted_header: bool = False
    broken: list[Broken] = field(default_factory=list)

    def write(self, path: Path, draws: Draws) -> dict[str, object]:
        """Writes the file, the broken rows strewn among the good ones, and says what it holds."""
        rows = list(self.rows)
        for broken in self.broken:
            rows.insert(draws.one(0, len(rows) + 1), broken.text)
        header = ",".join(f'"{name}"' if self.quoted_header else name for name in self.columns)
        text = self.line_end.join([header, *rows]) + self.line_end
        path.write_bytes(text.encode("utf-8"))
        return {
            "file": path.name,
            "rows": len(rows),
            "good_rows": len(self.rows),
            "broken_rows": len(self.broken),
            "reasons": dict(Counter(map(self.reason, self.broken))),
            "broken": [
                {"reason": self.reason(each), "column": each.column, "value": each.value, "text": each.text} for each in self.broken
            ],
        }

    def reason(self, broken: Broken) -> str:
        """Why a row is no good, in the words of the job that refuses it."""
        if broken.column is None:
            return "wrong number of fields"
        kind = self.columns[broken.column]
        return f"{broken.column} is not {'an' if kind == 'int' else 'a'} {kind}"


def quoted(text: str) -> str:
    """The field as CSV: quoted where it must be, quotes doubled."""
    if any(mark in text for mark in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
