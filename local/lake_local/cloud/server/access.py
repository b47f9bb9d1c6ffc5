"""Only the lake's own keys open it.

MiniStack takes the keys `test`, any twelve digits, and no key at all, for the account's root, and does not check the signatures of
root keys. With that, every program on this machine (a handler of the lake itself included) could do everything. Here root is the one
key pair that the lake was created with, and its signature is checked like any other.
"""

from __future__ import annotations

import os

from lake_local.config import Config
from lake_local.fidelity import Entry

from ..ministack.identity import set_root_key
from ..service import Service

FIDELITY = [
    Entry("Signatures", "run", "Every call must be signed with the lake's own keys, or those of a role, and is checked against policies."),
    Entry(
        "Isolation of code",
        "differs",
        "Jobs and functions run as the user who typed `lake up`. They get neither the lake's own key nor the variables of that shell, "
        "but like every program of that user they can read the user's files, among them the lake's folder with the key in `lake.json`.",
    ),
    Entry(
        "Services",
        "differs",
        "Those that lakes are built on answer, and those that a deployed stack has resources of; the others are off. "
        "`LAKE_SERVICES=kinesis,ecr lake up` turns them on, `LAKE_SERVICES=all` all of them. Docker images cannot be pushed.",
    ),
    Entry(
        "Unsigned calls",
        "differs",
        "Anybody may read what a bucket's policy lets everybody read, if its public access block does not restrict that. All else is "
        "refused before its body is read: anonymous writes, function URLs, links to functions' code, and "
        "`sts:AssumeRoleWithWebIdentity`, because its tokens cannot be verified here.",
    ),
    Entry(
        "Names of the server",
        "differs",
        "127.0.0.1 and localhost only: a web page cannot reach the lake under a name of its own. Of CORS, S3 answers what a bucket's "
        "configuration says; other services answer none.",
    ),
    Entry("Transport", "differs", "Plain HTTP on 127.0.0.1, which counts as secure transport: policies that demand TLS let it pass."),
    Entry(
        "s3:HeadObject, s3:GetObject",
        "differs",
        "Spark is not told an object's encryption, because its S3 client refuses to name a KMS key over plain HTTP when it copies.",
    ),
    Entry(
        "Accounts and regions",
        "differs",
        "One account, 000000000000, and one region; stacks made for others are deployed there, and it is said. The accounts that an app's "
        "stacks are made for become this one in all of its templates, so that a policy of one stack meets the other. Nothing here crosses "
        "accounts: a policy that names one which no stack is made for names nobody. What stands in the way: a call's account is its key's, "
        "and the one key to begin with is the lake's; MiniStack looks for another account's bucket policy and KMS key in the caller's "
        "account only, and lets a foreign bucket's policy decide on the caller's account, not on its role; jobs, bookmarks and the roles "
        "of stacks are kept by name, without an account.",
    ),
    Entry("Nested stacks", "run", "AWS::CloudFormation::Stack, its template published as an asset."),
    Entry("Container image assets", "differs", "Refused before anything is deployed: there is no Docker."),
]


def require_signatures(_config: Config) -> None:
    """Make the lake's own key the only root key."""

    def is_lakes_key(access_key_id: str) -> bool:
        return bool(access_key_id) and access_key_id == os.environ["AWS_ACCESS_KEY_ID"]

    set_root_key(is_lakes_key)


SERVICE = Service("access", require_signatures, fidelity=tuple(FIDELITY))
