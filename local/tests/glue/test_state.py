"""What outlives a run: bookmarks, and all of Glue's state across restarts and crashes. And what CloudFormation makes of a template."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ..conftest import start_server, stop_server
from ..waiting import until
from .conftest import Glue

READ_NEW = """
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "end"])
context = GlueContext(SparkContext())
job = Job(context)
job.init(args["JOB_NAME"], args)
frame = context.create_dynamic_frame.from_options(
    "s3", {"paths": ["s3://data/marked/"], "recurse": True}, "csv", {"withHeader": True}, transformation_ctx="source")
print("new rows", frame.count())
if args["end"] == "crash":
    raise RuntimeError("before the commit")
job.commit()
"""


def test_bookmarks(glue: Glue) -> None:
    glue.put("marked/1.csv", "id,name\n1,a\n2,b\n")
    job = glue.job(READ_NEW, DefaultArguments={"--job-bookmark-option": "job-bookmark-enable", "--end": "well"})
    with pytest.raises(ClientError, match="not found"):
        glue.glue.get_job_bookmark(JobName=job)

    def new_rows(**arguments: str) -> str:
        run = glue.run(job, Arguments={f"--{key.replace('_', '-')}": value for key, value in arguments.items()})
        return next(line for line in glue.output(run).splitlines() if line.startswith("new rows"))

    assert new_rows(end="crash") == "new rows 2"
    assert new_rows() == "new rows 2"
    assert new_rows() == "new rows 0"
    entry = glue.glue.get_job_bookmark(JobName=job)["JobBookmarkEntry"]
    assert entry["Run"] == 2 and "s3://data/marked/1.csv" in json.loads(entry["JobBookmark"])["source"]
    glue.put("marked/2.csv", "id,name\n3,c\n")
    assert new_rows(job_bookmark_option="job-bookmark-disable") == "new rows 3"
    assert new_rows(job_bookmark_option="job-bookmark-pause") == "new rows 1"
    assert new_rows() == "new rows 1"
    glue.put("marked/1.csv", "id,name\n1,changed\n")
    assert new_rows() == "new rows 1"
    glue.glue.reset_job_bookmark(JobName=job)
    assert new_rows() == "new rows 2"


def template(**resources: dict) -> str:
    return json.dumps(
        {"Resources": {name: {"Type": f"AWS::Glue::{kind}", "Properties": properties} for name, (kind, properties) in resources.items()}}
    )


def test_cloudformation_types(glue: Glue) -> None:
    role = glue.role(*glue.base, glue.allow("s3:*"))
    script = glue.put("scripts/cfn.py", "print(1)")
    stacks = glue.lake.client("cloudformation")

    def deploy(action: str, workers: int, description: str | None, kind: str = "ON_DEMAND") -> dict[str, str]:
        body = template(
            Security=(
                "SecurityConfiguration",
                {
                    "Name": "secure",
                    "EncryptionConfiguration": {
                        "S3Encryptions": [{"S3EncryptionMode": "SSE-S3"}],
                        "CloudWatchEncryption": {"CloudWatchEncryptionMode": "DISABLED"},
                    },
                },
            ),
            Job=(
                "Job",
                {
                    "Role": role,
                    "Command": {"Name": "pythonshell", "ScriptLocation": script},
                    "NumberOfWorkers": workers,
                    "DefaultArguments": {"--a": "1"},
                    "Tags": {"team": "a"},
                    "SecurityConfiguration": {"Ref": "Security"},
                    **({"Description": description} if description else {}),
                },
            ),
            Crawler=(
                "Crawler",
                {
                    "Role": role,
                    "DatabaseName": "db",
                    "Targets": {"S3Targets": [{"Path": "s3://data/none/"}]},
                    "Schedule": {"ScheduleExpression": "cron(0 4 * * ? *)"},
                },
            ),
            Flow=("Workflow", {"MaxConcurrentRuns": 1}),
            Start=(
                "Trigger",
                {
                    "Type": kind,
                    "WorkflowName": {"Ref": "Flow"},
                    "Actions": [{"JobName": {"Ref": "Job"}}],
                    **({"EventBatchingCondition": {"BatchSize": 5}} if kind == "EVENT" else {}),
                },
            ),
            Then=(
                "Trigger",
                {
                    "Type": "CONDITIONAL",
                    "WorkflowName": {"Ref": "Flow"},
                    "StartOnCreation": True,
                    "Actions": [{"CrawlerName": {"Ref": "Crawler"}}],
                    "Predicate": {"Conditions": [{"LogicalOperator": "EQUALS", "JobName": {"Ref": "Job"}, "State": "SUCCEEDED"}]},
                },
            ),
        )
        getattr(stacks, f"{action}_stack")(StackName="glue", TemplateBody=body)
        state = until(
            lambda: (found := stacks.describe_stacks(StackName="glue")["Stacks"][0])["StackStatus"].endswith("COMPLETE") and found, 30
        )
        assert state["StackStatus"] == f"{action.upper()}_COMPLETE", [
            event["ResourceStatusReason"]
            for event in stacks.describe_stack_events(StackName="glue")["StackEvents"]
            if event.get("ResourceStatusReason")
        ]
        return {
            item["LogicalResourceId"]: item["PhysicalResourceId"]
            for item in stacks.describe_stack_resources(StackName="glue")["StackResources"]
        }

    names = deploy("create", 3, "first")
    client = glue.glue
    job = client.get_job(JobName=names["Job"])["Job"]
    assert job["Description"] == "first" and job["NumberOfWorkers"] == 3 and job["SecurityConfiguration"] == "secure"
    assert client.get_security_configuration(Name="secure")["SecurityConfiguration"]["EncryptionConfiguration"]["S3Encryption"]
    assert client.get_tags(ResourceArn=f"arn:aws:glue:{glue.lake.region}:{glue.lake.account}:job/{names['Job']}")["Tags"]["team"] == "a"
    assert client.get_crawler(Name=names["Crawler"])["Crawler"]["Schedule"]["ScheduleExpression"] == "cron(0 4 * * ? *)"
    assert client.get_trigger(Name=names["Then"])["Trigger"]["State"] == "ACTIVATED"
    assert client.get_workflow(Name=names["Flow"])["Workflow"]["MaxConcurrentRuns"] == 1
    updated = deploy("update", 4, None, "EVENT")
    assert updated["Job"] == names["Job"] and updated["Start"] != names["Start"], "a trigger's type is replaced, a job is updated"
    job = client.get_job(JobName=names["Job"])["Job"]
    assert "Description" not in job and job["NumberOfWorkers"] == 4
    assert client.get_trigger(Name=updated["Start"])["Trigger"]["EventBatchingCondition"] == {"BatchSize": 5}
    with pytest.raises(client.exceptions.EntityNotFoundException):
        client.get_trigger(Name=names["Start"])
    stacks.delete_stack(StackName="glue")
    until(lambda: names["Job"] not in client.list_jobs()["JobNames"] and names["Flow"] not in client.list_workflows()["Workflows"])
    assert names["Crawler"] not in client.list_crawlers()["CrawlerNames"]


def test_state_survives_a_stop_and_a_crash(tmp_path: Path) -> None:
    process, lake = start_server(tmp_path)
    try:
        glue = Glue(lake)
        glue.s3.create_bucket(Bucket=glue.bucket)
        done, slow = glue.job("print(1)", command="pythonshell"), glue.job("import time; time.sleep(100)", command="pythonshell")
        finished = glue.run(done)
        glue.glue.create_workflow(Name="flow")
        glue.glue.create_trigger(Name="go", Type="ON_DEMAND", WorkflowName="flow", Actions=[{"JobName": slow}])
        flow = glue.glue.start_workflow_run(Name="flow")["RunId"]
        until(lambda: glue.glue.get_job_runs(JobName=slow)["JobRuns"][0]["JobRunState"] == "RUNNING")
    finally:
        process.kill()
        process.wait()
    process, lake = start_server(tmp_path)
    try:
        client = lake.client("glue")
        assert client.get_job_runs(JobName=done)["JobRuns"][0]["Id"] == finished["Id"]
        interrupted = client.get_job_runs(JobName=slow)["JobRuns"][0]
        assert interrupted["JobRunState"] == "FAILED" and "stopped during the run" in interrupted["ErrorMessage"]
        assert client.get_workflow_run(Name="flow", RunId=flow)["Run"]["Status"] == "STOPPED"
    finally:
        stop_server(process)


def test_catalog_access_by_table(glue: Glue) -> None:
    """A role with the right on one table gets that one only."""
    glue.glue.create_database(DatabaseInput={"Name": "shop"})
    for name in ("open", "closed"):
        glue.glue.create_table(DatabaseName="shop", TableInput={"Name": name})
    arn = f"arn:aws:glue:{glue.lake.region}:{glue.lake.account}"
    role = glue.role(*glue.base, glue.allow("glue:GetTable", on=[f"{arn}:catalog", f"{arn}:database/shop", f"{arn}:table/shop/open"]))
    job = glue.job(
        "import boto3, sys; boto3.client('glue').get_table(DatabaseName='shop', Name=sys.argv[sys.argv.index('--t') + 1])",
        role,
        command="pythonshell",
    )
    assert glue.run(job, Arguments={"--t": "open"})["JobRunState"] == "SUCCEEDED"
    assert "glue:GetTable" in glue.run(job, Arguments={"--t": "closed"})["ErrorMessage"]
