"""What the parts of the server process need to know about the lake they serve."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import UserError

HOST = "127.0.0.1"
DEFAULT_PORT = 4566
DEFAULT_REGION = "us-east-1"
ACCOUNT = "000000000000"

# What any program needs of its environment, as a function gets it. `_NEEDED_BY_SERVER` adds what the server needs itself: to find Java,
# its caches and certificates, and to fetch jars through a proxy.
FOR_ANY_PROGRAM = frozenset(
    ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
    + ("SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "USERPROFILE")  # Windows
)
_NEEDED_BY_SERVER = frozenset(
    ("USER", "LOGNAME", "USERNAME", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP", "XDG_CACHE_HOME", "JAVA_HOME")
    + ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
)


def server_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a lake's server takes over from the shell that starts it: no tokens, no keys, nothing that leads to a real account."""
    wanted = FOR_ANY_PROGRAM | _NEEDED_BY_SERVER
    return {name: value for name, value in environment.items() if name.upper() in wanted or name.startswith("LAKE_")}


def default_cache_dir() -> Path:
    """Where jars, layers and environments are kept between projects: the same rule as in bin/python-env.js."""
    if asked := os.environ.get("LAKE_CACHE"):
        return Path(asked).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if os.name == "nt" else None) or _home() / ".cache"
    if not Path(base).is_absolute():
        raise UserError(f"HOME is {os.environ.get('HOME')!r}, no folder for a cache: set HOME, or name one with LAKE_CACHE=/path/to/cache")
    return Path(base) / "cdk-datalake-accelerator"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # neither HOME nor an entry of this user
        return Path()


def package_root() -> Path:
    """Return the folder of the npm package (or the checkout) that this code is part of."""
    return Path(os.environ.get("LAKE_PACKAGE_ROOT") or Path(__file__).resolve().parents[2])


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
    # The last run of its server was killed: stores that are written at different times may disagree.
    crashed: bool = False
    cache_dir: Path = field(default_factory=default_cache_dir)

    @property
    def endpoint(self) -> str:
        """The URL of the embedded AWS. An IP, not a name: the SDKs then address buckets by path."""
        return f"http://{self.host}:{self.port}"
