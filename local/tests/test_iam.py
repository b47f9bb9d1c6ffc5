"""The cases of `iam_cases.py`, each asked of a real server."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake
from lake_local.sessions import new_session

from .iam_cases import ACCOUNT, CASES, Case

DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403")


@functools.cache
def root_client(lake: Lake, service: str) -> Any:
    return lake.client(service)


@dataclass
class Setting:
    """What a case finds: its bucket and its role."""

    lake: Lake
    case: Case
    bucket: str
    role: str

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role/{self.role}"

    def root(self, service: str) -> Any:
        return root_client(self.lake, service)

    def filled(self, value: Any) -> Any:
        return json.loads(json.dumps(value).replace("{bucket}", self.bucket).replace("{role}", self.role))

    def document(self, statements: list[dict[str, Any]]) -> str:
        return json.dumps({"Version": self.case.version, "Statement": self.filled(statements)})

    def make_role(self, name: str, trust: list[dict[str, Any]] | None = None, **more: Any) -> str:
        trusted = trust or [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]
        document = json.dumps({"Version": "2012-10-17", "Statement": trusted})
        return self.root("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)["Role"]["Arn"]

    @functools.cached_property
    def session(self) -> boto3.Session:
        options: dict[str, Any] = {}
        if self.case.session is not None:
            options["Policy"] = self.document(self.case.session)
        if self.case.session_tags:
            options["Tags"] = tags(self.case.session_tags)
        return self.assume(self.root("sts"), self.role_arn, **options)

    def assume(self, sts: Any, role_arn: str, **options: Any) -> boto3.Session:
        return as_session(sts.assume_role(RoleArn=role_arn, RoleSessionName="session", **options)["Credentials"])

    def client(self, service: str, session: boto3.Session | None = None) -> Any:
        return (session or self.session).client(service, endpoint_url=self.lake.endpoint, region_name="us-east-1")

    @functools.cached_property
    def user(self) -> str:
        """A user with the case's policy and a key; the name."""
        iam = self.root("iam")
        name = f"user-{self.role}"
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=self.document(self.case.identity))
        return name

    def user_session(self) -> boto3.Session:
        key = self.root("iam").create_access_key(UserName=self.user)["AccessKey"]
        return new_session(key["AccessKeyId"], key["SecretAccessKey"], None, self.lake.region)

    def device(self, owner: str) -> str:
        iam = self.root("iam")
        serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=f"mfa-{owner}")["VirtualMFADevice"]["SerialNumber"]
        iam.enable_mfa_device(UserName=owner, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
        return serial


def tags(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def as_session(credentials: dict[str, Any]) -> boto3.Session:
    return new_session(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"], "us-east-1")


Call = Callable[[Setting], Any]
CALLS: dict[str, Call] = {}


def call(function: Call) -> Call:
    CALLS[function.__name__] = function
    return function


@call
def get(at: Setting) -> None:
    at.client("s3").get_object(Bucket=at.bucket, Key="data/a")


@call
def get_presigned_with_a_date(at: Setting) -> None:
    get_presigned(at, signature_version="s3v4")


@call
def get_star(at: Setting) -> None:
    at.client("s3").get_object(Bucket=at.bucket, Key="star/*")


@call
def get_presigned(at: Setting, **signing: Any) -> None:
    client = at.session.client("s3", endpoint_url=at.lake.endpoint, region_name="us-east-1", config=Config(**signing))
    address = client.generate_presigned_url("get_object", {"Bucket": at.bucket, "Key": "data/a"})
    try:
        with urllib.request.urlopen(address) as answer:
            answer.read()
    except HTTPError as error:
        raise ClientError({"Error": {"Code": str(error.code)}}, "GetObject") from error


def anonymously(at: Setting, path: str, **policy: Any) -> None:
    """Get an address without a signature. The bucket's public access block lets public policies count."""
    open_to_all = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
    at.root("s3").put_public_access_block(Bucket=at.bucket, PublicAccessBlockConfiguration={**open_to_all, **policy})
    try:
        with urllib.request.urlopen(f"{at.lake.endpoint}/{at.bucket}{path}") as answer:
            answer.read()
    except HTTPError as error:
        raise ClientError({"Error": {"Code": str(error.code)}}, "GetObject") from error


@call
def get_anonymously(at: Setting) -> None:
    anonymously(at, "/data/a")


@call
def get_anonymously_from_a_restricted_bucket(at: Setting) -> None:
    anonymously(at, "/data/a", RestrictPublicBuckets=True)


@call
def list_anonymously(at: Setting) -> None:
    anonymously(at, "?list-type=2")


@call
def get_policy_anonymously(at: Setting) -> None:
    anonymously(at, "?policy")


@call
def make_policy_public_in_a_blocked_bucket(at: Setting) -> None:
    at.root("s3").delete_bucket_policy(Bucket=at.bucket)
    blocked = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    at.root("s3").put_public_access_block(Bucket=at.bucket, PublicAccessBlockConfiguration=blocked)
    at.root("s3").put_bucket_policy(Bucket=at.bucket, Policy=at.document(at.case.bucket))


@call
def get_with_agent(at: Setting) -> None:
    client = at.session.client("s3", endpoint_url=at.lake.endpoint, region_name="us-east-1", config=Config(user_agent="reader/1"))
    client.get_object(Bucket=at.bucket, Key="data/a")


@call
def get_version(at: Setting) -> None:
    at.root("s3").put_bucket_versioning(Bucket=at.bucket, VersioningConfiguration={"Status": "Enabled"})
    version = at.root("s3").put_object(Bucket=at.bucket, Key="data/a", Body=b"x", Tagging="class=secret")["VersionId"]
    at.client("s3").get_object(Bucket=at.bucket, Key="data/a", VersionId=version)


@call
def list_ten(at: Setting) -> None:
    at.client("s3").list_objects_v2(Bucket=at.bucket, MaxKeys=10, Delimiter="/")


@call
def put_plain(at: Setting) -> None:
    at.client("s3").put_object(Bucket=at.bucket, Key="data/new", Body=b"x")


@call
def put_with_aes(at: Setting) -> None:
    at.client("s3").put_object(Bucket=at.bucket, Key="data/new", Body=b"x", ServerSideEncryption="AES256")


@call
def delete_one(at: Setting) -> None:
    at.client("s3").delete_object(Bucket=at.bucket, Key="data/a")


@call
def head_missing(at: Setting) -> None:
    """Without s3:ListBucket, S3 does not say that an object is missing."""
    try:
        at.client("s3").head_object(Bucket=at.bucket, Key="data/missing")
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise


@call
def get_as_root(at: Setting) -> None:
    at.root("s3").get_object(Bucket=at.bucket, Key="data/a")


@call
def delete_policy_as_root(at: Setting) -> None:
    at.root("s3").delete_bucket_policy(Bucket=at.bucket)
    at.root("s3").get_object(Bucket=at.bucket, Key="data/a")


@call
def get_as_next_role(at: Setting) -> None:
    """Read as a role that the first role's session, tagged, has assumed."""
    at.root("iam").put_role_policy(
        RoleName=at.role,
        PolicyName="assume",
        PolicyDocument=at.document([{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}]),
    )
    first = at.assume(at.root("sts"), at.role_arn, Tags=tags({"team": "a", "rank": "1"}), TransitiveTagKeys=["team"])
    next_role = at.make_role(f"next-{at.role}")
    at.root("iam").put_role_policy(RoleName=f"next-{at.role}", PolicyName="p", PolicyDocument=at.document(at.case.identity))
    second = at.assume(at.client("sts", first), next_role)
    at.client("s3", second).get_object(Bucket=at.bucket, Key="data/a")


@call
def change_transitive_tag(at: Setting) -> None:
    first = at.assume(at.root("sts"), at.role_arn, Tags=tags({"team": "a"}), TransitiveTagKeys=["team"])
    try:
        at.assume(at.client("sts", first), at.make_role(f"next-{at.role}"), Tags=tags({"Team": "b"}))
    except ClientError as error:
        assert "conflicts with a transitive tag key" in str(error)
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole") from error


@call
def tag_untrusted_session(at: Setting) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    at.assume(at.client("sts"), at.make_role(f"next-{at.role}", [trust]), Tags=tags({"team": "a"}))


@call
def get_as_user(at: Setting) -> None:
    at.client("s3", at.user_session()).get_object(Bucket=at.bucket, Key="data/a")


@call
def get_with_mfa(at: Setting) -> None:
    sts = at.client("sts", at.user_session())
    session = as_session(sts.get_session_token(SerialNumber=at.device(at.user), TokenCode="123456")["Credentials"])
    at.client("s3", session).get_object(Bucket=at.bucket, Key="data/a")


@call
def get_with_stolen_mfa(at: Setting) -> None:
    at.root("iam").create_user(UserName=f"other-{at.role}")
    at.client("sts", at.user_session()).get_session_token(SerialNumber=at.device(f"other-{at.role}"), TokenCode="123456")


def assume_asking_for_mfa(at: Setting, **options: str) -> None:
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    trust = [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole", "Condition": condition}]
    at.assume(at.client("sts", at.user_session()), at.make_role(f"next-{at.role}", trust), **options)


@call
def assume_with_mfa(at: Setting) -> None:
    assume_asking_for_mfa(at, SerialNumber=at.device(at.user), TokenCode="123456")


@call
def assume_without_mfa(at: Setting) -> None:
    assume_asking_for_mfa(at)


def assume_asking_for_id(at: Setting, identity: str) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "42"}}
    trust = [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole", "Condition": condition}]
    at.assume(at.client("sts"), at.make_role(f"next-{at.role}", trust), ExternalId=identity)


@call
def assume_with_external_id(at: Setting) -> None:
    assume_asking_for_id(at, "42")


@call
def assume_with_other_external_id(at: Setting) -> None:
    assume_asking_for_id(at, "43")


@call
def get_bookmark(at: Setting) -> None:
    glue = at.client("glue")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_job_bookmark(JobName="none")


def listing(at: Setting, **options: str) -> None:
    at.client("s3").list_objects_v2(Bucket=at.bucket, **options)


@call
def list_data(at: Setting) -> None:
    listing(at, Prefix="data/x")


@call
def list(at: Setting) -> None:
    listing(at)


@call
def list_empty(at: Setting) -> None:
    listing(at, Prefix="")


@call
def copy(at: Setting) -> None:
    at.client("s3").copy_object(Bucket=at.bucket, Key="data/b", CopySource={"Bucket": at.bucket, "Key": "data/a"})


@call
def delete_many(at: Setting) -> None:
    objects = [{"Key": "data/a"}, {"Key": "star/*"}]
    at.client("s3").delete_objects(Bucket=at.bucket, Delete={"Objects": objects})


def passed_role(at: Setting, service: str) -> str:
    trust = [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]
    return at.make_role(f"passed-{at.role}", trust)


def function(at: Setting, role: str) -> dict[str, Any]:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return 1")
    return {"Runtime": "python3.11", "Handler": "index.handler", "Role": role, "Code": {"ZipFile": code.getvalue()}}


@call
def create_function(at: Setting, trusted: str = "lambda.amazonaws.com") -> None:
    at.client("lambda").create_function(FunctionName=at.role, **function(at, passed_role(at, trusted)))


@call
def create_function_under_glues_role(at: Setting) -> None:
    with refused_because("cannot be assumed by Lambda"):
        create_function(at, "glue.amazonaws.com")


@call
def create_job(at: Setting) -> None:
    command = {"Name": "glueetl", "ScriptLocation": "s3://none/none.py"}
    at.client("glue").create_job(Name=at.role, Role=passed_role(at, "glue.amazonaws.com"), Command=command)


@call
def create_crawler(at: Setting, trusted: str = "glue.amazonaws.com") -> None:
    targets = {"S3Targets": [{"Path": "s3://none/"}]}
    at.client("glue").create_crawler(Name=at.role, Role=passed_role(at, trusted), DatabaseName="none", Targets=targets)


@call
def create_crawler_under_lambdas_role(at: Setting) -> None:
    with refused_because("unable to assume provided role"):
        create_crawler(at, "lambda.amazonaws.com")


@call
def put_targets(at: Setting) -> None:
    at.root("events").put_rule(Name=at.role, ScheduleExpression="rate(1 day)")
    target = {"Id": "1", "Arn": f"arn:aws:glue:us-east-1:{ACCOUNT}:workflow/none", "RoleArn": passed_role(at, "events.amazonaws.com")}
    at.client("events").put_targets(Rule=at.role, Targets=[target])


@call
def create_state_machine(at: Setting) -> None:
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    at.client("stepfunctions").create_state_machine(name=at.role, definition=definition, roleArn=passed_role(at, "states.amazonaws.com"))


def log_group(at: Setting) -> dict[str, str]:
    """A group with a stream `one`."""
    at.root("logs").create_log_group(logGroupName=at.role)
    at.root("logs").create_log_stream(logGroupName=at.role, logStreamName="one")
    return {"logGroupName": at.role}


@call
def put_log_events(at: Setting) -> None:
    events = [{"timestamp": int(time.time() * 1000), "message": "x"}]
    at.client("logs").put_log_events(**log_group(at), logStreamName="one", logEvents=events)


@call
def get_log_events(at: Setting) -> None:
    at.client("logs").get_log_events(**log_group(at), logStreamName="one")


@call
def create_log_stream(at: Setting) -> None:
    at.client("logs").create_log_stream(**log_group(at), logStreamName="two")


@call
def create_trail(at: Setting) -> None:
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:trail-{at.role}:*"
    at.root("logs").create_log_group(logGroupName=f"trail-{at.role}")
    role = passed_role(at, "cloudtrail.amazonaws.com")
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    resources = {"s3:GetBucketAcl": f"arn:aws:s3:::{at.bucket}", "s3:PutObject": f"arn:aws:s3:::{at.bucket}/AWSLogs/{ACCOUNT}/*"}
    statements = [{**service, "Action": action, "Resource": resource} for action, resource in resources.items()]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    at.root("s3").put_bucket_policy(Bucket=at.bucket, Policy=policy)
    at.client("cloudtrail").create_trail(Name=at.role, S3BucketName=at.bucket, CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=role)


QUEUE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}


def deploy(at: Setting, template: dict[str, Any], **options: str) -> None:
    at.client("cloudformation").create_stack(StackName=at.role, TemplateBody=json.dumps(template), **options)
    wait_for_stack(at, "CREATE_COMPLETE")


def wait_for_stack(at: Setting, wanted: str) -> None:
    """Wait for the end of what a stack is at; an end that is not wanted is a denial, if the events say so."""
    cloudformation = at.root("cloudformation")
    stack = cloudformation.describe_stacks(StackName=at.role)["Stacks"][0]["StackId"]
    deadline = time.monotonic() + 120
    while (status := cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]).endswith("PROGRESS"):
        assert time.monotonic() < deadline, f"{status} for two minutes"
        time.sleep(0.05)
    if status != wanted:
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        reasons = [event["ResourceStatusReason"] for event in events if event.get("ResourceStatusReason")]
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "; ".join(reasons)}}, "CreateStack")


