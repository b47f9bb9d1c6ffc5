"""`python -m lake_local.cloud.server`: one lake's server, in the foreground. `lake up` starts it in the background."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import logging
import os
import secrets
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lake_local.config import DEFAULT_PORT, DEFAULT_REGION, HOST, Config
from lake_local.lake_file import change_lake_file, read_lake_file

from . import environment

logger = logging.getLogger("lake.server")

# In this order: CloudFormation's types first, which the engines then extend.
PARTS = ("lake_local.cloud.cfn", "lake_local.cloud.glue", "lake_local.cloud.athena")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m lake_local.cloud.server", description="Serve one lake on 127.0.0.1.")
    parser.add_argument("--state", type=Path, default=Path(os.environ.get("LAKE_STATE", ".lake")), help="the lake's folder")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--region", default=None)
    options = parser.parse_args(arguments)
    config = configure(options.state, options.port, options.region)
    environment.prepare(config)
    logging.basicConfig(level=os.environ["LOG_LEVEL"], format="%(asctime)s %(levelname)s [%(name)s] %(message)s", force=True)
    asyncio.run(serve(config))
    return 0


def configure(state_dir: Path, port: int, region: str | None) -> Config:
    """The lake of a folder: a lake keeps its keys and its region for life."""
    state_dir = state_dir.resolve()
    known = read_lake_file(state_dir)
    config = Config(
        port=port,
        state_dir=state_dir,
        access_key=known.get("access_key") or f"AKIA{secrets.token_hex(8).upper()}",
        secret_key=known.get("secret_key") or secrets.token_urlsafe(30),
    )
    return replace(config, region=known.get("region") or region or DEFAULT_REGION)


def install_parts(config: Config) -> None:
    """Let each part take its services and resource types over."""
    for name in PARTS:
        if importlib.util.find_spec(name) is None:
            continue
        install = getattr(importlib.import_module(name), "install", None)
        if install is None:
            logger.warning("%s has nothing to install", name)
            continue
        install(config) if install.__code__.co_argcount else install()


async def serve(config: Config) -> None:
    from hypercorn.asyncio import serve as hypercorn
    from hypercorn.config import Config as Hypercorn
    from ministack.app import app as ministack

    from .access import require_signatures
    from .app import wrap
    from .s3 import use_managed_key
    from .snapshot import Snapshots

    require_signatures()
    use_managed_key()
    install_parts(config)
    snapshots = Snapshots()
    background: set[asyncio.Task] = set()

    def started() -> None:
        background.add(asyncio.create_task(snapshots.run()))

    def stopping() -> None:
        from ministack.core import lambda_runtime

        for task in background:
            task.cancel()
        # Where handlers may still be running: they must not outlive the server.
        lambda_runtime.reset()

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            try:
                loop.add_signal_handler(getattr(signal, name), stop.set)
            except NotImplementedError:  # Windows
                signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))

    settings = Hypercorn()
    settings.bind = [f"{HOST}:{config.port}"]
    settings.keep_alive_timeout = 75
    settings.graceful_timeout = 1
    settings.accesslog = None
    settings.errorlog = logging.getLogger("hypercorn.error")
    serving = asyncio.create_task(hypercorn(wrap(ministack, started, stopping, snapshots.observe), settings, shutdown_trigger=stop.wait))
    announcing = asyncio.create_task(announce(config, serving))
    try:
        await serving
    finally:
        announcing.cancel()
        farewell(config)


async def announce(config: Config, serving: asyncio.Task) -> None:
    """Write lake.json once the port answers: whoever finds the file finds a lake."""
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(config.host, config.port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        break
    else:
        return
    with change_lake_file(config.state_dir) as file:
        file |= {
            "pid": os.getpid(),
            "port": config.port,
            "endpoint": config.endpoint,
            "access_key": config.access_key,
            "secret_key": config.secret_key,
            "region": config.region,
            "account": config.account,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    logger.info("lake on %s, pid %s", config.endpoint, os.getpid())


def farewell(config: Config) -> None:
    """The file stays, with the lake's keys; it names no process any more."""
    if read_lake_file(config.state_dir).get("pid") != os.getpid():
        return
    with change_lake_file(config.state_dir) as file:
        file["pid"] = None


if __name__ == "__main__":
    sys.exit(main())
