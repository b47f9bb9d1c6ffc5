"""Custom resource: Amazon Macie's session and one weekly classification job, which CloudFormation has no type for.

A job cannot be changed. A change makes a new one with another physical id; CloudFormation then deletes the old id, which cancels it.
A session that was found stays as it is. One that was enabled here is disabled with the last job; the physical id remembers which it was.
"""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import boto3
from botocore.exceptions import ClientError

# What makes another job of it.
IDENTITY = ("Name", "AccountId", "Buckets", "SamplingPercentage", "DayOfWeek")
OVER = ("CANCELLED", "COMPLETE")
FOUND, ENABLED = "session-found", "session-enabled"
# A create that failed has nothing to delete.
NOTHING = "none"


def handler(event: dict[str, Any], context: Any) -> None:
    """Do what CloudFormation asks for, and tell it: also of an error, or it would wait for an hour."""
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    try:
        physical_id, data = ACTIONS[event["RequestType"]](boto3.client("macie2"), event)
        answer |= {"Status": "SUCCESS", "PhysicalResourceId": physical_id, "Data": data}
    except Exception as error:
        print(json.dumps({"level": "ERROR", "message": str(error), "request": event["RequestType"]}))
        answer |= {"Status": "FAILED", "PhysicalResourceId": event.get("PhysicalResourceId", NOTHING), "Reason": str(error)[:1000]}
    send(event["ResponseURL"], answer)


def send(url: str, answer: dict[str, Any]) -> None:
    request = urllib.request.Request(url, json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()


def create(macie: Any, event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    enabled = ensure_session(macie)
    try:
        job = create_job(macie, event["ResourceProperties"], event["RequestId"])
    except Exception:
        if enabled:
            macie.disable_macie()
        raise
    return result(job, ENABLED if enabled else FOUND)


def update(macie: Any, event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    job, session = parse(event["PhysicalResourceId"])
    old, new = event["OldResourceProperties"], event["ResourceProperties"]
    if all(old.get(key) == new.get(key) for key in IDENTITY):
        return result(job, session)
    # Somebody may have disabled Macie meanwhile.
    if ensure_session(macie):
        session = ENABLED
    return result(create_job(macie, new, event["RequestId"]), session)


def delete(macie: Any, event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    physical_id = event["PhysicalResourceId"]
    if physical_id != NOTHING and session_status(macie):
        job, session = parse(physical_id)
        cancel(macie, job)
        if session == ENABLED and not other_jobs(macie, job):
            macie.disable_macie()
    return physical_id, {}


ACTIONS = {"Create": create, "Update": update, "Delete": delete}


def result(job: str, session: str) -> tuple[str, dict[str, Any]]:
    return f"{job}/{session}", {"JobId": job}


def parse(physical_id: str) -> tuple[str, str]:
    job, _, session = physical_id.partition("/")
    return job, session


def session_status(macie: Any) -> str | None:
    """Return the status of the account's session, None if there is none."""
    try:
        status: str = macie.get_macie_session()["status"]
        return status
    except ClientError as error:
        # https://docs.aws.amazon.com/macie/latest/APIReference/macie.html: that is how Macie says it.
        if error.response["Error"]["Code"] == "AccessDeniedException" and "not enabled" in error.response["Error"]["Message"]:
            return None
        raise


def ensure_session(macie: Any) -> bool:
    """Enable Macie if it is not; return whether it was enabled here."""
    status = session_status(macie)
    if status == "PAUSED":
        raise RuntimeError("Macie is paused in this account and region, and runs no jobs: resume it, then deploy again")
    if status is None:
        macie.enable_macie(status="ENABLED")
    return status is None


def create_job(macie: Any, properties: dict[str, Any], token: str) -> str:
    job: str = macie.create_classification_job(
        clientToken=token,
        # A name may be there twice, but is easier to find if it is not.
        name=f"{properties['Name']}-{token[:8]}",
        description="Weekly discovery of sensitive data in the data lake",
        jobType="SCHEDULED",
        initialRun=True,
        scheduleFrequency={"weeklySchedule": {"dayOfWeek": properties["DayOfWeek"]}},
        samplingPercentage=int(properties["SamplingPercentage"]),
        managedDataIdentifierSelector="RECOMMENDED",
        s3JobDefinition={"bucketDefinitions": [{"accountId": properties["AccountId"], "buckets": properties["Buckets"]}]},
    )["jobId"]
    return job


def cancel(macie: Any, job: str) -> None:
    try:
        if macie.describe_classification_job(jobId=job)["jobStatus"] not in OVER:
            macie.update_classification_job(jobId=job, jobStatus="CANCELLED")
    except macie.exceptions.ResourceNotFoundException:
        pass


def other_jobs(macie: Any, job: str) -> bool:
    """Return whether a job that is not over would lose its session."""
    pages = macie.get_paginator("list_classification_jobs").paginate()
    return any(item["jobId"] != job and item["jobStatus"] not in OVER for page in pages for item in page["items"])
