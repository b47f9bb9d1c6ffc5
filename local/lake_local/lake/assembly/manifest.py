"""Reading a cloud assembly: its stacks in the order in which they must be deployed, their assets, and what the app said about itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lake_local.errors import UserError
from lake_local.names import MISSING_LAYERS, MissingLayers


@dataclass(frozen=True)
class FileAsset:
    """A file or folder that a template refers to by its place in an S3 bucket."""

    source: Path
    zipped: bool
    bucket: str
    key: str


@dataclass(frozen=True)
class Message:
    """An annotation that the app put on a construct."""

    level: str
    path: str
    text: str


@dataclass(frozen=True)
class Stack:
    """One stack of the assembly."""

    artifact_id: str
    name: str
    template_path: Path
    account: str | None
    region: str | None
    tags: dict[str, str]
    parameters: dict[str, str]
    depends_on: tuple[str, ...]
    termination_protection: bool
    template_text: str = field(repr=False)

    @cached_property
    def template(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.template_text)
        return parsed

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        return self.template.get("Resources") or {}


@dataclass
class Assembly:
    """A whole `cdk.out`, its nested assemblies (stages) included."""

    directory: Path
    stacks: list[Stack] = field(default_factory=list)
    assets: list[FileAsset] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    missing_layers: list[MissingLayers] = field(default_factory=list)

    def nested_templates(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield name and template of each nested stack, which its parent has as an asset."""
        for asset in self.assets:
            if asset.source.name.endswith(".nested.template.json"):
                yield asset.source.name.removesuffix(".nested.template.json"), _read_json(asset.source)

    @property
    def errors(self) -> list[Message]:
        return [message for message in self.messages if message.level == "error"]

    @property
    def warnings(self) -> list[Message]:
        return [message for message in self.messages if message.level == "warning"]


def read_assembly(directory: Path, account: str, region: str) -> Assembly:
    """Return the assembly of a folder. Replace the account and region that a stack names, if any, with the ones given."""
    if directory.is_file():
        raise UserError(f"{directory} is a file: name the folder that `cdk synth` made")
    assembly = Assembly(directory)
    _read_into(assembly, directory, account, region, _accounts(directory))
    if not assembly.stacks:
        raise UserError(f"{directory} has no stack: add one to the app, or name another assembly with --assembly")
    assembly.stacks = in_order(assembly.stacks)
    return assembly


def _accounts(directory: Path) -> set[str]:
    """Return the accounts that stacks are made for: the policies of one may name the others'."""
    found: set[str] = set()
    for artifact in _read_json(directory / "manifest.json").get("artifacts", {}).values():
        if artifact["type"] == "aws:cloudformation:stack":
            found |= set(re.findall(r"^aws://(\d{12})/", artifact.get("environment", "")))
        elif artifact["type"] == "cdk:cloud-assembly":
            found |= _accounts(directory / artifact["properties"]["directoryName"])
    return found


def _read_into(assembly: Assembly, directory: Path, account: str, region: str, accounts: set[str]) -> None:
    manifest = _read_json(directory / "manifest.json")
    if missing := manifest.get("missing"):
        lookups = ", ".join(sorted({entry.get("provider", "?") for entry in missing}))
        raise UserError(
            f"the app needs values looked up in a real account ({lookups}): run `cdk synth` once with credentials, so that "
            "cdk.context.json holds them"
        )
    asset_files: list[Path] = []
    stacks: list[Stack] = []
    for artifact_id, artifact in manifest.get("artifacts", {}).items():
        properties = artifact.get("properties", {})
        metadata = _metadata(directory, artifact)
        assembly.messages += _messages(metadata)
        assembly.missing_layers += [entry["data"] for _, entry in metadata if entry.get("type") == MISSING_LAYERS]
        if artifact["type"] == "aws:cloudformation:stack":
            stacks.append(_stack(directory, artifact_id, artifact, account, region, accounts))
        elif artifact["type"] == "cdk:asset-manifest":
            asset_files.append(directory / properties["file"])
        elif artifact["type"] == "cdk:cloud-assembly":
            _read_into(assembly, directory / properties["directoryName"], account, region, accounts)
    assembly.stacks += stacks
    for file in asset_files:
        assembly.assets += [asset for asset in _file_assets(file, account, region, stacks) if asset not in assembly.assets]


def _read_json(path: Path) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return parsed
    except FileNotFoundError:
        raise UserError(
            f"{path.parent} is no cloud assembly ({path.name} is missing): synthesize the app first, or name it with --app"
        ) from None
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON ({error}): synthesize the app again") from None


