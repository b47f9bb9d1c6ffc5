"""docs/access-matrix.md, as its tables say it: what is tried, and whether it is allowed or which statement refuses it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "access-matrix.md"
CLASSES = ("proprietary", "restricted", "secret")


@dataclass(frozen=True)
class Case:
    """One attempt. `zone` is empty for what is in no zone, `classification` for the dead-letter queue."""

    persona: str
    clearance: str
    action: str
    zone: str
    classification: str
    refused_by: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        return not self.refused_by

    @property
    def title(self) -> str:
        parts = (self.persona, f"cleared for {self.clearance}", self.action, self.classification, self.zone)
        return " ".join(part for part in parts if part)


def rows(page: str, heading: str) -> list[dict[str, str]]:
    """Return the rows of the first table below a heading, by the words of its head."""
    section = next(one for one in page.split("\n## ") if one.startswith(heading + "\n"))
    lines = [
        [re.sub(r"^`([^`]*)`$", r"\1", cell.strip()) for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    return [dict(zip(lines[0], cells, strict=True)) for cells in lines[2:]]


def cases(page: str | None = None) -> list[Case]:
    """Return every persona × clearance × action × zone × class."""
    page = page or PAGE.read_text("utf-8")
    above = {row["action"]: row["statement"] for row in rows(page, "Above the clearance")}
    found = []
    for row in rows(page, "Data"):
        for zone in ("drop", "raw", "curated", "sandbox"):
            found += _classified(row["persona"], row["action"], zone, row[zone], above)
    for row in rows(page, "Jobs"):
        for action in ("start-job", "create-job", "pass-role"):
            found += _classified(row["persona"], action, "", row[action], above)
    for row in rows(page, "The dead-letter queue"):
        refused = () if row["read-dlq"] == "allow" else (row["read-dlq"],)
        found += [Case(row["persona"], clearance, "read-dlq", "", "", refused) for clearance in CLASSES]
    return found


def _classified(persona: str, action: str, zone: str, answer: str, above: dict[str, str]) -> list[Case]:
    found = []
    for cleared, clearance in enumerate(CLASSES):
        for level, classification in enumerate(CLASSES):
            refused = [] if answer == "allow" else [answer]
            if level > cleared and action in above:
                refused.append(above[action] + classification.capitalize())
            found.append(Case(persona, clearance, action, zone, classification, tuple(refused)))
    return found
