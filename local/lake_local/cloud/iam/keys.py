"""KMS behind S3 and SQS: who reads or writes what a key encrypts must be allowed to use the key.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..ministack import encryption
from ..ministack.application import scope
from ..ministack.authorization import Check, Refusal, guard_queue_deliveries
from . import enforcement
from .calls import current
from .evaluation import Decision, Principal
from .grants import granted
from .objects import version_of

_DECRYPT, _GENERATE = "kms:Decrypt", "kms:GenerateDataKey"
_SQS = {
    "sqs:SendMessage": (_GENERATE, _DECRYPT),
    "sqs:SendMessageBatch": (_GENERATE, _DECRYPT),
    "sqs:ReceiveMessage": (_DECRYPT,),
}
# What calls of KMS itself carry, as a condition key.
_CONTEXT = "kms:encryptioncontext:"


def install() -> None:
    """Ask keys' policies and grants where S3 and SQS use keys on a caller's behalf."""
    for action in ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"):
        enforcement.check_further(action, _of_s3)
    for action in _SQS:
        enforcement.check_further(action, _of_sqs)
    enforcement.add_context("kms", _of_kms)
    enforcement.add_grants("kms", granted)
    guard_queue_deliveries(_delivery_is_encrypted)


def _of_s3(check: Check, principal: Principal) -> Decision | Refusal | None:
    if ":::" not in check.resource:
        return None
    bucket, _, key = check.resource.split(":::", 1)[1].partition("/")
    for used, action in _uses(check, bucket, key):
        if not used.algorithm.startswith("aws:kms") or used.key.endswith("alias/aws/s3"):
            # The policy of AWS's own key lets everybody in the account use it through S3.
            continue
        resource = f"arn:aws:s3:::{bucket}" if used.is_bucket_key else check.resource
        found = _use(principal, used.key, action, "s3", {f"{_CONTEXT}aws:s3:arn": resource, "kms:encryptioncontextkeys": ["aws:s3:arn"]})
        if found is not None:
            return found
    return None


def _uses(check: Check, bucket: str, key: str) -> Iterator[tuple[encryption.Encryption, str]]:
    """Yield the encryptions that a call of S3 has to do with, and what it asks of their keys."""
    call = current()
    if call is None:
        return
    if check.action != "s3:PutObject":
        # The answer to HEAD has nothing that is encrypted, but the checksum.
        if (call.method != "HEAD" or call.header("x-amz-checksum-mode")) and (
            found := encryption.of_object(bucket, key, version_of(check, call))
        ):
            yield found, _DECRYPT
        return
    upload = call.query.get("uploadId", [""])[0]
    if upload:
        # Parts are encrypted with the upload's key, and read again when they are put together.
        if found := encryption.of_upload(upload):
            yield found, _DECRYPT
    elif found := encryption.of_write(bucket, call.headers):
        yield found, _GENERATE


def _of_sqs(check: Check, principal: Principal) -> Decision | Refusal | None:
    key = encryption.of_queue(check.resource)
    if not key or key.endswith("alias/aws/sqs"):
        return None
    for action in _SQS[check.action]:
        found = _use(principal, key, action, "sqs", {f"{_CONTEXT}aws:sqs:arn": check.resource})
        if found is not None:
            return Refusal(principal.arn, found.message, "KMS.AccessDeniedException") if isinstance(found, Decision) else found
    return None


def _use(principal: Principal, reference: str, action: str, service: str, context: Mapping[str, Any]) -> Decision | Refusal | None:
    """Return what refuses the use of a key by a service on a principal's behalf, None if nothing does."""
    record = encryption.find_key(reference)
    if record is None:
        return Refusal(principal.arn, f"Invalid keyId '{reference}'", "KMS.NotFoundException")
    region = scope()[1]
    keys = {
        **context,
        "kms:viaservice": f"{service}.{region}.amazonaws.com",
        "kms:calleraccount": principal.account,
        "aws:viaawsservice": "true",
    }
    check = Check("", action, "kms", region, record["Arn"], keys)
    decision = enforcement.decide(principal, check)
    return decision if not decision.allowed else unusable(record, principal.arn)


def unusable(record: Mapping[str, Any], principal_arn: str = "") -> Refusal | None:
    """Return why a key cannot be used now.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """
    arn, state = record["Arn"], record.get("KeyState", "Enabled")
    if state == "Disabled":
        return Refusal(principal_arn, f"{arn} is disabled.", "KMS.DisabledException")
    if state != "Enabled":
        words = {"PendingDeletion": "pending deletion", "PendingImport": "pending import"}.get(state, state)
        return Refusal(principal_arn, f"{arn} is {words}.", "KMS.KMSInvalidStateException")
    return None


def _delivery_is_encrypted(queue_arn: str, service: str, source_arn: str, source_account: str) -> bool:
    """Return whether a service, e.g. `s3.amazonaws.com`, may use the key of a queue that it delivers to."""
    reference = encryption.of_queue(queue_arn)
    if not reference:
        return True
    record = encryption.find_key(reference)
    # The policy of AWS's own key names no service: https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
    if record is None or unusable(record):
        return False
    source = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_account}
    return all(enforcement.service_may(service, action, record["Arn"], source) for action in (_GENERATE, _DECRYPT))


def _of_kms(check: Check) -> dict[str, Any]:
    """Return the condition keys of a call of KMS itself."""
    call = current()
    try:
        body = json.loads(call.body or b"{}") if call and call.service == "kms" else {}
    except ValueError:
        body = {}
    given = body.get("EncryptionContext") if isinstance(body, dict) else None
    keys: dict[str, Any] = {"kms:calleraccount": scope()[0]}
    if isinstance(given, dict) and given:
        keys |= {f"{_CONTEXT}{name.lower()}": value for name, value in given.items()}
        keys["kms:encryptioncontextkeys"] = list(given)
    if isinstance(body, dict) and isinstance(operations := body.get("Operations"), list):
        keys["kms:grantoperations"] = operations
    return keys
