"""Triggers and workflows: what starts what, and when a run is over. The jobs here are plain Python, so that only the engine takes time."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ..waiting import until
from .conftest import Glue, behind


def python_job(glue: Glue, script: str = "print('done')", **options) -> str:
    return glue.job(script, command="pythonshell", **options)


def trigger(glue: Glue, kind: str, actions: list[str], workflow: str | None = None, **options) -> str:
    name = glue.name("trigger")
    if kind in ("SCHEDULED", "CONDITIONAL"):
        options.setdefault("StartOnCreation", True)
    if workflow:
        options["WorkflowName"] = workflow
    glue.glue.create_trigger(Name=name, Type=kind, Actions=[{"JobName": job} for job in actions], **options)
    return name


def after(*jobs: str, logical: str = "AND", state: str = "SUCCEEDED") -> dict:
    return {"Logical": logical, "Conditions": [{"LogicalOperator": "EQUALS", "JobName": job, "State": state} for job in jobs]}


def workflow(glue: Glue, **options) -> str:
    name = glue.name("workflow")
    glue.glue.create_workflow(Name=name, **options)
    return name


def finish(glue: Glue, name: str, run: str, seconds: float = 120) -> dict:
    def ended() -> dict | None:
        found = glue.glue.get_workflow_run(Name=name, RunId=run, IncludeGraph=True)["Run"]
        return found if found["Status"] in ("COMPLETED", "STOPPED", "ERROR") else None

    return until(ended, seconds, f"the end of {name}")


def runs_of(glue: Glue, job: str) -> list[dict]:
    return glue.glue.get_job_runs(JobName=job)["JobRuns"]


def pending(glue: Glue) -> list[dict]:
    return glue.lake.internal("glue/pending")["pending"]


def test_run_goes_through_all_of_its_triggers(glue: Glue) -> None:
    one, two, last = python_job(glue), python_job(glue), python_job(glue, "import sys; print(sys.argv)")
    name = workflow(glue, DefaultRunProperties={"a": "1"})
    start = trigger(glue, "ON_DEMAND", [one, two], name)
    both = trigger(glue, "CONDITIONAL", [last], name, Predicate=after(one, two))
    run = finish(glue, name, glue.glue.start_workflow_run(Name=name, RunProperties={"b": "2"})["RunId"])
    assert run["Status"] == "COMPLETED"
    assert run["Statistics"]["TotalActions"] == 3 and run["Statistics"]["SucceededActions"] == 3
    assert run["WorkflowRunProperties"] == {"a": "1", "b": "2"}
    nodes = {node["Name"]: node for node in run["Graph"]["Nodes"]}
    assert set(nodes) == {one, two, last, start, both} and len(run["Graph"]["Edges"]) == 5
    job_run = nodes[last]["JobDetails"]["JobRuns"][0]
    assert job_run["JobRunState"] == "SUCCEEDED" and job_run["TriggerName"] == both
    assert run["WorkflowRunId"] in glue.output(job_run) and "--WORKFLOW_NAME" in glue.output(job_run)
    assert all(len(runs_of(glue, job)) == 1 for job in (one, two, last))
    assert glue.glue.get_workflow(Name=name)["Workflow"]["LastRun"]["Status"] == "COMPLETED"
    assert glue.glue.get_workflow_runs(Name=name)["Runs"][0]["WorkflowRunId"] == run["WorkflowRunId"]


def test_failed_job_holds_an_and_back_and_the_run_still_completes(glue: Glue) -> None:
    good, bad, last, anyway = python_job(glue), python_job(glue, "raise SystemExit(1)"), python_job(glue), python_job(glue)
    name = workflow(glue)
    trigger(glue, "ON_DEMAND", [good, bad], name)
    trigger(glue, "CONDITIONAL", [last], name, Predicate=after(good, bad))
    trigger(glue, "CONDITIONAL", [anyway], name, Predicate=after(good, bad, logical="ANY"))
    run = finish(glue, name, glue.glue.start_workflow_run(Name=name)["RunId"])
    assert run["Status"] == "COMPLETED"
    assert run["Statistics"]["FailedActions"] == 1 and run["Statistics"]["SucceededActions"] == 2
    assert runs_of(glue, last) == [] and len(runs_of(glue, anyway)) == 1


def test_condition_on_failure(glue: Glue) -> None:
    bad, cleanup = python_job(glue, "raise SystemExit(1)"), python_job(glue)
    name = workflow(glue)
    trigger(glue, "ON_DEMAND", [bad], name)
    trigger(glue, "CONDITIONAL", [cleanup], name, Predicate=after(bad, state="FAILED"))
    finish(glue, name, glue.glue.start_workflow_run(Name=name)["RunId"])
    assert len(runs_of(glue, cleanup)) == 1


@pytest.mark.parametrize("script", ["print('done')", "raise SystemExit(1)"])
def test_any_of_all_ends_of_one_job_fires_once_whatever_its_result(glue: Glue, script: str) -> None:
    first, others = python_job(glue, script), [python_job(glue), python_job(glue)]
    name = workflow(glue)
    trigger(glue, "ON_DEMAND", [first, others[0]], name)
    ends = [after(first, state=state)["Conditions"][0] for state in ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")]
    trigger(glue, "CONDITIONAL", others[1:], name, Predicate={"Logical": "ANY", "Conditions": ends})
    finish(glue, name, glue.glue.start_workflow_run(Name=name)["RunId"])
    assert [len(runs_of(glue, job)) for job in others] == [1, 1]


def test_job_started_by_hand_fires_nothing(glue: Glue) -> None:
    first, second, third = python_job(glue), python_job(glue), python_job(glue)
    name = workflow(glue)
    trigger(glue, "ON_DEMAND", [first], name)
    trigger(glue, "CONDITIONAL", [second], name, Predicate=after(first))
    trigger(glue, "CONDITIONAL", [third], None, Predicate=after(first))
    glue.run(first)
    time.sleep(1)
    assert runs_of(glue, second) == [] and runs_of(glue, third) == []


def test_triggers_without_a_workflow(glue: Glue) -> None:
    first, second = python_job(glue), python_job(glue)
    start = trigger(glue, "ON_DEMAND", [first])
    trigger(glue, "CONDITIONAL", [second], Predicate=after(first))
    for count in (1, 2):
        glue.glue.start_trigger(Name=start)
        until(lambda count=count: len([run for run in runs_of(glue, second) if run["JobRunState"] == "SUCCEEDED"]) == count)


def test_deactivated_trigger_does_not_fire(glue: Glue) -> None:
    first, second = python_job(glue), python_job(glue)
    name = workflow(glue)
    trigger(glue, "ON_DEMAND", [first], name)
    watching = trigger(glue, "CONDITIONAL", [second], name, Predicate=after(first))
    glue.glue.stop_trigger(Name=watching)
    assert glue.glue.get_trigger(Name=watching)["Trigger"]["State"] == "DEACTIVATED"
    finish(glue, name, glue.glue.start_workflow_run(Name=name)["RunId"])
    assert runs_of(glue, second) == []


def test_concurrent_runs_are_limited_and_a_run_can_be_stopped(glue: Glue) -> None:
    slow, last = python_job(glue, "import time; time.sleep(100)"), python_job(glue)
    name = workflow(glue, MaxConcurrentRuns=1)
    trigger(glue, "ON_DEMAND", [slow], name)
    trigger(glue, "CONDITIONAL", [last], name, Predicate=after(slow, state="STOPPED"))
    run = glue.glue.start_workflow_run(Name=name)["RunId"]
    with pytest.raises(ClientError) as refused:
        glue.glue.start_workflow_run(Name=name)
    assert refused.value.response["Error"]["Code"] == "ConcurrentRunsExceededException"
    until(lambda: runs_of(glue, slow)[0]["JobRunState"] == "RUNNING")
    glue.glue.stop_workflow_run(Name=name, RunId=run)
    stopped = finish(glue, name, run)
    assert stopped["Status"] == "STOPPED" and stopped["Statistics"]["StoppedActions"] == 1
    assert runs_of(glue, last) == []


def test_action_that_cannot_start_is_an_error_of_the_run(glue: Glue, tmp_path: Path) -> None:
    gate = tmp_path / "open"
    slow, other = python_job(glue, behind(gate)), python_job(glue)
    name = workflow(glue)
    trigger(glue, "ON_DEMAND", [slow, other], name)
    by_hand = glue.start(slow)
    run = finish(glue, name, glue.glue.start_workflow_run(Name=name)["RunId"])
    gate.touch()
    assert glue.finish(slow, by_hand)["JobRunState"] == "SUCCEEDED"
    assert run["Status"] == "COMPLETED" and run["Statistics"]["ErroredActions"] == 1 and run["Statistics"]["SucceededActions"] == 1
    assert "ConcurrentRunsExceededException" in run["ErrorMessage"]


class TestEvents:
    """An EVENT trigger, told by EventBridge of objects in S3."""

    @staticmethod
    def arrange(glue: Glue, size: int, window: int, script: str = "print(1)") -> tuple[str, str, str]:
        job = python_job(glue, script)
        name = workflow(glue, MaxConcurrentRuns=1)
        trigger(glue, "EVENT", [job], name, EventBatchingCondition={"BatchSize": size, "BatchWindow": window})
        arn = f"arn:aws:glue:{glue.lake.region}:{glue.lake.account}:workflow/{name}"
        role = glue.role(
            glue.allow("glue:notifyEvent", on=arn),
            trust={
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}],
            },
        )
        glue.s3.put_bucket_notification_configuration(Bucket=glue.bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
        events = glue.lake.client("events")
        events.put_rule(
            Name=name,
            EventPattern=json.dumps(
                {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"object": {"key": [{"prefix": f"{name}/"}]}}}
            ),
        )
        events.put_targets(Rule=name, Targets=[{"Id": "workflow", "Arn": arn, "RoleArn": role}])
        return name, job, f"{name}/"

    @staticmethod
    def runs(glue: Glue, name: str) -> list[dict]:
        return glue.glue.get_workflow_runs(Name=name)["Runs"]

    def test_full_batch_starts_a_run(self, glue: Glue) -> None:
        name, _, prefix = self.arrange(glue, 2, 900)
        glue.put(f"{prefix}a", "1")
        waiting = until(lambda: [one for one in pending(glue) if one["workflow"] == name])[0]
        assert waiting["events"] == 1 and waiting["batch_size"] == 2 and 880 < waiting["fires_in"] <= 900
        glue.put(f"{prefix}b", "1")
        run = until(lambda: self.runs(glue, name))[0]
        assert run["StartingEventBatchCondition"]["BatchSize"] == 2
        assert len(json.loads(run["WorkflowRunProperties"]["aws:eventIds"])) == 2
        assert finish(glue, name, run["WorkflowRunId"])["Status"] == "COMPLETED"
        assert [one for one in pending(glue) if one["workflow"] == name] == []

    def test_end_of_the_window_starts_a_run(self, glue: Glue) -> None:
        name, _, prefix = self.arrange(glue, 100, 4)
        for key in "abc":
            glue.put(f"{prefix}{key}", "1")
        run = until(lambda: self.runs(glue, name))[0]
        assert run["StartingEventBatchCondition"]["BatchSize"] == 3
        finish(glue, name, run["WorkflowRunId"])

    def test_arrivals_during_a_run_start_exactly_one_further_run(self, glue: Glue, tmp_path: Path) -> None:
        gate = tmp_path / "open"
        name, job, prefix = self.arrange(glue, 1, 900, behind(gate))
        glue.put(f"{prefix}a", "1")
        until(lambda: self.runs(glue, name))
        for key in "bcd":
            glue.put(f"{prefix}{key}", "1")
        until(lambda: any(one["workflow"] == name and one["waits_for_run"] and one["events"] == 3 for one in pending(glue)))
        gate.touch()
        until(lambda: len(self.runs(glue, name)) == 2)
        finish(glue, name, self.runs(glue, name)[0]["WorkflowRunId"])
        time.sleep(1.5)
        assert len(self.runs(glue, name)) == 2 and len(runs_of(glue, job)) == 2

    def test_run_started_by_hand_takes_waiting_events_along(self, glue: Glue) -> None:
        name, _, prefix = self.arrange(glue, 100, 900)
        glue.put(f"{prefix}a", "1")
        until(lambda: [one for one in pending(glue) if one["workflow"] == name])
        finish(glue, name, glue.glue.start_workflow_run(Name=name)["RunId"])
        assert [one for one in pending(glue) if one["workflow"] == name] == []


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"Type": "SCHEDULED", "Schedule": "rate(5 minutes)"}, "cron"),
        ({"Type": "CONDITIONAL"}, "Predicate"),
        ({"Type": "EVENT"}, "workflow"),
        ({"Type": "ON_DEMAND", "StartOnCreation": True}, "StartOnCreation"),
        ({"Type": "ON_DEMAND", "Actions": []}, "Actions"),
        ({"Type": "ON_DEMAND", "Actions": [{"JobName": "missing"}]}, "missing"),
        ({"Type": "ON_DEMAND", "Actions": [{"JobName": f"j{index}"} for index in range(51)]}, "at most 50 jobs"),
        # https://docs.aws.amazon.com/glue/latest/webapi/API_Condition.html
        ({"Type": "CONDITIONAL", "Predicate": after("j", state="ERROR")}, "cannot wait for State ERROR"),
        ({"Type": "CONDITIONAL", "Predicate": after(*map(str, range(501)))}, "at most 500 conditions"),
    ],
)
def test_triggers_that_aws_refuses(glue: Glue, request_: dict, message: str) -> None:
    job = python_job(glue)
    with pytest.raises(ClientError, match=message):
        glue.glue.create_trigger(**{"Name": glue.name("trigger"), "Actions": [{"JobName": job}], **request_})


def test_listings_and_deletion(glue: Glue) -> None:
    job = python_job(glue)
    name = workflow(glue, Tags={"team": "a"})
    start = trigger(glue, "ON_DEMAND", [job], name)
    client = glue.glue
    assert start in client.list_triggers(DependentJobName=job)["TriggerNames"]
    assert client.get_triggers(DependentJobName=job)["Triggers"][0]["WorkflowName"] == name
    assert client.batch_get_triggers(TriggerNames=[start, "none"])["TriggersNotFound"] == ["none"]
    assert client.update_trigger(Name=start, TriggerUpdate={"Description": "new"})["Trigger"]["Description"] == "new"
    assert name in client.list_workflows()["Workflows"]
    assert client.batch_get_workflows(Names=[name, "none"], IncludeGraph=True)["MissingWorkflows"] == ["none"]
    arn = f"arn:aws:glue:{glue.lake.region}:{glue.lake.account}:workflow/{name}"
    client.tag_resource(ResourceArn=arn, TagsToAdd={"b": "2"})
    client.untag_resource(ResourceArn=arn, TagsToRemove=["team"])
    assert client.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    client.delete_trigger(Name=start)
    client.delete_workflow(Name=name)
    with pytest.raises(client.exceptions.EntityNotFoundException):
        client.get_workflow(Name=name)
