"""`python -m lake_local.cloud.server`: one lake's server, in the foreground. `lake up` starts it in the background."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import secrets
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lake_local.config import DEFAULT_PORT, DEFAULT_REGION, HOST, Config
from lake_local.lake_file import change_lake_file, folder_mark, read_lake_file

from ..shutdown import on_shutdown
from . import environment
from .app import wrap
from .inventory import SERVICES
from .journal import damaged, follow_port
from .services import check_setting

logger = logging.getLogger("lake.server")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m lake_local.cloud.server", description="Serve one lake on 127.0.0.1.")
    parser.add_argument("--state", type=Path, default=Path(os.environ.get("LAKE_STATE", ".lake")), help="the lake's folder")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--region", default=None)
    options = parser.parse_args(arguments)
    config = configure(options.state, options.port, options.region)
    environment.allow_open_files()
    environment.prepare(config)
    for path, way_back in damaged(config.state_dir):
        raise SystemExit(f"{path} is damaged, and nothing was started: {way_back}")
    follow_port(config.state_dir, config.port)
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
        # A server that ends takes its process id out of the file.
        crashed=bool(known.get("pid")),
    )
    return replace(config, region=known.get("region") or region or DEFAULT_REGION)


async def serve(config: Config) -> None:
    """Serve the lake until the process is told to stop."""
    from hypercorn.asyncio import serve as hypercorn
    from hypercorn.config import Config as Hypercorn

    from ..ministack.application import application
    from ..ministack.compute import stop_workers

    check_setting()
    # The first to be registered is the last to be called: where handlers may still be running, they must not outlive the server.
    on_shutdown(stop_workers)
    observers = [observer for service in SERVICES if (observer := service.install(config))]
    settings = Hypercorn()
    settings.bind = [f"{HOST}:{config.port}"]
    settings.keep_alive_timeout = 75
    settings.graceful_timeout = 1
    settings.accesslog = None
    settings.errorlog = logging.getLogger("hypercorn.error")
    identity = {"pid": os.getpid(), "folder": folder_mark(config.state_dir)}
    serving = asyncio.create_task(hypercorn(wrap(application(), observers, identity), settings, shutdown_trigger=_stop_signal().wait))
    announcing = asyncio.create_task(announce(config, serving))
    try:
        await serving
    finally:
        announcing.cancel()
        farewell(config)


def _stop_signal() -> asyncio.Event:
    """Return an event that a signal to stop sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            try:
                loop.add_signal_handler(getattr(signal, name), stop.set)
            except NotImplementedError:  # Windows
                signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop


async def announce(config: Config, serving: asyncio.Task[None]) -> None:
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
