"""Tables of the Glue catalog, read and written with DuckDB and the caller's rights."""
