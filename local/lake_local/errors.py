"""What `lake` says in one line instead of a stack trace."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can mend: the message says how. Exit code 2."""

    exit_code = 2


class OperationFailed(Exception):
    """The lake did what was asked, and it failed: a deployment, a job, a query. Exit code 1."""

    exit_code = 1
