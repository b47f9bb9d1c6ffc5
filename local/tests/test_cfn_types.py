"""Resource types on a real server: buckets whole, recorded types, custom resources that fail."""

from __future__ import annotations

import json
import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake

BUCKET = {
    "Tags": [{"Key": "team", "Value": "data"}],
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [
            {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/aws/s3"}}
        ]
    },
    "LifecycleConfiguration": {
        "Rules": [
            {
                "Id": "all",
                "Status": "Enabled",
                "ExpirationInDays": "10",
                "NoncurrentVersionExpiration": {"NoncurrentDays": 5, "NewerNoncurrentVersions": 2},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            },
            {
                "Id": "some",
                "Status": "Disabled",
                "Prefix": "logs/",
                "TagFilters": [{"Key": "a", "Value": "b"}],
                "Transitions": [{"StorageClass": "GLACIER_IR", "TransitionInDays": 30}],
                "NoncurrentVersionTransitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 40}],
            },
            {"Id": "markers", "Status": "Enabled", "ExpiredObjectDeleteMarker": True},
        ]
    },
    "LoggingConfiguration": {"DestinationBucketName": {"Ref": "Logs"}, "LogFilePrefix": "access/"},
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
    "VersioningConfiguration": {"Status": "Enabled"},
    "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
}


class Stack:
    """One stack, through CloudFormation's API."""

    def __init__(self, server: Lake, name: str) -> None:
        self.cloudformation = server.client("cloudformation")
        self.name = name

    def put(self, resources: dict[str, Any]) -> dict[str, Any]:
        known = [stack["StackName"] for stack in self.cloudformation.describe_stacks()["Stacks"]]
        call = self.cloudformation.update_stack if self.name in known else self.cloudformation.create_stack
        call(StackName=self.name, TemplateBody=json.dumps({"Resources": resources}), Capabilities=["CAPABILITY_IAM"])
        return self.wait()

    def delete(self) -> dict[str, Any]:
        self.stack_id = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackId"]
        self.cloudformation.delete_stack(StackName=self.name)
        return self.wait(self.stack_id)

    def wait(self, name: str | None = None) -> dict[str, Any]:
        while True:
            described = self.cloudformation.describe_stacks(StackName=name or self.name)["Stacks"][0]
            if not described["StackStatus"].endswith("_IN_PROGRESS"):
                return described
            time.sleep(0.05)

    def physical_id(self, logical_id: str) -> str:
        return self.cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)["StackResourceDetail"][
            "PhysicalResourceId"
        ]

    def reasons(self, name: str | None = None) -> str:
        events = self.cloudformation.describe_stack_events(StackName=name or self.name)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)


@pytest.fixture
def stack(server: Lake, request: pytest.FixtureRequest) -> Stack:
    return Stack(server, "".join(c for c in request.node.name.title() if c.isalnum()))


def bucket(properties: dict[str, Any], **resource: Any) -> dict[str, Any]:
    return {"Logs": {"Type": "AWS::S3::Bucket"}, "Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties, **resource}}


def test_a_bucket_gets_all_that_the_template_says(server: Lake, stack: Stack) -> None:
    assert stack.put(bucket(BUCKET))["StackStatus"] == "CREATE_COMPLETE"
    s3, name = server.client("s3"), stack.physical_id("Bucket")
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
    assert tags["team"] == "data" and tags["aws:cloudformation:stack-name"] == stack.name
    rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule == {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/aws/s3"},
        "BucketKeyEnabled": True,
    }
    assert s3.get_bucket_logging(Bucket=name)["LoggingEnabled"] == {"TargetBucket": stack.physical_id("Logs"), "TargetPrefix": "access/"}
    assert s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerPreferred"}]
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=name)
    everything, some, markers = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert everything == {
        "ID": "all",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": 10},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 5, "NewerNoncurrentVersions": 2},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    assert some["Status"] == "Disabled"
    assert (some["Filter"]["And"]["Prefix"], some["Filter"]["And"]["Tags"]) == ("logs/", [{"Key": "a", "Value": "b"}])
    assert some["Transitions"] == [{"Days": 30, "StorageClass": "GLACIER_IR"}]
    assert some["NoncurrentVersionTransitions"] == [{"NoncurrentDays": 40, "StorageClass": "STANDARD_IA"}]
    assert markers["Expiration"] == {"ExpiredObjectDeleteMarker": True}


def test_a_bucket_loses_what_the_template_no_longer_says(server: Lake, stack: Stack) -> None:
    stack.put(bucket(BUCKET))
    name = stack.physical_id("Bucket")
    assert stack.put(bucket({"Tags": [{"Key": "team", "Value": "other"}]}))["StackStatus"] == "UPDATE_COMPLETE"
    s3 = server.client("s3")
    assert stack.physical_id("Bucket") == name
    assert {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}["team"] == "other"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=name)
    for call in (s3.get_bucket_lifecycle_configuration,):
        with pytest.raises(s3.exceptions.ClientError, match="NoSuch"):
            call(Bucket=name)


