"""Digests: signed lists of a trail's files, each with the signature of the one before, so that no file can be changed or taken away unseen.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lake_local.store import Store

from .files import LogFile, digest_key

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_ALGORITHM = "SHA256withRSA"


@dataclass(frozen=True)
class Digest:
    """A digest under its key, and the metadata of its object."""

    key: str
    body: bytes
    metadata: dict[str, str]


@dataclass
class Chain:
    """What the next digest of a trail needs to know of the last one, and the files since."""

    start: str
    files: list[dict[str, Any]] = field(default_factory=list)
    previous: dict[str, Any] = field(default_factory=dict)


class Signer:
    """A pair of RSA keys that lasts as long as the lake."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sign(self, text: str) -> str:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        return str(self._key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()).hex())

    def public_keys(self) -> list[dict[str, Any]]:
        """Return the key as ListPublicKeys does: PKCS #1 DER."""
        der = self._public()
        made = datetime.fromtimestamp(self._store.read("made"), UTC)
        return [
            {
                "Value": base64.b64encode(der).decode(),
                "Fingerprint": self.fingerprint,
                "ValidityStartTime": made.timestamp(),
                "ValidityEndTime": (made + timedelta(days=3650)).timestamp(),
            }
        ]

    @property
    def fingerprint(self) -> str:
        return hashlib.md5(self._public(), usedforsecurity=False).hexdigest()

    def _public(self) -> bytes:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        der: bytes = self._key().public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
        return der

    def _key(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric import rsa
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

        with self._store.change() as data:
            if "pem" not in data:
                made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
                data["pem"] = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
                data["made"] = datetime.now(UTC).timestamp()
            return load_pem_private_key(data["pem"].encode(), None)


def entry(bucket: str, file: LogFile) -> dict[str, Any]:
    """Return a file as a digest lists it."""
    return {
        "s3Bucket": bucket,
        "s3Object": file.key,
        "hashValue": file.digest,
        "hashAlgorithm": "SHA-256",
        "newestEventTime": file.newest,
        "oldestEventTime": file.oldest,
    }


def digest(trail: Mapping[str, Any], account: str, region: str, chain: Chain, signer: Signer, end: datetime) -> Digest:
    """Return the digest of the files in a chain, and let the chain go on behind it."""
    bucket, key = trail["S3BucketName"], digest_key(trail, account, region, end)
    times = sorted(time for one in chain.files for time in (one["oldestEventTime"], one["newestEventTime"]))
    previous = chain.previous
    content = {
        "awsAccountId": account,
        "digestStartTime": chain.start,
        "digestEndTime": end.strftime(_TIME),
        "digestS3Bucket": bucket,
        "digestS3Object": key,
        "digestPublicKeyFingerprint": signer.fingerprint,
        "digestSignatureAlgorithm": _ALGORITHM,
        "newestEventTime": times[-1] if times else None,
        "oldestEventTime": times[0] if times else None,
        "previousDigestS3Bucket": previous.get("bucket"),
        "previousDigestS3Object": previous.get("key"),
        "previousDigestHashValue": previous.get("hash"),
        "previousDigestHashAlgorithm": "SHA-256" if previous else None,
        "previousDigestSignature": previous.get("signature"),
        "logFiles": chain.files,
    }
    text = json.dumps(content, separators=(",", ":")).encode()
    value = hashlib.sha256(text).hexdigest()
    signed = "\n".join((content["digestEndTime"], f"{bucket}/{key}", value, previous.get("signature") or "null"))
    signature = signer.sign(signed)
    chain.start, chain.files = content["digestEndTime"], []
    chain.previous = {"bucket": bucket, "key": key, "hash": value, "signature": signature}
    return Digest(key, gzip.compress(text), {"signature": signature, "signature-algorithm": _ALGORITHM})
