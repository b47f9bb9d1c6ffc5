"""What the parts of the server process need to know about the lake they serve."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
DEFAULT_PORT = 4566
DEFAULT_REGION = "us-east-1"
ACCOUNT = "000000000000"


def default_cache_dir() -> Path:
    """Where jars, layers and environments are kept between projects: the same rule as in bin/python-env.js."""
    if asked := os.environ.get("LAKE_CACHE"):
        return Path(asked).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if os.name == "nt" else None) or Path.home() / ".cache"
    return Path(base) / "cdk-datalake-accelerator"


def node_packages(cache_dir: Path) -> Path:
    """Where the parts of the AWS SDK for JavaScript are that Lambda's Node runtimes bring along."""
    return cache_dir / "node-sdk" / "node_modules"


@dataclass(frozen=True)
class Config:
    """One running lake."""

    port: int
    state_dir: Path
    access_key: str
    secret_key: str = field(repr=False)
    host: str = HOST
    region: str = DEFAULT_REGION
    account: str = ACCOUNT
    cache_dir: Path = field(default_factory=default_cache_dir)

    @property
    def endpoint(self) -> str:
        """The URL of the embedded AWS. An IP, not a name: the SDKs then address buckets by path."""
        return f"http://{self.host}:{self.port}"
