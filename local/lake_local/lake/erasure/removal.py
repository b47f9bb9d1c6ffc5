"""Removing what was found, having the lake make anew what it derived, and proving that nothing is left."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from lake_transforms.generations import Generations
from lake_transforms.s3 import Location, ObjectStore

from ...errors import OperationFailed
from ...names import MANIFESTS, QUARANTINE, STAGING, TABLES
from ..client import Lake
from ..model import Curation, Model, Stream, Table
from ..queries import Queries
from ..runs import RunResult, Runs, describe
from .csv_objects import examine
from .plan import Finder, Item, Plan, Progress, place, results_of
from .predicate import Predicate
from .versions import Version, delete, fetched, versions

_LONGEST_WAIT = 300.0
_KEPT_HEADERS = ("ContentType", "ContentEncoding", "CacheControl", "ContentDisposition", "ContentLanguage", "Metadata")


class Removal:
    """One erasure in one lake."""

    def __init__(self, lake: Lake, model: Model, say: Progress, update: Progress) -> None:
        self._lake, self._model, self._say = lake, model, say
        self._s3, self._sqs, self._glue = lake.client("s3"), lake.client("sqs"), lake.client("glue")
        self._finder = Finder(lake, model, update)
        self.deleted = self.rewritten = 0

    def rows(self, predicate: Predicate, plan: Plan) -> dict[str, Any]:
        """Remove the rows of a plan everywhere; return what was done. Raise if anything is left."""
        began = datetime.now(UTC)
        for item in plan.items:
            if item.kind != "stream":
                self._remove(item, predicate)
        self._streams([item for item in plan.items if item.kind == "stream"], predicate)
        run = self._make_anew(plan.tables, began)
        proof = self._prove(predicate)
        return self._done(run, proof)

    def object(self, plan: Plan) -> dict[str, Any]:
        """Remove the versions of a plan; return what was done."""
        self._delete(item.version for item in plan.items)
        run = self._make_anew(plan.tables, None)
        left = [item.version.uri for item in plan.items if self._is_there(item.version)]
        if left:
            raise OperationFailed("still there: " + ", ".join(sorted(set(left))))
        self._delete_results()
        return self._done(run, [])

    def _done(self, run: RunResult | None, proof: list[dict[str, Any]]) -> dict[str, Any]:
        return {"rewritten": self.rewritten, "deleted": self.deleted, "run": run.run_id if run else None, "proof": proof}

    def _remove(self, item: Item, predicate: Predicate) -> None:
        if item.rows is None:
            self._delete([item.version])
        else:
            self._rewrite(item, predicate)

    def _is_there(self, version: Version) -> bool:
        return any((one.key, one.id) == (version.key, version.id) for one in versions(self._s3, version.bucket, version.key))

    def _delete(self, chosen: Iterable[Version]) -> None:
        self.deleted += delete(self._s3, chosen)

    def _rewrite(self, item: Item, predicate: Predicate) -> None:
        """Put the object again without the rows, and delete the version that had them."""
        version, dialect = item.version, item.dialect
        assert dialect is not None
        before = self._s3.head_object(Bucket=version.bucket, Key=version.key)
        if before["ETag"].strip('"') != version.etag:
            raise OperationFailed(f"{version.uri} was replaced meanwhile: repeat the command")
        kept = {name: before[name] for name in _KEPT_HEADERS if before.get(name)}
        with fetched(self._s3, version) as file, tempfile.TemporaryFile() as into:
            found = examine(file, version.key, dialect, predicate, into)
            into.seek(0)
            again = examine(into, version.key, dialect, predicate)
            if found.obstacle or again.matched or again.rows != found.rows - found.matched:
                raise OperationFailed(f"{version.uri} cannot be written again exactly: erase it whole with --object; it was not changed")
            into.seek(0)
            tags = self._s3.get_object_tagging(Bucket=version.bucket, Key=version.key)["TagSet"]
            self._s3.upload_fileobj(into, version.bucket, version.key, ExtraArgs=kept)
            if tags:
                self._s3.put_object_tagging(Bucket=version.bucket, Key=version.key, Tagging={"TagSet": tags})
        self._say(f"{version.uri}: {found.matched} of {found.rows} rows removed")
        self.rewritten += 1
        if version.id != "null":
            self._delete([version])

    def _streams(self, items: list[Item], predicate: Predicate) -> None:
        """Remove rows of streams, zone by zone: an object that is rewritten goes through the functions again, into the zones after."""
        order = {zone.bucket: zone.index for zone in self._model.zones}
        while items:
            first = min(order[item.version.bucket] for item in items)
            for item in items:
                if item.rows is None or order[item.version.bucket] == first:
                    self._remove(item, predicate)
            for stream in self._model.streams:
                self._wait(stream)
            before, items = items, [item for item in self._finder.streams(predicate).items if item.kind == "stream"]
            if {item.version for item in items} == {item.version for item in before}:
                return  # what is left, the proof names

    def _wait(self, stream: Stream) -> None:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        deadline, quiet = time.monotonic() + _LONGEST_WAIT, 0
        while quiet < 3:
            if time.monotonic() > deadline:
                raise OperationFailed(f"stream {stream.name} is still at work after {_LONGEST_WAIT:.0f} s: repeat the command later")
            found = self._sqs.get_queue_attributes(QueueUrl=stream.queue_url, AttributeNames=names)["Attributes"]
            quiet = 0 if any(int(found[name]) for name in names) else quiet + 1
            time.sleep(self._lake.poll_seconds)

    def _make_anew(self, names: set[str], dropped: datetime | None) -> RunResult | None:
        """Run what derives data from the tables, and remove what earlier runs left."""
        if not names:
            self._delete_results()
            return None
        result = self._run(names, dropped)
        for step in result.failed:
            self._say(f"{step.name}: {step.error or step.state}")
        for table in self._model.tables:
            if table.name in names:
                self._delete_earlier(table)
        for curation in self._model.curations:
            self._delete_earlier_runs(curation)
        self._delete_results()
        return result

    def _run(self, names: set[str], dropped: datetime | None) -> RunResult:
        runs = Runs(self._lake, self._model)
        if self._model.workflow:
            return runs.run_workflow(dropped, self._say, lambda step: self._say(describe(step)))
        results = runs.run_jobs(sorted(names), self._say)
        return RunResult(None, results[-1].run_id, results[-1].status, 0, [step for result in results for step in result.steps])

    def _delete_earlier(self, table: Table) -> None:
        """Delete what only earlier runs of a table's job refer to. All of it is made again from the objects."""
        source, target = self._model.zone(table.source_zone).bucket, self._finder.target(table)
        for bucket, prefix in ((target, TABLES), (target, MANIFESTS), (source, QUARANTINE)):
            self._delete(one for one in versions(self._s3, bucket, f"{prefix}{table.name}/") if not one.is_current)
        for location in Generations(ObjectStore(self._s3), Location(target, f"{TABLES}{table.name}/")).retired():
            self._delete(versions(self._s3, target, location.prefix))
        self._delete(versions(self._s3, target, f"{STAGING}{table.name}/"))

    def _delete_earlier_runs(self, curation: Curation) -> None:
        """Delete all runs of a curated table but the last one."""
        arguments = self._glue.get_job(JobName=curation.job)["Job"].get("DefaultArguments") or {}
        path, database, name = (str(arguments.get(f"--target_{what}") or "") for what in ("path", "database", "table"))
        if not (path and database and name):
            return
        try:
            current = self._glue.get_table(DatabaseName=database, Name=name)["Table"]["StorageDescriptor"]["Location"]
        except self._glue.exceptions.EntityNotFoundException:
            return
        bucket, prefix = place(path)
        _, kept = place(current)
        self._delete(one for one in versions(self._s3, bucket, prefix) if not (one.is_current and one.key.startswith(kept)))

    def _delete_results(self) -> None:
        """Delete the results of all queries: what was asked before may be in any of them."""
        if where := results_of(self._lake, self._model):
            self._delete(versions(self._s3, *where))

    def _prove(self, predicate: Predicate) -> list[dict[str, Any]]:
        """Ask each table that has the columns, and look through all objects again. Raise if anything is left."""
        proof, queries = [], Queries(self._lake)
        for database in self._model.databases.values():
            for page in self._glue.get_paginator("get_tables").paginate(DatabaseName=database):
                for table in page["TableList"]:
                    described = table.get("StorageDescriptor", {}).get("Columns", []) + table.get("PartitionKeys", [])
                    if {column["Name"].lower() for column in described} >= set(predicate.columns):
                        sql = f'SELECT count(*) AS rows FROM "{database}"."{table["Name"]}" WHERE {predicate.text}'
                        proof.append({"table": f"{database}.{table['Name']}", "rows": queries.ask(sql).records()[0]["rows"]})
        self._delete_results()
        left = self._finder.rows(predicate)
        remains = [f"{one['table']}: {one['rows']} rows" for one in proof if one["rows"]]
        remains += [item.version.uri for item in left.items] + list(left.derived) + left.obstacles
        if remains:
            raise OperationFailed("not everything is erased; still there:\n" + "\n".join(f"  {line}" for line in dict.fromkeys(remains)))
        return proof
