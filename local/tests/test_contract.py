"""What this side knows of a lake is what test/contract/lake-contract.json says: the TypeScript test reads the same file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lake_local import names

CONTRACT: dict[str, Any] = json.loads((Path(__file__).resolve().parents[2] / "test" / "contract" / "lake-contract.json").read_text("utf-8"))


def fields_of(described: Any) -> set[str]:
    """The fields of a TypedDict as the contract writes them: `?` behind one that may be absent."""
    return {*described.__required_keys__, *(f"{name}?" for name in described.__optional_keys__)}


def test_prefixes() -> None:
    ours = {"tables": names.TABLES, "quarantine": names.QUARANTINE, "staging": names.STAGING, "manifests": names.MANIFESTS}
    assert ours == {name: prefix for name, prefix in CONTRACT["prefixes"].items() if prefix in CONTRACT["reservedPrefixes"]}


def test_names_of_a_tables_files() -> None:
    assert CONTRACT["tableFiles"] == names.TABLE_FILES


def test_annotations_that_lake_acts_on() -> None:
    recognized = {kind: set(fields) for kind, fields in CONTRACT["annotations"]["recognized"].items()}
    assert {names.MISSING_LAYERS: fields_of(names.MissingLayers)} == recognized


def test_the_metadata_has_the_same_key_and_kinds() -> None:
    assert CONTRACT["metadata"]["key"] == names.METADATA_KEY
    assert {str(kind) for kind in names.Kind} == set(CONTRACT["metadata"]["kinds"])
    assert set(names.FIELDS) == set(names.Kind)


@pytest.mark.parametrize("kind", names.Kind)
def test_a_kind_has_the_same_fields(kind: names.Kind) -> None:
    assert fields_of(names.FIELDS[kind]) == set(CONTRACT["metadata"]["kinds"][kind])


def test_clearances() -> None:
    assert CONTRACT["classification"]["tag"] == names.CLASS_TAG
    assert CONTRACT["classification"]["clearanceTag"] == names.CLEARANCE
    assert CONTRACT["classification"]["classes"] == list(names.CLASSES)


def test_the_names_are_written_in_one_module() -> None:
    """A literal elsewhere would drift unseen."""
    package = Path(names.__file__).parent
    literals = [f'"{name}"' for name in (names.MISSING_LAYERS, *(kind for kind in names.Kind if "-" in kind))]
    literals += [f'"{prefix}' for prefix in CONTRACT["reservedPrefixes"]]
    spread = [
        f"{path.relative_to(package)}: {literal}"
        for path in package.rglob("*.py")
        for literal in literals
        if path.name != "names.py" and literal in path.read_text(encoding="utf-8")
    ]
    assert spread == []
