"""`lake up`: start the embedded AWS, and deploy every stack of the app."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..lake.client import Lake
from ..lake_file import change_lake_file, read_lake_file, state_directory
from .console import Console, seconds, show

EXAMPLES = """\
examples:
  lake up                                    the CDK app of this folder's cdk.json
  lake up --app 'npx ts-node bin/app.ts'     another app
  lake up --assembly cdk.out                 what `cdk synth` made
  lake up --port 4570 --state /tmp/lake      beside another lake
"""
_LAYERS_MISSING = re.compile(r"lake layers --runtime (\S+) --arch ([A-Za-z0-9_]+)")


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "up",
        help="start the lake and deploy the app",
        epilog=EXAMPLES,
        description="Start the embedded AWS on 127.0.0.1, and deploy every stack of a CDK app to it.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--app", metavar="CMD", help="command line that synthesizes the app (default: `app` in cdk.json)")
    source.add_argument("--assembly", metavar="DIR", help="a cloud assembly that is synthesized already")
    parser.add_argument("--port", type=int, help="port on 127.0.0.1 (default: 4566, or the next free one)")
    parser.add_argument("--region", help="region of a new lake (default: us-east-1)")
    parser.add_argument("--parameter", metavar="NAME=VALUE", action="append", default=[], help="value of a template's parameter")
    parser.add_argument("--no-deploy", action="store_true", help="only start the server, with what is in it")


def run(args: argparse.Namespace) -> int:
    console = Console()
    started = time.monotonic()
    state_dir = state_directory(args.state)
    parameters = _parameters(args.parameter)
    source = None if args.no_deploy else _source(args, state_dir)
    lake, is_new, assembly = start(state_dir, source, console, args.port, args.region)
    console.say(f"lake {'started' if is_new else 'is running'} on {lake.endpoint} ({seconds(time.monotonic() - started)})")
    if assembly:
        deploy(lake, assembly, parameters, console)
        remember(lake, source.description, assembly)
    print(how_to_use(lake))
    return 0


def start(state_dir: Path, source: Any, console: Console, port: int | None = None, region: str | None = None) -> tuple[Lake, bool, Any]:
    """The lake, whether it is newly started, and the assembly of `source`, if one is given: synthesized while the server starts."""
    from ..lake.process import ensure_running

    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(ensure_running, state_dir, port, region)
        from ..config import ACCOUNT, DEFAULT_REGION

        try:
            assembly = source and source.read(ACCOUNT, region or read_lake_file(state_dir).get("region") or DEFAULT_REGION, console)
        finally:
            lake, is_new = starting.result()
    return lake, is_new, assembly


def deploy(lake: Lake, assembly: Any, parameters: dict[str, str], console: Console) -> None:
    """Check, publish what is missing, and deploy stack by stack."""
    from ..config import default_cache_dir
    from ..lake.assembly.assets import bootstrap_parameters, ensure_bootstrap_version, publish
    from ..lake.assembly.layers import LayerReplacer
    from ..lake.assembly.node_sdk import provide
    from ..lake.assembly.stacks import Stacks
    from ..lake.assembly.templates import TemplateBucket

    templates = TemplateBucket(lake)
    stacks = Stacks(
        lake.client("cloudformation"), templates.url, lambda name, done, total: console.update(f"{name}: {done}/{total} resources")
    )
    refuse_unknown_types(stacks, assembly)
    for stack in assembly.stacks:
        if stack.account or stack.region:
            console.say(
                f"{stack.name} is made for {stack.account or lake.account}/{stack.region or lake.region}: "
                f"deployed here as {lake.account}/{lake.region}"
            )
    provide(assembly, default_cache_dir(), console.say)
    started = time.monotonic()
    replacer = LayerReplacer(default_cache_dir(), console.say)
    uploads = publish(lake.client("s3"), lake.region, assembly.assets, replacer.content)
    for replacement in replacer.replaced:
        console.say(f"layer {replacement}")
    ensure_bootstrap_version(lake.client("ssm"), [name for stack in assembly.stacks for name in bootstrap_parameters(stack.template)])
    console.say(f"assets: {uploads} of {len(assembly.assets)} uploaded ({seconds(time.monotonic() - started)})")
    for stack in assembly.stacks:
        outcome = stacks.deploy(stack, parameters)
        what = "no changes" if outcome.change == "unchanged" else outcome.change
        console.say(f"{stack.name}: {what}, {len(stack.resources)} resources ({seconds(outcome.seconds)})")
        for name, value in sorted(outcome.outputs.items()):
            if not name.startswith("ExportsOutput"):  # the CDK's own, for references between stacks
                show(f"{stack.name}.{name} = {value}")
    sys.stdout.flush()
    _report_recorded(assembly, console)
    _report_removed(lake, assembly, console)


def refuse_unknown_types(stacks: Any, assembly: Any) -> None:
    """Before anything is deployed: what can neither be run nor recorded stops here, by name."""
    uses: dict[str, list[str]] = defaultdict(list)
    for stack in assembly.stacks:
        for logical_id, resource in stack.resources.items():
            uses[resource["Type"]].append(f"{stack.name}/{logical_id}")
    for name, template in assembly.nested_templates():
        for logical_id, resource in (template.get("Resources") or {}).items():
            uses[resource["Type"]].append(f"{name}/{logical_id}")
    unknown = stacks.unknown_types(set(uses))
    if unknown:
        lines = [f"  {name}: {', '.join(uses[name])}" for name in sorted(unknown)]
        raise UserError("the embedded cloud neither runs nor records these resource types; nothing was deployed:\n" + "\n".join(lines))


def how_to_use(lake: Lake) -> str:
    return f"""
