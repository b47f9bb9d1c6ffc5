"""`aws_s3.table_import_from_s3`: an object of the embedded S3 into a table, under the cluster's role for the feature s3Import."""

from __future__ import annotations

import gzip
import re
import zlib
from typing import Any

from botocore.exceptions import ClientError

from lake_local.config import Config

from ...clients import client_as
from ...identity import AssumeRoleError, role_credentials
from ..errors import StatementError
from .clusters import Clusters

_CALL = re.compile(r"(\s*SELECT\s+(?:\*\s+FROM\s+)?)aws_s3\.table_import_from_s3(\s*\(.*)", re.IGNORECASE | re.DOTALL)
_BLOCK = 1 << 20


class Imports:
    """Imports for one lake."""

    def __init__(self, config: Config, clusters: Clusters) -> None:
        self.config = config
        self.clusters = clusters

    def run(self, connection: Any, cluster: str, sql: str) -> str | None:
        """Import what a statement asks for, and return what it answers; None if it asks for no import."""
        match = _CALL.fullmatch(sql)
        if match is None:
            return None
        # PostgreSQL says what the arguments are, whatever they are made of.
        [[asked]] = connection.execute(f"{match.group(1)}aws_s3.asked{match.group(2)}").fetchall()
        table, columns, options, bucket, key, _region = asked
        if not table or not bucket or not key:
            raise StatementError("ERROR: table name, bucket and file path must not be NULL or empty")
        body, size = self._read(cluster, bucket, key)
        listed = f" ({columns})" if columns else ""
        cursor = connection.cursor()
        with cursor.copy(f"COPY {table}{listed} FROM STDIN {_checked(options)}") as into:
            for start in range(0, len(body), _BLOCK):
                into.write(body[start : start + _BLOCK])
        return f'{cursor.rowcount} rows imported into relation "{table}" from file {key} of {size} bytes'

    def _read(self, cluster: str, bucket: str, key: str) -> tuple[bytes, int]:
        """Return an object's content, and its size as it is stored."""
        record = self.clusters.record(cluster)
        roles = [one["RoleArn"] for one in record["AssociatedRoles"] if one.get("FeatureName") == "s3Import"]
        if not roles:
            raise StatementError("ERROR: credentials stored with the database cluster can't be accessed: no role for the feature s3Import")
        try:
            credentials = role_credentials(roles[0], "aurora", "rds.amazonaws.com", record["DBClusterArn"])
            s3 = client_as(credentials, "s3", self.config.endpoint, self.config.region)
            found = s3.get_object(Bucket=bucket, Key=key)
            body = found["Body"].read()
        except AssumeRoleError as error:
            raise StatementError(f"ERROR: credentials stored with the database cluster can't be accessed: {error}") from error
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            code = error.response.get("Error", {}).get("Code")
            raise StatementError(
                f"ERROR: HTTP {status}. {code}: s3://{bucket}/{key}. Check the import role and the bucket policy"
            ) from error
        return (_unpacked(body, f"s3://{bucket}/{key}") if found.get("ContentEncoding") == "gzip" else body), len(body)


def _unpacked(body: bytes, uri: str) -> bytes:
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise StatementError(f"ERROR: {uri} says that it is gzip, and cannot be unpacked: {error}") from error


def _checked(options: str | None) -> str:
    """Return COPY's options. Refuse what would be more than options."""
    text = (options or "").strip()
    if ";" in re.sub(r"'(?:[^']|'')*'", "", text):
        raise StatementError(f"ERROR: syntax error at or near the options {text!r}")
    return text
