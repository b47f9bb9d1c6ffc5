"""QuickSight's resources: what its API knows is recorded, what it does not know is refused."""

from __future__ import annotations

from typing import Any

import pytest
from lake_local.cloud.cfn.shapes import check

ACCOUNT = "000000000000"
SELLER = {"FieldId": "f", "Column": {"DataSetIdentifier": "d", "ColumnName": "seller"}}
VISUAL = {
    "BarChartVisual": {
        "VisualId": "v",
        "ChartConfiguration": {
            "FieldWells": {
                "BarChartAggregatedFieldWells": {
                    "Category": [{"CategoricalDimensionField": SELLER}],
                    "Values": [
                        {
                            "NumericalMeasureField": {
                                "FieldId": "g",
                                "Column": {"DataSetIdentifier": "d", "ColumnName": "score"},
                                "AggregationFunction": {"SimpleNumericalAggregation": "AVERAGE"},
                            }
                        }
                    ],
                }
            }
        },
    }
}
DASHBOARD = {
    "AwsAccountId": ACCOUNT,
    "DashboardId": "d",
    "Name": "Sellers",
    "Definition": {
        "DataSetIdentifierDeclarations": [{"Identifier": "d", "DataSetArn": "arn:aws:quicksight:us-east-1:000000000000:dataset/d"}],
        "Sheets": [{"SheetId": "s", "Visuals": [VISUAL]}],
    },
}
SOURCE = {
    "AwsAccountId": ACCOUNT,
    "DataSourceId": "s",
    "Name": "Warehouse",
    "Type": "REDSHIFT",
    "DataSourceParameters": {"RedshiftParameters": {"Database": "dev", "Host": "h", "Port": "5439"}},
    "Credentials": {"SecretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:x"},
    "SslProperties": {"DisableSsl": "false"},
}
SCHEDULE = {
    "AwsAccountId": ACCOUNT,
    "DataSetId": "d",
    "Schedule": {"ScheduleId": "s", "RefreshType": "FULL_REFRESH", "ScheduleFrequency": {"Interval": "DAILY"}},
}


@pytest.mark.parametrize(
    ("type_name", "properties"),
    [
        ("AWS::QuickSight::Dashboard", DASHBOARD),
        ("AWS::QuickSight::Analysis", {**{key: DASHBOARD[key] for key in ("AwsAccountId", "Name", "Definition")}, "AnalysisId": "a"}),
        ("AWS::QuickSight::DataSource", SOURCE),
        ("AWS::QuickSight::RefreshSchedule", SCHEDULE),
        ("AWS::Budgets::Budget", {"Anything": 1}),
    ],
)
def test_known(type_name: str, properties: dict[str, Any]) -> None:
    check(type_name, properties)


def changed(properties: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    return {**properties, first: changed(properties[first], rest, value) if rest else value}


@pytest.mark.parametrize(
    ("type_name", "properties", "message"),
    [
        ("Dashboard", {key: value for key, value in DASHBOARD.items() if key != "DashboardId"}, "the property DashboardId is required"),
        ("Dashboard", changed(DASHBOARD, "Definition.Shets", []), "Definition.Shets is not known"),
        ("Dashboard", changed(DASHBOARD, "Definition.Sheets", [{"Visuals": []}]), r"Definition.Sheets\[0\].SheetId is required"),
        ("Dashboard", changed(DASHBOARD, "Definition.Sheets", {}), "Definition.Sheets is no list"),
        ("DataSource", changed(SOURCE, "Type", "REDSHFT"), "Type is 'REDSHFT', and must be: one of"),
        ("DataSource", changed(SOURCE, "DataSourceParameters.RedshiftParameters.Port", "many"), "Port is 'many'"),
        ("DataSource", {**SOURCE, "Colour": "red"}, "the property Colour is not known"),
        ("RefreshSchedule", changed(SCHEDULE, "Schedule.ScheduleFrequency.Interval", "SOMETIMES"), "SOMETIMES"),
    ],
)
def test_refused(type_name: str, properties: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check(f"AWS::QuickSight::{type_name}", properties)
