"""CloudTrail, as a service of ours: trails write their files, and their events to CloudWatch Logs."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from lake_local.config import Config
from lake_local.fidelity import Entry
from lake_local.store import Store

from ..cfn.registry import register
from ..clients import client_as
from ..iam import records
from ..ministack import identity
from ..ministack import trails as kept
from ..ministack.application import Handler, Response, scope
from ..ministack.cloudformation import Created, Properties, physical_name
from ..service import Service, json_error, json_response, operation, wrap_service
from ..shutdown import on_shutdown
from ..startup import on_loaded
from . import admission
from .delivery import SECONDS, Delivery
from .digests import Signer

logger = logging.getLogger("lake.server")

TYPE = "AWS::CloudTrail::Trail"
_OWN = frozenset({"CreateTrail", "UpdateTrail", "GetTrailStatus", "ListPublicKeys"})
# What CreateTrail takes of a template's properties, in CloudFormation's names.
_PROPERTIES = {
    "S3BucketName": "S3BucketName",
    "S3KeyPrefix": "S3KeyPrefix",
    "IncludeGlobalServiceEvents": "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail": "IsMultiRegionTrail",
    "EnableLogFileValidation": "EnableLogFileValidation",
    "KMSKeyId": "KmsKeyId",
    "CloudWatchLogsLogGroupArn": "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn": "CloudWatchLogsRoleArn",
    "IsOrganizationTrail": "IsOrganizationTrail",
}
_FLAGS = ("IncludeGlobalServiceEvents", "IsMultiRegionTrail", "EnableLogFileValidation", "IsOrganizationTrail")


class Trails:
    """Answers CloudTrail's calls, and CloudFormation, beside MiniStack."""

    def __init__(self, signer: Signer, delivery: Delivery) -> None:
        self._signer, self._delivery = signer, delivery

    async def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], original: Handler
    ) -> Response:
        name = operation(headers)
        if name not in _OWN:
            return await original(method, path, headers, body, query)
        request = json.loads(body or b"{}")
        if name == "ListPublicKeys":
            return json_response({"PublicKeyList": self._signer.public_keys()})
        if name == "GetTrailStatus":
            status, found, content = await original(method, path, headers, body, query)
            if status != 200:
                return status, found, content
            arn = next(
                (one.record["TrailARN"] for one in kept.trails() if request["Name"] in (one.record["Name"], one.record["TrailARN"])), ""
            )
            return json_response({**json.loads(content), **self._delivery.status.get(arn, {})})
        try:
            return json_response(change(name, request))
        except Refused as refused:
            return json_error(*refused.args)

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = properties.get("TrailName") or physical_name(stack_name, logical_id)
        change("CreateTrail", {"Name": name, **_request(properties)})
        try:
            self._finish(name, properties)
        except Exception:
            _do("DeleteTrail", {"Name": name})
            raise
        return name, self._attributes(name)

    def update(self, physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        change("UpdateTrail", {"Name": physical_id, **_request(new)})
        self._finish(physical_id, new)
        return physical_id, self._attributes(physical_id)

    @staticmethod
    def delete(physical_id: str, _properties: Properties) -> None:
        kept.call("DeleteTrail", {"Name": physical_id})

    @staticmethod
    def _finish(name: str, properties: Properties) -> None:
        """Bring what a trail keeps, and whether it is on, to what the template says."""
        chosen = {key: properties[key] for key in ("EventSelectors", "AdvancedEventSelectors") if properties.get(key)}
        if chosen:
            _do("PutEventSelectors", {"TrailName": name, **chosen})
        is_on = str(properties.get("IsLogging", True)).lower() == "true"
        _do("StartLogging" if is_on else "StopLogging", {"Name": name})

    @staticmethod
    def _attributes(name: str) -> Properties:
        account, region = scope()
        return {"Arn": f"arn:aws:cloudtrail:{region}:{account}:trail/{name}", "SnsTopicArn": ""}


class Refused(Exception):
    """A code and a message."""


def change(name: str, request: dict[str, Any]) -> dict[str, Any]:
    """Create or update a trail that may write where it is told to; raise `Refused` otherwise."""
    account, region = scope()
    before = next((one.record for one in kept.trails() if request.get("Name") in (one.record["Name"], one.record["TrailARN"])), {})
    arn = before.get("TrailARN") or f"arn:aws:cloudtrail:{region}:{account}:trail/{request.get('Name', '')}"
    planned = {**before, **request, "TrailARN": arn}
    if bool(planned.get("CloudWatchLogsLogGroupArn")) != bool(planned.get("CloudWatchLogsRoleArn")):
        raise Refused(
            "InvalidCloudWatchLogsLogGroupArnException",
            "You must specify both the ARN of the log group and the ARN of the role, or neither.",
        )
    try:
        admission.require(planned, account)
    except admission.NotAdmitted as error:
        raise Refused(error.code, str(error)) from None
    found = _do(name, request)
    # MiniStack's CreateTrail forgets them.
    logs = {key: value for key, value in request.items() if key in ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn")}
    next(one.record for one in kept.trails() if one.record["TrailARN"] == found["TrailARN"]).update(logs)
    return {**found, **logs}


def _do(name: str, request: dict[str, Any]) -> dict[str, Any]:
    status, _, body = kept.call(name, request)
    found: dict[str, Any] = json.loads(body) if isinstance(body, (bytes, str)) else body
    if status != 200:
        raise Refused(found.get("__type", "InternalFailure").rsplit("#", 1)[-1], found.get("message") or found.get("Message") or "")
    return found


def _request(properties: Properties) -> dict[str, Any]:
    found = {ours: properties[name] for name, ours in _PROPERTIES.items() if name in properties}
    return {name: (str(value).lower() == "true" if name in _FLAGS else value) for name, value in found.items()}


def install(config: Config) -> None:
    """Take the records of all calls, and deliver them from a thread."""
    signer = Signer(Store(config.state_dir / "trail-key.json"))
    delivery = Delivery(
        config.state_dir / "trail-waiting.jsonl", Store(config.state_dir / "trail-digests.json"), signer, _client_of(config)
    )
    ours = Trails(signer, delivery)
    wrap_service("cloudtrail", ours.answer)
    register(TYPE, ours.create, ours.update, ours.delete, replaced_by=("TrailName",))
    records.on_record(delivery.take)
    on_loaded(delivery.load)
    stopped = threading.Event()

    def run() -> None:
        # Buckets' policies ask for secure transport.
        identity.act_from_here()
        while not stopped.wait(SECONDS):
            try:
                delivery.run()
            except Exception:
                logger.exception("while delivering the records of trails")

    def stop() -> None:
        stopped.set()
        delivery.save()

    threading.Thread(target=run, name="trails", daemon=True).start()
    on_shutdown(stop)


def _client_of(config: Config) -> Callable[[str, Any], Any]:
    return lambda service, credentials: client_as(credentials, service, config.endpoint, config.region)


FIDELITY = (
    Entry(
        TYPE,
        "differs",
        "Writes what its event selectors keep to its bucket, under CloudTrail's keys and in its format, each two seconds, not each "
        "five minutes; and to its log group under its role, where metric filters count. The policies of bucket and key must let "
        "CloudTrail in. Digests come each hour, signed by a key of the lake that `ListPublicKeys` tells. Calls of other accounts and "
        "regions, insights, network activity and SNS notices are not there; of a killed server, the files lack the last two seconds.",
    ),
)
SERVICE = Service("cloudtrail", install, operations=_OWN, resource_types=frozenset({TYPE}), fidelity=FIDELITY)
