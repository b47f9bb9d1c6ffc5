"""A curated table: the amount of each customer's orders."""

import json

from awsglue.context import GlueContext
from lake_transforms import Catalog, Location, ObjectStore, job_arguments, publish_table, read_parquet
from pyspark.context import SparkContext
from pyspark.sql import functions as F

args = job_arguments(["source_paths", "target_path", "target_database", "target_table"], [])
store = ObjectStore()
orders = read_parquet(GlueContext(SparkContext.getOrCreate()).spark_session, store, json.loads(args["source_paths"]))["orders"]
publish_table(
    orders.groupBy("customer_id").agg(F.sum("amount").alias("amount")),
    store,
    Catalog(),
    target=Location.parse(args["target_path"]),
    database=args["target_database"],
    table=args["target_table"],
)
