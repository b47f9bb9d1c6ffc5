"""Names in DDL: `db`.`table`, "db"."table" or bare."""

from __future__ import annotations

import re

NAME = r"(?:[`\"]?[\w-]+[`\"]?\.)?[`\"]?[\w-]+[`\"]?"


def unquote(name: str | None) -> str:
    return (name or "").strip().strip('`"')


def split_name(name: str) -> tuple[str, str]:
    """(database or '', table), in lower case as the catalog has them."""
    parts = [unquote(part).lower() for part in re.split(r"\.", name.strip())]
    return (parts[0], parts[1]) if len(parts) == 2 else ("", parts[0])
