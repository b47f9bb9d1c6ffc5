"""CloudFormation acts with its caller's rights, or with those of the role that it is given.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from lake_local.config import Config
from lake_local.fidelity import Entry
from lake_local.store import Store

from ..iam import enforcement, passing
from ..iam.calls import current
from ..iam.evaluation import Decision, Principal
from ..iam.principals import principal_of_role
from ..ministack import cloudformation
from ..ministack.application import scope
from ..ministack.authorization import Check, Refusal
from ..ministack.cloudformation import ResourceChange

FIDELITY = [
    Entry(
        "Rights of CloudFormation",
        "differs",
        "A stack's role, or its caller, must be allowed the call that makes, changes or deletes each resource (`sqs:CreateQueue`), and "
        "to pass its roles; the further calls that AWS's handlers make (`sqs:GetQueueAttributes`) are not asked for.",
    ),
]
_CHANGES = ("CreateStack", "UpdateStack", "DeleteStack", "ExecuteChangeSet", "RollbackStack", "ContinueUpdateRollback")


class Kind(NamedTuple):
    """The calls behind a resource type, and the ARN that they are about: `{name}` is the property, or a generated name."""

    create: str
    update: str
    delete: str
    arn: str = "*"
    name: str = ""


_SERVICES = {"StepFunctions": "states", "Macie": "macie2"}
_KINDS = {
    "AWS::Athena::WorkGroup": Kind(
        "athena:CreateWorkGroup", "athena:UpdateWorkGroup", "athena:DeleteWorkGroup", "athena:workgroup/{name}", "Name"
    ),
    "AWS::Budgets::Budget": Kind("budgets:ModifyBudget", "budgets:ModifyBudget", "budgets:ModifyBudget"),
    "AWS::CloudTrail::Trail": Kind(
        "cloudtrail:CreateTrail", "cloudtrail:UpdateTrail", "cloudtrail:DeleteTrail", "cloudtrail:trail/{name}", "TrailName"
    ),
    "AWS::CloudWatch::Alarm": Kind("cloudwatch:PutMetricAlarm", "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"),
    "AWS::CloudWatch::Dashboard": Kind("cloudwatch:PutDashboard", "cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"),
    "AWS::DynamoDB::Table": Kind(
        "dynamodb:CreateTable", "dynamodb:UpdateTable", "dynamodb:DeleteTable", "dynamodb:table/{name}", "TableName"
    ),
    "AWS::EC2::InternetGateway": Kind("ec2:CreateInternetGateway", "ec2:CreateTags", "ec2:DeleteInternetGateway"),
    "AWS::EC2::Route": Kind("ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:DeleteRoute"),
    "AWS::EC2::RouteTable": Kind("ec2:CreateRouteTable", "ec2:CreateTags", "ec2:DeleteRouteTable"),
    "AWS::EC2::SecurityGroup": Kind("ec2:CreateSecurityGroup", "ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup"),
    "AWS::EC2::SecurityGroupEgress": Kind(
        "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress"
    ),
    "AWS::EC2::SecurityGroupIngress": Kind(
        "ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"
    ),
    "AWS::EC2::Subnet": Kind("ec2:CreateSubnet", "ec2:ModifySubnetAttribute", "ec2:DeleteSubnet"),
    "AWS::EC2::SubnetRouteTableAssociation": Kind("ec2:AssociateRouteTable", "ec2:AssociateRouteTable", "ec2:DisassociateRouteTable"),
    "AWS::EC2::VPC": Kind("ec2:CreateVpc", "ec2:ModifyVpcAttribute", "ec2:DeleteVpc"),
    "AWS::EC2::VPCEndpoint": Kind("ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint", "ec2:DeleteVpcEndpoints"),
    "AWS::EC2::VPCGatewayAttachment": Kind("ec2:AttachInternetGateway", "ec2:AttachInternetGateway", "ec2:DetachInternetGateway"),
    "AWS::Events::Rule": Kind("events:PutRule", "events:PutRule", "events:DeleteRule", "events:rule/{name}", "Name"),
    "AWS::Glue::Crawler": Kind("glue:CreateCrawler", "glue:UpdateCrawler", "glue:DeleteCrawler", "glue:crawler/{name}", "Name"),
    "AWS::Glue::Database": Kind(
        "glue:CreateDatabase", "glue:UpdateDatabase", "glue:DeleteDatabase", "glue:database/{name}", "DatabaseInput.Name"
    ),
    "AWS::Glue::Job": Kind("glue:CreateJob", "glue:UpdateJob", "glue:DeleteJob", "glue:job/{name}", "Name"),
    "AWS::Glue::SecurityConfiguration": Kind(
        "glue:CreateSecurityConfiguration", "glue:CreateSecurityConfiguration", "glue:DeleteSecurityConfiguration"
    ),
    "AWS::Glue::Trigger": Kind("glue:CreateTrigger", "glue:UpdateTrigger", "glue:DeleteTrigger", "glue:trigger/{name}", "Name"),
    "AWS::Glue::Workflow": Kind("glue:CreateWorkflow", "glue:UpdateWorkflow", "glue:DeleteWorkflow", "glue:workflow/{name}", "Name"),
    "AWS::IAM::ManagedPolicy": Kind(
        "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:policy/{name}", "ManagedPolicyName"
    ),
    "AWS::IAM::Policy": Kind("iam:PutRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:role/{name}", "Roles"),
    "AWS::IAM::Role": Kind("iam:CreateRole", "iam:UpdateRole", "iam:DeleteRole", "iam:role/{name}", "RoleName"),
    "AWS::KMS::Key": Kind("kms:CreateKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
    "AWS::LakeFormation::DataLakeSettings": Kind(
        "lakeformation:PutDataLakeSettings", "lakeformation:PutDataLakeSettings", "lakeformation:PutDataLakeSettings"
    ),
    "AWS::LakeFormation::Permissions": Kind(
        "lakeformation:GrantPermissions", "lakeformation:GrantPermissions", "lakeformation:RevokePermissions"
    ),
    "AWS::LakeFormation::PrincipalPermissions": Kind(
        "lakeformation:GrantPermissions", "lakeformation:GrantPermissions", "lakeformation:RevokePermissions"
    ),
    "AWS::LakeFormation::Resource": Kind(
        "lakeformation:RegisterResource", "lakeformation:UpdateResource", "lakeformation:DeregisterResource"
    ),
    "AWS::LakeFormation::Tag": Kind("lakeformation:CreateLFTag", "lakeformation:UpdateLFTag", "lakeformation:DeleteLFTag"),
    "AWS::LakeFormation::TagAssociation": Kind(
        "lakeformation:AddLFTagsToResource", "lakeformation:AddLFTagsToResource", "lakeformation:RemoveLFTagsFromResource"
    ),
    "AWS::Lambda::EventInvokeConfig": Kind(
        "lambda:PutFunctionEventInvokeConfig", "lambda:UpdateFunctionEventInvokeConfig", "lambda:DeleteFunctionEventInvokeConfig"
    ),
    "AWS::Lambda::Function": Kind(
        "lambda:CreateFunction", "lambda:UpdateFunctionConfiguration", "lambda:DeleteFunction", "lambda:function:{name}", "FunctionName"
    ),
    "AWS::Lambda::LayerVersion": Kind(
        "lambda:PublishLayerVersion", "lambda:PublishLayerVersion", "lambda:DeleteLayerVersion", "lambda:layer:{name}", "LayerName"
    ),
    "AWS::Lambda::Permission": Kind("lambda:AddPermission", "lambda:AddPermission", "lambda:RemovePermission"),
    "AWS::Logs::LogGroup": Kind(
        "logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DeleteLogGroup", "logs:log-group:{name}:*", "LogGroupName"
    ),
    "AWS::Macie::CustomDataIdentifier": Kind(
        "macie2:CreateCustomDataIdentifier", "macie2:CreateCustomDataIdentifier", "macie2:DeleteCustomDataIdentifier"
    ),
    "AWS::Macie::Session": Kind("macie2:EnableMacie", "macie2:UpdateMacieSession", "macie2:DisableMacie"),
    "AWS::S3::Bucket": Kind("s3:CreateBucket", "s3:PutBucketTagging", "s3:DeleteBucket", "s3:::{name}", "BucketName"),
    "AWS::S3::BucketPolicy": Kind("s3:PutBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:::{name}", "Bucket"),
    "AWS::SNS::Subscription": Kind("sns:Subscribe", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"),
    "AWS::SNS::Topic": Kind("sns:CreateTopic", "sns:SetTopicAttributes", "sns:DeleteTopic", "sns:{name}", "TopicName"),
    "AWS::SNS::TopicPolicy": Kind("sns:SetTopicAttributes", "sns:SetTopicAttributes", "sns:SetTopicAttributes"),
    "AWS::SQS::Queue": Kind("sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:DeleteQueue", "sqs:{name}", "QueueName"),
    "AWS::SQS::QueuePolicy": Kind("sqs:SetQueueAttributes", "sqs:SetQueueAttributes", "sqs:SetQueueAttributes"),
    "AWS::SSM::Parameter": Kind("ssm:PutParameter", "ssm:PutParameter", "ssm:DeleteParameter", "ssm:parameter/{name}", "Name"),
    "AWS::StepFunctions::StateMachine": Kind(
        "states:CreateStateMachine",
        "states:UpdateStateMachine",
        "states:DeleteStateMachine",
        "states:stateMachine:{name}",
        "StateMachineName",
    ),
}
# The properties that pass a role, and the call that passes it.
_PASSES = {
    "AWS::CloudTrail::Trail": "cloudtrail:CreateTrail",
    "AWS::Events::Rule": "events:PutTargets",
    "AWS::Glue::Crawler": "glue:CreateCrawler",
    "AWS::Glue::Job": "glue:CreateJob",
    "AWS::Lambda::Function": "lambda:CreateFunction",
    "AWS::Scheduler::Schedule": "scheduler:CreateSchedule",
    "AWS::StepFunctions::StateMachine": "states:CreateStateMachine",
}
_acting: contextvars.ContextVar[Principal | None] = contextvars.ContextVar("lake_stack_principal", default=None)


def install(config: Config) -> None:
    """Remember who each operation on a stack acts as, and ask for its rights on each resource."""
    roles = Store(config.state_dir / "stack-roles.json")

    def begin(check: Check, principal: Principal) -> Decision | Refusal | None:
        if check.action in passing.PASSING and (found := passing.check(check, principal)):
            return found
        role = _role_of(check.action.split(":")[1], roles)
        _acting.set(_role(role) if role else principal)
        return None

    for operation in (*_CHANGES, "CreateChangeSet"):
        enforcement.check_further(f"cloudformation:{operation}", begin)
    cloudformation.guard_resources(_check)


def _role(arn: str) -> Principal:
    parts = arn.split(":", 5)
    name = parts[5].rsplit("/", 1)[-1]
    return principal_of_role(parts[4], name, f"arn:{parts[1]}:sts::{parts[4]}:assumed-role/{name}/AWSCloudFormation")


def _role_of(operation: str, roles: Store) -> str:
    """Return the ARN of the role that an operation acts with, '' for its caller's rights. A stack keeps the role that it is given."""
    call = current()
    given = parse_qs(call.body.decode("utf-8", "replace")) if call else {}
    stack, change_set, role = (given.get(name, [""])[0] for name in ("StackName", "ChangeSetName", "RoleARN"))
    # An ARN ends in the name and an id.
    stack, change_set = (name.split("/")[1] if name.startswith("arn:") else name for name in (stack, change_set))
    with roles.change() as data:
        if operation == "CreateChangeSet":
            data[f"{stack}/{change_set}"] = role
            return role
        if operation == "ExecuteChangeSet":
            role = data.pop(f"{stack}/{change_set}", "")
        if operation != "CreateStack":
            role = role or data.get(stack, "")
        data[stack] = role
        if not role or operation == "DeleteStack":
            del data[stack]
    return role


