"""The demo's data: generated, or the user's own download from Kaggle."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ..config import package_root
from ..errors import OperationFailed, UserError


def example() -> Path:
    folder = package_root() / "examples" / "olist"
    if not (folder / "cdk.json").exists():
        raise UserError(f"the example is not there: {folder}")
    return folder


@dataclass(frozen=True)
class Data:
    """Files to drop."""

    source: str
    folder: Path
    tables: dict[str, Path]
    streams: dict[str, list[Path]]

    @property
    def size(self) -> int:
        return sum(path.stat().st_size for path in self.tables.values())


def prepare(folder: Path | None, made: Path, seed: int, scale: float) -> Data:
    """Return the user's files if there are any, else generated ones. Events for the streams are always generated."""
    names: dict[str, str] = _tables_module().KAGGLE_FILES
    if folder is not None:
        tables = find_tables(folder, names)
        generated = generate(made, seed, 0.001)
        return Data(f"your files in {folder}", folder, tables, _streams(generated))
    generated = generate(made, seed, scale)
    tables = {table: generated / name for table, name in names.items()}
    return Data(f"generated, seed {seed}, {scale:g} × the real size", generated, tables, _streams(generated))


def check_tables(folder: Path) -> None:
    """Raise if the folder does not hold what the demo needs, before anything is started."""
    find_tables(folder, _tables_module().KAGGLE_FILES)


def find_tables(folder: Path, names: dict[str, str]) -> dict[str, Path]:
    """Return the files of the tables, which have the names that Kaggle gives them. Other files do not matter."""
    if not folder.is_dir():
        raise UserError(f"--data {folder}: there is no such folder")
    missing = [name for name in names.values() if not (folder / name).is_file()]
    if missing:
        raise UserError(
            f"--data {folder}: missing {', '.join(missing)}. Unpack both of Olist's data sets into that folder: "
            "https://www.kaggle.com/datasets/olistbr/brazilian-ecommerce and https://www.kaggle.com/datasets/olistbr/marketing-funnel-olist"
        )
    return {table: folder / name for table, name in names.items()}


def generate(made: Path, seed: int, scale: float) -> Path:
    """Return a folder of generated files. The same seed and scale give the same bytes, so that they are generated once."""
    folder = made / f"seed-{seed}-scale-{scale:g}"
    if (folder / "expected.json").exists():  # written last
        return folder
    command = [sys.executable, str(example() / "data" / "generate.py"), "--out", str(folder), "--seed", str(seed), "--scale", str(scale)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OperationFailed(f"the generator failed:\n{done.stderr.strip()[-2000:]}")
    return folder


def _streams(folder: Path) -> dict[str, list[Path]]:
    return {path.name: sorted(path.iterdir()) for path in sorted((folder / "streams").iterdir()) if path.is_dir()}


def _tables_module() -> ModuleType:
    path = example() / "data" / "tables.py"
    specification = importlib.util.spec_from_file_location("lake_demo_tables", path)
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
