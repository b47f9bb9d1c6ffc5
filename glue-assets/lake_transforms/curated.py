"""Curated tables: joins as plain functions of DataFrames, and a way to publish a result that readers never see half of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from botocore.exceptions import ClientError
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from lake_transforms.catalog import Catalog
from lake_transforms.generations import Generations, has_folders
from lake_transforms.manifests import Manifest
from lake_transforms.refusals import describe
from lake_transforms.run_names import run_name
from lake_transforms.s3 import Location, ObjectStore
from lake_transforms.session import WRITE_OPTIONS, configure

SELLER_PERFORMANCE_SOURCES = ("order_items", "order_reviews", "closed_deals")
_NOTHING_CAME = "bring this table to the zone first"


def seller_performance(order_items: DataFrame, order_reviews: DataFrame, closed_deals: DataFrame) -> DataFrame:
    """What was sold, how it was reviewed, and the deal that brought the seller: one row for each item × review × deal.

    An item is repeated for each review of its order, and again for each deal of its seller. Whoever counts or adds up must first take
    a deal once per mql_id and a review once per (review_id, order_id, seller_id): the queries in sql/athena/ show how.
    """
    reviewed = join_once(order_items, order_reviews, "order_id", "order_reviews")
    return join_once(reviewed, closed_deals, "seller_id", "closed_deals")


def join_once(left: DataFrame, right: DataFrame, key: str, right_name: str) -> DataFrame:
    """Inner join with every column once. A column of the right that the left has, too, gets the right's name in front."""
    for side, frame in (("left", left), (right_name, right)):
        if key not in frame.columns:
            raise ValueError(f"{side} has no column {key!r} to join on; it has {frame.columns}")
    taken = {name.lower() for name in left.columns}
    for name in right.columns:
        if name == key or name.lower() not in taken:
            continue
        other = f"{right_name}_{name}"
        if other.lower() in taken | {column.lower() for column in right.columns}:
            raise ValueError(f"columns {name!r} and {other!r} are on both sides of the join on {key!r}; rename one of them")
        right = right.withColumnRenamed(name, other)
    return left.join(right, key, "inner")


def read_parquet(spark: SparkSession, store: ObjectStore, uris: Mapping[str, str]) -> dict[str, DataFrame]:
    """Each table by its location, which needs no crawler to have been there; an error that names every table without data."""
    configure(spark)
    tables = {name: Generations(store, Location.parse(uri)) for name, uri in uris.items()}
    empty = {
        f"{name} ({found.table.uri})": _why_empty(store, name, found.table)
        for name, found in tables.items()
        if not any(item.name.endswith(".parquet") and not found.is_inside(item.key) for item in store.objects(found.table))
    }
    if empty:
        # What has a cause stands first: the end of a long message is cut off where it is shown.
        causes = sorted(empty.items(), key=lambda item: not item[1])
        raise ValueError(f"no data in {', '.join(f'{place}: {cause or _NOTHING_CAME}' for place, cause in causes)}")
    return {name: _read(spark, found) for name, found in tables.items()}


def _read(spark: SparkSession, table: Generations) -> DataFrame:
    """Return the rows of a table, those of each folder from its current generation."""
    if not table.current:
        return spark.read.option("mergeSchema", True).parquet(table.table.uri)
    folders = table.originals()
    uris: dict[Location, list[str]] = {table.root: [], table.table: []}
    for folder, files in folders.items():
        if folder in table.current:
            uris[table.root].append(table.location(folder).uri)
        elif has_folders(folder, folders):
            uris[table.table] += [item.uri for item in files.values()]
        else:
            uris[table.table].append(table.location(folder).uri)
    # Spark finds partition columns below one root only
    read = [spark.read.option("mergeSchema", True).option("basePath", base.uri).parquet(*found) for base, found in uris.items() if found]
    return reduce(lambda first, other: first.unionByName(other, allowMissingColumns=True), read)


def _why_empty(store: ObjectStore, table: str, location: Location) -> str:
    """Return what became of the table's rows, the cause where this is only the symptom; '' if none came."""
    refused = []
    try:
        for item in store.objects(location.at_root("manifests", location.prefix.rstrip("/").rpartition("/")[2])):
            manifest = store.read_json(item.bucket, item.key)
            if manifest and manifest.get("rows_quarantined"):
                refused.append(Manifest.of(manifest))
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "403"):
            raise
    return describe(table, refused).removeprefix(f"{table}: ") if refused else ""


@dataclass(frozen=True)
class Published:
    table: str
    rows_out: int
    location: str
    removed: list[str]


def publish_table(rows: DataFrame, store: ObjectStore, catalog: Catalog, *, target: Location, database: str, table: str) -> Published:
    """Write the rows below `target` and make the catalog's table be just them.

    Every run has a prefix of its own; the table's location in the catalog is switched to it when it is whole. The run that was current
    until then is kept for the readers that are still at it, older ones are removed.
    """
    run = run_name()
    location, before = target.child(run), catalog.location(database, table)
    seen = Observation()
    rows = rows.observe(seen, F.count(F.lit(1)).alias("rows"))
    rows.write.options(**WRITE_OPTIONS).parquet(location.uri)
    store.classify(location)
    catalog.point(database, table, location, rows.schema)
    keep = {location, before}
    old = [name for name in store.folders(target) if name < run and target.child(name) not in keep]
    for name in old:
        store.delete_under(target.child(name))
    return Published(table, seen.get["rows"], location.uri, old)
