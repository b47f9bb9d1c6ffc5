"""Where the assembly that a lake gets comes from: a folder with one, or an app that is synthesized now."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ..errors import UserError
from .assembly.manifest import Assembly, read_assembly
from .assembly.synth import App, find_app, find_assembly, synthesize
from .layers.build import Target
from .layers.cache import cached_layers
from .reporter import Reporter


class Source(Protocol):
    """Gives an assembly. `description` says in the lake file where the assembly came from."""

    description: dict[str, str]

    def read(self, account: str, region: str, reporter: Reporter) -> Assembly:
        """Return the assembly, made for an account and a region. Raise if the app reports errors."""


class FolderSource:
    """A folder that holds an assembly: `--assembly DIR`, or `"app": "cdk.out"`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.resolve()
        self.description = {"directory": str(self._directory)}

    def read(self, account: str, region: str, reporter: Reporter) -> Assembly:
        return _checked(read_assembly(self._directory, account, region), reporter)


class AppSource:
    """An app: `--app CMD`, or the `app` of cdk.json. Layers that it misses are built."""

    def __init__(self, app: App, output: Path) -> None:
        self._app = app
        self._output = output
        self.description = {"app": app.command, "directory": str(output)}

    def read(self, account: str, region: str, reporter: Reporter) -> Assembly:
        assembly = self._synthesized(account, region, reporter)
        if missing := {(one["runtime"], one["architecture"]) for one in assembly.missing_layers}:
            for runtime, architecture in sorted(missing):
                cached_layers(Target(runtime, architecture), reporter.say)
            assembly = self._synthesized(account, region, reporter)
        return _checked(assembly, reporter)

    def _synthesized(self, account: str, region: str, reporter: Reporter) -> Assembly:
        return read_assembly(synthesize(self._app, self._output, account, region, reporter.say), account, region)


def find_source(here: Path, output: Path, app: str | None = None, assembly: str | None = None) -> Source:
    """Return what `--app` or `--assembly` names, else the app or assembly of the folder `here`; apps are synthesized to `output`."""
    if assembly:
        return FolderSource(Path(assembly))
    if found := find_app(app, here):
        return AppSource(found, output)
    if directory := find_assembly(app, here):
        return FolderSource(directory)
    raise UserError(
        "no CDK app here: run `lake up` in a folder with a cdk.json, or name the app with --app or its assembly with --assembly"
        + _hint(here)
    )


def _checked(assembly: Assembly, reporter: Reporter) -> Assembly:
    for message in assembly.warnings:
        reporter.say(f"warning [{message.path}] {message.text}")
    if assembly.errors:
        raise UserError("the app reports errors:\n" + "\n".join(f"  [{message.path}] {message.text}" for message in assembly.errors))
    return assembly


def _hint(folder: Path) -> str:
    """Return how an app that lies here could be named, in the words of the CDK's own templates."""
    for file, how in (("app.ts", "npx tsx app.ts"), ("app.py", "python app.py"), ("app.js", "node app.js")):
        if (folder / file).exists():
            return f', such as --app "{how}"'
    return ""
