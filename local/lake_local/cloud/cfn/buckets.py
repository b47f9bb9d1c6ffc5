"""AWS::S3::Bucket whole: MiniStack applies versioning, notifications, CORS, public access and website, and drops the rest."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from lake_local.fidelity import Entry

from ..ministack import cloudformation, storage
from ..ministack.application import scope
from ..ministack.cloudformation import Created, Properties, TypeHandler

TYPE = "AWS::S3::Bucket"
FIDELITY = [
    Entry(
        TYPE,
        "differs",
        "Name, versioning, tags, encryption (the headers say so, nothing is encrypted on disk), lifecycle (kept and shown, nothing expires "
        "or changes its storage class), access logging (kept, no log is written), ownership, public access block, CORS, website, "
        "notifications to SQS, Lambda, SNS and EventBridge. A bucket with objects in it is not deleted, as on AWS.",
    ),
]


def install() -> None:
    """Wrap MiniStack's own create, update and delete."""
    cloudformation.extend_type(TYPE, _complete)
    cloudformation.merge_stack_tags(TYPE)
    cloudformation.let_stacks_take(_is_published_to)


def _complete(handler: TypeHandler) -> TypeHandler:
    create, update = handler["create"], handler["update"]

    def creating(logical_id: str, properties: Properties, stack_name: str) -> Created:
        given = str(properties.get("BucketName", ""))
        if _is_published_to(given):
            name, attributes = update(given, {"BucketName": given}, properties, stack_name)
        else:
            name, attributes = create(logical_id, properties, stack_name)
        apply(name, properties, {})
        return name, _attributes(name, attributes)

    def updating(name: str, old: Properties, new: Properties, stack_name: str) -> Created:
        updated, attributes = update(name, old, new, stack_name)
        apply(updated, new, old)
        if old.get("VersioningConfiguration") and not new.get("VersioningConfiguration"):
            storage.suspend_versioning(name)
        return updated, _attributes(updated, attributes)

    return {"create": creating, "update": updating, "delete": delete}


def _is_published_to(name: str) -> bool:
    """Return whether `lake up` made a bucket for the CDK's assets, which `cdk bootstrap` now wants to make: it becomes the stack's."""
    is_for_assets = re.fullmatch(r"cdk-[a-z0-9]{1,10}-assets-[0-9]{12}-[a-z0-9-]+", name) is not None
    return is_for_assets and storage.has_bucket(name) and name not in cloudformation.physical_ids(TYPE)


def _attributes(name: str, attributes: Properties) -> Properties:
    _, region = scope()
    return {**attributes, "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com"}


def apply(name: str, new: Properties, old: Properties) -> None:
    """Put what the template says through S3's own calls; take away what it no longer says."""
    known = storage.bucket_configurations()
    for prop, operation, body in _CONFIGURATIONS:
        value = new.get(prop)
        if value:
            status, _, answer = known[operation].put(name, serialize(operation, name, body(value)))
            if status >= 300:
                raise ValueError(f"{prop}: {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}")
        elif old.get(prop):
            known[operation].delete(name)


def delete(name: str, _properties: Properties) -> None:
    deleted = storage.delete_bucket(name)
    if deleted is None:
        return
    status, _, answer = deleted
    if status == 409:
        raise ValueError(f"The bucket you tried to delete is not empty (Service: S3, Status Code: 409): {name}")
    if status >= 300:
        raise ValueError(str(answer))


def _encryption(value: Properties) -> Properties:
    return {
        "ServerSideEncryptionConfiguration": {
            "Rules": [
                _without_none(
                    {
                        "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault"),
                        "BucketKeyEnabled": _boolean(rule.get("BucketKeyEnabled")),
                    }
                )
                for rule in value["ServerSideEncryptionConfiguration"]
            ]
        }
    }


def _logging(value: Properties) -> Properties:
    return (
        {
            "BucketLoggingStatus": {
                "LoggingEnabled": _without_none(
                    {
                        "TargetBucket": value.get("DestinationBucketName"),
                        "TargetPrefix": value.get("LogFilePrefix", ""),
                        "TargetObjectKeyFormat": value.get("TargetObjectKeyFormat"),
                    }
                )
            }
        }
        if value.get("DestinationBucketName")
        else {"BucketLoggingStatus": {}}
    )


