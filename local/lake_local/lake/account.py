"""A lake in an AWS account, through a profile of the AWS CLI: the same calls as to a lake on this machine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from ..config import default_cache_dir
from ..errors import UserError
from ..names import METADATA_KEY, Kind
from .client import Lake, making_clients
from .model import Model, read_model, stack_names, template_of

_AT_ONCE = 8


@dataclass(frozen=True)
class AccountLake(Lake):
    """One lake in an account: that of a stack, else of the only stack that has one."""

    profile: str | None = None
    stack: str = ""
    # Glue allows few calls a second in an account, and other clients make some too.
    poll_seconds: ClassVar[float] = 3.0
    tells_batches: ClassVar[bool] = False

    @classmethod
    def open(cls, profile: str | None, region: str | None, stack: str | None) -> AccountLake:
        """Return the lake. Raise if the profile does not exist, its credentials are refused, or no stack or several have a lake."""
        session, named = _session(profile, region), repr(profile or "default")
        if not session.region_name:
            raise UserError(f"profile {named} has no region: give one with --region")
        try:
            account = session.client("sts").get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as error:
            raise UserError(f"profile {named} cannot sign in: {error}") from None
        lake = cls(Path(), f"account {account}", "", "", session.region_name, account, profile=profile)
        return replace(lake, stack=lake._the_stack_with_a_lake(stack))

    @cached_property
    def session(self) -> Any:
        return _session(self.profile, self.region)

    @property
    def request_log(self) -> Path | None:
        """Return None: an account's log is CloudTrail's, minutes late."""
        return None

    @property
    def second_factor(self) -> dict[str, str]:
        """Return nothing: the profile has signed in with it, or has not."""
        return {}

    @property
    def memory(self) -> Path:
        """The folder on this machine that remembers what was dropped into this lake and which runs were followed."""
        folder = default_cache_dir() / "accounts" / f"{self.account}-{self.region}-{self.stack}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client of one service, as the profile configures it."""
        with making_clients:
            return self.session.client(service, **options)

    def internal(self, page: str, **parameters: str) -> dict[str, Any]:
        """Return nothing: AWS tells no more than its calls do."""
        del page, parameters
        return {}

    def environment(self) -> dict[str, str]:
        """Return the variables that point the AWS CLI and every SDK at this account."""
        return {"AWS_REGION": self.region, **({"AWS_PROFILE": self.profile} if self.profile else {})}

    def model(self) -> Model:
        """Return the zones, tables, streams, jobs, ... of the lake's stack, with their physical ids."""
        return self._model

    @cached_property
    def _model(self) -> Model:
        return read_model(self.client("cloudformation"), [self.stack])

    def describe(self) -> dict[str, Any]:
        """Return where the lake is."""
        return {"account": self.account, "region": self.region, "profile": self.profile, "stack": self.stack}

    def _the_stack_with_a_lake(self, asked: str | None) -> str:
        cloudformation = self.client("cloudformation")
        names, where = stack_names(cloudformation), f"account {self.account}, {self.region}"
        if asked:
            if asked not in names:
                raise UserError(f"there is no stack {asked!r} in {where}; there are: {', '.join(names) or 'none'}")
            return asked
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = [name for name, has in zip(names, pool.map(lambda name: _has_lake(cloudformation, name), names), strict=True) if has]
        if not found:
            raise UserError(f"no stack in {where} has a lake: deploy one with `cdk deploy`, or name another --region")
        if len(found) > 1:
            raise UserError(f"several stacks have a lake: name one with --stack: {', '.join(found)}")
        return found[0]


def _session(profile: str | None, region: str | None) -> Any:
    import boto3

    try:
        return boto3.Session(profile_name=profile, region_name=region)
    except ProfileNotFound:
        known = ", ".join(boto3.Session().available_profiles) or "none"
        raise UserError(f"there is no profile {profile!r}; there are: {known}. `aws configure --profile NAME` makes one") from None


def _has_lake(cloudformation: Any, stack: str) -> bool:
    resources = (template_of(cloudformation, stack).get("Resources") or {}).values()
    described = [(one.get("Metadata") or {}).get(METADATA_KEY) or {} for one in resources]
    return any(one.get("kind") == Kind.ZONE for one in described)