The lake is up. To point the AWS CLI or any SDK at it:
  eval "$(lake env)" && aws s3 ls
Endpoint {lake.endpoint}; its log is {lake.state_dir / "server.log"}; `lake status` shows what is in it, `lake down` stops it."""


class _Assembly:
    """--assembly DIR, or `"app": "cdk.out"`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.description = {"directory": str(directory.resolve())}

    def read(self, account: str, region: str, console: Console) -> Any:
        from ..lake.assembly.manifest import read_assembly

        return _checked(read_assembly(self.directory.resolve(), account, region), console)


class App:
    """--app CMD, or the `app` of cdk.json."""

    def __init__(self, app: Any, output: Path) -> None:
        self.app = app
        self.output = output
        self.description = {"app": app.command, "directory": str(output)}

    def read(self, account: str, region: str, console: Console) -> Any:
        from ..lake.assembly.manifest import read_assembly
        from ..lake.assembly.synth import synthesize

        assembly = read_assembly(synthesize(self.app, self.output, account, region, console.say), account, region)
        missing = {match.groups() for message in assembly.errors if (match := _LAYERS_MISSING.search(message.text))}
        if missing:
            from .layers import build

            for runtime, architecture in sorted(missing):
                build(runtime, architecture, console)
            assembly = read_assembly(synthesize(self.app, self.output, account, region, console.say), account, region)
        return _checked(assembly, console)


def _source(args: argparse.Namespace, state_dir: Path) -> Any:
    from ..lake.assembly.synth import find_app, find_assembly

    if args.assembly:
        return _Assembly(Path(args.assembly))
    here = Path.cwd()
    if app := find_app(args.app, here):
        return App(app, state_dir / "cdk.out")
    if directory := find_assembly(args.app, here):
        return _Assembly(directory)
    raise UserError(
        "no CDK app here: run `lake up` in a folder with a cdk.json, or name the app with --app or its assembly with --assembly"
        + _hint(here)
    )


def _checked(assembly: Any, console: Console) -> Any:
    for message in assembly.warnings:
        console.say(f"warning [{message.path}] {message.text}")
    if assembly.errors:
        raise UserError("the app reports errors:\n" + "\n".join(f"  [{message.path}] {message.text}" for message in assembly.errors))
    return assembly


def _parameters(given: list[str]) -> dict[str, str]:
    values = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--parameter {text}: write NAME=VALUE")
        values[name] = value
    return values


def _report_recorded(assembly: Any, console: Console) -> None:
    from ..cloud.cfn.recorded import RECORDED

    found = sorted({resource["Type"] for stack in assembly.stacks for resource in stack.resources.values() if resource["Type"] in RECORDED})
    if found:
        console.say(f"recorded, not run: {', '.join(found)}")


def _report_removed(lake: Lake, assembly: Any, console: Console) -> None:
    before = (read_lake_file(lake.state_dir).get("assembly") or {}).get("stacks", [])
    gone = [name for name in before if name not in {stack.name for stack in assembly.stacks}]
    for name in gone:
        console.say(f"stack {name} is no longer in the app: `lake destroy {name}` deletes it")


def remember(lake: Lake, description: dict[str, str], assembly: Any) -> None:
    """Keep in the lake file what was deployed, for `lake destroy` and `lake status`."""
    names = [stack.name for stack in assembly.stacks]
    with change_lake_file(lake.state_dir) as file:
        before = (file.get("assembly") or {}).get("stacks", [])
        file["assembly"] = {
            **description,
            "stacks": names + [name for name in before if name not in names],
            "deployed": datetime.now(UTC).isoformat(timespec="seconds"),
        }


def _hint(folder: Path) -> str:
    """How an app that lies here could be named, in the words of the CDK's own templates."""
    for file, how in (("app.ts", "npx tsx app.ts"), ("app.py", "python app.py"), ("app.js", "node app.js")):
        if (folder / file).exists():
            return f', such as --app "{how}"'
    return ""
