"""Jobs on real Spark, each in its own process, under its own role, in one Java virtual machine."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake

from ..waiting import until
from .conftest import Glue, behind

HELLO = """
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "where"])
context = GlueContext(SparkContext.getOrCreate())
spark = context.spark_session
job = Job(context)
job.init(args["JOB_NAME"], args)
spark.range(10).write.mode("overwrite").parquet(args["where"])
print("rows", spark.read.parquet(args["where"]).count())
job.commit()
"""

READ = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("rows", spark.read.text(sys.argv[sys.argv.index("--where") + 1]).count())
"""

SLEEP = """
import time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("working", flush=True)
spark.sparkContext.parallelize(range(2), 2).foreach(lambda _: __import__("time").sleep(300))
"""


def test_runs_a_script_and_ships_its_output(glue: Glue) -> None:
    job = glue.job(HELLO, DefaultArguments={"--where": "s3://data/hello/"})
    run = glue.run(job)
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    assert "rows 10" in glue.output(run)
    assert run["ExecutionTime"] >= 0 and run["CompletedOn"] >= run["StartedOn"]
    assert glue.glue.get_job_runs(JobName=job)["JobRuns"][0]["Id"] == run["Id"]


def test_arguments_of_the_run_override_those_of_the_job(glue: Glue) -> None:
    job = glue.job(
        "import sys; print(sys.argv[1:])",
        command="pythonshell",
        DefaultArguments={"--a": "1", "--b": "1"},
        NonOverridableArguments={"--c": "1"},
    )
    run = glue.run(job, Arguments={"--b": "2"})
    printed = glue.output(run)
    assert "'--a', '1'" in printed and "'--b', '2'" in printed and "'--c', '1'" in printed and f"'--JOB_RUN_ID', '{run['Id']}'" in printed
    with pytest.raises(ClientError, match="cannot be overridden"):
        glue.start(job, Arguments={"--c": "2"})


def test_failure_gives_the_exception(glue: Glue) -> None:
    run = glue.run(glue.job("raise ValueError('the price is negative')"))
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == "ValueError: the price is negative"
    assert "Traceback" in glue.output(run, "error") and "job_main" not in glue.output(run, "error")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import os; os._exit(7)", "exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "exit code 137"),
    ],
)
def test_abrupt_ends_fail_the_run_only(glue: Glue, script: str, message: str) -> None:
    run = glue.run(glue.job(f"from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate().range(1).count()\n{script}"))
    assert run["JobRunState"] == "FAILED" and message in run["ErrorMessage"]
    assert glue.run(glue.job(HELLO, DefaultArguments={"--where": "s3://data/after/"}))["JobRunState"] == "SUCCEEDED"


def test_every_way_to_a_session_is_the_same_one(glue: Glue) -> None:
    run = glue.run(
        glue.job("""
from pyspark import SparkContext
from pyspark.sql import SparkSession
from awsglue.context import GlueContext
context = SparkContext()
session = GlueContext(context).spark_session
assert SparkSession.builder.appName("mine").getOrCreate() is session
assert SparkSession.getActiveSession() is not None
session.stop()
again = SparkSession.builder.getOrCreate()
print("rows", again.range(3).count())
print("lines", again.sparkContext.parallelize([1, 2]).map(lambda x: x + 1).sum())
""")
    )
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    assert "rows 3" in glue.output(run) and "lines 5" in glue.output(run)


def test_jobs_with_different_roles_at_once_see_their_own_data_only(glue: Glue) -> None:
    glue.put("one/in/secret.txt", "1\n2\n")
    glue.put("two/in/secret.txt", "1\n2\n3\n")
    roles = {area: glue.role(*glue.base, *glue.area(f"{area}/")) for area in ("one", "two")}
    jobs = {
        (own, asked): glue.job(READ, roles[own], DefaultArguments={"--where": f"s3://data/{asked}/in/"}) for own in roles for asked in roles
    }
    runs = {key: glue.start(job) for key, job in jobs.items()}
    ended = {key: glue.finish(jobs[key], run) for key, run in runs.items()}
    for (own, asked), run in ended.items():
        if own == asked:
            assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
            assert f"rows {2 if own == 'one' else 3}" in glue.output(run)
        else:
            assert run["JobRunState"] == "FAILED", f"role of {own} read {asked}"
            assert "AccessDenied" in run["ErrorMessage"] and "needs s3:GetObject" in run["ErrorMessage"], run["ErrorMessage"]


