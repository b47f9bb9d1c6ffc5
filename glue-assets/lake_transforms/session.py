"""One way to read and write values, whatever the defaults of the Spark that runs the job."""

from __future__ import annotations

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


def configure(spark: SparkSession) -> SparkSession:
    for name, value in _SETTINGS.items():
        spark.conf.set(name, value)
    return spark
