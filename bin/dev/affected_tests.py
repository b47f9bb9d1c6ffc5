"""Prints the test files that can reach one of the files given: python affected_tests.py FILE...

A test reaches what it imports, directly or through others. Imports are read from the source; nothing is imported. A `conftest.py` counts
as imported by the tests of its folder, a package by its modules. A test that starts `lake` or a server reaches code without importing it,
so the tests of the part that a file belongs to count, too: athena/create.py is tested by tests/athena/ and tests/test_athena*.py.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Where the names of imports begin.
SOURCES = [Path("local"), Path("glue-assets"), Path("lambda/csv_to_next_zone"), Path("examples/olist")]
SKIPPED = {"node_modules", "cdk.out", ".lake", "dist", "coverage"}


def python_files() -> list[Path]:
    """Return the Python files of the repository, relative to its root."""
    folders = ("local", "glue-assets", "lambda", "examples")
    found = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if not SKIPPED.intersection(path.parts))


def imported_names(path: Path) -> set[str]:
    """Return the dotted names that a file imports; each name of `from a import b` is `a.b`, which may be a module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.parent.parts[1:] if node.level else ()
            base = ".".join((*package[: len(package) - node.level + 1], *([node.module] if node.module else [])))
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return names


def imports(files: list[Path]) -> dict[Path, set[Path]]:
    """Return the files that each file imports."""
    modules = {name: path for path in files for name in module_names(path)}
    graph = {path: {modules[name] for name in imported_names(path) if name in modules} for path in files}
    for path in files:
        above = [folder / name for folder in path.parents for name in ("__init__.py", "conftest.py")]
        graph[path] |= {other for other in above if other in graph and other != path}
    return graph


def module_names(path: Path) -> list[str]:
    """Return the names that import a file: one for each source folder above it, and its bare name for helpers beside a test."""
    parts = path.with_suffix("").parts
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return [".".join(parts[len(source.parts) :]) for source in [*SOURCES, path.parent] if path.is_relative_to(source)]


def affected(changed: set[Path], graph: dict[Path, set[Path]]) -> list[Path]:
    """Return the test files from which a changed file can be reached."""

    def reaches(start: Path) -> bool:
        seen, waiting = {start}, [start]
        while waiting:
            path = waiting.pop()
            if path in changed:
                return True
            waiting.extend(graph[path] - seen)
            seen |= graph[path]
        return False

    parts = {path.parent.name for path in changed if path.suffix == ".py"}

    def mirrors(test: Path) -> bool:
        return test.parent.name in parts or any(test.stem.startswith(f"test_{part}") for part in parts)

    return [path for path in graph if path.name.startswith("test_") and (mirrors(path) or reaches(path))]


if __name__ == "__main__":
    for test in affected({Path(name) for name in sys.argv[1:]}, imports(python_files())):
        print(test.as_posix())
