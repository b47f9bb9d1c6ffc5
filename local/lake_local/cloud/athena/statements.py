"""What kind of statement a query is, and which file its result becomes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIRST_WORDS = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*\(*\s*([a-z]+)(?:\s+([a-z]+))?(?:\s+([a-z]+))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Kind:
    """StatementType and SubstatementType of GetQueryExecution."""

    type: str
    substatement: str

    @property
    def suffix(self) -> str:
        return ".csv" if self.type == "DML" or self.substatement == "CREATE_TABLE_AS_SELECT" else ".txt"


def classify(sql: str) -> Kind:
    found = _FIRST_WORDS.match(sql)
    words = [word.upper() for word in found.groups() if word] if found else []
    first, second = (words + ["", ""])[:2]
    if first in ("SELECT", "WITH", "VALUES", "TABLE"):
        return Kind("DML", "SELECT")
    if first in ("INSERT", "UNLOAD", "DELETE", "UPDATE", "MERGE"):
        return Kind("DML", first)
    if first == "EXECUTE":
        return Kind("DML", "EXECUTE")
    if first in ("EXPLAIN", "DESCRIBE", "DESC"):
        return Kind("UTILITY", "EXPLAIN" if first == "EXPLAIN" else "DESCRIBE_TABLE")
    if first == "SHOW":
        return Kind("UTILITY", f"SHOW_{second}")
    if first == "CREATE" and second == "TABLE" and re.search(r"\bAS\s*\(?\s*(SELECT|WITH|VALUES)\b", sql, re.IGNORECASE):
        return Kind("DDL", "CREATE_TABLE_AS_SELECT")
    return Kind("DDL", "_".join(word for word in (first, second) if word))
