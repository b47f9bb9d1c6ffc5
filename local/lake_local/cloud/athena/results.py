"""The files that a query leaves at its output location, written with the caller's rights and the work group's encryption."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from ..tables.storage import split_uri
from .errors import AthenaError
from .executions import Execution


def put(s3: Any, execution: Execution, location: str, body: Any) -> None:
    """Write one file."""
    bucket, key = split_uri(location)
    content_type = "text/csv" if key.endswith(".csv") else "text/plain"
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type, **_encryption(execution))
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        if code == "NoSuchBucket":
            raise AthenaError(
                f"The S3 location provided to save your query results is invalid: {location}. Please check your S3 location is "
                "correct and is in the same region and try again."
            ) from None
        raise AthenaError(
            f"Access denied when writing output to url: {location} . Please ensure you are allowed to access the S3 bucket. "
            "If you are encrypting query results with KMS key, please ensure you are allowed to access your KMS key"
        ) from None


def put_manifest(s3: Any, execution: Execution, files: Iterable[str], folder: str = "") -> None:
    """Write the list of the files that a statement wrote, and name it in the execution's statistics.

    https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
    """
    output = execution.record["ResultConfiguration"]["OutputLocation"].rsplit("/", 1)[0]
    location = "/".join(filter(None, (output, folder, f"{execution.id}-manifest.csv")))
    put(s3, execution, location, "".join(f"{file}\n" for file in files).encode())
    execution.record["Statistics"]["DataManifestLocation"] = location


def _encryption(execution: Execution) -> dict[str, str]:
    encryption = execution.record["ResultConfiguration"].get("EncryptionConfiguration") or {}
    if encryption.get("EncryptionOption") == "SSE_S3":
        return {"ServerSideEncryption": "AES256"}
    if encryption.get("EncryptionOption") == "SSE_KMS":
        return {"ServerSideEncryption": "aws:kms", **({"SSEKMSKeyId": encryption["KmsKey"]} if encryption.get("KmsKey") else {})}
    return {}
