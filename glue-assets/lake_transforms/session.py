"""One way to read and write values, whatever the defaults of the Spark that runs the job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

_SETTINGS = {
    # a text without a time zone means the same instant everywhere
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    # dates and timestamps as ISO 8601 has them, also before 1900: the default is to fail the job
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    # the one encoding that every reader of a lake takes for a timestamp without a zone
    "spark.sql.parquet.outputTimestampType": "INT96",
    # a partition value is text: '01' must not come back as 1
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}

# What is written is private to a run until it is whole, so that the committer needs no second round of renames.
WRITE_OPTIONS = {"mapreduce.fileoutputcommitter.algorithm.version": "2", "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false"}


def configure(spark: SparkSession) -> SparkSession:
    for name, value in _SETTINGS.items():
        spark.conf.set(name, value)
    return spark


_EXCLUDED = "spark.sql.optimizer.excludedRules"
_PUSH_DOWN = ",".join(f"org.apache.spark.sql.catalyst.optimizer.{rule}" for rule in ("PushDownPredicates", "PushPredicateThroughNonJoin"))


@contextmanager
def filters_in_place(spark: SparkSession) -> Iterator[None]:
    """Keep filters where they are written. Spark would move one below what it filters, and compute its condition from the text of the row:
    that text is then split and cast again for each time that the condition has a column.
    """
    before = spark.conf.get(_EXCLUDED, None)
    spark.conf.set(_EXCLUDED, f"{before},{_PUSH_DOWN}" if before else _PUSH_DOWN)
    try:
        yield
    finally:
        spark.conf.set(_EXCLUDED, before) if before else spark.conf.unset(_EXCLUDED)
