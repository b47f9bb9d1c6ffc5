"""Redshift, Redshift Serverless and the Data API, as services of ours."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from lake_local.config import Config

from ..ministack import additions, identity
from ..ministack.additions import Added
from ..ministack.application import Response
from ..service import Service, json_error, json_response, operation
from ..shutdown import on_shutdown
from ..startup import on_loaded
from . import access, clusters, data_api, models, resource_types, serverless
from .clusters import Clusters
from .data_api import DataApi
from .differences import FIDELITY
from .errors import ApiError, ServerError
from .execution import Executor
from .query_protocol import answer_query
from .runner import Runner
from .serverless import Serverless
from .statements import Statements
from .transfer import Transfer
from .warehouses import Warehouses

_UNKNOWN = "for this web service."
_CLUSTERS = Added("redshift", "redshift", "", models.REDSHIFT_XML, "redshift", "Redshift")
_SERVERLESS = Added("redshift-serverless", "redshift-serverless", "RedshiftServerless", "", "redshiftserverless", "RedshiftServerless")
_DATA = Added("redshift-data", "redshift-data", "RedshiftData", "", "redshiftdata", "RedshiftData")


def install(config: Config) -> None:
    """Answer the calls of the three services. No process starts before a warehouse is used."""
    warehouses = Warehouses(config)
    statements = Statements(warehouses.folder / "statements")
    runner = Runner(warehouses, statements, Executor(Transfer(config, warehouses)))
    control, data = Serverless(warehouses), DataApi(warehouses, statements, runner)
    provisioned = Clusters(warehouses)

    async def answer_serverless(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        def answer(name: str, given: dict[str, Any]) -> dict[str, Any]:
            return serverless.OPERATIONS[name](control, given)

        return _json("redshift-serverless", serverless.OPERATIONS, headers, body, answer)

    async def answer_data(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        name = operation(headers)
        try:
            given = _arguments("redshift-data", data_api.OPERATIONS, name, body)
            caller = access.signed(identity.access_key(headers, query))
            found = await data_api.OPERATIONS[name](data, given, caller)
        except ApiError as error:
            return json_error(error.code, error.message, error.status)
        return json_response(models.shaped("redshift-data", name, found))

    async def answer_clusters(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        return answer_query("redshift", clusters.OPERATIONS, provisioned, body or _encoded(query), _UNKNOWN, models.REDSHIFT_XML)

    additions.add_service(_SERVERLESS, answer_serverless)
    additions.add_service(_DATA, answer_data)
    additions.add_service(_CLUSTERS, answer_clusters)
    access.install(warehouses, statements)
    resource_types.install(control, provisioned)
    on_loaded(runner.recover)
    on_shutdown(warehouses.stop)
    on_shutdown(runner.stop)


def _json(service: str, known: dict[str, Any], headers: dict[str, str], body: bytes, answer: Any) -> Response:
    name = operation(headers)
    try:
        found = answer(name, _arguments(service, known, name, body))
    except ApiError as error:
        return json_error(error.code, error.message, error.status)
    except ServerError as error:
        return json_error("InternalServerException", str(error), 500)
    return json_response(models.shaped(service, name, found))


def _arguments(service: str, known: dict[str, Any], name: str, body: bytes) -> dict[str, Any]:
    if name not in known:
        raise ApiError("UnknownOperationException", f"{name} is not an operation of {service} here")
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        raise ApiError("SerializationException", "the body is no JSON") from None
    models.check(service, name, given)
    return dict(given)


def _encoded(query: dict[str, Any]) -> bytes:
    return urlencode({name: values[0] if isinstance(values, list) else values for name, values in query.items()}).encode()


def _with_the_others(_config: Config) -> None:
    """The three share one state: the first installs them all."""


SERVICES = (
    Service("redshift-serverless", install, frozenset(serverless.OPERATIONS), resource_types.TYPES, tuple(FIDELITY)),
    Service("redshift", _with_the_others, frozenset(clusters.OPERATIONS)),
    Service("redshift-data", _with_the_others, frozenset(data_api.OPERATIONS)),
)
