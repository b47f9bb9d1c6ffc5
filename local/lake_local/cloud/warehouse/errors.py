"""What a caller of the warehouse's APIs, or the author of a statement, has asked wrongly."""

from __future__ import annotations


class ApiError(Exception):
    """An API's refusal, by its code."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class StatementError(Exception):
    """A statement that fails, in Redshift's words where they are known."""


class ServerError(Exception):
    """PostgreSQL does not start, or has gone."""


def validation(message: str) -> ApiError:
    return ApiError("ValidationException", message)


def not_found(message: str) -> ApiError:
    return ApiError("ResourceNotFoundException", message)


def conflict(message: str) -> ApiError:
    return ApiError("ConflictException", message)
