"""Glue job: the new CSV objects of one table, as Parquet in the next zone.

Arguments: --table, --source_database, --source_table, --source_path, --target_path, --target_database, --target_table,
--quarantine_path; if wanted --schema, --csv_options, --partition_columns, --refused_share (0.5: the run fails if more than half of its
rows are refused), --compact_above (1000: the number of small files above which a table is compacted; 0 is never), --data_classification
(the class of the table); for one run --reprocess true, --acknowledge true. The location comes from the catalog's table; --source_path is
where to look as long as there is no such table. Types that --schema does not declare are inferred by the first run and kept.
"""

from awsglue.context import GlueContext
from awsglue.job import Job
from lake_transforms import (
    Catalog,
    CsvOptions,
    Landing,
    Location,
    ObjectStore,
    RefusedRows,
    TableEntry,
    TableSchema,
    job_arguments,
    land,
    say_metrics,
    say_result,
)
from lake_transforms.options import compact_above, is_true, share
from pyspark.context import SparkContext

REQUIRED = ["table", "source_database", "source_table", "source_path", "target_path", "target_database", "target_table", "quarantine_path"]
OPTIONAL = [
    "schema",
    "csv_options",
    "partition_columns",
    "refused_share",
    "compact_above",
    "data_classification",
    "reprocess",
    "acknowledge",
]


def landing_from(args: dict[str, str], catalog: Catalog) -> Landing:
    database, table = args["source_database"], args["source_table"]
    partitions = [name.strip() for name in (args.get("partition_columns") or "").split(",")]
    return Landing(
        table=args["table"],
        source=catalog.location(database, table) or Location.parse(args["source_path"]),
        target=Location.parse(args["target_path"]),
        quarantine=Location.parse(args["quarantine_path"]),
        schema=TableSchema.parse(args["schema"]) if args.get("schema") else None,
        csv=CsvOptions.parse(args.get("csv_options")),
        partition_columns=tuple(name for name in partitions if name),
        refused_share=share(args.get("refused_share")),
        compact_above=compact_above(args.get("compact_above")),
        entry=TableEntry(args["target_database"], args["target_table"]),
    )


def main() -> None:
    args = job_arguments(REQUIRED, OPTIONAL)
    glue = GlueContext(SparkContext.getOrCreate())
    job = Job(glue)
    job.init(args["JOB_NAME"], args)
    result = land(
        glue.spark_session,
        ObjectStore(classification=args.get("data_classification")),
        landing_from(args, Catalog()),
        reprocess=is_true(args.get("reprocess")),
        acknowledge=is_true(args.get("acknowledge")),
    )
    say_result(**vars(result))
    say_metrics(result.table, result.rows_in, result.rows_out, result.rows_quarantined)
    if result.failure:
        raise RefusedRows(result.failure)
    job.commit()


if __name__ == "__main__":
    main()
