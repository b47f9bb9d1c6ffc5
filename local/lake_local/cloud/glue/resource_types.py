"""Glue's resource types in CloudFormation, onto the engine: what a template makes is what the API shows and what runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lake_local.fidelity import Entry

from ..cfn.registry import register
from ..ministack.cloudformation import Created, Properties, delete_replaced, physical_name, type_handlers
from ..startup import on_loaded
from . import crawlers, jobs, security, triggers, workflows
from .engine import Engine, Operation
from .errors import GlueError
from .ownership import disown, own, reconcile
from .records import names
from .state import Data

FIDELITY = [
    Entry("AWS::Glue::Job", "run", "Commands `glueetl` and `pythonshell`."),
    Entry("AWS::Glue::Crawler", "run", "Targets in S3 and in the catalog."),
    Entry("AWS::Glue::Trigger", "run", "All four types."),
    Entry("AWS::Glue::Workflow", "run", "With MaxConcurrentRuns and DefaultRunProperties."),
    Entry(
        "AWS::Glue::SecurityConfiguration",
        "differs",
        "Kept, and it names the log groups of its jobs and crawlers. Nothing is encrypted on this machine's disk.",
    ),
]


def install(engine: Engine) -> None:
    """Register Glue's resource types."""
    _register(engine, "AWS::Glue::Job", "job", _job, jobs.create_job, _job_update(jobs.update_job), _by("JobName", jobs.delete_job))
    _register(engine, "AWS::Glue::Crawler", "crawler", _crawler, crawlers.create_crawler, crawlers.update_crawler, _delete_crawler(engine))
    _register(
        engine,
        "AWS::Glue::Trigger",
        "trigger",
        _trigger,
        triggers.create_trigger,
        _trigger_update,
        _by("Name", triggers.delete_trigger),
        replaced_by=("Name", "Type", "WorkflowName"),
    )
    _register(
        engine,
        "AWS::Glue::Workflow",
        "workflow",
        _workflow,
        workflows.create_workflow,
        workflows.update_workflow,
        _by("Name", workflows.delete_workflow),
    )
    register(
        "AWS::Glue::SecurityConfiguration",
        _security_create(engine),
        None,
        _delete_security(engine),
    )
    if engine.config.crashed or engine.is_new:
        on_loaded(lambda: reconcile(engine))


