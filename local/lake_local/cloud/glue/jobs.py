"""Jobs and their runs, as Glue's API has them."""

from __future__ import annotations

from copy import deepcopy
from typing import cast

from . import execution
from .engine import Behalf, Engine
from .errors import GlueError, already_exists, invalid, not_found
from .records import Document, Job, JobRun
from .state import Data, keep_latest, now, only, page, run_id

_FIELDS = (
    "JobMode",
    "JobRunQueuingEnabled",
    "Description",
    "LogUri",
    "Role",
    "ExecutionProperty",
    "Command",
    "DefaultArguments",
    "NonOverridableArguments",
    "Connections",
    "MaxRetries",
    "AllocatedCapacity",
    "Timeout",
    "MaxCapacity",
    "WorkerType",
    "NumberOfWorkers",
    "SecurityConfiguration",
    "NotificationProperty",
    "GlueVersion",
    "CodeGenConfigurationNodes",
    "ExecutionClass",
    "SourceControlDetails",
    "MaintenanceWindow",
)
# Fields of a run that are its job's unless the request names them.
_OF_JOB_OR_REQUEST = (
    "MaxCapacity",
    "AllocatedCapacity",
    "WorkerType",
    "NumberOfWorkers",
    "SecurityConfiguration",
    "NotificationProperty",
    "GlueVersion",
    "ExecutionClass",
)
_COMMANDS = ("glueetl", "pythonshell")
UNFINISHED = ("STARTING", "RUNNING", "STOPPING", "WAITING")
# Minutes: AWS's own default since Glue 5.0; older versions had 2,880.
_DEFAULT_TIMEOUT = 480


def create_job(engine: Engine, request: Data) -> Data:
    name = request.get("Name", "")
    if not name:
        raise invalid("Name must not be empty")
    _check(engine, request)
    with engine.state.change() as data:
        if name in data["jobs"]:
            raise already_exists("Job", name)
        data["jobs"][name] = _definition(name, request, created=now())
        if tags := request.get("Tags"):
            data["tags"][engine.arn("job", name)] = dict(tags)
    if request["Command"].get("Name", "glueetl") == "glueetl":
        engine.jvm.prewarm()
    return {"Name": name}


def update_job(engine: Engine, request: Data) -> Data:
    name, update = request.get("JobName", ""), request.get("JobUpdate", {})
    with engine.state.change() as data:
        job = _job(data, name)
        # AWS: what the update does not name returns to its default; Role and Command stay.
        merged = {**only(("Role", "Command"), job), **update}
        _check(engine, merged)
        data["jobs"][name] = _definition(name, merged, created=job["CreatedOn"])
    return {"JobName": name}


def delete_job(engine: Engine, request: Data) -> Data:
    name = request.get("JobName", "")
    with engine.state.change() as data:
        if data["jobs"].pop(name, None):
            running = [run["Id"] for run in data["job_runs"].pop(name, []) if run["JobRunState"] in UNFINISHED]
            data["tags"].pop(engine.arn("job", name), None)
        else:
            running = []
    for run in running:
        execution.stop(engine, run)
    with engine.bookmarks.change() as bookmarks:
        bookmarks["jobs"].pop(name, None)
    return {"JobName": name}


