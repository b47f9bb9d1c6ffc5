"""What a crawler sees of S3: objects under a path, and pieces of them."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Any

# Of each file, a crawler looks at the beginning only.
SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True)
class S3Object:
    bucket: str
    key: str
    size: int

    @property
    def path(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def compression(self) -> str:
        return "gzip" if self.key.lower().endswith((".gz", ".gzip")) else "none"


def split(path: str) -> tuple[str, str]:
    """Return bucket and key of an s3:// path."""
    bucket, _, key = re.sub(r"^s3[an]?://", "", path).partition("/")
    return bucket, key


class Source:
    """Reads with one role's rights; what is refused names the action and the place."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self._samples: dict[str, bytes] = {}

    def objects(self, path: str, exclusions: list[str], below: str | None = None) -> list[S3Object]:
        """Return the data files under a path, or of one folder below it, without empty, hidden and excluded ones."""
        bucket, prefix = split(path)
        found = []
        try:
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=split(below or path)[1]):
                found += [S3Object(bucket, item["Key"], item["Size"]) for item in page.get("Contents", [])]
        except Exception as error:
            raise _explained(error, f"s3:ListBucket on arn:aws:s3:::{bucket} (prefix {prefix!r})") from error
        folder = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
        patterns = [glob(pattern) for pattern in exclusions]
        chosen = []
        for item in found:
            # A path without its slash is a folder, or one object.
            if not item.key.startswith(folder) and item.key != prefix:
                continue
            relative = item.key[len(folder) :] if item.key.startswith(folder) else item.key.rsplit("/", 1)[-1]
            hidden = any(part.startswith(("_", ".")) for part in relative.split("/"))
            if item.size and not item.key.endswith("/") and not hidden and not any(pattern.fullmatch(relative) for pattern in patterns):
                chosen.append(item)
        return chosen

    def sample(self, item: S3Object) -> bytes:
        """Return the beginning of an object, unpacked."""
        if item.path not in self._samples:
            content = self._get(item, f"bytes=0-{SAMPLE_BYTES - 1}")
            if content[:2] == b"\x1f\x8b":
                content = zlib.decompressobj(31).decompress(content, SAMPLE_BYTES * 8)
            self._samples[item.path] = content
        return self._samples[item.path]

    def tail(self, item: S3Object, size: int) -> bytes:
        return self._get(item, f"bytes={max(0, item.size - size)}-{item.size - 1}")

    def _get(self, item: S3Object, span: str) -> bytes:
        try:
            content: bytes = self._s3.get_object(Bucket=item.bucket, Key=item.key, Range=span)["Body"].read()
            return content
        except Exception as error:
            raise _explained(error, f"s3:GetObject on arn:aws:s3:::{item.bucket}/{item.key}") from error


def _explained(error: Exception, action: str) -> Exception:
    if "AccessDenied" in str(error) or "403" in str(error):
        return PermissionError(f"Insufficient permissions: not authorized to perform {action}: {error}")
    return error


def glob(pattern: str) -> re.Pattern[str]:
    """Return Glue's exclude pattern as a regular expression: `*` within a folder, `**` across folders, `?`, `[a-z]`, `{a,b}`, backslash."""
    out, index, depth = "", 0, 0
    while index < len(pattern):
        char = pattern[index]
        if pattern.startswith("**", index):
            out += ".*"
            index += 1
        elif char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "\\" and index + 1 < len(pattern):
            index += 1
            out += re.escape(pattern[index])
        elif char == "[" and "]" in pattern[index + 1 :]:
            end = pattern.index("]", index + 2)
            body = pattern[index + 1 : end]
            out += f"[{'^' + body[1:] if body[0] in '!^' else body}]"
            index = end
        elif char == "{":
            out += "(?:"
            depth += 1
        elif char == "}" and depth:
            out += ")"
            depth -= 1
        elif char == "," and depth:
            out += "|"
        else:
            out += re.escape(char)
        index += 1
    return re.compile(out + ")" * depth, re.DOTALL)