def test_cached_data_stays_with_its_job(glue: Glue, tmp_path: Path) -> None:
    """What one job has cached is no way for another to read it."""
    glue.put("cached/in/secret.txt", "1\n2\n")
    reader = glue.job(
        READ.replace(".count())", ".cache().count())") + "\n" + behind(tmp_path / "open"),
        glue.role(*glue.base, *glue.area("cached/")),
        DefaultArguments={"--where": "s3://data/cached/in/"},
    )
    thief = glue.job(READ, glue.role(*glue.base), DefaultArguments={"--where": "s3://data/cached/in/"})
    reading = glue.start(reader)
    until(lambda: "rows 2" in _output(glue, reading))
    stolen = glue.run(thief)
    (tmp_path / "open").touch()
    assert stolen["JobRunState"] == "FAILED", glue.output(stolen)
    assert glue.finish(reader, reading)["JobRunState"] == "SUCCEEDED"


def test_role_that_lost_its_right_fails_with_an_access_error(glue: Glue) -> None:
    glue.put("lost/in/data.txt", "1\n")
    role = glue.role(*glue.base, *glue.area("lost/"))
    job = glue.job(READ, role, DefaultArguments={"--where": "s3://data/lost/in/"})
    assert glue.run(job)["JobRunState"] == "SUCCEEDED"
    glue.iam.delete_role_policy(RoleName=role.rsplit("/", 1)[-1], PolicyName="rights")
    run = glue.run(job)
    assert run["JobRunState"] == "FAILED" and "s3:GetObject" in run["ErrorMessage"], run  # not even its script
    import json

    glue.iam.put_role_policy(
        RoleName=role.rsplit("/", 1)[-1], PolicyName="rights", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": glue.base})
    )
    run = glue.run(job)
    assert run["JobRunState"] == "FAILED" and re.search("AccessDenied|Forbidden", run["ErrorMessage"]), run


def test_role_that_does_not_trust_glue(glue: Glue) -> None:
    role = glue.role(
        glue.allow("*"),
        trust={
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
        },
    )
    run = glue.run(glue.job("print(1)", role))
    assert run["JobRunState"] == "FAILED" and "assume role" in run["ErrorMessage"]


def test_boto3_in_a_job_is_the_role(glue: Glue) -> None:
    run = glue.run(glue.job("import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])", command="pythonshell"))
    assert ":assumed-role/role-" in glue.output(run)


def test_stopped_run_ends_its_process_and_its_spark_jobs(glue: Glue) -> None:
    job = glue.job(SLEEP)
    run = glue.start(job)
    until(lambda: "working" in _output(glue, run))
    with pytest.raises(ClientError) as refused:
        glue.start(job)
    assert refused.value.response["Error"]["Code"] == "ConcurrentRunsExceededException"
    answer = glue.glue.batch_stop_job_run(JobName=job, JobRunIds=[run, "jr_unknown"])
    assert [one["JobRunId"] for one in answer["SuccessfulSubmissions"]] == [run]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert glue.finish(job, run)["JobRunState"] == "STOPPED"
    # The shared machine has both of its cores again.
    assert glue.run(glue.job(HELLO, DefaultArguments={"--where": "s3://data/after-stop/"}))["JobRunState"] == "SUCCEEDED"


def test_dead_machine_fails_the_run_and_the_next_gets_a_new_one(glue: Glue) -> None:
    job = glue.job(SLEEP)
    run = glue.start(job)
    until(lambda: "working" in _output(glue, run))
    os.kill(_machine(glue), signal.SIGKILL)
    ended = glue.finish(job, run)
    assert ended["JobRunState"] == "FAILED" and "Java virtual machine" in ended["ErrorMessage"], ended
    assert glue.run(glue.job(HELLO, DefaultArguments={"--where": "s3://data/new-machine/"}))["JobRunState"] == "SUCCEEDED"


def test_modules_beside_the_script(glue: Glue, tmp_path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "helpers.zip", "w") as archive:
        archive.writestr("helpers/__init__.py", "def twice(x):\n    return 2 * x\n")
    location = glue.put("scripts/helpers.zip", (tmp_path / "helpers.zip").read_bytes())
    run = glue.run(
        glue.job(
            """
from helpers import twice
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
spark = SparkSession.builder.getOrCreate()
print("sum", sum(row[0] for row in spark.range(3).select(udf(twice, "long")("id")).collect()))
""",
            DefaultArguments={"--extra-py-files": location},
        )
    )
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    assert "sum 6" in glue.output(run)


def test_failed_run_is_tried_again(glue: Glue) -> None:
    job = glue.job("raise SystemExit(1)", command="pythonshell", MaxRetries=1)
    glue.run(job)
    runs = until(lambda: (found := glue.glue.get_job_runs(JobName=job)["JobRuns"]) and len(found) == 2 and found)
    assert runs[0]["Attempt"] == 1 and runs[0]["PreviousRunId"] == runs[1]["Id"] and runs[0]["Id"].endswith("_attempt_1")
    glue.finish(job, runs[0]["Id"])


