"""Amazon RDS for Aurora PostgreSQL and the RDS Data API, as services of ours."""

from __future__ import annotations

import json
from typing import Any

from lake_local.config import Config

from ...ministack import data_plane, identity
from ...ministack.application import Handler, Response
from ...service import Service, json_error, wrap_service
from ...shutdown import on_shutdown
from .. import access, models
from ..errors import ApiError
from ..query_protocol import answer_query
from . import clusters, data_api, resource_types
from .clusters import Clusters
from .data_api import DataApi
from .databases import Databases
from .differences import FIDELITY
from .imports import Imports

_XML = "http://rds.amazonaws.com/doc/2014-10-31/"
_UNKNOWN = "here: clusters of Aurora PostgreSQL and their parts are."
_PATHS = {
    "/Execute": "ExecuteStatement",
    "/BatchExecute": "BatchExecuteStatement",
    "/BeginTransaction": "BeginTransaction",
    "/CommitTransaction": "CommitTransaction",
    "/RollbackTransaction": "RollbackTransaction",
}


def install(config: Config) -> None:
    """Answer the calls of both services. No process starts before a database is used."""
    databases = Databases(config)
    control = Clusters(databases)
    data = DataApi(databases, control, Imports(config, control))

    async def answer_rds(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], original: Handler
    ) -> Response:
        return answer_query("rds", clusters.OPERATIONS, control, body, _UNKNOWN, _XML)

    async def answer_data(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        name = _PATHS[path]
        try:
            given = _arguments(name, body)
            found = await data_api.OPERATIONS[name](data, given, access.signed(identity.access_key(headers, query)))
        except ApiError as error:
            return json_error(error.code, error.message, error.status)
        shaped = json.dumps(models.shaped("rds-data", name, found)).encode()
        return 200, {"Content-Type": "application/json"}, shaped

    wrap_service("rds", answer_rds)
    data_plane.answer_rds_data(answer_data)
    resource_types.install(control)
    on_shutdown(data.stop)
    on_shutdown(databases.stop)


def _arguments(name: str, body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        raise ApiError("BadRequestException", "the body is no JSON") from None
    models.check("rds-data", name, given, "BadRequestException")
    return dict(given)


def _with_the_other(_config: Config) -> None:
    """The two share one state: the first installs both."""


SERVICES = (
    Service("rds", install, frozenset(clusters.OPERATIONS), resource_types.TYPES, tuple(FIDELITY)),
    Service("rds-data", _with_the_other, frozenset(data_api.OPERATIONS)),
)
