"""Reading assemblies: order, assets, annotations, other environments, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lake_local.cli.console import Console
from lake_local.errors import UserError
from lake_local.lake import sources
from lake_local.lake.assembly.assets import bootstrap_parameters, zip_folder
from lake_local.lake.assembly.manifest import read_assembly
from lake_local.lake.assembly.synth import App
from lake_local.lake.layers.build import Target
from lake_local.names import MISSING_LAYERS

ACCOUNT, REGION = "000000000000", "us-east-1"


def write(directory: Path, stacks: dict[str, dict[str, Any]], artifacts: dict[str, Any] | None = None, **manifest: Any) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    found = {}
    for name, options in stacks.items():
        (directory / f"{name}.template.json").write_text(json.dumps(options.get("template", {"Resources": {}})))
        found[name] = {
            "type": "aws:cloudformation:stack",
            "environment": options.get("environment", "aws://unknown-account/unknown-region"),
            "properties": {"templateFile": f"{name}.template.json", **options.get("properties", {})},
            "dependencies": options.get("dependencies", []),
            "metadata": options.get("metadata", {}),
        }
    (directory / "manifest.json").write_text(json.dumps({"version": "53.0.0", "artifacts": {**found, **(artifacts or {})}, **manifest}))
    return directory


def read(directory: Path) -> Any:
    return read_assembly(directory, ACCOUNT, REGION)


def with_assets(directory: Path, files: dict[str, Any], **more: Any) -> Path:
    (directory / "A.assets.json").write_text(json.dumps({"version": "53.0.0", "files": files, **more}))
    return directory


ASSETS = {"A.assets": {"type": "cdk:asset-manifest", "properties": {"file": "A.assets.json"}}}


def test_deploys_what_others_need_first(tmp_path: Path) -> None:
    assembly = read(write(tmp_path, {"A": {"dependencies": ["B"]}, "B": {"dependencies": ["C", "B.assets"]}, "C": {}}))
    assert [stack.name for stack in assembly.stacks] == ["C", "B", "A"]


def test_refuses_a_circle_of_stacks(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="A -> B -> A"):
        read(write(tmp_path, {"A": {"dependencies": ["B"]}, "B": {"dependencies": ["A"]}}))


def test_reads_stages(tmp_path: Path) -> None:
    write(tmp_path / "assembly-Prod", {"Inner": {"properties": {"stackName": "Prod-Inner"}}})
    stage = {"assembly-Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}}
    assembly = read(write(tmp_path, {"Outer": {}}, stage))
    assert {stack.name for stack in assembly.stacks} == {"Outer", "Prod-Inner"}


def test_reads_tags_parameters_and_termination_protection(tmp_path: Path) -> None:
    properties = {"tags": {"team": "data"}, "parameters": {"P": "1"}, "terminationProtection": True}
    stack = read(write(tmp_path, {"A": {"properties": properties}})).stacks[0]
    assert (stack.tags, stack.parameters, stack.termination_protection) == ({"team": "data"}, {"P": "1"}, True)


def test_moves_a_stack_of_another_account_and_region_here(tmp_path: Path) -> None:
    template = {
        "Resources": {
            "R": {"Type": "T", "Properties": {"Arn": "arn:aws:x:eu-west-1:123456789012:y", "Zone": "eu-west-1a", "Other": "neu-west-1"}}
        }
    }
    stack = read(write(tmp_path, {"A": {"template": template, "environment": "aws://123456789012/eu-west-1"}})).stacks[0]
    assert stack.resources["R"]["Properties"] == {"Arn": f"arn:aws:x:{REGION}:{ACCOUNT}:y", "Zone": f"{REGION}a", "Other": "neu-west-1"}
    assert (stack.account, stack.region) == ("123456789012", "eu-west-1")


def test_an_account_of_one_stack_is_moved_in_the_policies_of_the_others_too(tmp_path: Path) -> None:
    template = {"Resources": {"R": {"Type": "T", "Properties": {"Trail": "arn:aws:cloudtrail:us-east-1:111122223333:trail/a"}}}}
    environments = {"Security": "aws://444455556666/us-east-1", "Prod": "aws://111122223333/us-east-1"}
    stages = {"Stage": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "stage"}}}
    write(tmp_path / "stage", {"Prod": {"template": template, "environment": environments["Prod"]}})
    directory = write(tmp_path, {"Security": {"template": template, "environment": environments["Security"]}}, stages)
    moved = {"Trail": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/a"}
    assert [stack.resources["R"]["Properties"] for stack in read(directory).stacks] == [moved, moved]


@pytest.mark.parametrize("environment", ["aws://unknown-account/unknown-region", f"aws://{ACCOUNT}/{REGION}"])
def test_a_stack_of_this_account_or_of_none_stays_as_it_is(tmp_path: Path, environment: str) -> None:
    stack = read(write(tmp_path, {"A": {"environment": environment}})).stacks[0]
    assert (stack.account, stack.region) == (None, None)


def test_finds_annotations_in_the_manifest_and_beside_it(tmp_path: Path) -> None:
    directory = write(
        tmp_path, {"A": {"metadata": {"/A": [{"type": "aws:cdk:warning", "data": "careful"}, {"type": "aws:cdk:logicalId", "data": "X"}]}}}
    )
    manifest = json.loads((directory / "manifest.json").read_text())
    manifest["artifacts"]["A"]["additionalMetadataFile"] = "A.metadata.json"
    (directory / "manifest.json").write_text(json.dumps(manifest))
    (directory / "A.metadata.json").write_text(json.dumps({"/A/Thing": [{"type": "aws:cdk:error", "data": "wrong"}]}))
    assembly = read(directory)
    assert [(one.path, one.text) for one in assembly.warnings] == [("/A", "careful")]
    assert [(one.path, one.text) for one in assembly.errors] == [("/A/Thing", "wrong")]


def test_finds_the_layers_that_nobody_has_built_yet(tmp_path: Path) -> None:
    missing = {"runtime": "python3.13", "architecture": "arm64"}
    directory = write(tmp_path, {"A": {"metadata": {"/A/Layers": [{"type": MISSING_LAYERS, "data": missing}]}}})
    assembly = read(directory)
    assert assembly.missing_layers == [missing]
    assert assembly.messages == []


def test_an_app_that_misses_layers_is_synthesized_again_with_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"type": MISSING_LAYERS, "data": {"runtime": "python3.13", "architecture": "arm64"}}
    built: list[Target] = []

    def synthesize(app: App, output: Path, *_: Any) -> Path:
        return write(output, {"A": {"metadata": {} if built else {"/A/Layers": [entry, {"type": "aws:cdk:error", "data": "none"}, entry]}}})

    monkeypatch.setattr(sources, "synthesize", synthesize)
    monkeypatch.setattr(sources, "cached_layers", lambda target, _say: built.append(target))
    assembly = sources.AppSource(App("node app.js", tmp_path, {}), tmp_path).read(ACCOUNT, REGION, Console())
    assert built == [Target("python3.13", "arm64")]
    assert assembly.missing_layers == [] and assembly.errors == []


def test_resolves_where_assets_go(tmp_path: Path) -> None:
    destination = {"bucketName": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}", "objectKey": "abc.zip"}
    explicit = {"bucketName": "cdk-hnb659fds-assets-123456789012-eu-west-1", "objectKey": "def.json", "region": "eu-west-1"}
    directory = write(tmp_path, {"A": {}}, ASSETS)
    with_assets(
        directory,
        {
            "a": {"source": {"path": "asset.abc", "packaging": "zip"}, "destinations": {"d": destination}},
            "b": {"source": {"path": "def.json", "packaging": "file"}, "destinations": {"d": explicit}},
            "template": {
                "source": {"path": "A.template.json", "packaging": "file"},
                "destinations": {"d": {**destination, "objectKey": "t.json"}},
            },
        },
    )
    assets = read(directory).assets
    assert {(one.bucket, one.key, one.zipped) for one in assets} == {
        (f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}", "abc.zip", True),
        (f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}", "def.json", False),
    }


def test_refuses_container_images_by_name(tmp_path: Path) -> None:
    directory = with_assets(write(tmp_path, {"A": {}}, ASSETS), {}, dockerImages={"x": {"displayName": "Lake/Image", "source": {}}})
    with pytest.raises(UserError, match="Lake/Image.*without Docker"):
        read(directory)


def test_names_the_lookups_that_are_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="vpc-provider.*cdk synth"):
        read(write(tmp_path, {"A": {}}, missing=[{"key": "k", "provider": "vpc-provider", "props": {}}]))


def test_says_what_is_wrong_with_the_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no cloud assembly"):
        read(tmp_path)
    with pytest.raises(UserError, match="no stack"):
        read(write(tmp_path, {}))


def test_zips_are_the_same_for_the_same_content(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "b.py").write_text("b")
        (tmp_path / name / "a.py").write_text("a")
    assert zip_folder(tmp_path / "one") == zip_folder(tmp_path / "two")


def test_finds_the_bootstrap_parameters_of_a_template() -> None:
    parameters = {
        "BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"},
        "P": {"Type": "String"},
    }
    assert bootstrap_parameters({"Parameters": parameters}) == ["/cdk-bootstrap/hnb659fds/version"]
