"""Parts of a VPC that MiniStack's EC2 has and its CloudFormation has not: DHCP options, flow logs, NAT gateways and their addresses."""

from __future__ import annotations

import random
import secrets
from typing import Any

from lake_local.fidelity import Entry

from ..identity import AssumeRoleError, role_credentials
from ..ministack import network
from ..ministack.application import scope
from ..ministack.cloudformation import Created, Properties
from .registry import register

_DHCP_OPTIONS = "AWS::EC2::DHCPOptions"
_ASSOCIATION = "AWS::EC2::VPCDHCPOptionsAssociation"
_FLOW_LOG = "AWS::EC2::FlowLog"
_ADDRESS = "AWS::EC2::EIP"
_NAT_GATEWAY = "AWS::EC2::NatGateway"
TYPES = frozenset({_DHCP_OPTIONS, _ASSOCIATION, _FLOW_LOG, _ADDRESS, _NAT_GATEWAY})
_KEPT = "Kept and described by EC2's API. No packet passes it: functions and jobs use this machine's network."
FIDELITY = [
    Entry(_DHCP_OPTIONS, "differs", _KEPT),
    Entry(_ASSOCIATION, "differs", "The VPC is described with these options; nothing asks for them."),
    Entry(
        _FLOW_LOG,
        "differs",
        "Kept and described by EC2's API; its role must trust the flow logs. No packet passes, so no record is written.",
    ),
    Entry(_ADDRESS, "differs", _KEPT),
    Entry(_NAT_GATEWAY, "differs", _KEPT),
]

_DEFAULT_DHCP_OPTIONS = "default"
_FLOW_LOG_SERVICE = "vpc-flow-logs.amazonaws.com"
_CONFIGURATIONS = {
    "DomainName": "domain-name",
    "DomainNameServers": "domain-name-servers",
    "NtpServers": "ntp-servers",
    "NetbiosNameServers": "netbios-name-servers",
    "NetbiosNodeType": "netbios-node-type",
}


def install() -> None:
    # Without an update of their own, a change replaces them, as it does most of these on AWS.
    register(_DHCP_OPTIONS, _create_dhcp_options, None, lambda identifier, _: _forget(network.dhcp_options(), identifier))
    register(_ASSOCIATION, _associate, None, _dissociate)
    register(_FLOW_LOG, _create_flow_log, None, lambda identifier, _: _forget(network.flow_logs(), identifier))
    register(_ADDRESS, _allocate, None, _release)
    register(_NAT_GATEWAY, _create_nat_gateway, None, lambda identifier, _: _forget(network.nat_gateways(), identifier))


def _identifier(prefix: str) -> str:
    return f"{prefix}-0{secrets.token_hex(8)}"


def _forget(records: network.Described, identifier: str) -> None:
    records.pop(identifier, None)
    network.tag(identifier, [])