@call
def create_stack(at: Setting) -> None:
    role = passed_role(at, "cloudformation.amazonaws.com")
    allow_all = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    at.root("iam").put_role_policy(RoleName=f"passed-{at.role}", PolicyName="p", PolicyDocument=json.dumps(allow_all))
    deploy(at, QUEUE, RoleARN=role)


@call
def stack_of_function_under_glues_role(at: Setting) -> None:
    properties = function(at, passed_role(at, "glue.amazonaws.com")) | {"Code": {"ZipFile": "def handler(event, context): return 1"}}
    with refused_because("cannot be assumed by Lambda"):
        deploy(at, {"Resources": {"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}}})


@call
def stack_of_queue(at: Setting) -> None:
    if at.case.allowed:
        deploy(at, QUEUE)
    else:
        with refused_because("is not authorized to perform: sqs:CreateQueue"):
            deploy(at, QUEUE)


@call
def stack_with_powerless_role(at: Setting) -> None:
    with refused_because(f"assumed-role/passed-{at.role}/AWSCloudFormation is not authorized to perform: sqs:CreateQueue"):
        deploy(at, QUEUE, RoleARN=passed_role(at, "cloudformation.amazonaws.com"))


@call
def change_set_of_queue(at: Setting) -> None:
    cloudformation = at.client("cloudformation")
    template = json.dumps(QUEUE)
    cloudformation.create_change_set(StackName=at.role, ChangeSetName="change", ChangeSetType="CREATE", TemplateBody=template)
    waiter = at.root("cloudformation").get_waiter("change_set_create_complete")
    waiter.wait(StackName=at.role, ChangeSetName="change", WaiterConfig={"Delay": 1})
    cloudformation.execute_change_set(StackName=at.role, ChangeSetName="change")
    with refused_because("is not authorized to perform: sqs:CreateQueue"):
        wait_for_stack(at, "CREATE_COMPLETE")


@call
def stack_of_job(at: Setting) -> None:
    command = {"Name": "glueetl", "ScriptLocation": "s3://none/none.py"}
    properties = {"Role": passed_role(at, "glue.amazonaws.com"), "Command": command}
    deploy(at, {"Resources": {"Job": {"Type": "AWS::Glue::Job", "Properties": properties}}})


@call
def delete_stack_of_queue(at: Setting) -> None:
    deploy(at, QUEUE)
    at.client("cloudformation").delete_stack(StackName=at.role)
    with refused_because("is not authorized to perform: sqs:DeleteQueue"):
        wait_for_stack(at, "DELETE_COMPLETE")


def encrypted(at: Setting, *, bucket_key: bool = False) -> str:
    """Encrypt the bucket from now on, with an object in it; the key's ARN."""
    key = at.root("kms").create_key(Policy=at.document(at.case.key), BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}]
    at.root("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(OPEN_KEY))
    at.root("s3").put_bucket_encryption(Bucket=at.bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    at.root("s3").put_object(Bucket=at.bucket, Key="data/secret", Body=b"x")
    at.root("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=at.document(at.case.key))
    return key


OPEN_KEY = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}}


def read_secret(at: Setting) -> None:
    at.client("s3").get_object(Bucket=at.bucket, Key="data/secret")


def write_secret(at: Setting) -> None:
    at.client("s3").put_object(Bucket=at.bucket, Key="data/new", Body=b"x")


@call
def get_encrypted(at: Setting) -> None:
    encrypted(at)
    read_secret(at)


@call
def get_encrypted_with_bucket_key(at: Setting) -> None:
    encrypted(at, bucket_key=True)
    read_secret(at)


@call
def head_encrypted(at: Setting) -> None:
    encrypted(at)
    at.client("s3").head_object(Bucket=at.bucket, Key="data/secret")


@call
def put_encrypted(at: Setting) -> None:
    encrypted(at)
    write_secret(at)


@call
def upload_encrypted(at: Setting) -> None:
    encrypted(at)
    s3, target = at.client("s3"), {"Bucket": at.bucket, "Key": "data/large"}
    upload = s3.create_multipart_upload(**target)["UploadId"]
    part = s3.upload_part(**target, UploadId=upload, PartNumber=1, Body=b"x")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": parts})


@call
def copy_encrypted(at: Setting) -> None:
    encrypted(at)
    at.client("s3").copy_object(Bucket=at.bucket, Key="data/b", CopySource={"Bucket": at.bucket, "Key": "data/secret"})


@call
def use_key_directly(at: Setting) -> None:
    at.client("kms").generate_data_key(KeyId=encrypted(at), KeySpec="AES_256")


@call
def get_with_disabled_key(at: Setting) -> None:
    at.root("kms").disable_key(KeyId=encrypted(at))
    with refused_because("is disabled"):
        read_secret(at)


@call
def put_with_pending_key(at: Setting) -> None:
    at.root("kms").schedule_key_deletion(KeyId=encrypted(at))
    with refused_because("is pending deletion"):
        write_secret(at)


def grant_key(at: Setting, **constraints: Any) -> None:
    at.root("kms").create_grant(KeyId=encrypted(at), GranteePrincipal=at.role_arn, Operations=["Decrypt"], **constraints)


@call
def get_encrypted_with_grant(at: Setting) -> None:
    grant_key(at, Constraints={"EncryptionContextSubset": {"aws:s3:arn": f"arn:aws:s3:::{at.bucket}/data/secret"}})
    read_secret(at)


@call
def put_encrypted_with_grant(at: Setting) -> None:
    grant_key(at)
    write_secret(at)


@call
def get_encrypted_with_narrow_grant(at: Setting) -> None:
    grant_key(at, Constraints={"EncryptionContextEquals": {"aws:s3:arn": f"arn:aws:s3:::{at.bucket}/data/other"}})
    read_secret(at)


def encrypted_queue(at: Setting, **attributes: str) -> str:
    made = at.root("sqs").create_queue(QueueName=at.role, Attributes={"KmsMasterKeyId": encrypted(at), **attributes})
    return made["QueueUrl"]


@call
def send_encrypted(at: Setting) -> None:
    queue = encrypted_queue(at)
    with kms_refusals():
        at.client("sqs").send_message(QueueUrl=queue, MessageBody="x")


@call
def receive_encrypted(at: Setting) -> None:
    queue = encrypted_queue(at)
    with kms_refusals():
        at.client("sqs").receive_message(QueueUrl=queue)


@call
def notify_encrypted(at: Setting) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}
    queue = encrypted_queue(at, Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{at.role}"
    events = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    try:
        at.root("s3").put_bucket_notification_configuration(Bucket=at.bucket, NotificationConfiguration=events)
    except ClientError as error:
        assert "Unable to validate" in str(error)
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "") from error
    at.root("s3").put_object(Bucket=at.bucket, Key="data/new", Body=b"x")
    assert at.root("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=2).get("Messages")


@call
def notify_tagged(at: Setting) -> None:
    """Let S3 send to a queue (tagged team=a) whose policy asks for the tag that the role has."""
    condition = {"StringEquals": {"aws:ResourceTag/team": at.case.tags["team"]}}
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{at.role}"
    allowed = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": {**allowed, "Condition": condition}})
    at.root("sqs").create_queue(QueueName=at.role, Attributes={"Policy": document}, tags={"team": "a"})
    events = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    try:
        at.root("s3").put_bucket_notification_configuration(Bucket=at.bucket, NotificationConfiguration=events)
    except ClientError as error:
        assert "Unable to validate" in str(error)
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "") from error


@call
def send_tagged(at: Setting) -> None:
    """Send to a queue that is tagged team=a."""
    queue = at.root("sqs").create_queue(QueueName=at.role, tags={"team": "a"})["QueueUrl"]
    at.client("sqs").send_message(QueueUrl=queue, MessageBody="x")


@call
def put_tagged(at: Setting) -> None:
    at.client("s3").put_object(Bucket=at.bucket, Key="data/new", Body=b"x", Tagging="class=secret")


def query(at: Setting, athena: Any, sql: str = "SELECT 1", **options: Any) -> str:
    return athena.start_query_execution(QueryString=sql, **options)["QueryExecutionId"]


def in_group(at: Setting) -> dict[str, str]:
    result = {"OutputLocation": f"s3://{at.bucket}/results/"}
    at.root("athena").create_work_group(Name=at.role, Configuration={"ResultConfiguration": result})
    return {"WorkGroup": at.role}


def finished(at: Setting) -> str:
    """A query that root has run in the case's group."""
    athena = at.root("athena")
    identity = query(at, athena, **in_group(at))
    while athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]["State"] in ("QUEUED", "RUNNING"):
        time.sleep(0.05)
    return identity


@call
def start_query(at: Setting) -> None:
    group = in_group(at)
    with refused_because("GetBucketLocation") if "GetBucketLocation" in at.case.title else contextlib.nullcontext():
        query(at, at.client("athena"), **group)


@call
def start_in_primary(at: Setting) -> None:
    query(at, at.client("athena"), ResultConfiguration={"OutputLocation": f"s3://{at.bucket}/results/"})


@call
def get_query(at: Setting) -> None:
    at.client("athena").get_query_execution(QueryExecutionId=finished(at))


@call
def stop_query(at: Setting) -> None:
    at.client("athena").stop_query_execution(QueryExecutionId=finished(at))


@call
def get_query_results(at: Setting) -> None:
    at.client("athena").get_query_results(QueryExecutionId=finished(at))


@call
def batch_get_query(at: Setting) -> None:
    at.client("athena").batch_get_query_execution(QueryExecutionIds=[finished(at)])


@call
def get_named_query(at: Setting) -> None:
    group = in_group(at)
    made = at.root("athena").create_named_query(Name="n", Database="default", QueryString="SELECT 1", **group)
    at.client("athena").get_named_query(NamedQueryId=made["NamedQueryId"])


@call
def execute_prepared(at: Setting) -> None:
    group = in_group(at)
    at.root("athena").create_prepared_statement(StatementName="one", QueryStatement="SELECT 1", **group)
    with refused_because("athena:GetPreparedStatement") if not at.case.allowed else contextlib.nullcontext():
        query(at, at.client("athena"), "EXECUTE one", **group)


def table(at: Setting) -> dict[str, str]:
    glue = at.root("glue")
    glue.create_database(DatabaseInput={"Name": at.role})
    glue.create_table(DatabaseName=at.role, TableInput={"Name": "one"})
    return {"DatabaseName": at.role}


@call
def get_table(at: Setting) -> None:
    at.client("glue").get_table(**table(at), Name="one")


@call
def get_tables(at: Setting) -> None:
    at.client("glue").get_tables(**table(at))


@call
def get_partitions(at: Setting) -> None:
    at.client("glue").get_partitions(**table(at), TableName="one")


@call
def batch_get_partition(at: Setting) -> None:
    at.client("glue").batch_get_partition(**table(at), TableName="one", PartitionsToGet=[{"Values": ["1"]}])


@call
def batch_delete_table(at: Setting) -> None:
    at.client("glue").batch_delete_table(**table(at), TablesToDelete=["one"])


def job(at: Setting) -> None:
    command = {"Name": "glueetl", "ScriptLocation": "s3://none/none.py"}
    at.root("glue").create_job(Name=at.role, Role=passed_role(at, "glue.amazonaws.com"), Command=command)


@call
def batch_get_jobs(at: Setting) -> None:
    job(at)
    at.client("glue").batch_get_jobs(JobNames=[at.role])


@call
def get_jobs(at: Setting) -> None:
    job(at)
    at.client("glue").get_jobs()


@contextlib.contextmanager
def kms_refusals() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        assert error.response["Error"]["Code"] == "KMS.AccessDeniedException"
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "") from error


