"""Which lake a command is about: the one of a folder on this machine, or one in an AWS account."""

from __future__ import annotations

import argparse

from ..errors import UserError
from ..lake.client import Lake
from .arguments import region


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what names a lake in an account."""
    group = parser.add_argument_group("a lake in an AWS account, instead of the one on this machine")
    group.add_argument("--profile", metavar="NAME", help="profile of the AWS CLI (default: the one of the environment)")
    group.add_argument("--region", type=region, help="region (default: the profile's)")
    group.add_argument("--stack", metavar="NAME", help="the stack that has the lake (default: the only one that has)")


def find(args: argparse.Namespace) -> Lake:
    """Return the lake that the arguments name: in an account if they name a profile, a region or a stack."""
    if args.profile is None and args.region is None and args.stack is None:
        return Lake.find(args.state)
    if args.state is not None:
        raise UserError(
            "--state names a lake on this machine, and --profile, --region and --stack one in an account: give one or the other"
        )
    from ..lake.account import AccountLake

    return AccountLake.open(args.profile, args.region, args.stack)
