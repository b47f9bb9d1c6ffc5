"""Text that is not what the catalog declares, and keys in another case: as Athena's SerDes read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lake_local.cloud.tables.errors import TableError

from .athena_fakes import Lake
from .athena_shop import JSON, OPEN_CSV


def with_parameters(serde: dict[str, Any], parameters: dict[str, str]) -> dict[str, Any]:
    info = serde["SerdeInfo"]
    return {**serde, "SerdeInfo": {**info, "Parameters": {**info["Parameters"], **parameters}}}


MAPPED = with_parameters(JSON, {"mapping.ts": "Time Stamp"})
LENIENT = with_parameters(JSON, {"ignore.malformed.json": "true"})
DOTS = with_parameters(JSON, {"dots.in.keys": "true"})
READ: dict[str, tuple[dict[str, Any], str, dict[str, str], list[list[str | None]]]] = {
    "key in another case": (JSON, '{"Id": 1}', {"id": "int"}, [["1"]]),
    "key that is mapped": (MAPPED, '{"Time Stamp": "x"}', {"ts": "string"}, [["x"]]),
    "key that is missing": (JSON, '{"b": 1}', {"a": "int", "b": "int"}, [[None, "1"]]),
    "object as text": (JSON, '{"a": {"b": 1}}', {"a": "string"}, [['{"b":1}']]),
    "malformed and ignored": (LENIENT, '{"a": 1}\n{"a"', {"a": "int"}, [["1"], [None]]),
    "number in quotes": (OPEN_CSV, '"7"', {"a": "int"}, [["7"]]),
    "days since 1970": (OPEN_CSV, '"1"', {"a": "date"}, [["1970-01-02"]]),
}
BAD = "HIVE_BAD_DATA: Error parsing field value"
REFUSED: dict[str, tuple[dict[str, Any], str, dict[str, str], str]] = {
    "keys of two cases": (JSON, '{"A": 1}\n{"a": 2}', {"a": "int"}, "NOT_SUPPORTED: JSON keys that differ in case only (A, a)"),
    "dots in keys": (DOTS, "{}", {"a": "int"}, "NOT_SUPPORTED: the JSON SerDe with dots.in.keys"),
    "text under int": (JSON, '{"a": "x"}', {"a": "int"}, f'{BAD} "x"'),
    "malformed": (JSON, '{"a": 1', {"a": "int"}, "Row is not a valid JSON Object"),
    "not a number": (OPEN_CSV, '"x"', {"a": "int"}, f"{BAD} 'x' for field 0: For input string: \"x\""),
    "empty number": (OPEN_CSV, '"y",""', {"a": "string", "b": "double"}, f"{BAD} '' for field 1"),
    "date as text": (OPEN_CSV, '"2020-01-01"', {"a": "date"}, f"{BAD} '2020-01-01' for field 0"),
}


def run(folder: Path, serde: dict[str, Any], text: str, columns: dict[str, str]) -> list[list[str | None]]:
    lake = Lake(folder)
    lake.s3.objects["text/a.txt"] = f"{text}\n".encode()
    lake.table("text", columns, storage={**serde, "Location": "s3://b/text/"})
    return lake.run("SELECT * FROM text")


@pytest.mark.parametrize("case", READ)
def test_read(case: str, tmp_path: Path) -> None:
    serde, text, columns, rows = READ[case]
    assert run(tmp_path, serde, text, columns) == rows


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, tmp_path: Path) -> None:
    serde, text, columns, reason = REFUSED[case]
    with pytest.raises(TableError) as raised:
        run(tmp_path, serde, text, columns)
    assert reason in raised.value.reason and str(tmp_path) not in raised.value.reason