@contextlib.contextmanager
def refused_because(reason: str) -> Iterator[None]:
    """Let a refusal for this reason be a denial, whatever its code."""
    try:
        yield
    except ClientError as error:
        assert reason in str(error)
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "") from error


@pytest.fixture
def setting(server: Lake, request: pytest.FixtureRequest) -> Setting:
    case: Case = request.param
    number = CASES.index(case)
    at = Setting(server, case, f"case-{number}", f"role-{number}")
    s3, iam = at.root("s3"), at.root("iam")
    s3.create_bucket(Bucket=at.bucket)
    s3.delete_public_access_block(Bucket=at.bucket)
    for key in ("data/a", "star/*"):
        s3.put_object(Bucket=at.bucket, Key=key, Body=b"x", Tagging="class=secret")
    at.make_role(at.role, Tags=tags(case.tags))
    if case.identity:
        iam.put_role_policy(RoleName=at.role, PolicyName="identity", PolicyDocument=at.document(case.identity))
    if case.boundary is not None:
        made = iam.create_policy(PolicyName=f"boundary-{number}", PolicyDocument=at.document(case.boundary))
        iam.put_role_permissions_boundary(RoleName=at.role, PermissionsBoundary=made["Policy"]["Arn"])
    if case.bucket:
        s3.put_bucket_policy(Bucket=at.bucket, Policy=at.document(case.bucket))
    return at


@pytest.mark.parametrize("setting", CASES, ids=[case.title for case in CASES], indirect=True)
def test_the_lake_answers_as_aws(setting: Setting) -> None:
    try:
        CALLS[setting.case.call](setting)
    except ClientError as error:
        assert error.response["Error"]["Code"] in DENIED, error
        assert not setting.case.allowed, error
    else:
        assert setting.case.allowed


def test_every_case_names_its_page_once() -> None:
    assert all(case.page.startswith("https://docs.aws.amazon.com/") for case in CASES)
    assert len({case.title for case in CASES}) == len(CASES)
