"""Clients of this lake for work that it does itself as somebody: a job, a trail, a query, a load."""

from __future__ import annotations

from typing import Any

from lake_local.sessions import new_session

from .identity import Credentials


def client_as(credentials: Credentials, service: str, endpoint: str, region: str, **settings: Any) -> Any:
    """Return a client with given credentials, whatever the environment says of endpoints and proxies.

    A call in the event loop would wait for itself.
    """
    from botocore.config import Config

    given = Config(
        s3={"addressing_style": "path"},
        retries={"max_attempts": 3, "mode": "standard"},
        ignore_configured_endpoint_urls=True,
        disable_request_compression=True,
        proxies={},
    )
    session = new_session(credentials.access_key, credentials.secret_key, credentials.token, region)
    return session.client(service, endpoint_url=endpoint, config=given.merge(Config(**settings)))
