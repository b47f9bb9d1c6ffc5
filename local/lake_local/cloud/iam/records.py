"""A call as CloudTrail records it, with the statements that decided.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..ministack import principals as kept
from ..ministack.application import scope
from ..ministack.identity import find_role
from .calls import Call
from .enforcement import Decided
from .sessions import request_parameters

_SOURCES = {"cloudwatch": "monitoring", "tag": "tagging", "states": "states"}
# Names of S3's calls that differ from the right that they take.
_S3_NAMES = {"ListBucket": "ListObjects", "ListAllMyBuckets": "ListBuckets", "GetBucketLocation": "GetBucketLocation"}
_READS = re.compile(r"(Get|List|Head|Describe|BatchGet|Lookup|Search|Query|Scan|Receive|Filter)")
_DATA = {
    "s3": re.compile(r"\w*Object\w*|UploadPart\w*|\w*MultipartUpload"),
    "lambda": re.compile(r"Invoke\w*"),
    "sqs": re.compile(r"\w+Message\w*"),
    # Kept by no trail: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-unsupported-aws-services.html
    "logs": re.compile(r"PutLogEvents"),
    "cloudwatch": re.compile(r"PutMetricData"),
}


_listeners: list[Callable[[dict[str, Any]], None]] = []


def on_record(listener: Callable[[dict[str, Any]], None]) -> None:
    """Let `listener` see each record, as it is written down."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(found: dict[str, Any]) -> None:
    """Show a record to who wants to see all."""
    for listener in _listeners:
        listener(found)


def record(call: Call) -> dict[str, Any] | None:
    """Return the record of a call that has been answered, None if nothing was decided on it."""
    if not call.decided:
        return None
    decided: list[Decided] = call.decided
    check = decided[0].check
    namespace = check.action.split(":")[0]
    name = _event_name(call, check.action)
    account, region = scope()
    is_data = (pattern := _DATA.get(namespace)) is not None and pattern.fullmatch(name) is not None
    found: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": _identity(check.access_key),
        "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{_SOURCES.get(namespace, namespace)}.amazonaws.com",
        "eventName": name,
        "awsRegion": check.region or region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": call.headers.get("user-agent", ""),
        **_error(call, decided),
        "requestParameters": _parameters(call, namespace, check.resource),
        "responseElements": None,
        "additionalEventData": {"decisions": [decision_of(one) for one in decided]},
        "requestID": call.answer.headers.get("x-amzn-requestid", call.identity),
        "eventID": str(uuid.uuid4()),
        "readOnly": _READS.match(name) is not None,
        "resources": [{"ARN": one, "accountId": account} for one in dict.fromkeys(one.check.resource for one in decided) if one != "*"],
        "eventType": "AwsApiCall",
        "managementEvent": not is_data,
        "recipientAccountId": account,
        "eventCategory": "Data" if is_data else "Management",
    }
    via = kept.session(check.access_key).get("CalledVia")
    if via:
        found["userIdentity"]["invokedBy"] = via[-1]
        found |= {"sourceIPAddress": via[-1], "userAgent": via[-1]}
    return found


def _event_name(call: Call, action: str) -> str:
    name = action.split(":", 1)[1]
    if call.service != "s3":
        return call.headers.get("x-amz-target", "").rsplit(".", 1)[-1] or name
    if call.method == "HEAD":
        return "HeadObject" if name == "GetObject" else "HeadBucket"
    if name == "PutObject":
        return _writing(call)
    if name == "DeleteObject" and call.method == "POST":
        return "DeleteObjects"
    return _S3_NAMES.get(name, name)


def _writing(call: Call) -> str:
    is_copy = call.header("x-amz-copy-source") is not None
    if "partNumber" in call.query:
        return "UploadPartCopy" if is_copy else "UploadPart"
    if call.method == "POST":
        return "CompleteMultipartUpload" if "uploadId" in call.query else "CreateMultipartUpload"
    return "CopyObject" if is_copy else "PutObject"


def _identity(access_key: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
    caller = kept.caller(access_key) if access_key else None
    if caller is None:
        return {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
    kinds = {"AssumedRole": "AssumedRole", "Root": "Root", "FederatedUser": "FederatedUser"}
    found = {
        "type": kinds.get(caller.type, "IAMUser"),
        "principalId": caller.keys.get("aws:userid", caller.account),
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": access_key,
    }
    if caller.user_name:
        found["userName"] = caller.user_name
    return {**found, "sessionContext": _session(caller)} if caller.session else found


def _session(caller: kept.Caller) -> dict[str, Any]:
    issued = datetime.fromtimestamp(caller.session.get("IssuedAt") or 0, UTC)
    attributes = {
        "creationDate": issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "mfaAuthenticated": "true" if caller.session.get("MfaAt") else "false",
    }
    if caller.type != "AssumedRole":
        return {"attributes": attributes}
    name = caller.arn.split("/")[1]
    role = find_role(caller.account, name) or {}
    issuer = {
        "type": "Role",
        "principalId": role.get("RoleId", ""),
        "arn": role.get("Arn", f"arn:aws:iam::{caller.account}:role/{name}"),
        "accountId": caller.account,
        "userName": name,
    }
    return {"sessionIssuer": issuer, "attributes": attributes}


def _error(call: Call, decided: list[Decided]) -> dict[str, str]:
    """Return what CloudTrail says of a call that failed: for a denial, the message that the caller got."""
    if call.answer.status < 400:
        return {}
    refusal = next((one.refusal for one in reversed(decided) if one.refusal), None)
    code, message = _answered(call)
    if refusal and not code:
        code = refusal.code or "AccessDenied"
    return {"errorCode": code or str(call.answer.status), "errorMessage": refusal.message if refusal else message}


def _answered(call: Call) -> tuple[str, str]:
    """Return the code and message of an error in whichever protocol it was answered."""
    text = call.answer.body.decode("utf-8", "replace")
    code, message = (re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL) for name in ("Code", "Message"))
    if code:
        return code[1], message[1] if message else ""
    try:
        body = json.loads(text)
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        return "", ""
    found = call.answer.headers.get("x-amzn-errortype") or str(body.get("__type", ""))
    return found.split(":")[0].rsplit("#", 1)[-1], str(body.get("message") or body.get("Message") or "")


def _parameters(call: Call, namespace: str, resource: str) -> dict[str, Any] | None:
    """Return what was asked for, of the services whose calls a trail is read for: S3 and STS."""
    if namespace == "sts":
        return request_parameters(call)
    if namespace != "s3":
        return None
    bucket, _, key = resource.partition(":::")[2].partition("/")
    return {"bucketName": bucket, **({"key": key} if key else {})} if bucket else None


def decision_of(decided: Decided) -> Mapping[str, Any]:
    """Return a decision as it is written down: what was asked, the answer, and the statement that made it or what is missing."""
    decision = decided.decision
    found: dict[str, Any] = {"action": decision.action, "resource": decision.resource, "decision": decision.effect}
    if statement := decision.statement:
        source = statement.source
        found["statement"] = {"kind": source.kind, "policy": source.policy, "index": source.index, "sid": source.sid}
    if decision.missing:
        found["missing"] = decision.missing
    if decision.grant:
        found["grant"] = decision.grant
    if decided.refusal:
        found["refusal"] = decided.refusal.message
    return found
