import sys
from pathlib import Path

import pytest

OLIST = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(OLIST), str(OLIST / "data"), str(OLIST / "tests")]


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A small generated data set: its folder and what the generator expects of it."""
    from generate import generate

    folder = tmp_path_factory.mktemp("olist")
    return folder, generate(folder, seed=42, scale=0.01)
