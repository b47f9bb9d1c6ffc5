"""The environment that MiniStack reads when it is imported: set once, before."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress

from lake_local.config import Config, node_packages, server_environment
from lake_local.store import private_folder

from .journal import finish

_OPEN_FILES = (65_536, 10_240)  # macOS allows no more than the second


def allow_open_files() -> None:
    """Raise the soft limit of open files: systems set it to 256 or 1,024, and clients keep a connection open for each of theirs."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in _OPEN_FILES:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):
            if soft != resource.RLIM_INFINITY and soft < limit:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            return


def prepare(config: Config) -> None:
    """Make `os.environ` that of the server: only this lake's identity, nothing listening but 127.0.0.1, state kept in its folder."""
    kept = server_environment(os.environ)
    os.environ.clear()
    os.environ.update(kept)
    # What the server and everything that it starts write is the user's alone.
    os.umask(0o077)
    private_folder(config.state_dir)
    state = config.state_dir / "state"
    temporary = config.state_dir / "tmp"
    # What a crashed server left behind: unpacked functions and layers.
    shutil.rmtree(temporary, ignore_errors=True)
    for folder in (state, temporary, config.state_dir / "s3"):
        folder.mkdir(parents=True, exist_ok=True)
    finish(state)
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), config.host, "localhost"]))
    os.environ.update(
        {
            "NODE_PATH": str(node_packages(config.cache_dir)),
            "AUTH": "true",
            "AWS_ACCESS_KEY_ID": config.access_key,
            "AWS_SECRET_ACCESS_KEY": config.secret_key,
            "AWS_REGION": config.region,
            "AWS_DEFAULT_REGION": config.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "MINISTACK_ACCOUNT_ID": config.account,
            "MINISTACK_REGION": config.region,
            "MINISTACK_HOST": config.host,
            "GATEWAY_PORT": str(config.port),
            "EDGE_PORT": str(config.port),
            "BIND_HOST": config.host,
            # Neither MQTT nor SFTP: they would listen on every address.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            # MiniStack removes containers of earlier runs if it finds a Docker daemon. No lake has any.
            "DOCKER_HOST": f"unix://{temporary / 'no-docker.sock'}",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(config.state_dir / "s3"),
            "TMPDIR": str(temporary),
            "LOG_LEVEL": os.environ.get("LAKE_LOG_LEVEL", "INFO"),
        }
    )
