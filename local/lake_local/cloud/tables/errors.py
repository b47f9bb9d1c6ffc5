"""Why a table cannot be read or written: Hive's and Trino's error names, so that a search for them finds AWS's documentation."""

from __future__ import annotations

USER = 2  # Athena's category of errors that the query's author can mend


class TableError(Exception):
    """A table that cannot be read or written as asked; `reason` is the message for the caller."""

    def __init__(self, reason: str, category: int = USER, error_type: int = 1000) -> None:
        super().__init__(reason)
        self.reason = reason
        self.category = category
        self.error_type = error_type


def not_supported(what: str) -> TableError:
    """Return the error for what works on AWS and not here."""
    return TableError(f"NOT_SUPPORTED: {what} is not supported by the embedded cloud (it may well be on AWS; see docs/fidelity.md)")
