import importlib.util
import sys
from pathlib import Path

import pytest

HANDLER = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HANDLER), str(HANDLER / "tests")]

ENVIRONMENT = {
    "ZONE": "drop",
    "STREAM": "clicks",
    "PREFIX": "streams/clicks/",
    "NEXT_ZONE": "raw",
    "NEXT_BUCKET": "raw-bucket",
    "QUARANTINE_PREFIX": "quarantine/clicks/",
}


def load_index():
    """The handler's module, under a name of its own: every handler's is called index."""
    spec = importlib.util.spec_from_file_location("csv_to_next_zone_index", HANDLER / "index.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def index():
    return load_index()


@pytest.fixture
def environment(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def s3(index, environment, monkeypatch):
    """The S3 that the handler sees, in memory."""
    from fake_s3 import FakeS3

    fake = FakeS3("drop-bucket", "raw-bucket")
    monkeypatch.setattr(index, "s3_client", lambda: fake)
    return fake


@pytest.fixture
def logged(capsys):
    """The lines that were logged, as the dictionaries they are."""
    import json

    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
