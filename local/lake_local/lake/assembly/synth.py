"""Running a CDK app as the CDK's own command runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lake_local.errors import UserError

# More does not fit in an environment variable on Linux; the CDK's command then passes a file.
LARGEST_CONTEXT = 128 * 1024 - 1024
LONGEST_LINE = 400


@dataclass(frozen=True)
class App:
    """A CDK app: how it is run, from where, and with what context."""

    command: str
    directory: Path
    context: dict[str, Any]


def find_app(command: str | None, directory: Path) -> App | None:
    """Return the app that `--app` or the folder's cdk.json names; None if that is an assembly, or none is named."""
    settings = _read(directory / "cdk.json")
    command = command or settings.get("app")
    if not command:
        return None
    if (directory / command / "manifest.json").exists():
        return None
    context = {**_read(directory / "cdk.context.json"), **settings.get("context", {})}
    return App(command, directory, context)


def find_assembly(command: str | None, directory: Path) -> Path | None:
    """Return the folder of an assembly: the one named instead of a command (`--app cdk.out`), or `cdk.out`, where `cdk synth` leaves it."""
    for name in (command or _read(directory / "cdk.json").get("app"), None if command else "cdk.out"):
        if name and (directory / name / "manifest.json").exists():
            return directory / name
    return None


def synthesize(app: App, output: Path, account: str, region: str, say: Callable[[str], None]) -> Path:
    """Run the app and return the folder of its assembly. Show what the app prints only if it fails.

    The assembly of the last run that succeeded stays where it is until this one has.
    """
    made = output.with_name(f".{output.name}.new")
    shutil.rmtree(made, ignore_errors=True)
    made.parent.mkdir(parents=True, exist_ok=True)
    context = {
        "aws:cdk:enable-path-metadata": True,
        "aws:cdk:enable-asset-metadata": True,
        "aws:cdk:version-reporting": False,
        "aws:cdk:bundling-stacks": ["**"],
        **app.context,
    }
    text = json.dumps(context)
    if len(text) > LARGEST_CONTEXT:
        raise UserError("the context in cdk.json and cdk.context.json is too large to pass to the app: remove what it does not need")
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(made),
        "CDK_CONTEXT_JSON": text,
        "CDK_DEFAULT_ACCOUNT": account,
        "CDK_DEFAULT_REGION": region,
        "CDK_CLI_ASM_VERSION": "53.0.0",
        "CDK_CLI_VERSION": "2.1148.1",
    }
    # `bin/lake` puts its own folder on the path: nothing for an app in Python.
    own = str(Path(__file__).resolve().parents[3])
    environment["PYTHONPATH"] = os.pathsep.join(
        part for part in environment.get("PYTHONPATH", "").split(os.pathsep) if part and part != own
    )
    say(f"synthesizing: {app.command}")
    # A shell, as the CDK's command uses one: `app` in cdk.json is a command line.
    done = subprocess.run(
        app.command,
        shell=True,
        cwd=app.directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        # Node prints the line of code that threw; in minified libraries that is a whole file.
        last = "\n".join(line[:LONGEST_LINE] for line in done.stdout.strip().splitlines()[-25:])
        raise UserError(f"the CDK app failed ({app.command!r}, exit code {done.returncode}):\n{last}")
    if not (made / "manifest.json").exists():
        raise UserError(f"{app.command!r} made no assembly: does it call `app.synth()`?")
    shutil.rmtree(output, ignore_errors=True)
    made.rename(output)
    return output


def _read(path: Path) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return parsed
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON: {error}") from None
