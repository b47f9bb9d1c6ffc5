"""One crawl: find tables under the targets, infer their schemas, write them to the catalog; all with the rights of the crawler's role."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass, field
from typing import Any

from . import catalog, grouping
from .classify import Schema, classify, merge
from .engine import Engine
from .listing import S3Object, Source
from .logs import LogShipper
from .records import Crawl as Record
from .records import Crawler, S3Target
from .state import Data

logger = logging.getLogger("lake.glue")

# Of each table, so many files are looked into.
SAMPLES = 8


class Stopped(Exception):
    """Somebody stopped the crawler."""


@dataclass
class Result:
    state: str = "SUCCEEDED"
    message: str = ""
    changes: dict[str, int] = field(default_factory=lambda: {"Created": 0, "Updated": 0, "Deleted": 0})
    partitions: int = 0

    @property
    def summary(self) -> str:
        """The changes by kind of thing, as JSON in JSON, like in ListCrawls."""
        tables = {
            what.upper().replace("CREATED", "ADD").replace("UPDATED", "UPDATE").replace("DELETED", "DELETE"): {
                "Count": count,
                "Details": {},
            }
            for what, count in self.changes.items()
            if count
        }
        found = {}
        if tables:
            found["TABLE"] = json.dumps(tables)
        if self.partitions:
            found["PARTITION"] = json.dumps({"ADD": {"Count": self.partitions, "Details": {}}})
        return json.dumps(found)


def run(engine: Engine, crawler: Crawler, record: Record, stopping: threading.Event) -> Result:
    result = Result()
    shipper: LogShipper | None = None
    try:
        credentials = engine.credentials(crawler["Role"], f"AWS-Crawler-{crawler['Name']}"[:64], ("crawler", crawler["Name"]))
        shipper = LogShipper(lambda: engine.client("logs", credentials), {"log": [(record["LogGroup"], record["LogStream"])]})
        say = _Log(shipper, record["CrawlId"])
        say("BENCHMARK", f"Running Start Crawl for Crawler {crawler['Name']}")
        crawl = Crawl(engine, crawler, Source(engine.client("s3", credentials)), engine.client("glue", credentials), stopping, say, result)
        crawl.run()
        say("BENCHMARK", "Crawler has finished running and is in state READY")
    except Stopped:
        result.state = "CANCELLED"
        result.message = "the crawl was stopped"
    except Exception as error:
        if not _expected(error):
            logger.exception("crawler %s", crawler["Name"])
        result.state = "FAILED"
        result.message = f"{error}"[:2000]
        if shipper:
            _Log(shipper, record["CrawlId"])("ERROR", result.message)
    if shipper:
        shipper.close()
    return result


def _expected(error: Exception) -> bool:
    from botocore.exceptions import ClientError

    from ..identity import AssumeRoleError

    return isinstance(error, (ClientError, AssumeRoleError, PermissionError, ValueError))


class _Log:
    def __init__(self, shipper: LogShipper, identifier: str) -> None:
        self._shipper = shipper
        self._identifier = identifier

    def __call__(self, level: str, text: str) -> None:
        self._shipper.put("log", f"[{self._identifier}] {level} : {text}")


class Crawl:
    def __init__(
        self, engine: Engine, crawler: Crawler, source: Source, glue: Any, stopping: threading.Event, say: _Log, result: Result
    ) -> None:
        self.crawler = crawler
        self.source = source
        self.glue = glue
        self.stopping = stopping
        self.say = say
        self.result = result
        self.configuration = json.loads(crawler.get("Configuration") or "{}")

    def run(self) -> None:
        targets = self.crawler["Targets"]
        for target in targets.get("S3Targets") or []:
            self._crawl_path(target)
        for known in targets.get("CatalogTargets") or []:
            for table in known["Tables"]:
                self._refresh(known["DatabaseName"], table)
        if targets.get("S3Targets"):
            self._mark_vanished(targets["S3Targets"])

    def _check(self) -> None:
        if self.stopping.is_set():
            raise Stopped

    def _crawl_path(self, target: S3Target) -> None:
        self._check()
        objects = self.source.objects(target["Path"], target.get("Exclusions") or [])
        level = (self.configuration.get("Grouping") or {}).get("TableLevelConfiguration")
        combine = (self.configuration.get("Grouping") or {}).get("TableGroupingPolicy") == "CombineCompatibleSchemas"
        size = target.get("SampleSize")
        for found in grouping.tables(target["Path"], objects, int(level) if level else None, combine, self._schema_of):
            self._check()
            schema = self._schema(_sampled(found.objects, int(size)) if size else found.objects, found.location)
            if schema is None:
                self.say("INFO", f"{found.location}: no file of a known format")
                continue
            self._write(found, schema)

    def _write(self, found: grouping.FoundTable, schema: Schema) -> None:
        database, prefix = self.crawler["DatabaseName"], self.crawler.get("TablePrefix") or ""
        name, existing = catalog.place(self.glue, database, prefix + found.name, found.location)
        table = catalog.table_input(name, found, schema, self.crawler["Name"])
        if existing is None:
            self.glue.create_table(DatabaseName=database, TableInput=table)
            self.result.changes["Created"] += 1
            self.say("INFO", f"Created table {name} in database {database}")
        elif self._update_behaviour() == "LOG":
            self.say("INFO", f"Table {name} is left as it is: changes are only logged")
        else:
            self._update(database, existing, table)
        partitions = catalog.add_partitions(self.glue, database, name, table, found)
        self.result.partitions += partitions
        if partitions:
            self.say("INFO", f"Added {partitions} partitions to table {name}")

    def _refresh(self, database: str, name: str) -> None:
        """Infer the schema of a table that the catalog has, from the files at its location."""
        self._check()
        existing = self.glue.get_table(DatabaseName=database, Name=name)["Table"]
        location = existing["StorageDescriptor"]["Location"]
        objects = self.source.objects(location, [])
        if not objects:
            self.say("INFO", f"Table {name} has no files in {location}: logged, not changed")
            return
        found = grouping.one_table(location, objects)
        schema = self._schema(objects, location)
        if schema is None:
            self.say("INFO", f"{location}: no file of a known format")
            return
        if self._update_behaviour() == "LOG":
            return
        self._update(database, existing, catalog.table_input(name, found, schema, self.crawler["Name"]))
        self.result.partitions += catalog.add_partitions(self.glue, database, name, existing, found)

    def _update(self, database: str, existing: Data, table: Data) -> None:
        behaviour = ((self.configuration.get("CrawlerOutput") or {}).get("Tables") or {}).get("AddOrUpdateBehavior")
        updated = catalog.merged(existing, table, only_new=behaviour == "MergeNewColumns")
        if catalog.same(existing, updated):
            return
        self.glue.update_table(DatabaseName=database, TableInput=updated)
        self.result.changes["Updated"] += 1
        self.say("INFO", f"Updated table {updated['Name']} in database {database}")

    def _mark_vanished(self, targets: list[S3Target]) -> None:
        """Delete or mark the tables of this crawler whose files are gone, or excluded by now: a crawler sees no difference."""
        paths = {target["Path"]: target.get("Exclusions") or [] for target in targets}
        policy = (self.crawler.get("SchemaChangePolicy") or {}).get("DeleteBehavior", "DEPRECATE_IN_DATABASE")
        for table in catalog.tables_of(self.glue, self.crawler["DatabaseName"], self.crawler["Name"]):
            location = table["StorageDescriptor"]["Location"]
            of_table = {path: excluded for path, excluded in paths.items() if location.startswith(path.rstrip("/"))}
            if "DEPRECATED_BY_CRAWLER" in table["Parameters"] or not of_table:
                continue
            if any(self.source.objects(path, excluded, below=location) for path, excluded in of_table.items()):
                continue
            self._check()
            if policy == "DELETE_FROM_DATABASE":
                self.glue.delete_table(DatabaseName=self.crawler["DatabaseName"], Name=table["Name"])
                self.result.changes["Deleted"] += 1
            elif policy == "DEPRECATE_IN_DATABASE":
                catalog.deprecate(self.glue, self.crawler["DatabaseName"], table)
                self.result.changes["Updated"] += 1
            self.say("INFO", f"Table {table['Name']}: no files in {location} any more ({policy})")

    def _update_behaviour(self) -> str:
        return (self.crawler.get("SchemaChangePolicy") or {}).get("UpdateBehavior", "UPDATE_IN_DATABASE")

    # -- schemas --------------------------------------------------------------------------------------------------------------------
    def _schema(self, objects: list[S3Object], location: str) -> Schema | None:
        schemas = []
        for item in _spread(objects, SAMPLES):
            self._check()
            schema = self._schema_of(item)
            if schema is not None:
                schemas.append(schema)
            else:
                self.say("INFO", f"{item.path}: format not recognised")
        return merge(schemas) if schemas else None

    def _schema_of(self, item: S3Object) -> Schema | None:
        return classify(item, self.source)


def _sampled(objects: list[S3Object], count: int) -> list[S3Object]:
    """Return at most `count` objects of each folder."""
    folders: dict[str, list[S3Object]] = {}
    for item in objects:
        folders.setdefault(item.key.rpartition("/")[0], []).append(item)
    return [item for items in folders.values() for item in items[:count]]


def _spread(objects: list[S3Object], count: int) -> list[S3Object]:
    """Return at most `count` objects, spread evenly from the first to the last."""
    if len(objects) <= count:
        return objects
    return [objects[round(index * (len(objects) - 1) / (count - 1))] for index in range(count)]
