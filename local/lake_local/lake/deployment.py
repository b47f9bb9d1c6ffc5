"""Deploying an assembly to a lake, and deleting what was deployed."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from botocore.exceptions import ClientError

from ..config import ACCOUNT, DEFAULT_REGION, default_cache_dir
from ..errors import UserError
from ..lake_file import change_lake_file, read_lake_file
from ..text import seconds
from .assembly.assets import bootstrap_parameters, ensure_bootstrap_version, publish
from .assembly.layers import LayerReplacer
from .assembly.manifest import Assembly
from .assembly.node_sdk import provide
from .assembly.stacks import Outcome, Stacks
from .assembly.templates import TemplateBucket
from .client import Lake
from .process import ensure_running
from .reporter import Reporter
from .sources import Source


class Started(NamedTuple):
    """A running lake, and the assembly that it is to get."""

    lake: Lake
    is_new: bool
    assembly: Assembly | None


def start(state_dir: Path, source: Source | None, reporter: Reporter, port: int | None = None, region: str | None = None) -> Started:
    """Start the lake unless it runs; meanwhile read the assembly of `source`, if one is given."""
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(ensure_running, state_dir, port, region)
        try:
            wanted = region or read_lake_file(state_dir).get("region") or DEFAULT_REGION
            assembly = source.read(ACCOUNT, wanted, reporter) if source else None
        finally:
            lake, is_new = starting.result()
    return Started(lake, is_new, assembly)


def deploy(
    lake: Lake,
    assembly: Assembly,
    parameters: dict[str, str],
    reporter: Reporter,
    on_stack: Callable[[Outcome], None],
) -> None:
    """Publish what is missing and deploy stack by stack; `on_stack` hears of each one."""
    stacks = Stacks(
        lake.client("cloudformation"),
        TemplateBucket(lake).url,
        lambda name, done, total: reporter.update(f"{name}: {done}/{total} resources"),
    )
    refuse_unknown_types(stacks, assembly)
    refuse_unknown_parameters(assembly, parameters)
    for stack in assembly.stacks:
        if stack.account or stack.region:
            reporter.say(
                f"{stack.name} is made for {stack.account or lake.account}/{stack.region or lake.region}: "
                f"deployed here as {lake.account}/{lake.region}"
            )
    _publish(lake, assembly, reporter)
    for stack in assembly.stacks:
        on_stack(stacks.deploy(stack, parameters))
    _report_recorded(lake, assembly, reporter)
    _report_removed(lake, assembly, reporter)


def refuse_unknown_types(stacks: Stacks, assembly: Assembly) -> None:
    """Raise if the assembly has resource types that the lake can neither run nor record, before anything is deployed."""
    uses: dict[str, list[str]] = defaultdict(list)
    templates = [(stack.name, stack.template) for stack in assembly.stacks]
    for name, template in [*templates, *assembly.nested_templates()]:
        for logical_id, resource in (template.get("Resources") or {}).items():
            uses[resource["Type"]].append(f"{name}/{logical_id}")
    unknown = stacks.unknown_types(set(uses))
    if unknown:
        lines = [f"  {name}: {', '.join(uses[name])}" for name in sorted(unknown)]
        raise UserError("the embedded cloud neither runs nor records these resource types; nothing was deployed:\n" + "\n".join(lines))


def refuse_unknown_parameters(assembly: Assembly, given: dict[str, str]) -> None:
    """Raise if a value was given for a parameter that no stack has, before anything is deployed."""
    known = {name for stack in assembly.stacks for name in stack.template.get("Parameters") or {}}
    if unknown := sorted(set(given) - known):
        listed = ", ".join(sorted(known)) or "none"
        raise UserError(f"no stack has a parameter {', '.join(unknown)}, and nothing was deployed; there are: {listed}")


def describe(outcome: Outcome) -> str:
    """Return in one line what became of a stack that was deployed."""
    what = "no changes" if outcome.change == "unchanged" else outcome.change
    return f"{outcome.name}: {what}, {outcome.resources} resources ({seconds(outcome.seconds)})"


def remember(lake: Lake, description: dict[str, str], assembly: Assembly) -> None:
    """Keep in the lake file what was deployed, for `lake destroy` and `lake status`."""
    names = [stack.name for stack in assembly.stacks]
    with change_lake_file(lake.state_dir) as file:
        before = (file.get("assembly") or {}).get("stacks", [])
        file["assembly"] = {
            **description,
            "stacks": names + [name for name in before if name not in names],
            "deployed": datetime.now(UTC).isoformat(timespec="seconds"),
        }


def destroy(lake: Lake, reporter: Reporter, names: list[str], on_stack: Callable[[Outcome, Counter[str]], None]) -> None:
    """Delete stacks, all that were deployed unless some are named; `on_stack` hears of each one, and what it retained, by type."""
    stacks = Stacks(
        lake.client("cloudformation"), TemplateBucket(lake).url, lambda name, done, _total: reporter.update(f"{name}: {done} deleted")
    )
    known = read_lake_file(lake.state_dir).get("assembly") or {}
    deployed: list[str] = known.get("stacks", [])
    for name in names or list(reversed(deployed)):
        kept = _retained(lake, name)
        outcome = stacks.delete(name)
        if outcome is None and names:
            raise UserError(f"there is no stack {name}, only: {', '.join(deployed) or 'none'}")
        if outcome:
            on_stack(outcome, kept)
        with change_lake_file(lake.state_dir) as file:
            left = [one for one in (file.get("assembly") or {}).get("stacks", []) if one != name]
            file["assembly"] = {**known, "stacks": left}


def _publish(lake: Lake, assembly: Assembly, reporter: Reporter) -> None:
    cache = default_cache_dir()
    provide(assembly, cache, reporter.say)
    started = time.monotonic()
    replacer = LayerReplacer(cache, reporter.say)
    uploads = publish(lake.client("s3"), lake.region, assembly.assets, replacer.content)
    for replacement in replacer.replaced:
        reporter.say(f"layer {replacement}")
    ensure_bootstrap_version(lake.client("ssm"), [name for stack in assembly.stacks for name in bootstrap_parameters(stack.template)])
    reporter.say(f"assets: {uploads} of {len(assembly.assets)} uploaded ({seconds(time.monotonic() - started)})")


def _report_recorded(lake: Lake, assembly: Assembly, reporter: Reporter) -> None:
    used = {resource["Type"] for stack in assembly.stacks for resource in stack.resources.values()}
    if found := sorted(used & lake.recorded_types()):
        reporter.say(f"recorded, not run: {', '.join(found)}")


def _report_removed(lake: Lake, assembly: Assembly, reporter: Reporter) -> None:
    before = (read_lake_file(lake.state_dir).get("assembly") or {}).get("stacks", [])
    gone = [name for name in before if name not in {stack.name for stack in assembly.stacks}]
    for name in gone:
        reporter.say(f"stack {name} is no longer in the app: `lake destroy {name}` deletes it")


def _retained(lake: Lake, stack: str) -> Counter[str]:
    """Return how many resources of each type stay when a stack is deleted."""
    try:
        template = lake.client("cloudformation").get_template(StackName=stack)["TemplateBody"]
    except ClientError:
        return Counter()
    resources = (json.loads(template) if isinstance(template, str) else template).get("Resources", {})
    return Counter(one["Type"] for one in resources.values() if str(one.get("DeletionPolicy", "")).startswith("Retain"))
