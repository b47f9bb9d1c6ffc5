"""How queries differ from Athena's, for docs/fidelity.md."""

from __future__ import annotations

from lake_local.fidelity import Entry

FIDELITY = [
    Entry(
        "StartQueryExecution",
        "differs",
        "Athena's SQL is translated by sqlglot and run on DuckDB, with the caller's rights on Glue and S3. "
        "A function or a part of SQL that is not known to give the same answer is refused (`NOT_SUPPORTED`, `FUNCTION_NOT_FOUND`), never "
        "guessed. ResultReuseConfiguration is ignored. CSE_KMS results are refused.",
    ),
    Entry(
        "GetQueryExecution, BatchGetQueryExecution, ListQueryExecutions",
        "run",
        "The newest 500 executions; finished ones survive a restart.",
    ),
    Entry("GetQueryResults", "run", "Pages, types, header row and formats as on AWS; needs `s3:GetObject` on the result, as there."),
    Entry("GetQueryRuntimeStatistics", "differs", "Timeline and input bytes only; no stages."),
    Entry("StopQueryExecution", "run", "Interrupts the query."),
    Entry(
        "Work groups, named queries, prepared statements, data catalogs",
        "run",
        "As MiniStack keeps them. Enforced result location and "
        "encryption, the bytes-scanned cutoff and `EXECUTE ... USING` are obeyed by queries. Only the Glue catalog can be queried.",
    ),
    Entry(
        "Result files",
        "differs",
        "The CSV or text file that Athena writes, and the manifest of what CREATE TABLE AS, INSERT INTO or UNLOAD wrote; no `.metadata` "
        "file beside them.",
    ),
    Entry(
        "SELECT",
        "differs",
        "Types are compared less strictly: where a column of a table is compared with a literal of another type, it is `TYPE_MISMATCH` as "
        "on AWS, but in other expressions DuckDB casts where Athena refuses. Aliases of the select list in WHERE, GROUP BY and HAVING are "
        "refused as on AWS where a SELECT reads tables only, but known over subqueries: write casts and full expressions.",
    ),
    Entry("Decimals", "differs", "Division and avg are computed as doubles: exact to 15 digits. avg(decimal) gives a double."),
    Entry("Arrays and maps", "differs", "`a[i]` past the end and `m[key]` of a key that is not there are NULL, on AWS errors."),
    Entry(
        "Regular expressions", "differs", "RE2's: look-around and back-references are errors. A group that took no part gives '' for NULL."
    ),
    Entry("approx_distinct, approx_percentile", "differs", "Exact, so within the error that Athena allows itself."),
    Entry("Timestamps", "differs", "Microseconds inside, milliseconds in results; the session's time zone is UTC, as on AWS."),
    Entry(
        "Not supported",
        "differs",
        "UNNEST of an array of rows into its fields, TABLESAMPLE SYSTEM, MATCH_RECOGNIZE, LATERAL, typeof, "
        "map_agg, comparison functions in array_sort, date minus date, partition projection, Iceberg, "
        "federated queries: each fails and says so.",
    ),
    Entry(
        "Reading tables",
        "differs",
        "Parquet (columns by name; a column that Athena does not read as its declared type is `HIVE_BAD_DATA`), "
        "text (LazySimpleSerDe, OpenCSVSerDe: a line is a row, whatever quotes are "
        "open), JSON (keys in any case; `dots.in.keys` and keys that differ in case only are refused) and CloudTrail's files; others are "
        "refused. Hidden (`_`, `.`) and archived objects are passed over. Partitions are pruned by "
        "comparisons with constants in the WHERE of their own SELECT.",
    ),
    Entry("DataScannedInBytes", "differs", "Size of the objects read; of Parquet, of the columns named, all their row groups."),
    Entry(
        "DDL",
        "run",
        "SHOW, DESCRIBE, CREATE and DROP of databases, external tables and views, CTAS, INSERT INTO, UNLOAD, MSCK REPAIR, ALTER "
        "TABLE ADD and DROP PARTITION, EXPLAIN (DuckDB's plan), through the Glue API with the caller's rights. "
        "Other statements are refused.",
    ),
]
