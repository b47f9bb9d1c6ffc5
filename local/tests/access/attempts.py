"""What must fail, and why: each attempt of docs/access-matrix.md as the call that a persona would make."""

from __future__ import annotations

import json
from collections.abc import Callable

from lake_local.lake.personas import role_of

from .world import TAG, Refused, World, ask

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


def read_without_a_class(world: World, persona: str, clearance: str) -> object:
    """An object that somebody has put without the tag, in a zone that refuses such objects."""
    where = {"Bucket": world.bucket("vault"), "Key": "tables/things/untagged.csv"}
    world.client("steward", "secret", "s3").put_object(**where, Body=b"1,x\n")
    return world.client(persona, clearance, "s3").get_object(**where)


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


def start_with_an_own_script(world: World, persona: str, clearance: str) -> object:
    """The script's text is refused before its place is looked at."""
    arguments = {"--scriptLocation": "s3://scripts/mine.py"}
    return world.client(persona, clearance, "glue").start_job_run(JobName=world.job("engineer", "proprietary"), Arguments=arguments)


def overwrite_an_asset(world: World, persona: str, clearance: str) -> object:
    job = world.lake.client("glue").get_job(JobName=world.job("engineer", "proprietary"))["Job"]
    bucket, _, key = job["Command"]["ScriptLocation"].removeprefix("s3://").partition("/")
    return world.client(persona, clearance, "s3").put_object(Bucket=bucket, Key=key, Body=b"x")


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
    "read an object without a class in a zone that refuses such objects": read_without_a_class,
    "write an untagged object below a secret prefix, cleared for `secret`": write(),
    "write an object tagged `restricted` below a secret prefix, cleared for `secret`": write(Tagging=f"{TAG}=restricted"),
    "pass the engineer's job role to a new job": create_job_under(engineers_role),
    "pass the scientist's secret job role to a new job": create_job_under(lambda world: world.scientist_roles["secret"]),
    "edit the script or the role of a table's job": edit_a_tables_job,
    "start a secret table's job": start_a_secret_job,
    "start a job with a script of one's own in `--scriptLocation`": start_with_an_own_script,
    "start a table's job with a script of one's own in `--scriptLocation`": start_with_an_own_script,
    "overwrite the asset that holds a job's script": overwrite_an_asset,
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
