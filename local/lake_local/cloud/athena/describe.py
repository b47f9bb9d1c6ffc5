"""SHOW CREATE TABLE."""

from __future__ import annotations

from ..tables.catalog import CatalogTable


def show_create_table(table: CatalogTable) -> list[str]:
    """Return the lines of Hive's DDL for a table."""

    def listed(columns: list[tuple[str, str]]) -> str:
        return ", \n".join(f"  `{name}` {kind}" for name, kind in columns)

    storage = table.storage
    lines = [f"CREATE EXTERNAL TABLE `{table.database}.{table.name}`(", listed(table.columns) + ")"]
    if table.partition_keys:
        lines += ["PARTITIONED BY ( ", listed(table.partition_keys) + ")"]
    serde = storage.get("SerdeInfo") or {}
    if serde.get("SerializationLibrary"):
        lines += ["ROW FORMAT SERDE ", f"  '{serde['SerializationLibrary']}' "]
    if serde.get("Parameters"):
        lines += [
            "WITH SERDEPROPERTIES ( ",
            ", \n".join(f"  '{key}'='{value}'" for key, value in sorted(serde["Parameters"].items())) + ") ",
        ]
    lines += [
        "STORED AS INPUTFORMAT ",
        f"  '{storage.get('InputFormat', '')}' ",
        "OUTPUTFORMAT ",
        f"  '{storage.get('OutputFormat', '')}'",
        "LOCATION",
        f"  '{storage.get('Location', '')}'",
        "TBLPROPERTIES (",
        ", \n".join(f"  '{key}'='{value}'" for key, value in sorted(table.parameters.items()) if key != "EXTERNAL") + ")",
    ]
    return "\n".join(lines).splitlines()
