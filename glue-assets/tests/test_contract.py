"""What the jobs know of a lake is what test/contract/lake-contract.json says, which tests of the constructs and of `lake` read, too."""

import json
import runpy
from dataclasses import fields
from pathlib import Path

import pytest
from lake_transforms import CsvOptions, Landing, Location, TableSchema, report, s3, say_metrics
from lake_transforms.casts import canonical_type
from lake_transforms.catalog import PARQUET
from lake_transforms.options import TableColumn
from lake_transforms.sources import SOURCE_NAME

ROOT = Path(__file__).resolve().parents[2]
JOBS = ROOT / "glue-assets" / "jobs"
SHIM = ROOT / "local" / "lake_local" / "cloud" / "glue" / "shim"
CONTRACT = json.loads((ROOT / "test" / "contract" / "lake-contract.json").read_text(encoding="utf-8"))
TYPES = CONTRACT["columnTypes"]


@pytest.mark.parametrize(("declared", "canonical"), (TYPES["names"] | TYPES["valid"]).items())
def test_types(declared, canonical):
    assert canonical_type(declared) == canonical


@pytest.mark.parametrize("declared", TYPES["invalid"])
def test_types_that_are_refused(declared):
    with pytest.raises(ValueError, match="cannot be read from a CSV file"):
        canonical_type(declared)


def test_names_of_a_tables_files():
    assert SOURCE_NAME.pattern == CONTRACT["tableFiles"]


def test_csv_options():
    assert CsvOptions.parse(json.dumps(CONTRACT["csvOptions"])) == CsvOptions()
    assert set(CsvOptions._NAMES) - {"sep"} == set(CONTRACT["csvOptions"])


def test_settings_of_a_column():
    agreed = CONTRACT["columnSettings"]["names"]
    assert ["name", *agreed] == [one.name for one in fields(TableColumn) if one.name != "inferred"], "the job's own"
    given = {"type": "date", "source": "Ordered on", "format": "dd/MM/yyyy", "required": True}
    assert list(given) == agreed
    assert TableSchema.of({"day": given}).columns == (TableColumn("day", **given),)


def test_the_tag_of_a_class():
    assert CONTRACT["classification"]["tag"] == s3.CLASS_TAG


@pytest.mark.parametrize("job", sorted(path.stem for path in JOBS.glob("*.py")))
def test_arguments_of_jobs(job, monkeypatch):
    monkeypatch.syspath_prepend(str(SHIM))
    script = runpy.run_path(str(JOBS / f"{job}.py"))
    agreed = CONTRACT["jobArguments"][job]
    assert script["REQUIRED"] == agreed["required"]
    assert script.get("OPTIONAL", []) == agreed["optional"] + agreed["run"]


def test_every_job_is_in_the_contract():
    assert {path.stem for path in JOBS.glob("*.py")} == set(CONTRACT["jobArguments"]) - {"about"}


def test_prefixes():
    prefixes, target = CONTRACT["prefixes"], Location("raw", "tables/orders/")
    landing = Landing("orders", Location("drop", "tables/orders/"), target, Location("drop", "quarantine/orders/"))
    assert landing.staging == Location("raw", f"{prefixes['staging']}orders/")
    assert landing.manifests == Location("raw", f"{prefixes['manifests']}orders/")


def test_table_formats():
    assert {
        "classification": "parquet",
        "inputFormat": PARQUET["InputFormat"],
        "outputFormat": PARQUET["OutputFormat"],
        "serializationLibrary": PARQUET["SerdeInfo"]["SerializationLibrary"],
    } == CONTRACT["tableFormats"]["parquet"]


def test_line_of_metrics():
    assert CONTRACT["metricLine"] == {"mark": report.METRIC_MARK, "fields": list(report.METRIC_FIELDS)}


@pytest.mark.parametrize(("numbers", "line"), [((8, 6, 2), "8 6 2 25.0"), ((3, 2, 1), "3 2 1 33.33"), ((0, 0, 0), "0 0 0 0.0")])
def test_numbers_of_metrics(capsys, numbers, line):
    say_metrics("orders", *numbers)
    assert capsys.readouterr().out == f"LAKE_METRICS orders {line}\n"
