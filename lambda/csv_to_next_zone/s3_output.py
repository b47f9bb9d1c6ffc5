"""Writes an object of any size to S3 in bounded memory, whole or not at all."""

from __future__ import annotations

from types import TracebackType
from typing import Any

PART_BYTES = 8 * 1024 * 1024
"""S3 allows 10,000 parts of at least 5 MiB."""


class S3Output:
    """Collects bytes and uploads them in parts. Nothing is visible under the key before commit().

    A context manager: what is not committed at its end is discarded. If not even that can happen (no network, the function is killed),
    the parts stay invisible, and the bucket's lifecycle rule for incomplete uploads removes them.
    """

    def __init__(self, s3: Any, bucket: str, key: str, properties: dict[str, str], part_bytes: int = PART_BYTES) -> None:
        self._s3 = s3
        self._target = {"Bucket": bucket, "Key": key}
        self._properties = properties
        self._part_bytes = part_bytes
        self._buffer = bytearray()
        self._upload: str | None = None
        self._parts: list[dict[str, Any]] = []

    def __enter__(self) -> S3Output:
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        if self._upload is None:
            return
        try:
            self._s3.abort_multipart_upload(**self._target, UploadId=self._upload)
        except Exception as failure:
            if error is None:
                raise
            error.add_note(f"the parts uploaded so far could not be discarded: {failure}")

    def write(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) > self._part_bytes:
            self._upload_part(bytes(self._buffer[: self._part_bytes]))
            del self._buffer[: self._part_bytes]

    def commit(self) -> None:
        """Makes the object visible, in place of one that was there."""
        if self._upload is None:
            self._s3.put_object(**self._target, Body=bytes(self._buffer), **self._properties)
        else:
            self._upload_part(bytes(self._buffer))
            self._s3.complete_multipart_upload(**self._target, UploadId=self._upload, MultipartUpload={"Parts": self._parts})
            self._upload = None

    def _upload_part(self, data: bytes) -> None:
        if self._upload is None:
            self._upload = self._s3.create_multipart_upload(**self._target, **self._properties)["UploadId"]
        number = len(self._parts) + 1
        answer = self._s3.upload_part(**self._target, UploadId=self._upload, PartNumber=number, Body=data)
        # boto3 asks for checksums by itself, and S3 then wants those of the parts again to complete the upload.
        checksums = {name: value for name, value in answer.items() if name.startswith("Checksum") and name != "ChecksumType"}
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"], **checksums})
