"""Templates too large for a request go through S3, as with the CDK's command."""

from __future__ import annotations

import hashlib

from ..client import Lake
from .assets import ensure_bucket
from .manifest import Stack


class TemplateBucket:
    """Where a lake keeps large templates."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._bucket = f"cdk-hnb659fds-assets-{lake.account}-{lake.region}"

    def url(self, stack: Stack) -> str:
        s3 = self._lake.client("s3")
        ensure_bucket(s3, self._bucket, self._lake.region)
        body = stack.template_text.encode()
        key = f"{hashlib.sha256(body).hexdigest()}.template.json"
        s3.put_object(Bucket=self._bucket, Key=key, Body=body)
        return f"{self._lake.endpoint}/{self._bucket}/{key}"