def test_role_without_the_right_to_log_runs_unlogged(glue: Glue) -> None:
    role = glue.role(glue.allow("s3:GetObject"))
    run = glue.run(glue.job("print('unheard')", role, command="pythonshell"))
    assert run["JobRunState"] == "SUCCEEDED"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        glue.output(run)


def _output(glue: Glue, run: str) -> str:
    try:
        return glue.output({"Id": run})
    except ClientError:
        return ""


def _machine(glue: Glue) -> int:
    """The process id of the lake's Java virtual machine: a child of its server."""
    from pathlib import Path

    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
            command = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == glue.lake.pid and b"PythonGatewayServer" in command:
            return int(status.parent.name)
    raise AssertionError("no Java virtual machine is running")


def test_a_connection_must_exist_and_let_the_workers_reach_each_other(glue: Glue, server: Lake) -> None:
    script, name = "print('ran')", glue.name("connection")
    job = glue.job(script, command="pythonshell", Connections={"Connections": [name]})
    assert f"Connection {name} not found" in glue.run(job)["ErrorMessage"]

    ec2 = server.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName=name, Description="jobs", VpcId=vpc)["GroupId"]
    place = {"SubnetId": subnet, "SecurityGroupIdList": [group]}
    glue.glue.create_connection(
        ConnectionInput={"Name": name, "ConnectionType": "NETWORK", "ConnectionProperties": {}, "PhysicalConnectionRequirements": place}
    )
    assert "must open all ingress ports" in glue.run(job)["ErrorMessage"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "UserIdGroupPairs": [{"GroupId": group}]}]
    )
    assert glue.run(job)["JobRunState"] == "SUCCEEDED"


def test_spare_machines_are_for_spark_only(glue: Glue) -> None:
    with pytest.raises(ClientError, match="FLEX"):
        glue.job("print(1)", command="pythonshell", ExecutionClass="FLEX")
    assert glue.glue.get_job(JobName=glue.job("print(1)", ExecutionClass="FLEX"))["Job"]["ExecutionClass"] == "FLEX"


FRAMES = """
import sys
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import DropFields, Join
context = GlueContext(SparkContext.getOrCreate())
spark = context.spark_session

def frame(rows, schema):
    return DynamicFrame.fromDF(spark.createDataFrame(rows, schema), context)

nested = frame([((1, "x"), 2)], "a struct<b: int, c: string>, d int")
print("left", DropFields.apply(nested, ["a.b"]).toDF().schema.simpleString())
print("both", nested.drop_fields(["a.c", "d", "none.e"]).toDF().schema.simpleString())
orders, items = frame([(1, "o")], "id int, kind string"), frame([(1, "i"), (2, "j")], "order_id int, name string")
print("joined", Join.apply(orders, items, "id", "order_id").count(), orders.join(["id"], ["order_id"], items).count())
for predicate in ("year = 2018", "year > 2018", "year = 1"):
    found = context.create_dynamic_frame.from_catalog("frames", "years", additional_options={"catalogPartitionPredicate": predicate})
    print(predicate, sorted(row["n"] for row in found.toDF().collect()))
"""


def test_frames_do_what_a_script_says(glue: Glue) -> None:
    storage = {"Columns": [{"Name": "n", "Type": "int"}], "Location": "s3://data/frames/years/", "Parameters": {"classification": "json"}}
    glue.glue.create_database(DatabaseInput={"Name": "frames"})
    table = {"Name": "years", "PartitionKeys": [{"Name": "year", "Type": "int"}], "StorageDescriptor": storage}
    glue.glue.create_table(DatabaseName="frames", TableInput={**table, "Parameters": {"classification": "json"}})
    for year in (2017, 2018, 2019):
        folder = f"frames/years/year={year}/"
        glue.put(f"{folder}a.json", json.dumps({"n": year}) + "\n")
        glue.glue.create_partition(
            DatabaseName="frames",
            TableName="years",
            PartitionInput={"Values": [str(year)], "StorageDescriptor": {**storage, "Location": f"s3://data/{folder}"}},
        )
    # The run's script is the one that its arguments name.
    glue.put("frames/script.py", FRAMES)
    role = glue.role(*glue.base, glue.allow("glue:Get*"), *glue.area("frames/"))
    run = glue.run(glue.job("raise SystemExit('not this one')", role, DefaultArguments={"--scriptLocation": "s3://data/frames/script.py"}))
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    lines = glue.output(run)
    assert "left struct<a:struct<c:string>,d:int>" in lines and "both struct<a:struct<b:int>>" in lines
    assert "joined 1 1" in lines
    assert "year = 2018 [2018]" in lines and "year > 2018 [2019]" in lines and "year = 1 []" in lines
