"""Redshift's system tables that there are here, and the views of ours (setup.sql) that answer for them."""

from __future__ import annotations

SYSTEM_TABLES = {
    "svv_table_info": "rs.svv_table_info",
    "svv_tables": "rs.svv_tables",
    "svv_columns": "rs.svv_columns",
    "pg_user": "rs.pg_user",
    "pg_group": "rs.pg_group",
    "information_schema.tables": "information_schema.tables",
    "information_schema.columns": "information_schema.columns",
}
