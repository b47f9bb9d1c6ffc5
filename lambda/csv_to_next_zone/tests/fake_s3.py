"""S3 in memory: the calls that the handler makes, answered as S3 answers them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError


class FakeS3:
    def __init__(self, *buckets: str) -> None:
        self.objects: dict[str, dict[str, bytes]] = {bucket: {} for bucket in buckets}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.calls: list[tuple[str, str]] = []
        self.before: Callable[[str, dict[str, Any]], None] = lambda call, arguments: None
        """Called with the name and the arguments of each call, before it: to fail it, or to change the world."""

    def get_object(self, **arguments: Any) -> dict[str, Any]:
        data = self._called("GetObject", arguments)
        return {"Body": io.BytesIO(data), "ETag": etag(data), "ContentLength": len(data), "VersionId": "v1"}

    def head_object(self, **arguments: Any) -> dict[str, Any]:
        data = self._called("HeadObject", arguments)
        return {"ETag": etag(data), "ContentLength": len(data)}

    def put_object(self, **arguments: Any) -> dict[str, Any]:
        self._called("PutObject", arguments, there=False)
        self.objects[arguments["Bucket"]][arguments["Key"]] = arguments["Body"]
        return {"ETag": etag(arguments["Body"])}

    def copy_object(self, **arguments: Any) -> dict[str, Any]:
        self._called("CopyObject", arguments, there=False)
        source = arguments["CopySource"]
        data = self._object("CopyObject", source["Bucket"], source["Key"])
        if arguments.get("CopySourceIfMatch", etag(data)) != etag(data):
            raise error("CopyObject", "PreconditionFailed", 412)
        self.objects[arguments["Bucket"]][arguments["Key"]] = data
        return {}

    def delete_object(self, **arguments: Any) -> dict[str, Any]:
        self._called("DeleteObject", arguments, there=False)
        self.objects[arguments["Bucket"]].pop(arguments["Key"], None)
        return {}

    def create_multipart_upload(self, **arguments: Any) -> dict[str, Any]:
        self._called("CreateMultipartUpload", arguments, there=False)
        upload = f"upload-{len(self.calls)}"
        self.uploads[upload] = {}
        return {"UploadId": upload}

    def upload_part(self, **arguments: Any) -> dict[str, Any]:
        self._called("UploadPart", arguments, there=False)
        data = arguments["Body"]
        self.uploads[arguments["UploadId"]][arguments["PartNumber"]] = data
        return {"ETag": etag(data), "ChecksumCRC32": f"crc-{arguments['PartNumber']}"}

    def complete_multipart_upload(self, **arguments: Any) -> dict[str, Any]:
        self._called("CompleteMultipartUpload", arguments, there=False)
        parts = self.uploads.pop(arguments["UploadId"])
        listed = arguments["MultipartUpload"]["Parts"]
        assert [(part["PartNumber"], part["ETag"]) for part in listed] == [(number, etag(data)) for number, data in sorted(parts.items())]
        assert all(part["ChecksumCRC32"] == f"crc-{part['PartNumber']}" for part in listed)
        self.objects[arguments["Bucket"]][arguments["Key"]] = b"".join(parts[part["PartNumber"]] for part in listed)
        return {}

    def abort_multipart_upload(self, **arguments: Any) -> dict[str, Any]:
        self._called("AbortMultipartUpload", arguments, there=False)
        del self.uploads[arguments["UploadId"]]
        return {}

    def _called(self, call: str, arguments: dict[str, Any], there: bool = True) -> bytes:
        self.calls.append((call, arguments["Key"]))
        self.before(call, arguments)
        return self._object(call, arguments["Bucket"], arguments["Key"]) if there else b""

    def _object(self, call: str, bucket: str, key: str) -> bytes:
        try:
            return self.objects[bucket][key]
        except KeyError:
            raise error(call, "404" if call == "HeadObject" else "NoSuchKey", 404) from None


def etag(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest()}"'


def error(call: str, code: str, status: int = 403) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"{code} for {call}"}, "ResponseMetadata": {"HTTPStatusCode": status}}, call)
