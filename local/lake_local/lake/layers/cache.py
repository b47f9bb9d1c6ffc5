"""The layers in this user's cache, where src/private/built-layers.ts looks for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lake_local.config import default_cache_dir

from .build import Target, build
from .locks import lock_files, locks_digest


def cached_layers(target: Target, say: Callable[[str], None]) -> Path:
    """Return the folder of a runtime's layers; build them first, unless they are there."""
    locks = lock_files()
    folder = default_cache_dir() / "layers" / f"{target.runtime}-{target.arch}-{locks_digest(locks)}"
    if not (folder / ".complete").exists():
        say(f"building the numpy and pandas layers for {target.runtime} on {target.arch} (once)")
        build(target, folder, locks=locks, say=lambda text: say(f"  {text}"))
    return folder
