"""A lake's place in a network: what a template makes is what the APIs show, and what would not work on AWS is refused."""

from __future__ import annotations

from typing import Any

import pytest
from lake_local.lake.client import Lake

from .test_cfn_types import Stack

ZONE = "us-east-1a"


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def connection(**place: Any) -> dict[str, Any]:
    needs = {"SubnetId": ref("Subnet"), "AvailabilityZone": ZONE, "SecurityGroupIdList": [{"Fn::GetAtt": ["Group", "GroupId"]}], **place}
    wanted = {"ConnectionType": "NETWORK", "PhysicalConnectionRequirements": needs}
    return {"Type": "AWS::Glue::Connection", "Properties": {"CatalogId": "000000000000", "ConnectionInput": wanted}}


def network(**more: Any) -> dict[str, Any]:
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
        "Subnet": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": ref("Vpc"), "CidrBlock": "10.9.1.0/24", "AvailabilityZone": ZONE},
        },
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": "jobs",
                "VpcId": ref("Vpc"),
                "SecurityGroupIngress": [
                    {"CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
                ],
            },
        },
        **more,
    }


RULE = {
    "Type": "AWS::EC2::SecurityGroupIngress",
    "Properties": {
        "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]},
        "SourceSecurityGroupId": {"Fn::GetAtt": ["Group", "GroupId"]},
        "IpProtocol": "tcp",
        "FromPort": 0,
        "ToPort": 65535,
    },
}


@pytest.fixture
def stack(server: Lake, request: pytest.FixtureRequest) -> Stack:
    return Stack(server, "".join(c for c in request.node.name.title() if c.isalnum()))


def test_a_rule_joins_its_group_and_leaves_it(server: Lake, stack: Stack) -> None:
    assert stack.put(network(Rule=RULE))["StackStatus"] == "CREATE_COMPLETE"
    group = stack.physical_id("Group")

    def rules() -> list[dict[str, Any]]:
        return server.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]

    https, own = rules()
    assert https["IpRanges"][0]["CidrIp"] == "10.9.0.0/16"
    assert own["UserIdGroupPairs"][0]["GroupId"] == group and (own["FromPort"], own["ToPort"]) == (0, 65535)
    assert stack.put(network())["StackStatus"] == "UPDATE_COMPLETE"
    assert rules() == [https]


def test_the_same_rule_twice_is_refused(stack: Stack) -> None:
    assert stack.put(network(Rule=RULE, Again={**RULE, "DependsOn": "Rule"}))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "InvalidPermission.Duplicate" in stack.reasons()


def test_a_connection_is_shown_changed_and_gone(server: Lake, stack: Stack) -> None:
    assert stack.put(network(Connection=connection()))["StackStatus"] == "CREATE_COMPLETE"
    glue, name = server.client("glue"), stack.physical_id("Connection")
    shown = glue.get_connection(Name=name)["Connection"]
    assert shown["ConnectionType"] == "NETWORK"
    assert shown["PhysicalConnectionRequirements"] == {
        "SubnetId": stack.physical_id("Subnet"),
        "AvailabilityZone": ZONE,
        "SecurityGroupIdList": [stack.physical_id("Group")],
    }
    changed = connection()
    changed["Properties"]["ConnectionInput"]["Description"] = "new"
    assert stack.put(network(Connection=changed))["StackStatus"] == "UPDATE_COMPLETE"
    assert stack.physical_id("Connection") == name
    assert glue.get_connection(Name=name)["Connection"]["Description"] == "new"
    stack.delete()
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_connection(Name=name)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({"AvailabilityZone": "us-east-1b"}, "is in us-east-1a, not in us-east-1b"),
        ({"SubnetId": "subnet-none"}, "the subnet 'subnet-none' does not exist"),
        ({"SecurityGroupIdList": ["sg-none"]}, "the security group 'sg-none' does not exist"),
        ({"SubnetId": ""}, "a NETWORK connection needs a SubnetId"),
    ],
)
def test_a_connection_that_does_not_fit_is_refused(stack: Stack, place: dict[str, Any], reason: str) -> None:
    assert stack.put(network(Connection=connection(**place)))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in stack.reasons()


