"""A running lake, as `lake` and the tests see it: found through its state directory, spoken to through AWS's own APIs."""

from __future__ import annotations

import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from lake_local.config import HOST
from lake_local.lake_file import REQUEST_LOG, folder_mark, read_lake_file, state_directory
from lake_local.sessions import new_session

from .model import Model, read_model

# Set by `lake as`: whose credentials the environment has.
PERSONA_VARIABLE = "LAKE_PERSONA"

# boto3 sessions are not made for several threads.
making_clients = threading.Lock()


class NoLakeError(Exception):
    """No lake runs in the folder that was looked at."""


def is_running(state_dir: Path, known: dict[str, Any]) -> bool:
    """Return whether the process that a folder's lake file names is alive and serves that folder.

    Another process may have got its number; and a folder may be a copy of the one that is served.
    """
    pid = known.get("pid")
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _identity(_endpoint(known)) == {"pid": pid, "folder": folder_mark(state_dir)}


def _endpoint(known: dict[str, Any]) -> str:
    """Return where the lake of a lake file listens: on this machine, whatever else the file says."""
    return f"http://{HOST}:{int(known['port'])}"


def _identity(endpoint: str) -> dict[str, Any] | None:
    """Return what the server of a lake says of itself, if one answers there."""
    try:
        return _get(f"{endpoint}/_lake")
    except (OSError, ValueError):
        return None


def _get(url: str, headers: Mapping[str, str] = MappingProxyType({}), seconds: float = 5.0) -> dict[str, Any]:
    """Return the JSON of a page of the lake's server."""
    # No proxy: the address is this machine's.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, headers=dict(headers)), timeout=seconds) as response:
        page: dict[str, Any] = json.load(response)
        return page


@dataclass(frozen=True)
class Lake:
    """One running lake."""

    state_dir: Path
    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str
    account: str
    pid: int | None = None
    session_token: str | None = field(default=None, repr=False)
    # The lake with its own key, where this one has a persona's: what the lake consists of is no secret to who runs it.
    own: Lake | None = field(default=None, repr=False)
    # How long to wait between two looks at something that takes its time.
    poll_seconds: ClassVar[float] = 0.25
    # Whether it tells how far a workflow's batch of events is filled. AWS has no call for it.
    tells_batches: ClassVar[bool] = True

    @classmethod
    def find(cls, asked: str | Path | None = None) -> Lake:
        """Return the running lake of a state directory."""
        state_dir = state_directory(asked)
        known = read_lake_file(state_dir)
        if not is_running(state_dir, known):
            raise NoLakeError(f"no lake is running in {state_dir}: start one with `lake up`")
        return cls.from_file(state_dir, known)._as_the_environment_says()

    def _as_the_environment_says(self) -> Lake:
        """Return the lake of `lake as`, below which this command runs; else this one."""
        if not os.environ.get(PERSONA_VARIABLE):
            return self
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        access_key, secret_key, token = (os.environ.get(name, "") for name in names)
        return replace(self, access_key=access_key, secret_key=secret_key, session_token=token, own=self)

    @classmethod
    def from_file(cls, state_dir: Path, known: dict[str, Any]) -> Lake:
        names = ("access_key", "secret_key", "region", "account")
        return cls(state_dir, _endpoint(known), **{name: known[name] for name in names}, pid=known.get("pid"))

    @property
    def second_factor(self) -> dict[str, str]:
        """What the lake's own key has as its second factor, for roles that ask for one."""
        return {"SerialNumber": f"arn:aws:iam::{self.account}:mfa/root-account-mfa-device", "TokenCode": "000000"}

    @property
    def memory(self) -> Path:
        """The folder that remembers what was dropped and which runs were followed."""
        return self.state_dir

    def describe(self) -> dict[str, Any]:
        """Return where the lake is."""
        started = read_lake_file(self.state_dir).get("started")
        return {"endpoint": self.endpoint, "pid": self.pid, "state": str(self.state_dir), "region": self.region, "started": started}

    @property
    def request_log(self) -> Path | None:
        """The folder of the log of all calls, None where there is none to read."""
        return self.state_dir / REQUEST_LOG

    @cached_property
    def session(self) -> Any:
        return new_session(self.access_key, self.secret_key, self.session_token, self.region)

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client of one service of this lake."""
        from botocore.config import Config

        settings = Config(
            s3={"addressing_style": "path"},
            retries={"max_attempts": 2},
            ignore_configured_endpoint_urls=True,
            disable_request_compression=True,
            proxies={},
        ).merge(options.pop("config", None) or Config())
        with making_clients:
            return self.session.client(service, endpoint_url=self.endpoint, config=settings, **options)

    def internal(self, page: str, **parameters: str) -> dict[str, Any]:
        """Return what AWS has no call for, e.g. `internal("glue/pending")`; empty if the server does not answer.

        The request is signed with the lake's key: the server refuses any other.
        """
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        query = f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
        request = AWSRequest("GET", f"{self.endpoint}/_lake/{page}{query}")
        SigV4Auth((self.own or self).session.get_credentials(), "lake", self.region).add_auth(request)
        try:
            return _get(request.url, request.headers)
        except urllib.error.HTTPError:
            raise
        except (OSError, ValueError):
            return {}

    def recorded_types(self) -> frozenset[str]:
        """Return the types of resources that the lake keeps without running them."""
        return frozenset(self.internal("recorded").get("types", []))

    def environment(self) -> dict[str, str]:
        """Return the variables that point the AWS CLI and every SDK at this lake."""
        variables = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }
        return {**variables, "AWS_SESSION_TOKEN": self.session_token} if self.session_token else variables

    def model(self) -> Model:
        """Return the lake's zones, tables, streams, jobs, ... with their physical ids."""
        model = read_model((self.own or self).client("cloudformation"))
        persona, _, clearance = os.environ.get(PERSONA_VARIABLE, "").partition("/") if self.own else ("", "", "")
        groups = [one.name for one in model.persona_workgroups if (one.persona, one.clearance) == (persona, clearance)]
        return replace(model, workgroup=groups[0]) if groups else model
