"""The numbers of a lake after a run, from its own APIs: S3 for what lies in the zones, the jobs' logs, and Athena."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from ..config import package_root
from ..lake.client import Lake
from ..lake.model import Model
from ..lake.queries import Answer, Queries
from ..names import MANIFESTS, QUARANTINE

# The business questions: file in glue-assets/sql/athena, and what is asked.
QUESTIONS = {
    "average-review-per-seller": "Average review per seller",
    "average-review-per-sdr": "Average review per SDR",
    "deals-and-value-per-seller": "Deals and their value per seller",
    "review-scores-by-seller": "Review scores by seller",
    "explore-data": "What is in the raw zone",
}


def zones(lake: Lake, model: Model) -> list[dict[str, Any]]:
    """Return objects and bytes in each zone, by the first part of their keys."""
    found = []
    for zone in model.zones:
        areas: dict[str, dict[str, int]] = {}
        for entry in _objects(lake, zone.bucket):
            area = areas.setdefault(entry["Key"].split("/", 1)[0], {"objects": 0, "bytes": 0})
            area["objects"] += 1
            area["bytes"] += entry["Size"]
        found.append({"zone": zone.name, "bucket": zone.bucket, "next": zone.next, "areas": areas})
    return found


def moved(lake: Lake, model: Model) -> dict[str, dict[str, Any]]:
    """Return the rows of each table's sources: in, out, and quarantined with reasons, as the jobs recorded them in S3."""
    s3 = lake.client("s3")
    tables = {}
    for table in model.tables:
        source, target = model.zone(table.source_zone).bucket, model.zone(table.target_zone).bucket
        totals = Counter({"rows_in": 0, "rows_out": 0, "rows_quarantined": 0})
        for entry in _objects(lake, target, f"{MANIFESTS}{table.name}/"):
            manifest = json.loads(s3.get_object(Bucket=target, Key=entry["Key"])["Body"].read())
            totals.update({name: manifest[name] for name in totals})
        reasons: Counter[str] = Counter()
        for entry in _objects(lake, source, f"{QUARANTINE}{table.name}/"):
            if entry["Key"].endswith(".json"):
                lines = s3.get_object(Bucket=source, Key=entry["Key"])["Body"].read().decode("utf-8").splitlines()
                reasons.update(json.loads(line)["reason"] for line in lines if line)
        tables[table.name] = {**totals, "reasons": dict(reasons.most_common())}
    return tables


def counts(queries: Queries, model: Model) -> dict[str, dict[str, int]]:
    """Return the rows of every table behind the first zone: {zone: {table: rows}}."""
    found: dict[str, dict[str, int]] = {}
    counted = [
        f"SELECT '{zone}' AS zone, '{name}' AS name, count(*) AS n FROM \"{model.databases[zone]}\".\"{zone}_{name}\""
        for zone, names in _tables_by_zone(model).items()
        for name in names
    ]
    for row in queries.ask(" UNION ALL ".join(counted)).records():
        found.setdefault(row["zone"], {})[row["name"]] = row["n"]
    return found


def _tables_by_zone(model: Model) -> dict[str, list[str]]:
    zones_: dict[str, list[str]] = {}
    for table in model.tables:
        zones_.setdefault(table.target_zone, []).append(table.name)
    for curation in model.curations:
        zones_.setdefault(curation.zone, []).append(curation.name)
    return zones_


def answers(queries: Queries, names: dict[str, str] = QUESTIONS) -> dict[str, Answer]:
    """Return the business answers: the package's SQL files, unchanged, asked through Athena."""
    folder = package_root() / "glue-assets" / "sql" / "athena"
    return {name: queries.ask((folder / f"{name}.sql").read_text(encoding="utf-8").strip()) for name in names}


def _objects(lake: Lake, bucket: str, prefix: str = "") -> list[dict[str, Any]]:
    pages = lake.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry for page in pages for entry in page.get("Contents", [])]
