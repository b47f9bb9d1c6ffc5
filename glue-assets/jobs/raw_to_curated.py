"""Glue job: a curated table from the tables of the zone before.

Arguments: --table seller_performance, --source_paths (JSON: table name to s3 location), --target_path, --target_database, --target_table;
if wanted --data_classification.
Another curated table is another function of DataFrames in TABLES, or a script of your own with the same helpers.
"""

import json

from awsglue.context import GlueContext
from awsglue.job import Job
from lake_transforms import Catalog, Location, ObjectStore, job_arguments, publish_table, read_parquet, say_result, seller_performance
from lake_transforms.curated import SELLER_PERFORMANCE_SOURCES
from pyspark.context import SparkContext

REQUIRED = ["table", "source_paths", "target_path", "target_database", "target_table"]
OPTIONAL = ["data_classification"]
TABLES = {"seller_performance": (seller_performance, SELLER_PERFORMANCE_SOURCES)}


def main() -> None:
    args = job_arguments(REQUIRED, OPTIONAL)
    if args["table"] not in TABLES:
        raise ValueError(f"unknown curated table {args['table']!r}; this script knows {sorted(TABLES)}")
    build, names = TABLES[args["table"]]
    paths = json.loads(args["source_paths"])
    if missing := [name for name in names if name not in paths]:
        raise ValueError(f"--source_paths has no {', '.join(missing)}; {args['table']} is made of {', '.join(names)}")
    glue = GlueContext(SparkContext.getOrCreate())
    job = Job(glue)
    job.init(args["JOB_NAME"], args)
    store = ObjectStore(classification=args.get("data_classification"))
    sources = read_parquet(glue.spark_session, store, {name: paths[name] for name in names})
    published = publish_table(
        build(**sources),
        store,
        Catalog(classification=args.get("data_classification")),
        target=Location.parse(args["target_path"]),
        database=args["target_database"],
        table=args["target_table"],
    )
    say_result(table=args["table"], rows_out=published.rows_out, location=published.location, removed=published.removed)
    job.commit()


if __name__ == "__main__":
    main()
