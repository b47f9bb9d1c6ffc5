"""Who may do what, tried: each case of docs/access-matrix.md as a call of the persona, and the attempts that must fail.

A sample of the cases, the same each time; all of them with LAKE_MATRIX=all (`npm run matrix`).
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake
from lake_local.lake.model import Model
from lake_local.lake.personas import role_of

from .access_matrix import CLASSES, PAGE, Case, cases, rows
from .conftest import Command

APP = Path(__file__).parent / "apps" / "personas"
ALL = cases()
TRIED = ALL if os.environ.get("LAKE_MATRIX") == "all" else random.Random(3).sample(ALL, 100)
DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "KMS.AccessDeniedException")
TAG = "data-classification"


class Refused(Exception):
    """A call was denied; the text names the statement."""


@dataclass
class World:
    """The deployed lake, and sessions of its personas."""

    command: Command
    clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    @property
    def lake(self) -> Lake:
        return self.command.lake

    @cached_property
    def model(self) -> Model:
        return self.lake.model()

    def client(self, persona: str, clearance: str, service: str) -> Any:
        """Return a client with a session that an identity provider would give."""
        if (persona, clearance, service) not in self.clients:
            role = role_of(self.model, persona, None).name
            arn = self.lake.client("iam").get_role(RoleName=role)["Role"]["Arn"]
            tags = [{"Key": "clearance", "Value": clearance}]
            found = self.lake.client("sts").assume_role(RoleArn=arn, RoleSessionName=f"{persona}-{clearance}", Tags=tags)["Credentials"]
            session = boto3.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], region_name=self.lake.region)
            settings = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}, ignore_configured_endpoint_urls=True)
            for name in ("s3", "athena", "glue", "kms", "sqs", "iam", "lambda", "sts", "sagemaker"):
                self.clients[persona, clearance, name] = session.client(name, endpoint_url=self.lake.endpoint, config=settings)
        return self.clients[persona, clearance, service]

    def bucket(self, zone: str) -> str:
        return self.model.zone(zone).bucket

    def prefix(self, zone: str, classification: str) -> str:
        names = {"sandbox": f"streams/{classification}/", "curated": f"tables/{classification}_summary/"}
        return names.get(zone, f"tables/{classification}_table/")

    def job(self, persona: str, classification: str) -> str:
        """Return the job that a persona would start: the lake's, or one of a scientist's own."""
        if persona in ("steward", "engineer"):
            return self.model.table(f"{classification}_table").job
        return f"{self.own_jobs}-{classification}-mine"

    def job_role(self, persona: str, classification: str) -> str:
        if persona in ("steward", "engineer"):
            return str(self.lake.client("glue").get_job(JobName=self.job(persona, classification))["Job"]["Role"])
        return self.scientist_roles[classification]

    @cached_property
    def own_jobs(self) -> str:
        """What the names of scientists' jobs begin with, as their policy has it."""
        pattern = re.search(r"job/([\w-]+?)-proprietary-\*", self._policies("scientist"))
        assert pattern
        return pattern[1]

    @cached_property
    def scientist_roles(self) -> dict[str, str]:
        roles = self.lake.client("iam").list_roles()["Roles"]
        found = {}
        for classification in CLASSES:
            [found[classification]] = [
                role["Arn"] for role in roles if role["Path"] == f"/access-level/{classification}/" and "Jobs" in role["RoleName"]
            ]
        return found

    def _policies(self, persona: str) -> str:
        iam = self.lake.client("iam")
        attached = iam.list_attached_role_policies(RoleName=role_of(self.model, persona, None).name)["AttachedPolicies"]
        documents = []
        for policy in attached:
            version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
            documents.append(iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"])
        return json.dumps(documents)

    def workgroup(self, persona: str, clearance: str) -> str:
        return next(one.name for one in self.model.persona_workgroups if (one.persona, one.clearance) == (persona, clearance))

    def key(self, zone: str) -> str:
        rules = self.lake.client("s3").get_bucket_encryption(Bucket=self.bucket(zone))["ServerSideEncryptionConfiguration"]["Rules"]
        return str(rules[0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"])

    def decisions(self, persona: str, clearance: str, action: str, resource: str, **keys: str) -> list[dict[str, Any]]:
        """What would be decided on a call that cannot be made alone."""
        asked = {"action": action, "resource": resource, "tags": json.dumps({"clearance": clearance}), "keys": json.dumps(keys)}
        found: list[dict[str, Any]] = self.lake.internal("iam/decisions", role=role_of(self.model, persona, None).name, **asked)[
            "decisions"
        ]
        return found


@pytest.fixture(scope="module")
def world(new_lake: Callable[..., Command]) -> World:
    lake = new_lake(folder=APP)
    lake("up")
    made = World(lake)
    steward = made.client("steward", "secret", "s3")
    for zone in ("drop", "raw", "curated", "sandbox"):
        for classification in CLASSES:
            for name in ("read.csv", "tagged.csv", "untagged.csv"):
                key = f"{made.prefix(zone, classification)}{name}"
                steward.put_object(Bucket=made.bucket(zone), Key=key, Body=b"1,x\n", Tagging=f"{TAG}={classification}")
            make_table(made, zone, classification)
    return made


def make_table(world: World, zone: str, classification: str) -> None:
    """An entry in the catalog for the objects of a class in a zone."""
    storage = {
        "Columns": [{"Name": "id", "Type": "int"}, {"Name": "note", "Type": "string"}],
        "Location": f"s3://{world.bucket(zone)}/{world.prefix(zone, classification)}",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {"field.delim": ","},
        },
    }
    table = {"Name": f"tried_{classification}", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
    world.lake.client("glue").create_table(DatabaseName=world.model.databases[zone], TableInput=table)


# -- the calls of the matrix ----------------------------------------------------------------------------------------------------------


def lists(world: World, case: Case) -> None:
    found = call(case, world, "s3").list_objects_v2(Bucket=world.bucket(case.zone), Prefix=world.prefix(case.zone, case.classification))
    assert found["KeyCount"] >= 2


def gets(world: World, case: Case) -> None:
    assert call(case, world, "s3").get_object(**at(world, case, "read.csv"))["Body"].read() == b"1,x\n"


def puts(world: World, case: Case) -> None:
    call(case, world, "s3").put_object(
        **at(world, case, f"{case.persona}-{case.clearance}.csv"), Body=b"2,y\n", Tagging=f"{TAG}={case.classification}"
    )


def deletes(world: World, case: Case) -> None:
    call(case, world, "s3").delete_object(**at(world, case, "gone.csv"))


def tags(world: World, case: Case) -> None:
    tagging = {"TagSet": [{"Key": TAG, "Value": case.classification}]}
    call(case, world, "s3").put_object_tagging(**at(world, case, "tagged.csv"), Tagging=tagging)


def untags(world: World, case: Case) -> None:
    call(case, world, "s3").delete_object_tagging(**at(world, case, "untagged.csv"))


def queries(world: World, case: Case) -> None:
    ask(world, case.persona, case.clearance, f"SELECT count(*) FROM tried_{case.classification}", world.model.databases[case.zone])


def decrypts(world: World, case: Case) -> None:
    secret = world.lake.client("kms").encrypt(KeyId=world.key(case.zone), Plaintext=b"x")["CiphertextBlob"]
    call(case, world, "kms").decrypt(CiphertextBlob=secret)


def starts(world: World, case: Case) -> None:
    job = world.job(case.persona, case.classification)
    glue = call(case, world, "glue")
    try:
        run = glue.start_job_run(JobName=job)["JobRunId"]
        glue.batch_stop_job_run(JobName=job, JobRunIds=[run])
    except (glue.exceptions.EntityNotFoundException, glue.exceptions.ConcurrentRunsExceededException):
        pass  # it was allowed: there is no such job yet, or it runs


def creates(world: World, case: Case) -> None:
    glue, job = call(case, world, "glue"), world.job(case.persona, case.classification)
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/mine.py"}
    try:
        glue.create_job(Name=job, Role=world.job_role(case.persona, case.classification), Command=command)
    except (glue.exceptions.AlreadyExistsException, glue.exceptions.IdempotentParameterMismatchException):
        return
    world.lake.client("glue").delete_job(JobName=job)


def passes(world: World, case: Case) -> None:
    role = world.job_role(case.persona, case.classification)
    decided = world.decisions(case.persona, case.clearance, "iam:PassRole", role, **{"iam:PassedToService": "glue.amazonaws.com"})[-1]
    if decided["decision"] != "Allow":
        raise Refused(decided["refusal"])


def reads_dead_letters(world: World, case: Case) -> None:
    call(case, world, "sqs").receive_message(QueueUrl=world.model.dead_letter_queue)


CALLS: dict[str, Callable[[World, Case], None]] = {
    "list": lists,
    "get": gets,
    "put": puts,
    "delete": deletes,
    "tag": tags,
    "untag": untags,
    "query": queries,
    "decrypt": decrypts,
    "start-job": starts,
    "create-job": creates,
    "pass-role": passes,
    "read-dlq": reads_dead_letters,
}


def call(case: Case, world: World, service: str) -> Any:
    return world.client(case.persona, case.clearance, service)


def at(world: World, case: Case, name: str) -> dict[str, str]:
    return {"Bucket": world.bucket(case.zone), "Key": world.prefix(case.zone, case.classification) + name}


def ask(world: World, persona: str, clearance: str, sql: str, database: str, workgroup: str | None = None) -> str:
    """Run a query, and return where its result lies; raise `Refused` if it was denied."""
    athena = world.client(persona, clearance, "athena")
    context = {"Database": database, "Catalog": "AwsDataCatalog"}
    group = workgroup or world.workgroup(persona, clearance)
    started = athena.start_query_execution(QueryString=sql, QueryExecutionContext=context, WorkGroup=group)["QueryExecutionId"]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        execution = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
        if execution["Status"]["State"] == "FAILED":
            raise Refused(execution["Status"]["StateChangeReason"])
        if execution["Status"]["State"] == "SUCCEEDED":
            return str(execution["ResultConfiguration"]["OutputLocation"])
        time.sleep(0.02)
    raise AssertionError("the query does not end")


def refusal(attempt: Callable[[], object]) -> str | None:
    """Return the statement that refuses an attempt, None if it is allowed."""
    try:
        attempt()
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        assert code in DENIED, error
    except Refused as error:
        message = str(error)
    else:
        return None
    found = re.search(r"\(statement (\S+) of ", message)
    return found[1] if found else f"no statement: {message}"


@pytest.mark.parametrize("case", TRIED, ids=[case.title for case in TRIED])
def test_the_lake_answers_as_the_matrix_says(world: World, case: Case) -> None:
    found = refusal(lambda: CALLS[case.action](world, case))
    if case.allowed:
        assert found is None
    else:
        assert found is not None
        assert found.startswith(case.refused_by), f"refused by {found}, not by {' or '.join(case.refused_by)}"


def test_the_matrix_is_large_and_no_wall() -> None:
    assert len(ALL) > 500
    assert sum(case.allowed for case in ALL) / len(ALL) >= 0.35
    assert {case.action for case in ALL} == set(CALLS)


# -- what must fail, and why ----------------------------------------------------------------------------------------------------------

Attempt = Callable[[World, str, str], object]


def secret(world: World, zone: str = "raw", name: str = "read.csv") -> dict[str, str]:
    return {"Bucket": world.bucket(zone), "Key": world.prefix(zone, "secret") + name}


def tag_down(world: World, persona: str, clearance: str) -> object:
    tagging = {"TagSet": [{"Key": TAG, "Value": "proprietary"}]}
    return world.client(persona, clearance, "s3").put_object_tagging(**secret(world, "curated", "tagged.csv"), Tagging=tagging)


def untag(world: World, persona: str, clearance: str) -> object:
    return world.client(persona, clearance, "s3").delete_object_tagging(**secret(world, "curated", "tagged.csv"))


def copy_to(zone: str) -> Attempt:
    def attempt(world: World, persona: str, clearance: str) -> object:
        target = {"Bucket": world.bucket(zone), "Key": world.prefix(zone, "proprietary") + "copy.csv"}
        s3 = world.client(persona, clearance, "s3")
        return s3.copy_object(**target, CopySource=secret(world), TaggingDirective="REPLACE", Tagging=f"{TAG}=proprietary")

    return attempt


def write(**tagging: str) -> Attempt:
    return lambda world, persona, clearance: world.client(persona, clearance, "s3").put_object(
        **secret(world, "raw", "down.csv"), Body=b"1,x\n", **tagging
    )


def create_job_under(role: Callable[[World], str]) -> Attempt:
    def attempt(world: World, persona: str, clearance: str) -> object:
        command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/mine.py"}
        name = f"{world.own_jobs}-proprietary-mine"
        return world.client(persona, clearance, "glue").create_job(Name=name, Role=role(world), Command=command)

    return attempt


def engineers_role(world: World) -> str:
    return world.job_role("engineer", "proprietary")


def edit_a_tables_job(world: World, persona: str, clearance: str) -> object:
    job = world.job("engineer", "proprietary")
    update = {"Role": engineers_role(world), "Command": {"Name": "glueetl", "ScriptLocation": "s3://scripts/mine.py"}}
    return world.client(persona, clearance, "glue").update_job(JobName=job, JobUpdate=update)


def start_a_secret_job(world: World, persona: str, clearance: str) -> object:
    return world.client(persona, clearance, "glue").start_job_run(JobName=world.job("engineer", "secret"))


def make_a_table(world: World, persona: str, clearance: str) -> object:
    return world.client(persona, clearance, "glue").create_table(DatabaseName=world.model.databases["curated"], TableInput={"Name": "mine"})


def overwrite_a_script(world: World, persona: str, clearance: str) -> object:
    return world.client(persona, clearance, "s3").put_object(Bucket=world.bucket("drop"), Key="scripts/secret.py", Body=b"x")


def edit_a_function(world: World, persona: str, clearance: str) -> object:
    function = world.model.stream("secret").function
    return world.client(persona, clearance, "lambda").update_function_code(FunctionName=function, ZipFile=b"x")


def query_elsewhere(world: World, persona: str, clearance: str) -> object:
    other = world.workgroup("engineer" if persona != "engineer" else "steward", "proprietary")
    return ask(world, persona, clearance, "SELECT 1", "default", other)


def results_of(owner: Callable[[str], str], made_with: str) -> Attempt:
    """The result of somebody's query, made with a clearance."""

    def attempt(world: World, persona: str, clearance: str) -> object:
        place = ask(world, owner(persona), made_with, "SELECT count(*) FROM tried_proprietary", world.model.databases["curated"])
        bucket, _, key = place.removeprefix("s3://").partition("/")
        return world.client(persona, clearance, "s3").get_object(Bucket=bucket, Key=key)

    return attempt


def grant_a_key(world: World, persona: str, clearance: str) -> object:
    role = engineers_role(world)
    return world.client(persona, clearance, "kms").create_grant(KeyId=world.key("raw"), GranteePrincipal=role, Operations=["Decrypt"])


def change_a_bucket(world: World, persona: str, clearance: str) -> object:
    return world.client(persona, clearance, "s3").delete_bucket_policy(Bucket=world.bucket("raw"))


def raise_the_clearance(world: World, persona: str, clearance: str) -> object:
    return become(world, persona, persona, clearance, "secret")


def become_another(world: World, persona: str, clearance: str) -> object:
    return become(world, persona, "engineer" if persona != "engineer" else "steward", clearance, clearance)


def become(world: World, persona: str, wanted: str, clearance: str, asked: str) -> object:
    role = role_of(world.model, wanted, None).name
    arn = world.lake.client("iam").get_role(RoleName=role)["Role"]["Arn"]
    tags = [{"Key": "clearance", "Value": asked}]
    return world.client(persona, clearance, "sts").assume_role(RoleArn=arn, RoleSessionName="more", Tags=tags)


def decided(action: str, resource: Callable[[World], str], **keys: str) -> Attempt:
    """A call that would be refused before this for want of any right to it: what the persona's denies say of it."""

    def attempt(world: World, persona: str, clearance: str) -> None:
        found = world.decisions(persona, clearance, action, resource(world), **keys)[-1]
        if found["decision"] != "Allow":
            raise Refused(found["refusal"])

    return attempt


def clearance_of_a_role(world: World, persona: str, clearance: str) -> object:
    role = role_of(world.model, persona, None).name
    return world.client(persona, clearance, "iam").tag_role(RoleName=role, Tags=[{"Key": "clearance", "Value": "secret"}])


def open_the_trust(world: World, persona: str, clearance: str) -> object:
    role = role_of(world.model, persona, None).name
    return world.client(persona, clearance, "iam").update_assume_role_policy(RoleName=role, PolicyDocument="{}")


def tag_a_job(world: World, persona: str, clearance: str) -> object:
    arn = f"arn:aws:glue:{world.lake.region}:{world.lake.account}:job/{world.job('engineer', 'proprietary')}"
    return world.client(persona, clearance, "glue").tag_resource(ResourceArn=arn, TagsToAdd={"a": "b"})


def read_with_any(world: World, persona: str, _clearance: str) -> object:
    """A clearance that nobody knows; a provider would not be trusted to give it, so that it is tried as a decision."""
    role = role_of(world.model, persona, None).name
    where = secret(world, "curated")
    asked = {"action": "s3:GetObject", "resource": f"arn:aws:s3:::{where['Bucket']}/{where['Key']}", "keys": "{}"}
    found = world.lake.internal("iam/decisions", role=role, tags=json.dumps({"clearance": "*"}), **asked)["decisions"][-1]
    raise Refused(found.get("refusal", "allowed"))


PASS_TO = {"iam:PassedToService": "events.amazonaws.com"}
ATTEMPTS: dict[str, Attempt] = {
    "give a secret object the tag `proprietary`": tag_down,
    "take the tag of a secret object away": untag,
    "copy a secret object to the sandbox": copy_to("sandbox"),
    "copy a secret object to curated": copy_to("curated"),
    "write an untagged object below a secret prefix, cleared for `secret`": write(),
    "write an object tagged `restricted` below a secret prefix, cleared for `secret`": write(Tagging=f"{TAG}=restricted"),
    "pass the engineer's job role to a new job": create_job_under(engineers_role),
    "pass the scientist's secret job role to a new job": create_job_under(lambda world: world.scientist_roles["secret"]),
    "edit the script or the role of a table's job": edit_a_tables_job,
    "start a secret table's job": start_a_secret_job,
    "make a table of the catalog": make_a_table,
    "overwrite the script of a job of a higher class": overwrite_a_script,
    "edit the code of a stream's function": edit_a_function,
    "query in another persona's work group": query_elsewhere,
    "read another persona's query results": results_of(lambda persona: "engineer" if persona != "engineer" else "steward", "proprietary"),
    "read the results of queries that were made with a higher clearance": results_of(lambda persona: persona, "secret"),
    "`kms:CreateGrant` on a zone's key": grant_a_key,
    "change a bucket's policy": change_a_bucket,
    "`sts:TagSession` with a higher clearance": raise_the_clearance,
    "a session with the clearance `*`": read_with_any,
    "assume another persona's role": become_another,
    "make a crawler under the engineer's job role": decided(
        "iam:PassRole", engineers_role, **{"iam:PassedToService": "glue.amazonaws.com"}
    ),
    "give an event rule a target that starts the engineer's job": decided("iam:PassRole", engineers_role, **PASS_TO),
    "make a state machine under the engineer's role": decided(
        "iam:PassRole", engineers_role, **{"iam:PassedToService": "states.amazonaws.com"}
    ),
    "`glue:CreateSession` under a job role": decided("iam:PassRole", engineers_role, **{"iam:PassedToService": "glue.amazonaws.com"}),
    "`sagemaker:CreatePresignedNotebookInstanceUrl` on another's notebook": decided(
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        lambda world: f"arn:aws:sagemaker:{world.lake.region}:{world.lake.account}:notebook-instance/other",
        **{"aws:ResourceTag/owner": "AROAOTHER:somebody"},
    ),
    "`iam:TagRole`, `iam:CreateRole`, `iam:TagUser` with the key `clearance`": clearance_of_a_role,
    "`iam:UpdateAssumeRolePolicy` of a persona": open_the_trust,
    "`glue:TagResource` of a job": tag_a_job,
}
# Held elsewhere: what a run may override by the tests of Glue's engine; assets, whose bucket is the bootstrap stack's.
ELSEWHERE = {"start a job with a script of one's own in `--scriptLocation`", "overwrite the asset that holds a job's script"}
PAGE_ROWS = [row for row in rows(PAGE.read_text("utf-8"), "What must fail, and why") if row["attempt"] not in ELSEWHERE]
TRIES = [
    (row["attempt"], persona, row["refused by"])
    for row in PAGE_ROWS
    for persona in (("steward", "engineer", "scientist", "analyst") if row["by"] == "all" else row["by"].split(", "))
]


@pytest.mark.parametrize(("what", "persona", "refused_by"), TRIES, ids=[f"{persona}: {what}" for what, persona, _ in TRIES])
def test_what_must_fail(world: World, what: str, persona: str, refused_by: str) -> None:
    clearance = "secret" if "cleared for `secret`" in what else "proprietary"
    found = refusal(lambda: ATTEMPTS[what](world, persona, clearance))
    assert found is not None
    if refused_by == "the role's trust policy":
        assert "sts:" in found
    else:
        assert found.startswith(refused_by)


def test_each_attempt_of_the_page_is_tried() -> None:
    assert {row["attempt"] for row in PAGE_ROWS} == set(ATTEMPTS)