def get_job(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        return {"Job": deepcopy(_job(data, request.get("JobName", "")))}


def get_jobs(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        found, token = page(list(data["jobs"].values()), request)
        return {"Jobs": deepcopy(found), **token}


def list_jobs(engine: Engine, request: Data) -> Data:
    wanted = request.get("Tags") or {}
    with engine.state.view() as data:
        names = [name for name in data["jobs"] if wanted.items() <= data["tags"].get(engine.arn("job", name), {}).items()]
    found, token = page(names, request)
    return {"JobNames": found, **token}


def batch_get_jobs(engine: Engine, request: Data) -> Data:
    names = request.get("JobNames", [])
    with engine.state.view() as data:
        return {
            "Jobs": [deepcopy(data["jobs"][name]) for name in names if name in data["jobs"]],
            "JobsNotFound": [name for name in names if name not in data["jobs"]],
        }


# -- runs -------------------------------------------------------------------------------------------------------------------------


def start_job_run(engine: Engine, request: Data) -> Data:
    run = start(engine, request.get("JobName", ""), request)
    return {"JobRunId": run["Id"]}


def start(engine: Engine, name: str, request: Data, behalf: Behalf = Behalf()) -> JobRun:
    """Start a run of a job."""
    with engine.state.change() as data:
        job = _job(data, name)
        runs = data["job_runs"].setdefault(name, [])
        fixed = job.get("NonOverridableArguments") or {}
        if clash := set(fixed) & set(request.get("Arguments") or {}):
            raise invalid(f"argument {sorted(clash)[0]} of job {name} cannot be overridden")
        previous = request.get("JobRunId")
        attempt = 0
        if previous:
            attempt = _run(data, name, previous).get("Attempt", 0) + 1
        limit = int((job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1)
        if sum(run["JobRunState"] in UNFINISHED for run in runs) >= limit:
            raise GlueError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}")
        run: JobRun = {
            "Id": run_id("jr"),
            "Attempt": attempt,
            "JobName": name,
            "JobMode": job.get("JobMode", "SCRIPT"),
            "JobRunState": "STARTING",
            "StartedOn": now(),
            "LastModifiedOn": now(),
            "ExecutionTime": 0,
            "Arguments": dict(request.get("Arguments") or {}),
            "PredecessorRuns": request.get("PredecessorRuns", []),
            "Timeout": int(request.get("Timeout") or job["Timeout"]),
            "LogGroupName": "/aws-glue/jobs",
        }
        run.update(cast(JobRun, only(_OF_JOB_OR_REQUEST, {**job, **request})))
        if previous:
            run["PreviousRunId"] = previous
        if behalf.trigger:
            run["TriggerName"] = behalf.trigger
        if behalf.workflow_run:
            run["WorkflowRunId"] = behalf.workflow_run
        runs.append(run)
        keep_latest(runs, lambda run: run["JobRunState"] not in UNFINISHED)
        started = deepcopy(run)
        definition = deepcopy(job)
    execution.start(engine, definition, started)
    return started


def get_job_run(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        return {"JobRun": shown(_run(data, request.get("JobName", ""), request.get("RunId", "")))}


def get_job_runs(engine: Engine, request: Data) -> Data:
    name = request.get("JobName", "")
    with engine.state.view() as data:
        _job(data, name)
        found, token = page(data["job_runs"].get(name, [])[::-1], request, default=200)
        return {"JobRuns": [shown(run) for run in found], **token}


def batch_stop_job_run(engine: Engine, request: Data) -> Data:
    name = request.get("JobName", "")
    stopped, errors = [], []
    for identifier in request.get("JobRunIds", []):
        with engine.state.change() as data:
            run = next((run for run in data["job_runs"].get(name, []) if run["Id"] == identifier), None)
            if run is None:
                detail = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"Job run {identifier} not found"}
            elif run["JobRunState"] not in UNFINISHED:
                detail = {"ErrorCode": "InvalidInputException", "ErrorMessage": f"Job run is in state {run['JobRunState']}"}
            else:
                run.update({"JobRunState": "STOPPING", "LastModifiedOn": now()})
                detail = None
        if detail:
            errors.append({"JobName": name, "JobRunId": identifier, "ErrorDetail": detail})
        else:
            execution.stop(engine, identifier)
            stopped.append({"JobName": name, "JobRunId": identifier})
    return {"SuccessfulSubmissions": stopped, "Errors": errors}


def shown(run: JobRun) -> Data:
    """Return a run as the API shows it: with the time it has taken so far."""
    answer: Data = {key: deepcopy(value) for key, value in run.items() if key != "WorkflowRunId"}
    if run["JobRunState"] in ("RUNNING", "STOPPING"):
        answer["ExecutionTime"] = int(now() - run["StartedOn"])
    return answer


# -- bookmarks --------------------------------------------------------------------------------------------------------------------


def get_job_bookmark(engine: Engine, request: Data) -> Data:
    import json

    name = request.get("JobName", "")
    with engine.state.view() as data:
        _job(data, name)
    entry = engine.bookmarks.read("jobs", {}).get(name)
    if entry is None:
        raise GlueError("EntityNotFoundException", f"Continuation for job {name} not found")
    return {"JobBookmarkEntry": {**entry, "JobBookmark": json.dumps(entry["JobBookmark"])}}


def reset_job_bookmark(engine: Engine, request: Data) -> Data:
    name = request.get("JobName", "")
    with engine.state.view() as data:
        _job(data, name)
    with engine.bookmarks.change() as bookmarks:
        entry = bookmarks["jobs"].get(name)
        if entry is None:
            raise GlueError("EntityNotFoundException", f"Continuation for job {name} not found")
        entry.update({"JobBookmark": {}, "Version": entry["Version"] + 1, "Run": 0})
        return {"JobBookmarkEntry": {**entry, "JobBookmark": "{}"}}


# -- helpers ----------------------------------------------------------------------------------------------------------------------


def _job(data: Document, name: str) -> Job:
    if name not in data["jobs"]:
        raise not_found("Job", name)
    return data["jobs"][name]


def _run(data: Document, name: str, identifier: str) -> JobRun:
    _job(data, name)
    for run in data["job_runs"].get(name, []):
        if run["Id"] == identifier:
            return run
    raise GlueError("EntityNotFoundException", f"Job run {identifier} of job {name} not found")


def _check(engine: Engine, request: Data) -> None:
    command = request.get("Command") or {}
    if not request.get("Role"):
        raise invalid("Role must not be empty")
    if command.get("Name", "glueetl") not in _COMMANDS:
        raise invalid(f"command {command['Name']!r} is not available on the embedded cloud: {' and '.join(_COMMANDS)} are")
    if not str(command.get("ScriptLocation", "")).startswith("s3://"):
        raise invalid(f"ScriptLocation must be an s3:// location, not {command.get('ScriptLocation')!r}")
    if request.get("ExecutionClass") == "FLEX" and command.get("Name", "glueetl") != "glueetl":
        # https://docs.aws.amazon.com/glue/latest/webapi/API_CreateJob.html
        raise invalid("ExecutionClass FLEX is for jobs with the command glueetl")
    for names in ("DefaultArguments", "NonOverridableArguments"):
        for key, value in (request.get(names) or {}).items():
            if not isinstance(value, str):
                raise invalid(f"{names}: the value of {key} must be a string, not {value!r}")
    configuration = request.get("SecurityConfiguration")
    with engine.state.view() as data:
        if configuration and configuration not in data["security_configurations"]:
            raise not_found("Security configuration", configuration)


def _definition(name: str, request: Data, created: float) -> Job:
    definition: Data = {"Name": name, **deepcopy(only(_FIELDS, request)), "CreatedOn": created, "LastModifiedOn": now()}
    definition.setdefault("ExecutionProperty", {"MaxConcurrentRuns": 1})
    definition["Command"] = {"Name": "glueetl", **definition["Command"]}
    definition.setdefault("DefaultArguments", {})
    definition.setdefault("MaxRetries", 0)
    definition["Timeout"] = int(definition.get("Timeout") or _DEFAULT_TIMEOUT)
    definition.setdefault("GlueVersion", "5.0")
    definition.setdefault("JobMode", "SCRIPT")
    if definition["Command"]["Name"] == "pythonshell":
        definition.setdefault("MaxCapacity", 0.0625)
    elif "MaxCapacity" not in definition:
        definition.setdefault("WorkerType", "G.1X")
        definition.setdefault("NumberOfWorkers", 10)
    for name in ("MaxRetries", "NumberOfWorkers"):
        if name in definition:
            definition[name] = int(definition[name])
    return cast(Job, definition)


OPERATIONS = {
    "CreateJob": create_job,
    "UpdateJob": update_job,
    "DeleteJob": delete_job,
    "GetJob": get_job,
    "GetJobs": get_jobs,
    "ListJobs": list_jobs,
    "BatchGetJobs": batch_get_jobs,
    "StartJobRun": start_job_run,
    "GetJobRun": get_job_run,
    "GetJobRuns": get_job_runs,
    "BatchStopJobRun": batch_stop_job_run,
    "GetJobBookmark": get_job_bookmark,
    "ResetJobBookmark": reset_job_bookmark,
}