def _metadata(directory: Path, artifact: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return path and metadata entry of the constructs: from the manifest, and (newer CDK) from a file beside it."""
    metadata = list((artifact.get("metadata") or {}).items())
    if extra := artifact.get("additionalMetadataFile"):
        metadata += _read_json(directory / extra).items()
    return [(path, entry) for path, entries in metadata for entry in entries]


def _messages(metadata: list[tuple[str, dict[str, Any]]]) -> list[Message]:
    return [
        Message(entry["type"].removeprefix("aws:cdk:"), path, str(entry.get("data", "")))
        for path, entry in metadata
        if entry.get("type") in ("aws:cdk:error", "aws:cdk:warning")
    ]


def _stack(directory: Path, artifact_id: str, artifact: dict[str, Any], account: str, region: str, accounts: set[str]) -> Stack:
    properties = artifact["properties"]
    template_path = directory / properties["templateFile"]
    match = re.fullmatch(r"aws://([^/]*)/(.*)", artifact.get("environment", ""))
    own_account, own_region = (None if value.startswith("unknown-") else value for value in match.groups()) if match else (None, None)
    try:
        text = template_path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{template_path} is missing: synthesize the app again") from None
    return Stack(
        artifact_id=artifact_id,
        name=properties.get("stackName") or artifact_id,
        template_path=template_path,
        account=own_account if own_account != account else None,
        region=own_region if own_region != region else None,
        tags=dict(properties.get("tags") or {}),
        parameters=dict(properties.get("parameters") or {}),
        depends_on=tuple(artifact.get("dependencies") or ()),
        termination_protection=bool(properties.get("terminationProtection")),
        template_text=_moved(text, accounts, own_region, account, region),
    )


def _moved(text: str, accounts: set[str], own_region: str | None, account: str, region: str) -> str:
    """Replace concrete accounts and a region with the embedded cloud's."""
    for one in sorted(accounts):
        text = text.replace(one, account)
    if own_region and own_region != region:
        text = re.sub(rf"\b{re.escape(own_region)}(?=\b|[a-f]\b)", region, text)
    return text


def _file_assets(file: Path, account: str, region: str, stacks: list[Stack]) -> list[FileAsset]:
    manifest = _read_json(file)
    if images := manifest.get("dockerImages"):
        names = ", ".join(image.get("displayName") or image.get("source", {}).get("directory") or key for key, image in images.items())
        raise UserError(
            f"{file.name} has container images ({names}): the embedded cloud runs without Docker; package the code as a file asset instead"
        )
    templates = {stack.template_path.resolve() for stack in stacks}
    assets = []
    for entry in manifest.get("files", {}).values():
        source = entry["source"]
        if "executable" in source:
            raise UserError(
                f"{file.name} has an asset made by a command ({' '.join(source['executable'])}): only files and folders are supported"
            )
        path = (file.parent / source["path"]).resolve()
        if path in templates:
            continue  # passed to CloudFormation directly
        for destination in entry["destinations"].values():
            assets.append(
                FileAsset(
                    source=path,
                    zipped=source.get("packaging") == "zip",
                    bucket=_resolved(destination["bucketName"], destination.get("region"), account, region),
                    key=_resolved(destination["objectKey"], destination.get("region"), account, region),
                )
            )
    return assets


def _resolved(value: str, own_region: str | None, account: str, region: str) -> str:
    for token, replacement in (("AWS::AccountId", account), ("AWS::Region", region), ("AWS::Partition", "aws")):
        value = value.replace(f"${{{token}}}", replacement)
    if own_region and not own_region.startswith("${"):
        value = _moved(value, set(), own_region, account, region)
    # Bucket names of an explicit environment end in its account and region.
    return re.sub(r"(-assets-)\d{12}-[a-z0-9-]+$", rf"\g<1>{account}-{region}", value)


def in_order(stacks: list[Stack]) -> list[Stack]:
    """Return the stacks in the app's own order, but those that others depend on first."""
    by_id = {stack.artifact_id: stack for stack in stacks}
    ordered: dict[str, Stack] = {}

    def visit(stack: Stack, path: tuple[str, ...]) -> None:
        if stack.artifact_id in path:
            raise UserError(f"stacks depend on each other in a circle: {' -> '.join((*path, stack.artifact_id))}")
        for needed in stack.depends_on:
            if needed in by_id:
                visit(by_id[needed], (*path, stack.artifact_id))
        ordered.setdefault(stack.artifact_id, stack)

    for stack in stacks:
        visit(stack, ())
    return list(ordered.values())
