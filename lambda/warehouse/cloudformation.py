"""What every custom resource of the warehouse does: act, and tell CloudFormation of the end."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

# A create that failed has nothing to delete.
NOTHING = "none"

# Takes the event; returns the physical id and what the template can ask for.
Action = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]


def respond(event: dict[str, Any], actions: Mapping[str, Action]) -> None:
    """Do what CloudFormation asks for, and tell it: also of an error, or it would wait for an hour."""
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    try:
        physical_id, data = actions[event["RequestType"]](event)
        answer |= {"Status": "SUCCESS", "PhysicalResourceId": physical_id, "Data": data}
    except Exception as error:
        print(json.dumps({"level": "ERROR", "message": str(error), "request": event["RequestType"]}))
        answer |= {"Status": "FAILED", "PhysicalResourceId": event.get("PhysicalResourceId", NOTHING), "Reason": str(error)[:1000]}
    send(event["ResponseURL"], answer)


def send(url: str, answer: dict[str, Any]) -> None:
    request = urllib.request.Request(url, json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()
