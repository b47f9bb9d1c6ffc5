"""Where the layers' locks are, and the key that changes with them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lake_local.config import package_root
from lake_local.errors import UserError

LAYERS = ("numpy", "pandas")


def lock_files(root: Path | None = None) -> dict[str, Path]:
    """Return the lock of each layer: in a checkout beside its requirements.in, in the npm package beside the layers built from it."""
    folder = (root or package_root()) / "lambda-layers"
    return {name: _first(folder / name / "requirements.txt", folder / "dist" / "locks" / f"{name}.txt") for name in LAYERS}


def locks_digest(locks: dict[str, Path]) -> str:
    """Return 12 digits that change with either lock: src/private/built-layers.ts has the same rule."""
    return hashlib.sha256(b"".join(locks[name].read_bytes() for name in LAYERS)).hexdigest()[:12]


def _first(*places: Path) -> Path:
    for place in places:
        if place.exists():
            return place
    raise UserError(f"{places[-1]} is missing: reinstall the package")
