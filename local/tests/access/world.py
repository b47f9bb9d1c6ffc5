"""A deployed lake with personas, and sessions of each."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.config import Config
from lake_local.lake.client import Lake
from lake_local.lake.model import Model
from lake_local.lake.personas import role_of
from lake_local.sessions import new_session

from ..conftest import Command
from .matrix import CLASSES

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
            session = new_session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], self.lake.region)
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

    def encrypted(self, zone: str) -> bytes:
        """Return something that the zone's key has encrypted."""
        secret: bytes = self.lake.client("kms").encrypt(KeyId=self.key(zone), Plaintext=b"x")["CiphertextBlob"]
        return secret

    def decisions(self, persona: str, clearance: str, action: str, resource: str, **keys: str) -> list[dict[str, Any]]:
        """What would be decided on a call that cannot be made alone."""
        asked = {"action": action, "resource": resource, "tags": json.dumps({"clearance": clearance}), "keys": json.dumps(keys)}
        found: list[dict[str, Any]] = self.lake.internal("iam/decisions", role=role_of(self.model, persona, None).name, **asked)[
            "decisions"
        ]
        return found


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


def ask(world: World, persona: str, clearance: str, sql: str, database: str, workgroup: str | None = None) -> str:
    """Run a query, and return where its result lies; raise `Refused` if it was denied."""
    athena = world.client(persona, clearance, "athena")
    context = {"Database": database, "Catalog": "AwsDataCatalog"}
    group = workgroup or world.workgroup(persona, clearance)
    started = athena.start_query_execution(QueryString=sql, QueryExecutionContext=context, WorkGroup=group)["QueryExecutionId"]
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        execution = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
        if execution["Status"]["State"] == "FAILED":
            raise Refused(execution["Status"]["StateChangeReason"])
        if execution["Status"]["State"] == "SUCCEEDED":
            return str(execution["ResultConfiguration"]["OutputLocation"])
        time.sleep(0.02)
    raise AssertionError("the query does not end")
