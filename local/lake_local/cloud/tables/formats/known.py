"""All formats, and which one a table has."""

from __future__ import annotations

from ..catalog import CatalogTable
from ..errors import not_supported
from .base import Format
from .cloudtrail import CLOUDTRAIL
from .delimited import DELIMITED
from .json import JSON
from .opencsv import OPEN_CSV
from .parquet import PARQUET

FORMATS = (CLOUDTRAIL, PARQUET, OPEN_CSV, JSON, DELIMITED)
# By the name after STORED AS in Hive's DDL and of the property `format` of CREATE TABLE AS.
STORED_AS = {"TEXTFILE": DELIMITED, "JSON": JSON, "PARQUET": PARQUET}


def format_of(table: CatalogTable) -> Format:
    """Return the format of a table, by its SerDe or its classification."""
    if table.storage.get("InputFormat") == CLOUDTRAIL.input:
        return CLOUDTRAIL
    library = table.serde_class.lower()
    for known in FORMATS:
        if known.serde_part in library:
            return known
    classification = table.parameters.get("classification", "").lower()
    if not library:
        for known in (PARQUET, JSON, DELIMITED):
            if known.name == classification:
                return known
    if table.parameters.get("table_type", "").upper() == "ICEBERG":
        raise not_supported("reading Iceberg tables")
    raise not_supported(f"reading the format {library.rsplit('.', 1)[-1] or classification or 'unknown'!r} of table {table.name!r}")
