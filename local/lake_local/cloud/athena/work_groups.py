"""Work groups: MiniStack keeps them, AWS's defaults are filled in here."""

from __future__ import annotations

import json
import re
from typing import Any

from ..ministack import analytics
from ..ministack.application import Response
from ..service import json_response
from .errors import InvalidRequest

_BOOLEANS = ("EnforceWorkGroupConfiguration", "PublishCloudWatchMetricsEnabled", "RequesterPaysEnabled")
_ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}


def configuration(group: dict[str, Any]) -> dict[str, Any]:
    """Return a work group's configuration with everything that AWS answers.

    A new group enforces its settings; `primary`, which every account has from the start, does not.
    """
    given = group.get("Configuration") or {}
    defaults = {
        "EnforceWorkGroupConfiguration": group.get("Name") != "primary",
        "PublishCloudWatchMetricsEnabled": False,
        "RequesterPaysEnabled": False,
        "ResultConfiguration": {},
        "EngineVersion": _ENGINE,
    }
    merged = {**defaults, **given}
    # CloudFormation may hand booleans on as text.
    return {**merged, **{name: str(merged[name]).lower() == "true" for name in _BOOLEANS}}


def described(response: Response) -> Response:
    """Return MiniStack's answer to GetWorkGroup with the whole configuration."""
    status, headers, body = response
    if status != 200:
        return status, headers, body
    group = json.loads(body)["WorkGroup"]
    return json_response({"WorkGroup": {**group, "Configuration": configuration(group)}})


def find(name: str) -> dict[str, Any]:
    """Return an enabled work group, or refuse the call."""
    group = analytics.work_group(name)
    if group is None:
        raise InvalidRequest(f"WorkGroup {name} is not found.", "WORKGROUP_NOT_FOUND")
    if group.get("State", "ENABLED") != "ENABLED":
        raise InvalidRequest(f"WorkGroup {name} is disabled.", "WORKGROUP_DISABLED")
    return group


def result_configuration(group: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Return where and how results are kept: as the work group says, if it enforces that."""
    settings = configuration(group)
    own = settings["ResultConfiguration"] or {}
    enforced = settings["EnforceWorkGroupConfiguration"] and bool(own.get("OutputLocation"))
    chosen = own if enforced else {**own, **asked}
    location = chosen.get("OutputLocation")
    if not location:
        raise InvalidRequest(
            "No output location provided. An output location is required either through the Workgroup result configuration "
            "setting or as an API input.",
            "INVALID_INPUT",
        )
    if not re.match(r"s3://[^/]+", location):
        raise InvalidRequest(f"outputLocation is not a valid S3 path: {location}", "INVALID_INPUT")
    if (chosen.get("EncryptionConfiguration") or {}).get("EncryptionOption") == "CSE_KMS":
        raise InvalidRequest("CSE_KMS is not supported by the embedded Athena: use SSE_KMS or SSE_S3")
    kept = ("EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")
    return {"OutputLocation": location, **{name: chosen[name] for name in kept if chosen.get(name)}}
