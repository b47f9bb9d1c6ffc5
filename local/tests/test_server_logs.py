"""CloudWatch Logs as the server answers it."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake


def test_events_of_streams_with_a_prefix(server: Lake) -> None:
    logs = server.client("logs")
    logs.create_log_group(logGroupName="prefixes")
    now = int(time.time() * 1000)
    for number in range(60):
        for stream in (f"run-{number}", f"other-{number}"):
            logs.create_log_stream(logGroupName="prefixes", logStreamName=stream)
            logs.put_log_events(logGroupName="prefixes", logStreamName=stream, logEvents=[{"timestamp": now, "message": f"from {stream}"}])

    def found(**arguments: object) -> set[str]:
        return {event["logStreamName"] for event in logs.filter_log_events(logGroupName="prefixes", **arguments)["events"]}

    assert found(logStreamNamePrefix="run-") == {f"run-{number}" for number in range(60)}
    assert found(logStreamNamePrefix="run-5", filterPattern='"from run-59"') == {"run-59"}
    assert found(logStreamNamePrefix="none") == set()
    assert len(found()) == 120
    with pytest.raises(ClientError, match="exclude each other"):
        found(logStreamNamePrefix="run-", logStreamNames=["run-1"])
    with pytest.raises(ClientError, match="does not exist"):
        logs.filter_log_events(logGroupName="nowhere", logStreamNamePrefix="run-")