def function(config: dict[str, Any] | None) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}}}
    properties = {
        "Code": {"ZipFile": "def handler(event, context):\n    return 'ran'\n"},
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        **({"VpcConfig": config} if config else {}),
    }
    return {"Role": role, "Function": {"Type": "AWS::Lambda::Function", "Properties": properties}}


def test_a_function_in_a_vpc_is_shown_there_and_runs(server: Lake, stack: Stack) -> None:
    config = {"SubnetIds": [ref("Subnet")], "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}]}
    assert stack.put(network(**function(config)))["StackStatus"] == "CREATE_COMPLETE"
    functions, name = server.client("lambda"), stack.physical_id("Function")
    shown = functions.get_function_configuration(FunctionName=name)["VpcConfig"]
    assert (shown["VpcId"], shown["SubnetIds"]) == (stack.physical_id("Vpc"), [stack.physical_id("Subnet")])
    assert functions.invoke(FunctionName=name)["Payload"].read() == b'"ran"'
    assert stack.put(network(**function(None)))["StackStatus"] == "UPDATE_COMPLETE"
    assert not functions.get_function_configuration(FunctionName=name).get("VpcConfig", {}).get("SubnetIds")


def test_a_function_in_no_such_subnet_is_refused(stack: Stack) -> None:
    config = {"SubnetIds": ["subnet-none"], "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}]}
    assert stack.put(network(**function(config)))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "the subnet 'subnet-none' does not exist" in stack.reasons()


def role_for(service: str, *actions: str) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policies = [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}] if actions else []
    document = {"Version": "2012-10-17", "Statement": [trust]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document, "Policies": policies}}


def dhcp_options(domain: str) -> dict[str, Any]:
    return {
        "Options": {"Type": "AWS::EC2::DHCPOptions", "Properties": {"DomainName": domain, "DomainNameServers": ["AmazonProvidedDNS"]}},
        "Association": {
            "Type": "AWS::EC2::VPCDHCPOptionsAssociation",
            "Properties": {"VpcId": ref("Vpc"), "DhcpOptionsId": ref("Options")},
        },
    }


def test_dhcp_options_are_the_vpcs_changed_and_gone(server: Lake, stack: Stack) -> None:
    ec2 = server.client("ec2")

    def of_vpc() -> str:
        return str(ec2.describe_vpcs(VpcIds=[stack.physical_id("Vpc")])["Vpcs"][0]["DhcpOptionsId"])

    def domains() -> list[str]:
        (found,) = ec2.describe_dhcp_options(DhcpOptionsIds=[of_vpc()])["DhcpOptions"]
        return [value["Value"] for one in found["DhcpConfigurations"] if one["Key"] == "domain-name" for value in one["Values"]]

    assert stack.put(network(**dhcp_options("ec2.internal")))["StackStatus"] == "CREATE_COMPLETE"
    assert of_vpc() == stack.physical_id("Options") and domains() == ["ec2.internal"]
    assert stack.put(network(**dhcp_options("example.internal")))["StackStatus"] == "UPDATE_COMPLETE"
    assert of_vpc() == stack.physical_id("Options") and domains() == ["example.internal"]
    assert stack.put(network())["StackStatus"] == "UPDATE_COMPLETE"
    assert of_vpc() == "default"


def flow_log(role: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "ResourceId": ref("Vpc"),
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogGroupName": ref("Logs"),
        "DeliverLogsPermissionArn": {"Fn::GetAtt": ["Writer", "Arn"]},
    }
    return {"Logs": {"Type": "AWS::Logs::LogGroup"}, "Writer": role, "FlowLog": {"Type": "AWS::EC2::FlowLog", "Properties": properties}}


def test_a_flow_log_is_shown_and_gone(server: Lake, stack: Stack) -> None:
    assert stack.put(network(**flow_log(role_for("vpc-flow-logs.amazonaws.com"))))["StackStatus"] == "CREATE_COMPLETE"
    (shown,) = server.client("ec2").describe_flow_logs(FlowLogIds=[stack.physical_id("FlowLog")])["FlowLogs"]
    assert (shown["ResourceId"], shown["LogDestination"]) == (stack.physical_id("Vpc"), stack.physical_id("Logs"))
    stack.delete()
    assert shown["FlowLogId"] not in {one["FlowLogId"] for one in server.client("ec2").describe_flow_logs()["FlowLogs"]}


