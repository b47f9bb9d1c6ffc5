"""What the library asks of QuickSight, against the service's own model: a template is not checked by anybody before it is deployed."""

import json
from pathlib import Path

import botocore.session
import pytest
from botocore.validate import ParamValidator

SNAPSHOTS = Path(__file__).resolve().parents[2] / "integ"
TEMPLATES = sorted(SNAPSHOTS.glob("*.snapshot/*Integ.template.json"))
CREATES = {
    "AWS::QuickSight::Analysis": "CreateAnalysis",
    "AWS::QuickSight::Dashboard": "CreateDashboard",
    "AWS::QuickSight::DataSet": "CreateDataSet",
    "AWS::QuickSight::DataSource": "CreateDataSource",
    "AWS::QuickSight::VPCConnection": "CreateVPCConnection",
}
# what references of a certain kind are
KNOWN = {"AWS::AccountId": "111122223333", "Endpoint.Port": 5439}
ARN = "arn:aws:service:us-east-1:111122223333:what/ever"
# in CloudFormation only
NOT_IN_THE_API = {"IngestionWaitPolicy"}


def resources():
    for path in TEMPLATES:
        for name, resource in json.loads(path.read_text())["Resources"].items():
            if resource["Type"] in CREATES:
                yield pytest.param(resource, id=f"{path.parent.name}-{name}")


def resolved(value):
    """Return a value without references: some text in their place, or what a reference of its kind is."""
    if isinstance(value, list):
        return [resolved(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and next(iter(value)) in ("Ref", "Fn::GetAtt", "Fn::Join"):
        return next((known for name, known in KNOWN.items() if name in json.dumps(value)), ARN)
    return {key: resolved(one) for key, one in value.items()}


def errors(resource):
    model = botocore.session.get_session().get_service_model("quicksight").operation_model(CREATES[resource["Type"]])
    given = {key: value for key, value in resolved(resource["Properties"]).items() if key not in NOT_IN_THE_API}
    return ParamValidator().validate(given, model.input_shape).generate_report()


@pytest.mark.parametrize("resource", list(resources()))
def test_the_service_takes_it(resource):
    assert errors(resource) == ""


def test_there_is_one_of_each_kind_that_needs_no_warehouse():
    found = {resource.values[0]["Type"] for resource in resources()}
    assert found >= CREATES.keys() - {"AWS::QuickSight::VPCConnection"}


def test_a_definition_that_the_service_would_refuse_is_found():
    dashboard = next(one.values[0] for one in resources() if one.values[0]["Type"] == "AWS::QuickSight::Dashboard")
    planted = json.loads(json.dumps(dashboard))
    del planted["Properties"]["Definition"]["Sheets"][0]["SheetId"]
    assert 'Missing required parameter in Definition.Sheets[0]: "SheetId"' in errors(planted)
