"""What S3 does and MiniStack's does not."""

from __future__ import annotations

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"


def use_managed_key() -> None:
    """A write that asks for `aws:kms` and names no key uses AWS's own key for S3, as on AWS. MiniStack refuses it, and with it every asset
    that the CDK publishes to a bootstrapped environment."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import s3

    resolve = s3._resolve_sse_write_headers
    if getattr(resolve, "with_managed_key", False):
        return

    def with_managed_key(headers: dict, bucket_name: str) -> tuple:
        if headers.get(_ALGORITHM) == "aws:kms" and not headers.get(_KEY):
            headers = {**headers, _KEY: f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"}
        return resolve(headers, bucket_name)

    with_managed_key.with_managed_key = True
    s3._resolve_sse_write_headers = with_managed_key
