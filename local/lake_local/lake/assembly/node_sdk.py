"""The AWS SDK for JavaScript, which Lambda's Node runtimes bring along, for the functions of an app that use it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lake_local.config import node_packages
from lake_local.errors import UserError

from .manifest import Assembly, FileAsset

_PACKAGE = re.compile(r"""["'](@(?:aws-sdk|smithy)/[a-z0-9-]+)["'/]""")
_CODE = {".js", ".mjs", ".cjs"}
# The packages and all that they need, as they were on this day: the same for everybody, and nothing that was published since.
_AS_OF = "2026-08-01"
# Done without Node: see lake_local/cfn/custom.py.
_NATIVE = {"Custom::S3AutoDeleteObjects"}


def provide(assembly: Assembly, cache_dir: Path, say: Callable[[str], None]) -> None:
    """Install the parts of the SDK that Node functions of the assembly import and do not carry themselves, once, in the user's cache."""
    wanted = {name for stack in assembly.stacks for name in _wanted(stack.resources, assembly.assets)}
    modules = node_packages(cache_dir)
    missing = sorted(name for name in wanted if not (modules / name / "package.json").exists())
    if not missing:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise UserError(f"functions of the app use {', '.join(missing)}, which Lambda brings along: install Node with npm to run them here")
    say(f"installing {', '.join(missing)} for the app's Node functions (once)")
    modules.parent.mkdir(parents=True, exist_ok=True)
    manifest = modules.parent / "package.json"
    if not manifest.exists():
        manifest.write_text(json.dumps({"name": "lake-node-sdk", "private": True}))
    command = [npm, "install", "--ignore-scripts", f"--before={_AS_OF}", "--no-audit", "--no-fund", "--loglevel=error", *missing]
    done = subprocess.run(command, cwd=modules.parent, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["npm failed"])[-1]
        raise UserError(f"{', '.join(missing)} could not be installed for the app's Node functions: {last}")


def _wanted(resources: dict[str, dict[str, Any]], assets: list[FileAsset]) -> Iterator[str]:
    native = {
        token["Fn::GetAtt"][0]
        for resource in resources.values()
        if resource["Type"] in _NATIVE
        and isinstance(token := resource.get("Properties", {}).get("ServiceToken"), dict)
        and "Fn::GetAtt" in token
    }
    for logical_id, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] != "AWS::Lambda::Function" or logical_id in native or "nodejs" not in str(properties.get("Runtime")):
            continue
        code = properties.get("Code", {})
        if isinstance(code.get("ZipFile"), str):
            yield from _PACKAGE.findall(code["ZipFile"])
        for asset in assets:
            if asset.key == code.get("S3Key") and asset.source.is_dir():
                yield from _imported(asset.source)


def _imported(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.suffix in _CODE and path.is_file() and "node_modules" not in path.relative_to(folder).parts:
            for name in _PACKAGE.findall(path.read_text(encoding="utf-8", errors="replace")):
                if not (folder / "node_modules" / name).exists():
                    yield name
