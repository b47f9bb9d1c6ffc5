"""Clients of this lake for work that it does itself as somebody: a job, a trail, a query, a load."""

from __future__ import annotations

import functools
from threading import Lock
from typing import Any

from .identity import Credentials

_lock = Lock()  # sessions make one client at a time: https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html


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
    with _lock:
        return _session().client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
            config=given.merge(Config(**settings)),
        )


@functools.cache
def _session() -> Any:
    """One for all clients: each session reads the models of services anew, which takes a tenth of a second."""
    from boto3.session import Session

    return Session()
