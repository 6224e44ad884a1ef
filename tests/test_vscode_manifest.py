"""The VS Code extension is in step with the server: settings, commands, versions. No editor is started here."""

import importlib.util
import json
import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from abacus_lsp import __version__
from abacus_lsp.schema import rows
from abacus_lsp.server import actions, handlers

EXTENSION = Path(__file__).parent.parent / "editors" / "vscode"


def manifest() -> ModuleType:
    specification = importlib.util.spec_from_file_location("manifest", EXTENSION / "manifest.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def package() -> dict[str, Any]:
    return json.loads((EXTENSION / "package.json").read_text("utf-8"))


def properties() -> dict[str, Any]:
    return {
        key: field
        for group in package()["contributes"]["configuration"]
        for key, field in group["properties"].items()
    }


def test_the_settings_are_those_of_the_schema() -> None:
    made = manifest()
    if os.environ.get("UPDATE_GOLDEN"):
        made.main()
    for name, text in made.wanted().items():
        assert (EXTENSION / name).read_text("utf-8") == text, (
            f"{name} is behind: python editors/vscode/manifest.py"
        )
    assert {row.key for row in rows()} == {
        key.removeprefix("abacus.") for key in properties() if not key.startswith("abacus.server.")
    }


@pytest.mark.parametrize("name", ["package.nls.json", "package.nls.zh-cn.json"])
def test_every_text_is_there_in_both_languages(name: str) -> None:
    wanted = set(re.findall(r'"%([\w.-]+)%"', (EXTENSION / "package.json").read_text("utf-8")))
    held = json.loads((EXTENSION / name).read_text("utf-8"))
    assert wanted - held.keys() == set()
    assert all(held.values())


def test_the_settings_refer_to_nothing_outside_the_manifest() -> None:
    assert "$ref" not in json.dumps(properties())


@pytest.mark.parametrize("prefix", ["endpoint", "local", "server", "model", "engine"])
def test_no_workspace_names_what_runs_or_where_text_goes(prefix: str) -> None:
    held = {
        key: field
        for key, field in properties().items()
        if key == f"abacus.{prefix}" or key.startswith(f"abacus.{prefix}.")
    }
    assert held
    assert {field["scope"] for field in held.values()} == {"machine"}
    restricted = package()["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    assert properties().keys() == set(restricted)


def test_the_versions_are_the_same() -> None:
    assert package()["version"] == __version__


def test_every_command_is_made_and_none_collides_with_the_servers() -> None:
    declared = {each["command"].removeprefix("abacusLsp.") for each in package()["contributes"]["commands"]}
    source = (EXTENSION / "src" / "commands.ts").read_text("utf-8")
    table = source.partition("return {")[2].partition("};")[0]
    made = set(re.findall(r"^ {4}(\w+)(?=[:,])", table, re.MULTILINE)) | {"menu"}
    assert made == declared
    servers = {name for name, _ in (*handlers.COMMANDS, *actions.COMMANDS)}
    used = set(
        re.findall(r'"(abacus\.\w+)"', "".join(p.read_text("utf-8") for p in EXTENSION.glob("src/*.ts")))
    )
    assert used - {"abacus.server"} <= servers | {"abacus.completion"}


def test_source_files_are_small() -> None:
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in EXTENSION.glob("*/*.ts")}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > 300} == {}
