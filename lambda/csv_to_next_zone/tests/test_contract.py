"""The function reads the variables that test/contract/lake-contract.json names, which the constructs set: all of them, and no other."""

import json
import os
from pathlib import Path

import pytest

CONTRACT = json.loads((Path(__file__).resolve().parents[3] / "test" / "contract" / "lake-contract.json").read_text(encoding="utf-8"))
NEEDED = CONTRACT["handlerEnvironment"]["always"] + CONTRACT["handlerEnvironment"]["withNextZone"]
VARIABLES = NEEDED + CONTRACT["handlerEnvironment"]["classified"]


def test_reads_no_other_variable(index, monkeypatch):
    monkeypatch.setattr(os, "environ", {name: name.lower() for name in VARIABLES})
    assert set(vars(index.Stream.from_environment()).values()) == {name.lower() for name in VARIABLES}


@pytest.mark.parametrize("missing", NEEDED)
def test_needs_each_variable(missing, index, monkeypatch):
    monkeypatch.setattr(os, "environ", {name: name for name in VARIABLES if name != missing})
    with pytest.raises(KeyError, match=missing):
        index.Stream.from_environment()


def test_the_tag_of_a_class(index):
    assert CONTRACT["classification"]["tag"] == index.CLASS_TAG
