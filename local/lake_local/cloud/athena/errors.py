"""What a query fails with: Athena's own error names and sentences, so that a search for them finds AWS's documentation."""

from __future__ import annotations

USER = 2  # Athena's category of errors that the query's author can mend


class AthenaError(Exception):
    """A query that failed: `reason` is what GetQueryExecution shows as StateChangeReason."""

    def __init__(self, reason: str, category: int = USER, error_type: int = 1000) -> None:
        super().__init__(reason)
        self.reason = reason
        self.category = category
        self.error_type = error_type


class InvalidRequest(Exception):
    """A call that is refused before any query is run (InvalidRequestException)."""

    def __init__(self, message: str, athena_code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.athena_code = athena_code


def not_supported(what: str) -> AthenaError:
    """Valid on AWS, not here: said, never guessed."""
    return AthenaError(f"NOT_SUPPORTED: {what} is not supported by the embedded Athena (it may well be on AWS; see docs/fidelity.md)")


def syntax_error(message: str, line: int = 1, column: int = 1) -> InvalidRequest:
    return InvalidRequest(f"line {line}:{column}: {message}", "MALFORMED_QUERY")
