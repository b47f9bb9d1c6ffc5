"""The functions of the warehouse as Lambda has them: modules beside each other."""

import importlib
import sys
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

FOLDER = Path(__file__).resolve().parents[1]
REQUEST = "0aa3cd4f-1f24-4e53-9f63-7e0e5b1f8f3a"


@pytest.fixture
def load(monkeypatch):
    """Import one of the modules by its name."""
    monkeypatch.syspath_prepend(str(FOLDER))
    names = [path.stem for path in FOLDER.glob("*.py")]
    for name in names:
        sys.modules.pop(name, None)
    yield importlib.import_module
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def stubs(monkeypatch):
    """Stub clients by botocore's own models, each by its name: what a test expects, in that order; the rest fails."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    made = {}
    real = boto3.client

    def stub(name):
        if name not in made:
            client = real(name, aws_access_key_id="x", aws_secret_access_key="x")
            made[name] = (client, Stubber(client))
            made[name][1].activate()
        return made[name]

    monkeypatch.setattr(boto3, "client", lambda name: stub(name)[0])
    yield lambda name: stub(name)[1]
    for _, stubber in made.values():
        stubber.assert_no_pending_responses()


@pytest.fixture
def ask(load, monkeypatch):
    """Send an event to a handler as CloudFormation does; return the answer."""
    answers = []
    monkeypatch.setattr(load("cloudformation"), "send", lambda url, answer: answers.append((url, answer)))

    def send(handler, kind, properties, **event):
        event = {"ResourceProperties": properties, "RequestId": REQUEST, "StackId": "stack", "LogicalResourceId": "X", **event}
        handler({"RequestType": kind, "ResponseURL": "https://answer", **event}, None)
        [(url, answer)] = answers
        answers.clear()
        assert url == "https://answer"
        assert (answer["StackId"], answer["RequestId"], answer["LogicalResourceId"]) == ("stack", REQUEST, "X")
        return answer

    return send
