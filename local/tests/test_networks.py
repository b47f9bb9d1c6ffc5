"""Calls of functions in a VPC: through an endpoint or a NAT gateway, as the endpoint's policy and the bucket's say; or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lake_local.lake.client import Lake

from .test_cfn_network import ref
from .test_cfn_types import Stack

CODE = """
import boto3

def handler(event, context):
    try:
        if event["service"] == "s3":
            boto3.client("s3").list_objects_v2(Bucket=event["bucket"])
        else:
            boto3.client("glue").get_databases()
        return "reached"
    except Exception as error:
        return str(error)
"""


def att(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def endpoint(service: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {"VpcId": ref("Vpc"), "ServiceName": f"com.amazonaws.us-east-1.{service}", **properties},
    }


def gateway(service: str = "s3", **properties: Any) -> dict[str, Any]:
    return endpoint(service, VpcEndpointType="Gateway", RouteTableIds=[ref("Table")], **properties)


def interface(service: str = "glue", **properties: Any) -> dict[str, Any]:
    return endpoint(service, VpcEndpointType="Interface", SubnetIds=[ref("Subnet")], **{"PrivateDnsEnabled": True, **properties})


def nat() -> dict[str, Any]:
    allocated = {"SubnetId": ref("Subnet"), "AllocationId": att("Address", "AllocationId")}
    route = {"RouteTableId": ref("Table"), "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": ref("Nat")}
    return {
        "Address": {"Type": "AWS::EC2::EIP"},
        "Nat": {"Type": "AWS::EC2::NatGateway", "Properties": allocated},
        "Route": {"Type": "AWS::EC2::Route", "Properties": route},
    }


def setting(**more: Any) -> dict[str, Any]:
    """A function in a subnet with a route table of its own, and a bucket; its role may list all buckets and databases."""
    allowed = {"Effect": "Allow", "Action": ["s3:ListBucket", "glue:GetDatabases"], "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": ref("Vpc"), "CidrBlock": "10.9.1.0/24"}},
        "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": ref("Vpc")}},
        "Association": {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"SubnetId": ref("Subnet"), "RouteTableId": ref("Table")},
        },
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "x", "VpcId": ref("Vpc")}},
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": document(trust),
                "Policies": [{"PolicyName": "own", "PolicyDocument": document(allowed)}],
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": CODE},
                "Handler": "index.handler",
                "Runtime": "python3.13",
                "Role": att("Role", "Arn"),
                "VpcConfig": {"SubnetIds": [ref("Subnet")], "SecurityGroupIds": [att("Group", "GroupId")]},
            },
        },
        **more,
    }


def only_through(endpoint_id: Any) -> dict[str, Any]:
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:ListBucket",
        "Resource": att("Bucket", "Arn"),
        "Condition": {"StringNotEquals": {"aws:SourceVpce": endpoint_id}},
    }
    return {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": ref("Bucket"), "PolicyDocument": document(denied)}}


def admits(**condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringEquals": condition}}
    return {"PolicyDocument": document(statement)}


OWN = "000000000000"
CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("no endpoint", {}, "s3", "has no way to s3"),
    ("gateway endpoint", {"S3": gateway()}, "s3", "reached"),
    ("gateway endpoint of another service", {"S3": gateway("dynamodb")}, "s3", "has no way to s3"),
    (
        "gateway endpoint of another route table",
        {"S3": endpoint("s3", VpcEndpointType="Gateway", RouteTableIds=[])},
        "s3",
        "has no way to s3",
    ),
    ("another service with S3's endpoint", {"S3": gateway()}, "glue", "has no way to glue"),
    ("interface endpoint", {"Glue": interface()}, "glue", "reached"),
    ("interface endpoint without private DNS", {"Glue": interface(PrivateDnsEnabled=False)}, "glue", "has no way to glue"),
    ("NAT", nat(), "glue", "reached"),
    (
        "endpoint's policy: own account",
        {"S3": gateway(**admits(**{"aws:PrincipalAccount": OWN, "aws:ResourceAccount": OWN}))},
        "s3",
        "reached",
    ),
    (
        "endpoint's policy: another account",
        {"S3": gateway(**admits(**{"aws:ResourceAccount": "1" * 12}))},
        "s3",
        "no VPC endpoint policy allows",
    ),
    ("bucket of this endpoint", {"S3": gateway(), "Policy": only_through(ref("S3"))}, "s3", "reached"),
    (
        "bucket of another endpoint",
        {"S3": gateway(), "Policy": only_through("vpce-1")},
        "s3",
        "with an explicit deny in a resource-based policy",
    ),
]


@pytest.mark.parametrize(("more", "service", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_function_in_a_vpc(server: Lake, request: pytest.FixtureRequest, more: dict[str, Any], service: str, expected: str) -> None:
    stack = Stack(server, "Networks" + "".join(c for c in request.node.name.title() if c.isalnum()))
    assert stack.put(setting(**more))["StackStatus"] == "CREATE_COMPLETE", stack.reasons()
    event = json.dumps({"service": service, "bucket": stack.physical_id("Bucket")})
    answer = server.client("lambda").invoke(FunctionName=stack.physical_id("Function"), Payload=event)["Payload"].read().decode()
    assert expected in answer


def test_a_bucket_of_an_endpoint_is_closed_to_whoever_comes_from_elsewhere(server: Lake, request: pytest.FixtureRequest) -> None:
    stack = Stack(server, "NetworksElsewhere")
    parts = setting(S3=gateway(), Policy=only_through(ref("S3")))
    del parts["Function"]["Properties"]["VpcConfig"]
    assert stack.put(parts)["StackStatus"] == "CREATE_COMPLETE", stack.reasons()
    event = json.dumps({"service": "s3", "bucket": stack.physical_id("Bucket")})
    answer = server.client("lambda").invoke(FunctionName=stack.physical_id("Function"), Payload=event)["Payload"].read().decode()
    assert "with an explicit deny in a resource-based policy" in answer
