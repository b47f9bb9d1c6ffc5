"""Athena: its SQL on DuckDB, over the lake's own catalog and objects, with the caller's rights."""