def test_a_bucket_with_objects_is_not_deleted(server: Lake, stack: Stack) -> None:
    stack.put(bucket({}))
    name, s3 = stack.physical_id("Bucket"), server.client("s3")
    s3.put_object(Bucket=name, Key="precious", Body=b"data")
    assert stack.delete()["StackStatus"] == "DELETE_FAILED"
    assert "not empty" in stack.reasons(stack.stack_id)
    assert s3.get_object(Bucket=name, Key="precious")["Body"].read() == b"data"
    s3.delete_object(Bucket=name, Key="precious")
    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_an_invalid_property_fails_with_s3s_own_words(stack: Stack) -> None:
    wrong = {"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "rot13"}}]}}
    assert stack.put(bucket(wrong))["StackStatus"] in ("ROLLBACK_COMPLETE", "CREATE_FAILED")
    assert "BucketEncryption" in stack.reasons() or "SSEAlgorithm" in stack.reasons()


def test_a_recorded_type_has_a_name_and_attributes_and_does_nothing(stack: Stack) -> None:
    resources = {
        "Connection": {"Type": "AWS::QuickSight::DataSource", "Properties": {"DataSourceId": "lake", "AwsAccountId": "000000000000"}},
        "Named": {
            "Type": "AWS::QuickSight::Dashboard",
            "Properties": {"DashboardId": "sales", "AwsAccountId": "000000000000", "Name": "Sales"},
        },
        "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Connection", "Arn"]}}},
    }
    assert stack.put(resources)["StackStatus"] == "CREATE_COMPLETE"
    assert stack.physical_id("Named") == "sales"
    resources["Connection"]["Properties"]["Name"] = "Lake"
    before = stack.physical_id("Connection")
    assert stack.put(resources)["StackStatus"] == "UPDATE_COMPLETE"
    assert stack.physical_id("Connection") == before
    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_a_custom_resource_whose_handler_crashes_fails_at_once(stack: Stack) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    started = time.monotonic()
    described = stack.put(
        {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
            "Handler": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "python3.13",
                    "Handler": "index.handler",
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Code": {"ZipFile": "def handler(event, context):\n    raise KeyError('Colour')\n"},
                },
            },
            "Custom": {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Handler", "Arn"]}}},
        }
    )
    assert described["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Colour" in stack.reasons()
    assert time.monotonic() - started < 600, "it is not waited for, as for a handler that has not answered"


def test_a_secret_is_called_by_its_arn_and_its_policy_decides(server: Lake, stack: Stack) -> None:
    generated = {"SecretStringTemplate": '{"username": "joe"}', "GenerateStringKey": "password", "ExcludePunctuation": True}
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": generated}}
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    reads = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": {"Ref": "Secret"}}
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": trust,
            "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [reads]}}],
        },
    }

    def policy(effect: str) -> dict[str, Any]:
        named = {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}
        statement = {"Effect": effect, "Principal": named, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
        document = {"Statement": [statement]}
        properties = {"SecretId": {"Ref": "Secret"}, "ResourcePolicy": document}
        return {"Type": "AWS::SecretsManager::ResourcePolicy", "Properties": properties}

    def read() -> str:
        found = server.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::000000000000:role/{stack.physical_id('Role')}", RoleSessionName="test"
        )["Credentials"]
        keys = (found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        client = boto3.Session(*keys, region_name="us-east-1").client("secretsmanager", endpoint_url=server.endpoint)
        try:
            return str(json.loads(client.get_secret_value(SecretId=arn)["SecretString"])["username"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    parts = {"Secret": secret, "Role": role}
    assert stack.put(parts)["StackStatus"] == "CREATE_COMPLETE"
    arn = stack.physical_id("Secret")
    assert arn.startswith("arn:aws:secretsmanager:us-east-1:000000000000:secret:")
    assert read() == "joe"
    assert stack.put({**parts, "Policy": policy("Deny")})["StackStatus"] == "UPDATE_COMPLETE"
    assert stack.physical_id("Policy") == arn and read() == "AccessDeniedException"
    assert stack.put({**parts, "Policy": policy("Allow")})["StackStatus"] == "UPDATE_COMPLETE"
    assert read() == "joe"
    described = {**secret, "Properties": {**secret["Properties"], "Description": "kept"}}
    assert stack.put({**parts, "Secret": described})["StackStatus"] == "UPDATE_COMPLETE"
    found = server.client("secretsmanager").describe_secret(SecretId=arn)
    assert (stack.physical_id("Secret"), found["Description"]) == (arn, "kept")
    cloudformation = server.client("cloudformation")
    cloudformation.detect_stack_drift(StackName=stack.name)
    drifts = cloudformation.describe_stack_resource_drifts(StackName=stack.name)["StackResourceDrifts"]
    assert "IN_SYNC" in {one["StackResourceDriftStatus"] for one in drifts if one["PhysicalResourceId"] == arn}
    assert "ResourcePolicy" not in server.client("secretsmanager").get_resource_policy(SecretId=arn)
    stack.delete()
    assert server.client("secretsmanager").list_secrets()["SecretList"] == []


def test_an_unknown_type_is_refused_by_name(stack: Stack) -> None:
    with pytest.raises(stack.cloudformation.exceptions.ClientError, match=r"Unrecognized resource types: \[AWS::Nonsense::Thing\]"):
        stack.put({"Odd": {"Type": "AWS::Nonsense::Thing"}})


def test_a_list_is_joined_in_a_condition(stack: Stack) -> None:
    """As in the template of `cdk bootstrap`, which grants its role everything if no policies are named."""
    template = {
        "Parameters": {"Policies": {"Type": "CommaDelimitedList", "Default": ""}},
        "Conditions": {"Has": {"Fn::Not": [{"Fn::Equals": ["", {"Fn::Join": ["", {"Ref": "Policies"}]}]}]}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"Answer": {"Value": {"Fn::If": ["Has", "some", "none"]}}},
    }
    for given, answer in (([], "none"), ([{"ParameterKey": "Policies", "ParameterValue": "a,b"}], "some")):
        call = stack.cloudformation.update_stack if given else stack.cloudformation.create_stack
        call(StackName=stack.name, TemplateBody=json.dumps(template), Parameters=given)
        assert stack.wait()["Outputs"][0]["OutputValue"] == answer


def test_the_bucket_that_lake_up_made_for_assets_becomes_the_bootstrap_stacks(server: Lake, stack: Stack) -> None:
    name = "cdk-hnb659fds-assets-000000000000-us-east-1"
    s3, ssm = server.client("s3"), server.client("ssm")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="asset.zip", Body=b"x")
    ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    version = {"Name": "/cdk-bootstrap/hnb659fds/version", "Value": "31", "Type": "String"}
    described = stack.put(
        {
            "StagingBucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"BucketName": name, "VersioningConfiguration": {"Status": "Enabled"}, "Tags": [{"Key": "a", "Value": "b"}]},
            },
            "Version": {"Type": "AWS::SSM::Parameter", "Properties": version},
        }
    )
    assert described["StackStatus"] == "CREATE_COMPLETE", stack.reasons()
    assert stack.physical_id("StagingBucket") == name
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert {"Key": "a", "Value": "b"} in s3.get_bucket_tagging(Bucket=name)["TagSet"]
    assert s3.get_object(Bucket=name, Key="asset.zip")["Body"].read() == b"x"
    assert ssm.get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]["Value"] == "31"
