"""What Glue's state holds: jobs, crawlers, triggers, workflows and their runs, by the field names of Glue's API.

Times are seconds since the epoch. Fields that only the engine needs are marked; no call shows them.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict, final

Names = dict[str, str]


class Command(TypedDict):
    Name: str
    ScriptLocation: str
    PythonVersion: NotRequired[str]
    Runtime: NotRequired[str]


class ExecutionProperty(TypedDict):
    MaxConcurrentRuns: NotRequired[int]


class ConnectionsList(TypedDict):
    Connections: NotRequired[list[str]]


class Job(TypedDict):
    Name: str
    Role: str
    Command: Command
    ExecutionProperty: ExecutionProperty
    DefaultArguments: Names
    NonOverridableArguments: NotRequired[Names]
    Connections: NotRequired[ConnectionsList]
    MaxRetries: int
    Timeout: int
    GlueVersion: str
    JobMode: str
    SecurityConfiguration: NotRequired[str]
    CreatedOn: float
    LastModifiedOn: float


@final
class JobRun(TypedDict):
    Id: str
    Attempt: int
    JobName: str
    JobMode: str
    JobRunState: str
    StartedOn: float
    LastModifiedOn: float
    CompletedOn: NotRequired[float]
    ExecutionTime: int
    Arguments: Names
    PredecessorRuns: list[Any]
    Timeout: int
    LogGroupName: str
    SecurityConfiguration: NotRequired[str]
    ErrorMessage: NotRequired[str]
    PreviousRunId: NotRequired[str]
    TriggerName: NotRequired[str]
    # The engine's own: the workflow run that it belongs to.
    WorkflowRunId: NotRequired[str]


class Schedule(TypedDict):
    ScheduleExpression: str
    State: str


class S3Target(TypedDict):
    Path: str
    Exclusions: NotRequired[list[str]]
    SampleSize: NotRequired[int]


class CatalogTarget(TypedDict):
    DatabaseName: str
    Tables: list[str]


class Targets(TypedDict):
    S3Targets: NotRequired[list[S3Target]]
    CatalogTargets: NotRequired[list[CatalogTarget]]


class Crawler(TypedDict):
    Name: str
    Role: str
    State: str
    Version: int
    CreationTime: float
    LastUpdated: float
    CrawlElapsedTime: int
    Targets: Targets
    DatabaseName: NotRequired[str]
    TablePrefix: NotRequired[str]
    Configuration: NotRequired[str]
    CrawlerSecurityConfiguration: NotRequired[str]
    SchemaChangePolicy: Names
    RecrawlPolicy: Names
    LineageConfiguration: Names
    Classifiers: list[str]
    Schedule: NotRequired[Schedule]
    LastCrawl: NotRequired[dict[str, Any]]
    # The engine's own: when its schedule was looked at last, when the current crawl began.
    LastDue: NotRequired[float]
    StartedAt: NotRequired[float]


@final
class Crawl(TypedDict):
    CrawlId: str
    CrawlerName: str
    # As ListCrawls has it, and as a workflow's graph has it.
    State: str
    CrawlState: str
    StartTime: float
    EndTime: NotRequired[float]
    LogGroup: str
    LogStream: str
    MessagePrefix: str
    Summary: NotRequired[str]
    ErrorMessage: NotRequired[str]
    # The engine's own: tables created, updated, deleted; on whose behalf it runs.
    Changes: NotRequired[dict[str, int]]
    TriggerName: NotRequired[str]
    WorkflowRunId: NotRequired[str]


class Action(TypedDict):
    JobName: NotRequired[str]
    CrawlerName: NotRequired[str]
    Arguments: NotRequired[Names]
    Timeout: NotRequired[int]
    SecurityConfiguration: NotRequired[str]


class Condition(TypedDict):
    LogicalOperator: NotRequired[str]
    JobName: NotRequired[str]
    State: NotRequired[str]
    CrawlerName: NotRequired[str]
    CrawlState: NotRequired[str]


class Predicate(TypedDict):
    Logical: NotRequired[str]
    Conditions: NotRequired[list[Condition]]


class EventBatchingCondition(TypedDict):
    BatchSize: NotRequired[int]
    BatchWindow: NotRequired[int]


class Trigger(TypedDict):
    Name: str
    Type: str
    State: str
    Actions: list[Action]
    WorkflowName: NotRequired[str]
    Description: NotRequired[str]
    Schedule: NotRequired[str]
    Predicate: NotRequired[Predicate]
    EventBatchingCondition: NotRequired[EventBatchingCondition]
    # The engine's own: how what it watches ended (`JobName/<name>` → state), when its schedule was looked at last.
    Seen: NotRequired[dict[str, str]]
    LastDue: NotRequired[float]


class Workflow(TypedDict):
    Name: str
    Description: NotRequired[str]
    DefaultRunProperties: NotRequired[Names]
    MaxConcurrentRuns: NotRequired[int]
    CreatedOn: float
    LastModifiedOn: float


class WorkflowRun(TypedDict):
    Name: str
    WorkflowRunId: str
    PreviousRunId: NotRequired[str]
    Status: str
    StartedOn: float
    CompletedOn: NotRequired[float]
    WorkflowRunProperties: Names
    StartingEventBatchCondition: NotRequired[EventBatchingCondition]
    Statistics: NotRequired[dict[str, int]]
    ErrorMessage: NotRequired[str]
    # The engine's own: triggers that have fired, how many are firing, what could not be started, the trigger that it began with.
    Fired: list[str]
    Firing: int
    Errors: list[str]
    Trigger: str


class SecurityConfiguration(TypedDict):
    Name: str
    CreatedTimeStamp: float
    EncryptionConfiguration: dict[str, Any]


class Waiting(TypedDict):
    """Events of a workflow that wait for their batch."""

    Count: int
    FirstAt: float
    LastAt: NotRequired[float]
    Ids: list[str]


class Document(TypedDict):
    """Glue's whole state. Lists have the newest run last."""

    jobs: dict[str, Job]
    job_runs: dict[str, list[JobRun]]
    crawlers: dict[str, Crawler]
    crawls: dict[str, list[Crawl]]
    triggers: dict[str, Trigger]
    workflows: dict[str, Workflow]
    workflow_runs: dict[str, list[WorkflowRun]]
    security_configurations: dict[str, SecurityConfiguration]
    # By ARN.
    tags: dict[str, Names]
    # By workflow.
    events: dict[str, Waiting]
    # What CloudFormation made, as `workflow/name`, and the stack that it is of.
    stacks: dict[str, str]


def names(document: Document, kind: str) -> set[str]:
    """Return the names of all jobs, crawlers, triggers or workflows."""
    found: dict[str, dict[str, Any]] = {
        "job": {**document["jobs"]},
        "crawler": {**document["crawlers"]},
        "trigger": {**document["triggers"]},
        "workflow": {**document["workflows"]},
    }
    return set(found[kind])
