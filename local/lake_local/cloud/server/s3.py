"""What S3 does and MiniStack's does not."""

from __future__ import annotations

from typing import Any

from lake_local.config import Config

from ..ministack.application import scope
from ..ministack.storage import ResolveEncryption, wrap_write_encryption
from ..service import Service

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"


def use_managed_key(_config: Config) -> None:
    """Use AWS's own key for S3 where a write asks for `aws:kms` and names no key, as AWS does.

    MiniStack refuses such a write, and with it every asset that the CDK publishes to a bootstrapped environment.
    """

    def wrap(resolve: ResolveEncryption) -> ResolveEncryption:
        def with_managed_key(headers: dict[str, str], bucket_name: str) -> tuple[Any, Any]:
            if headers.get(_ALGORITHM) == "aws:kms" and not headers.get(_KEY):
                account, region = scope()
                headers = {**headers, _KEY: f"arn:aws:kms:{region}:{account}:alias/aws/s3"}
            return resolve(headers, bucket_name)

        return with_managed_key

    wrap_write_encryption(wrap)


SERVICE = Service("s3", use_managed_key)
