"""MiniStack's Lambda, and the log groups that functions make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Execute = Callable[[dict[str, Any], Any], dict[str, Any]]


def stop_workers() -> None:
    """End every process that a function may still be running in."""
    from ministack.core import lambda_runtime

    lambda_runtime.reset()


def stop_worker(function: str) -> None:
    """End the processes of one function."""
    from ministack.core import lambda_runtime

    lambda_runtime.invalidate_worker(function)


def function_configuration(name: str) -> dict[str, Any]:
    """Return the live configuration of a function of this account and region."""
    from ministack.services import lambda_svc

    found: dict[str, Any] = lambda_svc._functions[name]["config"]
    return found


def find_function(reference: str) -> tuple[str, dict[str, Any] | None]:
    """Return the name and the configuration (None if there is none) of a function that is given by name or ARN."""
    from ministack.services import lambda_svc

    _, configuration, name = lambda_svc._get_func_record_for_ref(reference)
    return name, configuration


def wrap_execution(wrap: Callable[[Execute], Execute]) -> None:
    """Replace what runs a function, `execute(function, event)`, by `wrap(execute)`."""
    from ministack.services import lambda_svc

    from . import once

    lambda_svc._execute_function_with_config_scope = once(lambda_svc._execute_function_with_config_scope, wrap)


def delete_log_group(name: str) -> None:
    """Delete a log group, if it exists."""
    from ministack.services import cloudwatch_logs

    cloudwatch_logs._delete_log_group({"logGroupName": name})
