"""Services of ours: what each says about itself is what it does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import botocore.session
import lake_local
import pytest
from lake_local.cloud.server.inventory import SERVICES
from lake_local.cloud.service import Service
from lake_local.lake.client import Lake

BY_NAME = {service.name: service for service in SERVICES}


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(SERVICES)


@pytest.mark.parametrize("name", ["glue", "athena", "redshift", "redshift-serverless", "redshift-data"])
def test_operations_are_aws_own(name: str) -> None:
    known = botocore.session.get_session().get_service_model(name).operation_names
    assert BY_NAME[name].operations and BY_NAME[name].operations <= set(known)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_resource_type_has_its_line_in_the_document(service: Service) -> None:
    assert service.resource_types <= {entry.subject for entry in service.fidelity}


def test_no_type_belongs_to_two_services() -> None:
    types = [name for service in SERVICES for name in service.resource_types]
    assert len(types) == len(set(types))


INSTALL = """
import asyncio, json, pathlib, sys
from lake_local.config import Config
from lake_local.cloud.server.environment import prepare

config = Config(4566, pathlib.Path(sys.argv[1]), "AKIALAKE", "secret")
prepare(config)
from lake_local.cloud.server.inventory import SERVICES
from lake_local.cloud.ministack.cloudformation import type_handlers
from lake_local.cloud.shutdown import run_callbacks

async def main():
    brought = {}
    for service in SERVICES:
        before = dict(type_handlers())
        service.install(config)
        brought[service.name] = [name for name, handler in type_handlers().items() if handler is not before.get(name)]
    run_callbacks()
    print(json.dumps(brought))

asyncio.run(main())
"""


def test_a_service_brings_just_the_types_that_it_names(tmp_path: Path) -> None:
    """In a process of its own: installing changes MiniStack."""
    done = subprocess.run(
        [sys.executable, "-c", INSTALL, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(lake_local.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    brought = {name: set(types) for name, types in json.loads(done.stdout.splitlines()[-1]).items()}
    assert brought == {service.name: set(service.resource_types) for service in SERVICES}


def test_what_is_recorded_is_a_page(server: Lake) -> None:
    types = set(server.internal("recorded")["types"])
    assert types and types == {entry.subject for entry in BY_NAME["cloudformation"].fidelity if entry.state == "recorded"}
