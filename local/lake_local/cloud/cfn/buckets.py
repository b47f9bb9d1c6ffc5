"""AWS::S3::Bucket whole: MiniStack applies versioning, notifications, CORS, public access and website, and drops the rest."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from lake_local.fidelity import Entry

FIDELITY = [
    Entry(
        "AWS::S3::Bucket",
        "differs",
        "Name, versioning, tags, encryption (the headers say so, nothing is encrypted on disk), lifecycle (kept and shown, nothing expires "
        "or changes its storage class), access logging (kept, no log is written), ownership, public access block, CORS, website, "
        "notifications to SQS, Lambda, SNS and EventBridge. A bucket with objects in it is not deleted, as on AWS.",
    ),
]

Properties = dict[str, Any]


def install() -> None:
    """Wrap MiniStack's own create, update and delete."""
    from ministack.services.cloudformation import provisioners

    handler = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    if handler.get("complete"):
        return
    create, update = handler["create"], handler["update"]

    def creating(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, dict]:
        name, attributes = create(logical_id, properties, stack_name)
        apply(name, properties, {})
        return name, _attributes(name, attributes)

    def updating(name: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, dict]:
        updated, attributes = update(name, old, new, stack_name)
        apply(updated, new, old)
        if old.get("VersioningConfiguration") and not new.get("VersioningConfiguration"):
            from ministack.services import s3

            s3._bucket_versioning[name] = "Suspended"
        return updated, _attributes(updated, attributes)

    provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"] = {
        **handler,
        "create": creating,
        "update": updating,
        "delete": delete,
        "complete": True,
    }
    # MiniStack merges the stack's tags into the types that keep tags.
    provisioners._STACK_TAG_PROPERTY["AWS::S3::Bucket"] = ("Tags", "list")


def _attributes(name: str, attributes: dict) -> dict:
    from ministack.core.responses import get_region

    return {**attributes, "DualStackDomainName": f"{name}.s3.dualstack.{get_region()}.amazonaws.com"}


def apply(name: str, new: Properties, old: Properties) -> None:
    """Put what the template says through S3's own calls; take away what it no longer says."""
    from ministack.services import s3

    for prop, operation, body, put, remove in _configurations(s3):
        value = new.get(prop)
        if value:
            status, _, answer = put(name, serialize(operation, name, body(value)))
            if status >= 300:
                raise ValueError(f"{prop}: {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}")
        elif old.get(prop):
            remove(name)


def delete(name: str, _properties: Properties) -> None:
    from ministack.services import s3

    if name not in s3._buckets:
        return
    status, _, answer = s3._delete_bucket(name)
    if status == 409:
        raise ValueError(f"The bucket you tried to delete is not empty (Service: S3, Status Code: 409): {name}")
    if status >= 300:
        raise ValueError(str(answer))


def _configurations(s3: Any) -> Iterator[tuple[str, str, Callable, Callable, Callable]]:
    """Property, the S3 operation that sets it, its value in the operation's terms, MiniStack's put and delete."""
    yield "Tags", "PutBucketTagging", lambda tags: {"Tagging": {"TagSet": tags}}, s3._put_bucket_tagging, s3._delete_bucket_tagging
    yield "BucketEncryption", "PutBucketEncryption", _encryption, s3._put_bucket_encryption, s3._delete_bucket_encryption
    yield ("LifecycleConfiguration", "PutBucketLifecycleConfiguration", _lifecycle, s3._put_bucket_lifecycle, s3._delete_bucket_lifecycle)
    yield (
        "LoggingConfiguration",
        "PutBucketLogging",
        _logging,
        s3._put_bucket_logging,
        lambda name: s3._bucket_logging_config.pop(name, None),
    )
    yield (
        "OwnershipControls",
        "PutBucketOwnershipControls",
        lambda value: {"OwnershipControls": {"Rules": value["Rules"]}},
        s3._put_bucket_ownership_controls,
        s3._delete_bucket_ownership_controls,
    )


def _encryption(value: Properties) -> dict:
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


def _logging(value: Properties) -> dict:
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


def _lifecycle(value: Properties) -> dict:
    return {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}}


def _lifecycle_rule(rule: Properties) -> dict:
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


def _lifecycle_filter(rule: Properties) -> dict:
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


def _without_none(value: dict) -> dict:
    return {key: item for key, item in value.items() if item is not None}


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _boolean(value: Any) -> bool | None:
    return None if value is None else str(value).lower() == "true"


@functools.cache
def _s3_model() -> tuple[Any, Any]:
    import botocore.serialize
    import botocore.session

    return botocore.session.get_session().get_service_model("s3"), botocore.serialize.create_serializer("rest-xml", include_validation=True)


def serialize(operation: str, bucket: str, parameters: dict) -> bytes:
    """The body that an SDK would send: what is not valid in S3's own model is refused with its message."""
    model, serializer = _s3_model()
    body = serializer.serialize_to_request({"Bucket": bucket, **parameters}, model.operation_model(operation))["body"]
    return body if isinstance(body, bytes) else str(body).encode()
