"""What the jobs of the lake are made of. Scripts of your own can use it: it is on their path."""

from lake_transforms.catalog import Catalog
from lake_transforms.curated import join_once, publish_table, read_parquet, seller_performance
from lake_transforms.landing import LandingResult, land
from lake_transforms.options import CsvOptions, TableSchema, job_arguments
from lake_transforms.refusals import RefusedRows
from lake_transforms.registration import TableEntry
from lake_transforms.report import say_metrics, say_result
from lake_transforms.retyping import TypesDiffer
from lake_transforms.s3 import Location, ObjectStore
from lake_transforms.session import configure
from lake_transforms.staging import Landing

__all__ = [
    "Catalog",
    "CsvOptions",
    "Landing",
    "LandingResult",
    "Location",
    "ObjectStore",
    "RefusedRows",
    "TableEntry",
    "TableSchema",
    "TypesDiffer",
    "configure",
    "job_arguments",
    "join_once",
    "land",
    "publish_table",
    "read_parquet",
    "say_metrics",
    "say_result",
    "seller_performance",
]
