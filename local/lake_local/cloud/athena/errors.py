"""What a query fails with: Athena's own error names and sentences, so that a search for them finds AWS's documentation."""

from __future__ import annotations

from ..tables.errors import TableError


class AthenaError(TableError):
    """A query that failed: `reason` is what GetQueryExecution shows as StateChangeReason."""


class InvalidRequest(Exception):
    """A call that is refused before any query is run (InvalidRequestException)."""

    def __init__(self, message: str, athena_code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.athena_code = athena_code


def not_supported(what: str) -> AthenaError:
    """Return the error for what works on AWS and not here."""
    return AthenaError(f"NOT_SUPPORTED: {what} is not supported by the embedded Athena (it may well be on AWS; see docs/fidelity.md)")


def syntax_error(message: str, line: int = 1, column: int = 1) -> InvalidRequest:
    """Return the refusal of a statement that cannot be parsed."""
    return InvalidRequest(f"line {line}:{column}: {message}", "MALFORMED_QUERY")
