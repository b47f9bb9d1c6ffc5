"""Redshift Serverless and provisioned clusters, by boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return f"{error.value.response['Error']['Code']}: {error.value.response['Error']['Message']}"


def test_serverless_lives_and_ends(server: Lake) -> None:
    api, secrets = server.client("redshift-serverless"), server.client("secretsmanager")
    namespace = api.create_namespace(namespaceName="life", manageAdminPassword=True, dbName="sales", tags=[{"key": "a", "value": "b"}])
    namespace = namespace["namespace"]
    assert (namespace["status"], namespace["dbName"], namespace["adminUsername"]) == ("AVAILABLE", "sales", "admin")
    assert '"username": "admin"' in secrets.get_secret_value(SecretId=namespace["adminPasswordSecretArn"])["SecretString"]
    workgroup = api.create_workgroup(workgroupName="life-wg", namespaceName="life", baseCapacity=8, maxCapacity=16)["workgroup"]
    assert workgroup["endpoint"]["address"] == "127.0.0.1" and workgroup["endpoint"]["port"] > 1024
    limit = {"resourceArn": workgroup["workgroupArn"], "usageType": "serverless-compute", "amount": 10, "breachAction": "deactivate"}
    made = api.create_usage_limit(**limit)["usageLimit"]
    assert made["period"] == "monthly"
    assert refused(api.create_usage_limit, **limit).startswith("ConflictException")
    assert api.update_usage_limit(usageLimitId=made["usageLimitId"], amount=20)["usageLimit"]["amount"] == 20
    assert [one["amount"] for one in api.list_usage_limits(resourceArn=workgroup["workgroupArn"])["usageLimits"]] == [20]
    assert api.list_tags_for_resource(resourceArn=namespace["namespaceArn"])["tags"] == [{"key": "a", "value": "b"}]
    assert api.update_workgroup(workgroupName="life-wg", baseCapacity=16)["workgroup"]["baseCapacity"] == 16
    assert refused(api.delete_namespace, namespaceName="life").startswith("ConflictException")
    api.delete_workgroup(workgroupName="life-wg")
    api.delete_namespace(namespaceName="life")
    assert refused(api.get_namespace, namespaceName="life").startswith("ResourceNotFoundException")
    assert refused(api.get_usage_limit, usageLimitId=made["usageLimitId"]).startswith("ResourceNotFoundException")
    assert refused(secrets.describe_secret, SecretId=namespace["adminPasswordSecretArn"]).startswith("ResourceNotFoundException")


@pytest.mark.parametrize(
    ("operation", "given", "message"),
    [
        ("create_namespace", {"namespaceName": "UPPER"}, "must have 3 to 64 characters"),
        ("create_namespace", {"namespaceName": "weak", "adminUsername": "a", "adminUserPassword": "short"}, "8 to 64 characters"),
        ("create_namespace", {"namespaceName": "two", "adminUserPassword": "Passw0rd1", "manageAdminPassword": True}, "can't use"),
        ("create_workgroup", {"workgroupName": "wgx", "namespaceName": "nowhere"}, "namespace nowhere was not found"),
        ("create_usage_limit", {"resourceArn": "arn:aws:x", "usageType": "serverless-compute", "amount": 1}, "was not found"),
    ],
)
def test_serverless_refuses(server: Lake, operation: str, given: dict[str, Any], message: str) -> None:
    assert message in refused(getattr(server.client("redshift-serverless"), operation), **given)


def test_capacity_and_network_are_checked(server: Lake) -> None:
    api = server.client("redshift-serverless")
    api.create_namespace(namespaceName="checked")
    wanted = {"workgroupName": "checked", "namespaceName": "checked"}
    assert "multiple of 8" in refused(api.create_workgroup, **wanted, baseCapacity=9)
    assert "must not be smaller" in refused(api.create_workgroup, **wanted, baseCapacity=64, maxCapacity=32)
    ec2 = server.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{i}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]
        for i, zone in enumerate("abc")
    ]
    assert "3 Availability Zones" in refused(api.create_workgroup, **wanted, subnetIds=subnets[:2])
    assert api.create_workgroup(**wanted, subnetIds=subnets)["workgroup"]["subnetIds"] == subnets


def test_cluster_lives_and_ends(server: Lake) -> None:
    api, ec2 = server.client("redshift"), server.client("ec2")
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    api.create_cluster_subnet_group(ClusterSubnetGroupName="Group", Description="d", SubnetIds=subnets)
    groups = api.describe_cluster_subnet_groups(ClusterSubnetGroupName="group")["ClusterSubnetGroups"]
    assert [one["SubnetIdentifier"] for one in groups[0]["Subnets"]] == subnets
    api.create_cluster_parameter_group(ParameterGroupName="pg", ParameterGroupFamily="redshift-2.0", Description="d")
    made = api.create_cluster(
        ClusterIdentifier="store",
        NodeType="ra3.large",
        ClusterType="multi-node",
        NumberOfNodes=4,
        MasterUsername="boss",
        ManageMasterPassword=True,
        ClusterSubnetGroupName="group",
        ClusterParameterGroupName="pg",
        Tags=[{"Key": "k", "Value": "v"}],
    )["Cluster"]
    assert (made["ClusterStatus"], made["NumberOfNodes"], made["Endpoint"]["Address"]) == ("available", 4, "127.0.0.1")
    assert made["Tags"] == [{"Key": "k", "Value": "v"}] and "MasterPasswordSecretArn" in made
    assert refused(api.delete_cluster_subnet_group, ClusterSubnetGroupName="group").startswith("InvalidClusterSubnetGroupStateFault")
    api.modify_cluster(ClusterIdentifier="store", NodeType="ra3.xlplus", NumberOfNodes=32)
    assert "must be 1 to 32, got 33" in refused(api.modify_cluster, ClusterIdentifier="store", NumberOfNodes=33)
    api.modify_cluster(ClusterIdentifier="store", NumberOfNodes=2)
    api.modify_cluster_iam_roles(ClusterIdentifier="store", AddIamRoles=["arn:aws:iam::000000000000:role/r"])
    [found] = api.describe_clusters(ClusterIdentifier="store")["Clusters"]
    assert (found["NumberOfNodes"], [one["IamRoleArn"] for one in found["IamRoles"]]) == (2, ["arn:aws:iam::000000000000:role/r"])
    assert refused(api.delete_cluster, ClusterIdentifier="store").startswith("InvalidParameterCombination")
    api.delete_cluster(ClusterIdentifier="store", SkipFinalClusterSnapshot=True)
    assert refused(api.describe_clusters, ClusterIdentifier="store").startswith("ClusterNotFound")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        # https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html#rs-ra3-node-types
        ({"NodeType": "dc2.large"}, "Invalid node type: dc2.large"),
        ({"ClusterType": "multi-node", "NumberOfNodes": 1}, "at least 2"),
        ({"NodeType": "ra3.4xlarge"}, "must be 2 to 32, got 1"),
        ({"NodeType": "rg.xlarge"}, "must be 2 to 16, got 1"),
        ({"NodeType": "ra3.xlplus", "ClusterType": "multi-node", "NumberOfNodes": 17}, "must be 1 to 16, got 17"),
        ({"MasterUserPassword": "weakpassword"}, "8 to 64 characters"),
        ({"ClusterSubnetGroupName": "nogroup"}, "Cluster subnet group nogroup not found"),
        ({"ClusterIdentifier": "a--b"}, "must have 1 to 63 characters"),
    ],
)
def test_cluster_refuses(server: Lake, given: dict[str, Any], message: str) -> None:
    wanted = {"ClusterIdentifier": "bad", "NodeType": "ra3.large", "MasterUsername": "boss", "MasterUserPassword": "Passw0rd1", **given}
    assert message in refused(server.client("redshift").create_cluster, **wanted)
