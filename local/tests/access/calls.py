"""Each action of the matrix as the call that a persona would make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .matrix import Case
from .world import TAG, Refused, World, ask


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
    call(case, world, "kms").decrypt(CiphertextBlob=world.encrypted(case.zone))


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