def _lifecycle(value: Properties) -> Properties:
    return {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}}


def _lifecycle_rule(rule: Properties) -> Properties:
    expiration = _without_none(
        {
            "Days": _number(rule.get("ExpirationInDays")),
            "Date": rule.get("ExpirationDate"),
            "ExpiredObjectDeleteMarker": _boolean(rule.get("ExpiredObjectDeleteMarker")),
        }
    )
    noncurrent = rule.get("NoncurrentVersionExpiration") or (
        {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]} if "NoncurrentVersionExpirationInDays" in rule else None
    )
    transitions = rule.get("Transitions") or ([rule["Transition"]] if "Transition" in rule else [])
    noncurrent_transitions = rule.get("NoncurrentVersionTransitions") or (
        [rule["NoncurrentVersionTransition"]] if "NoncurrentVersionTransition" in rule else []
    )
    abort = rule.get("AbortIncompleteMultipartUpload")
    return _without_none(
        {
            "ID": rule.get("Id"),
            "Status": rule["Status"],
            "Filter": _lifecycle_filter(rule),
            "Expiration": expiration or None,
            "Transitions": [
                _without_none(
                    {"Days": _number(t.get("TransitionInDays")), "Date": t.get("TransitionDate"), "StorageClass": t["StorageClass"]}
                )
                for t in transitions
            ]
            or None,
            "NoncurrentVersionExpiration": _without_none(
                {
                    "NoncurrentDays": _number(noncurrent.get("NoncurrentDays")),
                    "NewerNoncurrentVersions": _number(noncurrent.get("NewerNoncurrentVersions")),
                }
            )
            if noncurrent
            else None,
            "NoncurrentVersionTransitions": [
                _without_none(
                    {
                        "NoncurrentDays": _number(t.get("TransitionInDays")),
                        "StorageClass": t["StorageClass"],
                        "NewerNoncurrentVersions": _number(t.get("NewerNoncurrentVersions")),
                    }
                )
                for t in noncurrent_transitions
            ]
            or None,
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _number(abort["DaysAfterInitiation"])} if abort else None,
        }
    )


def _lifecycle_filter(rule: Properties) -> Properties:
    conditions = _without_none(
        {
            "Prefix": rule.get("Prefix"),
            "ObjectSizeGreaterThan": _number(rule.get("ObjectSizeGreaterThan")),
            "ObjectSizeLessThan": _number(rule.get("ObjectSizeLessThan")),
        }
    )
    tags = rule.get("TagFilters") or []
    if len(conditions) + len(tags) > 1:
        return {"And": {**conditions, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else conditions or {"Prefix": ""}


def _without_none(value: Properties) -> Properties:
    return {key: item for key, item in value.items() if item is not None}


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _boolean(value: Any) -> bool | None:
    return None if value is None else str(value).lower() == "true"


# Property, the S3 operation that sets it, its value in the operation's terms.
_CONFIGURATIONS: tuple[tuple[str, str, Callable[[Any], Properties]], ...] = (
    ("Tags", "PutBucketTagging", lambda tags: {"Tagging": {"TagSet": tags}}),
    ("BucketEncryption", "PutBucketEncryption", _encryption),
    ("LifecycleConfiguration", "PutBucketLifecycleConfiguration", _lifecycle),
    ("LoggingConfiguration", "PutBucketLogging", _logging),
    ("OwnershipControls", "PutBucketOwnershipControls", lambda value: {"OwnershipControls": {"Rules": value["Rules"]}}),
)


@functools.cache
def _s3_model() -> tuple[Any, Any]:
    import botocore.serialize
    import botocore.session

    return botocore.session.get_session().get_service_model("s3"), botocore.serialize.create_serializer("rest-xml", include_validation=True)


def serialize(operation: str, bucket: str, parameters: Properties) -> bytes:
    """The body that an SDK would send: what is not valid in S3's own model is refused with its message."""
    model, serializer = _s3_model()
    body = serializer.serialize_to_request({"Bucket": bucket, **parameters}, model.operation_model(operation))["body"]
    return body if isinstance(body, bytes) else str(body).encode()
