"""Errors with the codes that AWS Glue answers with."""

from __future__ import annotations


class GlueError(Exception):
    """Refuses a call: `code` is what an SDK sees as the error's name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def not_found(kind: str, name: str) -> GlueError:
    return GlueError("EntityNotFoundException", f"{kind} with name: {name} not found.")


def already_exists(kind: str, name: str) -> GlueError:
    return GlueError("AlreadyExistsException", f"{kind} already exists: {name}")


def invalid(message: str) -> GlueError:
    return GlueError("InvalidInputException", message)
