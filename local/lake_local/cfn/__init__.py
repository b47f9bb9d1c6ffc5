"""CloudFormation on the embedded cloud: the resource types that MiniStack lacks or only half applies."""
from __future__ import annotations


def install() -> None:
    """Register our types. Idempotent; call before the engines add theirs."""