def _register(
    engine: Engine,
    type_name: str,
    kind: str,
    request: Callable[[Properties, bool], Data],
    create: Operation,
    update: Operation,
    delete: Operation,
    replaced_by: tuple[str, ...] = ("Name",),
) -> None:
    def creating(logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = properties.get("Name") or physical_name(stack_name, logical_id, max_len=255)
        if not _exists(engine, kind, name):
            own(engine, kind, name, stack_name)
        _raising(type_name, create, engine, {**request(properties, True), "Name": name, "Tags": _tags(properties)})
        return name, {}

    def deleting(name: str, properties: Properties) -> None:
        _quietly(engine, delete)(name, properties)
        disown(engine, kind, name)

    def updating(name: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None) -> Created:
        if any(old.get(key) != new.get(key) for key in replaced_by) or not _exists(engine, kind, name):
            created = creating(logical_id or name, new, stack_name)
            if created[0] != name and _exists(engine, kind, name):
                delete_replaced(deleting, name, old)
            return created
        _raising(type_name, update, engine, {**request(new, False), "Name": name})
        with engine.state.change() as data:
            data["tags"][engine.arn(kind, name)] = _tags(new)
        return name, {}

    register(type_name, creating, updating, deleting, replaced_by=replaced_by)
    type_handlers()[type_name]["update_with_logical_id"] = True


def _exists(engine: Engine, kind: str, name: str) -> bool:
    with engine.state.view() as data:
        return name in names(data, kind)


def _raising(type_name: str, operation: Operation, engine: Engine, request: Data) -> Data:
    try:
        return operation(engine, request)
    except GlueError as error:
        raise ValueError(f"{type_name}: {error.message} (Service: Glue, Error Code: {error.code})") from error


def _quietly(engine: Engine, operation: Operation) -> Callable[[str, Properties], None]:
    """Return a handler that deletes a resource. What is gone already is no error."""

    def delete(name: str, _properties: Properties) -> None:
        try:
            operation(engine, {"Name": name})
        except GlueError as error:
            if error.code != "EntityNotFoundException":
                raise ValueError(f"{error.message} (Service: Glue, Error Code: {error.code})") from error

    return delete


def _by(key: str, operation: Operation) -> Operation:
    return lambda engine, request: operation(engine, {key: request["Name"]})


def _tags(properties: Properties) -> dict[str, str]:
    tags = properties.get("Tags") or {}
    return {tag["Key"]: str(tag["Value"]) for tag in tags} if isinstance(tags, list) else {key: str(value) for key, value in tags.items()}


def _without(properties: Properties, *names: str) -> Data:
    return {key: value for key, value in properties.items() if key not in ("Name", "Tags", *names) and value is not None}


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value


# -- properties → requests --------------------------------------------------------------------------------------------------------


def _job(properties: Properties, _new: bool) -> Data:
    request = _without(properties)
    for name in ("DefaultArguments", "NonOverridableArguments"):
        if name in request:
            request[name] = {
                key: value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
                for key, value in request[name].items()
            }
    for name in ("MaxRetries", "NumberOfWorkers", "Timeout"):
        if name in request:
            request[name] = _number(request[name])
    return request


def _job_update(update: Operation) -> Operation:
    return lambda engine, request: update(
        engine, {"JobName": request["Name"], "JobUpdate": {key: value for key, value in request.items() if key != "Name"}}
    )


def _crawler(properties: Properties, new: bool) -> Data:
    # On update, what the template no longer says returns to its default.
    defaults: Data = (
        {}
        if new
        else {
            "Description": "",
            "TablePrefix": "",
            "Configuration": "",
            "CrawlerSecurityConfiguration": "",
            "Classifiers": [],
            "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
            "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
            "Schedule": None,
        }
    )
    request = {**defaults, **_without(properties)}
    schedule = properties.get("Schedule")
    if schedule:
        request["Schedule"] = schedule.get("ScheduleExpression") if isinstance(schedule, dict) else schedule
    return request


def _delete_crawler(engine: Engine) -> Operation:
    def delete(_engine: Engine, request: Data) -> Data:
        # A stack that is deleted does not wait for a crawl to end.
        with engine.state.change() as data:
            if crawler := data["crawlers"].get(request["Name"]):
                crawler["State"] = "READY"
        if execution := engine.executions.get(f"crawler {request['Name']}"):
            execution.kill()
        return crawlers.delete_crawler(engine, request)

    return delete


def _trigger(properties: Properties, new: bool) -> Data:
    request = _without(properties)
    request["StartOnCreation"] = str(properties.get("StartOnCreation", False)).lower() == "true"
    if condition := request.get("EventBatchingCondition"):
        request["EventBatchingCondition"] = {key: _number(value) for key, value in condition.items()}
    # A replacement is made before what it replaces is deleted: for a moment there are two start triggers in its workflow.
    request["Replaces"] = True
    return request if new else {**{"Description": "", "Actions": []}, **request}


def _trigger_update(engine: Engine, request: Data) -> Data:
    changes = {key: value for key, value in request.items() if key not in ("Name", "Type", "WorkflowName", "StartOnCreation")}
    answer = triggers.update_trigger(engine, {"Name": request["Name"], "TriggerUpdate": changes})
    if request["StartOnCreation"] and answer["Trigger"]["State"] == "CREATED":
        triggers.start_trigger(engine, {"Name": request["Name"]})
    return answer


def _workflow(properties: Properties, new: bool) -> Data:
    defaults: Data = {} if new else {"Description": "", "DefaultRunProperties": {}}
    request = {**defaults, **_without(properties)}
    if "MaxConcurrentRuns" in request:
        request["MaxConcurrentRuns"] = int(request["MaxConcurrentRuns"])
    return request


def _delete_security(engine: Engine) -> Callable[[str, Properties], None]:
    delete = _quietly(engine, _by("Name", security.delete_security_configuration))

    def deleting(name: str, properties: Properties) -> None:
        delete(name, properties)
        disown(engine, "security", name)

    return deleting


def _security_create(engine: Engine) -> Callable[[str, Properties, str], Created]:
    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = properties.get("Name") or physical_name(stack_name, logical_id, max_len=255)
        encryption = dict(properties.get("EncryptionConfiguration") or {})
        # The template's property is S3Encryptions, the API's parameter S3Encryption; both are lists.
        if "S3Encryptions" in encryption:
            encryption["S3Encryption"] = encryption.pop("S3Encryptions")
        with engine.state.view() as data:
            exists = name in data["security_configurations"]
        if not exists:
            own(engine, "security", name, stack_name)
        _raising(
            "AWS::Glue::SecurityConfiguration",
            security.create_security_configuration,
            engine,
            {"Name": name, "EncryptionConfiguration": encryption},
        )
        return name, {}

    return create
