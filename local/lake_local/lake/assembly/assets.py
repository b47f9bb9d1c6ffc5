"""Publishing file assets: only what the lake does not have yet."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import threading
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lake_local.errors import UserError

from .manifest import FileAsset

BOOTSTRAP_VERSION = "30"


def publish(s3: Any, region: str, assets: Iterable[FileAsset], content: Callable[[FileAsset], bytes | None] = lambda _asset: None) -> int:
    """Upload the assets that are missing, and return their number.

    `content(asset)` may give other bytes than those of the assembly: layers for this machine.
    """
    assets = list(assets)
    for bucket in {asset.bucket for asset in assets}:
        ensure_bucket(s3, bucket, region)
    uploaded = []
    lock = threading.Lock()

    def upload(asset: FileAsset) -> None:
        body = content(asset)
        if (etag := _etag(s3, asset)) and (body is None or hashlib.md5(body, usedforsecurity=False).hexdigest() == etag):
            return
        if body is None:
            body = _bytes_of(asset)
        s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=body)
        with lock:
            uploaded.append(asset)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upload, assets))
    return len(uploaded)


def ensure_bucket(s3: Any, bucket: str, region: str) -> None:
    from botocore.exceptions import ClientError

    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **where)


def ensure_bootstrap_version(ssm: Any, parameter_names: Iterable[str]) -> None:
    """Write the parameters that `cdk bootstrap` leaves in an account, as far as a template asks for them."""
    for name in set(parameter_names):
        ssm.put_parameter(Name=name, Value=BOOTSTRAP_VERSION, Type="String", Overwrite=True)


def bootstrap_parameters(template: dict[str, Any]) -> list[str]:
    """Return the SSM parameters with which a template checks that the account is bootstrapped."""
    return [
        parameter["Default"]
        for parameter in (template.get("Parameters") or {}).values()
        if str(parameter.get("Default", "")).startswith("/cdk-bootstrap/")
    ]


def _etag(s3: Any, asset: FileAsset) -> str | None:
    """Return the MD5 of what is there already, or None."""
    from botocore.exceptions import ClientError

    try:
        return str(s3.head_object(Bucket=asset.bucket, Key=asset.key)["ETag"]).strip('"')
    except ClientError:
        return None


def _bytes_of(asset: FileAsset) -> bytes:
    if not asset.source.exists():
        raise UserError(f"asset {asset.source} is missing: synthesize the app again")
    if asset.source.is_dir():
        return zip_folder(asset.source)
    return asset.source.read_bytes()


def zip_folder(folder: Path) -> bytes:
    """Return a folder as a zip file. Like the CDK, follow links and keep modes; the same content gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for root, directories, files in os.walk(folder, followlinks=True):
            directories.sort()
            for name in sorted(files):
                path = Path(root, name)
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (stat.S_IFREG | path.stat().st_mode & 0o777) << 16
                archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()