def _create_dhcp_options(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    if not any(properties.get(name) for name in ("DomainNameServers", "NetbiosNameServers", "NtpServers")):
        raise ValueError(f"{_DHCP_OPTIONS}: one of DomainNameServers, NetbiosNameServers and NtpServers is required")
    configurations = [
        {"Key": key, "Values": [str(value) for value in _listed(properties[name])]}
        for name, key in _CONFIGURATIONS.items()
        if properties.get(name)
    ]
    identifier = _identifier("dopt")
    network.dhcp_options()[identifier] = {
        "DhcpOptionsId": identifier,
        "DhcpConfigurations": configurations,
        "OwnerId": scope()[0],
        "Tags": [],
    }
    network.tag(identifier, properties.get("Tags") or [])
    return identifier, {"DhcpOptionsId": identifier}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _associate(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    options = properties.get("DhcpOptionsId", "")
    vpc = _existing(network.vpcs(), properties.get("VpcId", ""), "VPC", "InvalidVpcID.NotFound", _ASSOCIATION)
    if options != _DEFAULT_DHCP_OPTIONS:
        _existing(network.dhcp_options(), options, "DHCP options", "InvalidDhcpOptionID.NotFound", _ASSOCIATION)
    vpc["DhcpOptionsId"] = options
    return f"{options}|{vpc['VpcId']}", {}


def _dissociate(_physical_id: str, properties: Properties) -> None:
    vpc = network.vpcs().get(properties.get("VpcId", ""))
    # A replacement has associated other options by now.
    if vpc and vpc["DhcpOptionsId"] == properties.get("DhcpOptionsId"):
        vpc["DhcpOptionsId"] = _DEFAULT_DHCP_OPTIONS


def _create_flow_log(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    identifier = _identifier("fl")
    resource = properties.get("ResourceId", "")
    known = {"VPC": network.vpcs, "Subnet": network.subnets}.get(str(properties.get("ResourceType")))
    if known:
        _existing(known(), resource, str(properties["ResourceType"]), "InvalidParameterValue", _FLOW_LOG)
    destination = properties.get("LogDestinationType") or "cloud-watch-logs"
    if destination == "cloud-watch-logs":
        _require_writer(properties, identifier)
    network.flow_logs()[identifier] = {
        "FlowLogId": identifier,
        "ResourceId": resource,
        "ResourceType": properties.get("ResourceType", ""),
        "TrafficType": properties.get("TrafficType") or "ALL",
        "LogDestinationType": destination,
        "LogDestination": properties.get("LogDestination") or properties.get("LogGroupName") or "",
        "FlowLogStatus": "ACTIVE",
        "CreationTime": network.now(),
    }
    network.tag(identifier, properties.get("Tags") or [])
    return identifier, {"Id": identifier}


def _require_writer(properties: Properties, identifier: str) -> None:
    """Refuse, as EC2 does, a role that the flow logs' service cannot assume."""
    role = properties.get("DeliverLogsPermissionArn") or ""
    account, region = scope()
    try:
        role_credentials(role, identifier, _FLOW_LOG_SERVICE, f"arn:aws:ec2:{region}:{account}:vpc-flow-log/{identifier}")
    except AssumeRoleError as error:
        raise ValueError(f"{_FLOW_LOG}: unable to assume the role of DeliverLogsPermissionArn: {error}") from error


def _allocate(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    identifier = _identifier("eipalloc")
    # Of a block that is kept for documentation: https://www.rfc-editor.org/rfc/rfc5737
    address = f"203.0.113.{random.randint(1, 254)}"
    network.addresses()[identifier] = {
        "AllocationId": identifier,
        "PublicIp": address,
        "Domain": properties.get("Domain") or "vpc",
        "AssociationId": None,
        "InstanceId": None,
        "NetworkInterfaceId": None,
        "PrivateIpAddress": None,
    }
    network.tag(identifier, properties.get("Tags") or [])
    return address, {"AllocationId": identifier, "PublicIp": address}


def _release(physical_id: str, _properties: Properties) -> None:
    for identifier, address in list(network.addresses().items()):
        if address["PublicIp"] == physical_id:
            _forget(network.addresses(), identifier)


def _create_nat_gateway(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    subnet = _existing(network.subnets(), properties.get("SubnetId", ""), "subnet", "InvalidSubnetID.NotFound", _NAT_GATEWAY)
    kind = properties.get("ConnectivityType") or "public"
    allocation = properties.get("AllocationId") or ""
    if kind == "public":
        _existing(network.addresses(), allocation, "allocation", "InvalidAllocationID.NotFound", _NAT_GATEWAY)
    identifier = _identifier("nat")
    network.nat_gateways()[identifier] = {
        "NatGatewayId": identifier,
        "SubnetId": subnet["SubnetId"],
        "VpcId": subnet["VpcId"],
        "AllocationId": allocation,
        "ConnectivityType": kind,
        "State": "available",
        "CreateTime": network.now(),
        "Tags": [],
    }
    network.tag(identifier, properties.get("Tags") or [])
    return identifier, {"NatGatewayId": identifier}


def _existing(records: network.Described, identifier: str, what: str, code: str, type_name: str) -> dict[str, Any]:
    found = records.get(identifier)
    if found is None:
        raise ValueError(f"{type_name}: the {what} '{identifier}' does not exist (Error Code: {code})")
    return found
