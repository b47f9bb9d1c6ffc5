"""MiniStack's Lambda, and the log groups that functions make."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
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


def name_functions_in_sessions() -> None:
    """Let the session that a function's code runs under know the function, as Lambda does (`lambda:SourceFunctionArn`)."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    from . import once
    from .principals import session_to_come

    def wrap(credentials: Callable[[dict[str, Any]], dict[str, str]]) -> Callable[[dict[str, Any]], dict[str, str]]:
        def of_function(config: dict[str, Any]) -> dict[str, str]:
            # Without a version or an alias behind it.
            arn = ":".join(str(config.get("FunctionArn", "")).split(":")[:7])
            with session_to_come({"SourceFunctionArn": arn}, {}):
                return credentials(config)

        return of_function

    lambda_runtime.execution_credentials = once(lambda_runtime.execution_credentials, wrap)
    lambda_svc.execution_credentials = lambda_runtime.execution_credentials


class _Spawning:
    """The module `subprocess`, with an environment that `choose` makes of the one that a process was to get."""

    def __init__(self, choose: Callable[[Mapping[str, str]], dict[str, str]]) -> None:
        self._choose = choose

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)

    def Popen(self, *arguments: Any, **options: Any) -> subprocess.Popen[Any]:
        return subprocess.Popen(*arguments, **self._chosen(options))

    def run(self, *arguments: Any, **options: Any) -> subprocess.CompletedProcess[Any]:
        return subprocess.run(*arguments, **self._chosen(options))

    def _chosen(self, options: dict[str, Any]) -> dict[str, Any]:
        return {**options, "env": self._choose(options.get("env") or os.environ)}


def limit_environment(choose: Callable[[Mapping[str, str]], dict[str, str]]) -> None:
    """Start the processes that functions run in with `choose(environment)`; MiniStack gives them all of the server's own."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    lambda_runtime.subprocess = lambda_svc.subprocess = _Spawning(choose)


def delete_log_group(name: str) -> None:
    """Delete a log group, if it exists."""
    from ministack.services import cloudwatch_logs

    cloudwatch_logs._delete_log_group({"logGroupName": name})
