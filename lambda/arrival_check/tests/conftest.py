import importlib.util
import sys
from pathlib import Path

import pytest

HANDLER = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def check():
    """The function's module, under a name of its own: every function's is called index."""
    spec = importlib.util.spec_from_file_location("arrival_check_index", HANDLER / "index.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
