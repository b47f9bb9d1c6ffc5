"""Resource types that are kept with their properties and do nothing: there is no service behind them on this machine."""

from __future__ import annotations

import re

from lake_local.fidelity import Entry

from ..ministack.application import scope
from ..ministack.cloudformation import Created, Properties, physical_name, type_handlers
from .registry import register
from .shapes import CHECKED, check

# Type: the property that names it (its Ref), the service and resource part of its ARN, further attributes for Fn::GetAtt.
_TYPES: dict[str, tuple[str | None, str, dict[str, str]]] = {
    "AWS::Athena::NamedQuery": (None, "", {"NamedQueryId": "{id}"}),
    "AWS::Athena::DataCatalog": ("Name", "athena:datacatalog/{id}", {}),
    "AWS::Athena::PreparedStatement": ("StatementName", "", {}),
    "AWS::Budgets::Budget": (None, "", {}),
    "AWS::LakeFormation::DataLakeSettings": (None, "", {}),
    "AWS::LakeFormation::Permissions": (None, "", {}),
    "AWS::LakeFormation::PrincipalPermissions": (None, "", {}),
    "AWS::LakeFormation::Resource": ("ResourceArn", "", {}),
    "AWS::LakeFormation::Tag": ("TagKey", "", {}),
    "AWS::LakeFormation::TagAssociation": (None, "", {}),
    "AWS::Macie::AllowList": (None, "macie2:allow-list/{id}", {"Id": "{id}", "Status": "OK"}),
    "AWS::Macie::CustomDataIdentifier": (None, "macie2:custom-data-identifier/{id}", {"Id": "{id}"}),
    "AWS::Macie::FindingsFilter": (None, "macie2:findings-filter/{id}", {"Id": "{id}"}),
    "AWS::Macie::Session": (None, "", {"AwsAccountId": "{account}", "ServiceRole": "", "AutomatedDiscoveryStatus": "DISABLED"}),
    "AWS::QuickSight::Analysis": ("AnalysisId", "quicksight:analysis/{id}", {}),
    "AWS::QuickSight::Dashboard": ("DashboardId", "quicksight:dashboard/{id}", {}),
    "AWS::QuickSight::DataSet": ("DataSetId", "quicksight:dataset/{id}", {}),
    "AWS::QuickSight::DataSource": ("DataSourceId", "quicksight:datasource/{id}", {"Status": "CREATION_SUCCESSFUL"}),
    "AWS::QuickSight::RefreshSchedule": (None, "", {}),
    "AWS::QuickSight::Template": ("TemplateId", "quicksight:template/{id}", {}),
    "AWS::QuickSight::VPCConnection": ("VPCConnectionId", "quicksight:vpcConnection/{id}", {"Status": "CREATION_SUCCESSFUL"}),
}
# The library's own custom resource: its handler would call a service that does not exist here.
_TYPES["Custom::DataLakeMacieJob"] = (None, "", {"JobId": "{id}"})
RECORDED = frozenset(_TYPES)

FIDELITY = [
    Entry(
        name,
        "recorded",
        ("Checked against the model of QuickSight's own API, and kept" if name in CHECKED else "Kept")
        + " with its properties; Ref and the usual attributes resolve. Nothing happens.",
    )
    for name in sorted(_TYPES)
]


def install() -> None:
    known = type_handlers()
    for name in _TYPES:
        # Where MiniStack (or an engine of ours) has the type, that is better than a record.
        if name not in known:
            _record(name)


def _record(type_name: str) -> None:
    name_property, arn, extra = _TYPES[type_name]

    def attributes(identifier: str) -> Properties:
        account, region = scope()
        values = {"id": identifier, "account": account}
        found: Properties = {key: text.format(**values) for key, text in extra.items()}
        if arn:
            service, resource = arn.format(**values).split(":", 1)
            found["Arn"] = f"arn:aws:{service}:{region}:{account}:{resource}"
        return found

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        check(type_name, properties)
        identifier = (name_property and properties.get(name_property)) or re.sub(
            r"[^A-Za-z0-9-]", "-", physical_name(stack_name, logical_id)
        )
        return identifier, attributes(identifier)

    def update(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        check(type_name, new)
        return physical_id, attributes(physical_id)

    register(type_name, create, update, replaced_by=(name_property,) if name_property else ())
