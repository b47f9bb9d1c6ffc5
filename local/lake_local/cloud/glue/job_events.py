"""What Glue tells EventBridge of a job's run: https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html"""

from __future__ import annotations

import logging

from ..ministack import additions
from .records import JobRun

logger = logging.getLogger("lake.glue")

DETAIL_TYPE = "Glue Job State Change"
_SEVERITIES = {"SUCCEEDED": "INFO", "STOPPED": "INFO", "FAILED": "ERROR", "TIMEOUT": "WARN"}


def tell(run: JobRun) -> None:
    """Send the event of a run that has ended. A rule that cannot be served is no fault of the run."""
    state = run["JobRunState"]
    detail = {
        "jobName": run["JobName"],
        "severity": _SEVERITIES.get(state, "INFO"),
        "state": state,
        "jobRunId": run["Id"],
        "message": run.get("ErrorMessage") or ("Job run succeeded" if state == "SUCCEEDED" else f"Job run {state.lower()}"),
    }
    try:
        additions.publish("aws.glue", DETAIL_TYPE, [], detail)
    except Exception:
        logger.exception("event of run %s", run["Id"])