def test_a_flow_log_whose_role_trusts_another_service_is_refused(stack: Stack) -> None:
    assert stack.put(network(**flow_log(role_for("lambda.amazonaws.com"))))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "unable to assume the role of DeliverLogsPermissionArn" in stack.reasons()


def test_a_nat_gateway_has_its_address_and_both_go(server: Lake, stack: Stack) -> None:
    parts = {
        "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
        "Nat": {
            "Type": "AWS::EC2::NatGateway",
            "Properties": {"SubnetId": ref("Subnet"), "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}},
        },
    }
    assert stack.put(network(**parts))["StackStatus"] == "CREATE_COMPLETE"
    ec2 = server.client("ec2")
    (shown,) = ec2.describe_nat_gateways(NatGatewayIds=[stack.physical_id("Nat")])["NatGateways"]
    assert (shown["SubnetId"], shown["State"]) == (stack.physical_id("Subnet"), "available")
    address = stack.physical_id("Address")
    assert address in {one["PublicIp"] for one in ec2.describe_addresses()["Addresses"]}
    stack.delete()
    assert address not in {one["PublicIp"] for one in ec2.describe_addresses()["Addresses"]}


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"A": {"Type": "AWS::EC2::DHCPOptions", "Properties": {"DomainName": "x"}}}, "one of DomainNameServers"),
        (
            {"A": {"Type": "AWS::EC2::VPCDHCPOptionsAssociation", "Properties": {"VpcId": "vpc-none", "DhcpOptionsId": "default"}}},
            "InvalidVpcID.NotFound",
        ),
        (
            {"A": {"Type": "AWS::EC2::VPCDHCPOptionsAssociation", "Properties": {"VpcId": ref("Vpc"), "DhcpOptionsId": "dopt-none"}}},
            "InvalidDhcpOptionID.NotFound",
        ),
        ({"A": {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": "subnet-none"}}}, "InvalidSubnetID.NotFound"),
        (
            {"A": {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": ref("Subnet"), "AllocationId": "eipalloc-none"}}},
            "InvalidAllocationID.NotFound",
        ),
    ],
)
def test_parts_of_a_vpc_that_do_not_fit_are_refused(stack: Stack, parts: dict[str, Any], reason: str) -> None:
    assert stack.put(network(**parts))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in stack.reasons()


def closed_default_group(*actions: str) -> dict[str, Any]:
    """What the CDK makes of `restrictDefaultSecurityGroup`."""
    handler = {
        "Code": {"ZipFile": "exports.handler = async () => { throw new Error('not run') };"},
        "Handler": "index.handler",
        "Runtime": "nodejs22.x",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    }
    properties = {
        "ServiceToken": {"Fn::GetAtt": ["Handler", "Arn"]},
        "DefaultSecurityGroupId": {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]},
        "Account": ref("AWS::AccountId"),
    }
    return {
        "Role": role_for("lambda.amazonaws.com", *actions),
        "Handler": {"Type": "AWS::Lambda::Function", "Properties": handler},
        "Closed": {"Type": "Custom::VpcRestrictDefaultSG", "Properties": properties},
    }


REVOKE = ("ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress")
AUTHORIZE = ("ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress")


def test_the_default_security_group_is_closed_and_opened_again(server: Lake, stack: Stack) -> None:
    def rules() -> tuple[int, int]:
        (group,) = server.client("ec2").describe_security_groups(
            Filters=[{"Name": "vpc-id", "Values": [stack.physical_id("Vpc")]}, {"Name": "group-name", "Values": ["default"]}]
        )["SecurityGroups"]
        return len(group["IpPermissions"]), len(group["IpPermissionsEgress"])

    assert stack.put(network())["StackStatus"] == "CREATE_COMPLETE"
    assert rules() == (1, 1)
    handler = closed_default_group(*REVOKE, *AUTHORIZE)
    assert stack.put(network(**handler))["StackStatus"] == "UPDATE_COMPLETE"
    assert rules() == (0, 0)
    assert stack.put(network(Role=handler["Role"], Handler=handler["Handler"]))["StackStatus"] == "UPDATE_COMPLETE"
    assert rules() == (1, 1)


def test_the_default_security_group_is_closed_with_the_handlers_rights_only(stack: Stack) -> None:
    assert stack.put(network(**closed_default_group(REVOKE[0])))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "not authorized to perform: ec2:RevokeSecurityGroupEgress" in stack.reasons()
