"""boto3 sessions that share what botocore has read of its service definitions: reading it takes longer than most calls."""

from __future__ import annotations

import threading
from typing import Any

# boto3 sessions are not made for several threads.
_making = threading.Lock()
_shared: dict[str, Any] = {}


def new_session(access_key: str, secret_key: str, token: str | None, region: str) -> Any:
    """Return a boto3 session with given credentials."""
    import boto3
    from botocore.session import Session

    with _making:
        core = Session()
        if "loader" not in _shared:
            _shared["loader"] = core.get_component("data_loader")
        loader = _shared["loader"]
        core.register_component("data_loader", loader)
        session = boto3.Session(access_key, secret_key, token, region_name=region, botocore_session=core)
        # Each boto3 session adds its folder of definitions, also where the loader has it.
        loader.search_paths[:] = dict.fromkeys(loader.search_paths)
        return session