def _check(change: ResourceChange) -> None:
    """Raise unless who acts may do what a change of a resource takes."""
    principal = _acting.get()
    if principal is None or principal.type == "Root":
        return
    for action, resource in required(change):
        decision = enforcement.decide(principal, Check("", action, action.split(":")[0], scope()[1], resource, {}))
        if not decision.allowed:
            raise ValueError(_handler_error(decision.message))
    if change.verb != "delete" and change.resource_type in _PASSES:
        passed = passing.PASSING[_PASSES[change.resource_type]]
        for role in passing.named(change.properties, passed.path[:1].upper() + passed.path[1:]):
            if found := passing.refusal(principal, role, passed):
                raise ValueError(_handler_error(found.message))


def _handler_error(message: str) -> str:
    return f'Resource handler returned message: "{message}" (HandlerErrorCode: AccessDenied)'


def required(change: ResourceChange) -> Iterator[tuple[str, str]]:
    """Yield (action, ARN) of what a change of a resource takes."""
    if change.resource_type.startswith("Custom::") or change.resource_type == "AWS::CloudFormation::CustomResource":
        yield "lambda:InvokeFunction", str(change.properties.get("ServiceToken", "*"))
        return
    parts = change.resource_type.split("::")
    if len(parts) != 3 or parts[1] in ("CloudFormation", "CDK"):
        return
    kind = kind_of(change.resource_type)
    action = {"create": kind.create, "update": kind.update, "delete": kind.delete}[change.verb]
    for name in _names(kind, change):
        yield action, _arn(kind.arn, name)


def kind_of(resource_type: str) -> Kind:
    """Return the calls behind a type: most are named as the type is."""
    _, service, name = resource_type.split("::")
    prefix = _SERVICES.get(service, service.lower())
    return _KINDS.get(resource_type) or Kind(f"{prefix}:Create{name}", f"{prefix}:Update{name}", f"{prefix}:Delete{name}")


def _names(kind: Kind, change: ResourceChange) -> list[str]:
    given: Any = change.properties
    for part in kind.name.split("."):
        given = given.get(part) if isinstance(given, dict) else None
    if given:
        return [str(one) for one in (given if isinstance(given, list) else [given])]
    if change.physical_id:
        return [change.physical_id.rsplit("/", 1)[-1].rsplit(":", 1)[-1]]
    generated = f"{change.stack_name}-{change.logical_id}-XXXXXXXXXXXX"
    return [generated.lower() if change.resource_type == "AWS::S3::Bucket" else generated]


def _arn(template: str, name: str) -> str:
    if template == "*":
        return "*"
    account, region = scope()
    service, _, rest = template.partition(":")
    place = {"s3": "", "iam": f":{account}:"}.get(service, f"{region}:{account}:")
    return f"arn:aws:{service}:{place}{rest.format(name=name.lstrip('/'))}"
