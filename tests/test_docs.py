"""The documentation is in step with the program: settings, models, commands, targets, links.

UPDATE_GOLDEN=1 writes docs/configuration.md and the table of docs/models.md anew.
"""

import argparse
import json
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from abacus_lsp.cli import build_parser
from abacus_lsp.cli.model_facts import size_text
from abacus_lsp.completion.reasons import REASONS
from abacus_lsp.configuration import from_json
from abacus_lsp.engines.base import EngineError
from abacus_lsp.models.catalogue import CATALOGUE
from abacus_lsp.models.rows import ModelRow, source_name
from abacus_lsp.schema import Row, rows, schema

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("editors/*/README.md")])
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
READERS = [page for page in PAGES if page.name not in ("CHANGELOG.md", "CONTRIBUTING.md")]
HEAD = """\
# Configuration · 配置

Made from `abacus-lsp schema`; do not edit by hand. 由 `abacus-lsp schema` 生成，请勿手工修改。

The same keys work in the editor (section `abacus`, or `initializationOptions`) and in the settings file that
`abacus-lsp schema` names; the editor's win. `ABACUS_CONFIG` or `--config FILE` names another file. A bad or unknown
key is reported and keeps its default. Keys may be nested or dotted, in camelCase or snake_case. Changes in the editor
hold at once; those of the file at the next start. `abacus-lsp schema --json` prints the JSON schema.

同样的键既可写在编辑器里（`abacus` 一节或 `initializationOptions`），也可写在 `abacus-lsp schema` 打印的设置文件里，
两处都有时以编辑器为准。`ABACUS_CONFIG` 或 `--config 文件` 可指定别的文件。写错或未知的键会被指出，并保持默认值。
键可以嵌套或用点号连接，camelCase 或 snake_case 均可。编辑器中的改动立即生效，文件中的改动下次启动生效。
`abacus-lsp schema --json` 打印 JSON schema。
"""


def fields(definition: dict[str, Any], at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Dotted key and schema of every setting, sections resolved."""
    definitions = schema()["$defs"]
    for name, field in definition["properties"].items():
        reference = field.get("$ref") or next(
            (each["$ref"] for each in field.get("anyOf", ()) if "$ref" in each), ""
        )
        if reference:
            yield from fields(definitions[reference.rpartition("/")[2]], f"{at}{name}.")
        else:
            yield at + name, field


def allowed(field: dict[str, Any]) -> str:
    """What a setting accepts, in a table's cell."""
    if "enum" in field:
        return ", ".join(f"`{json.dumps(each)}`" for each in field["enum"])
    low, high = field.get("minimum"), field.get("maximum")
    if high is not None:
        over = field.get("exclusiveMinimum")
        return f"{low:,} to {high:,}" if low is not None else f"over {over:,}, to {high:,}"
    words = {"boolean": "`true`, `false`", "array": "a list", "string": "text", "integer": "a number"}
    return words[field["type"]]


def table(held: list[Row], at: str) -> Iterator[str]:
    limits = dict(fields(schema()["$defs"]["Settings"]))
    yield "\n| key | default | allowed | what it does |\n|---|---|---|---|\n"
    for row in held:
        default = json.dumps(row.default, ensure_ascii=False)
        cells = (f"`{row.key.removeprefix(at)}`", f"`{default}`", allowed(limits[row.key]))
        yield f"| {' | '.join(cells)} | {row.english}<br>{row.chinese} |\n"


def configuration_page() -> str:
    """docs/configuration.md: one table of the top, one of each section."""
    every = rows()
    out = [HEAD, *table([row for row in every if "." not in row.key], "")]
    for section in dict.fromkeys(row.key.partition(".")[0] for row in every if "." in row.key):
        at = f"{section}."
        text = schema()["$defs"][f"{section.title()}Settings"]["description"].strip()
        out += [f"\n## {section}\n{text}\n", *table([row for row in every if row.key.startswith(at)], at)]
    return "".join(out)


def model_row(row: ModelRow) -> str:
    sources = ", ".join(dict.fromkeys(source_name(source) for source in row.sources))
    licence = f"{row.licence.name}. {row.licence.note}" if row.licence.note else row.licence.name
    cells = (
        f"`{row.name}`",
        row.title,
        size_text(row.size, approximate=row.approximate),
        size_text(row.memory, approximate=True),
        f"{row.context:,}",
        "yes" if row.fim else "no",
        sources,
        licence,
    )
    return f"| {' | '.join(cells)} |"


def models_table() -> str:
    head = "| name | model | download | memory | window | fills in the middle | from | licence |"
    return "\n".join([head, "|---" * 8 + "|", *map(model_row, CATALOGUE)]) + "\n"


def in_step(path: Path, wanted: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(wanted, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == wanted, (
        f"{path.name} is behind: UPDATE_GOLDEN=1 pytest {__file__}"
    )


def test_the_configuration_page_is_that_of_the_schema() -> None:
    in_step(ROOT / "docs" / "configuration.md", configuration_page())


def test_the_models_page_holds_the_catalogue() -> None:
    path = ROOT / "docs" / "models.md"
    text = path.read_text(encoding="utf-8")
    held = re.compile(r"^(?:\| name \|.*\n(?:\|.*\n)+|TABLE\n)", re.MULTILINE)
    assert len(held.findall(text)) == 1
    in_step(path, held.sub(lambda _: models_table(), text))


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_models_of_the_readme_are_those_of_the_catalogue(page: Path) -> None:
    known = {row.name: row for row in CATALOGUE}
    shown = re.findall(
        r"^\| `([\w.-]+)`[^|]*\| (~?[\d.]+ .B) \| (~?[\d.]+ .B) \| (\d+)K \| (\S+) \|",
        page.read_text("utf-8"),
        re.MULTILINE,
    )
    assert len(shown) >= 10
    for name, size, memory, context, fim in shown:
        row = known[name]
        wanted = (size_text(row.size, approximate=row.approximate), size_text(row.memory, approximate=True))
        assert (name, size, memory) == (name, *wanted)
        assert (name, int(context), fim in ("yes", "是")) == (name, row.context // 1024, row.fim)


def test_both_readmes_have_the_same_shape() -> None:
    english, chinese = (page.read_text("utf-8") for page in READMES)
    for pattern in (r"^#+ ", r"^\|", r"^```\w*"):
        assert len(re.findall(pattern, english, re.MULTILINE)) == len(
            re.findall(pattern, chinese, re.MULTILINE)
        ), pattern
    shown = [[line.partition("#")[0].strip() for line in shell_lines(page)] for page in READMES]
    assert shown[0] == shown[1]


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """(language, text) of every code block."""
    for _, language, text in re.findall(
        r"^(```)(\w*)\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        yield language, text


def shell_lines(page: Path) -> list[str]:
    return [line for language, text in blocks(page) if language == "sh" for line in text.splitlines()]


def commands(page: Path) -> list[str]:
    """Every `abacus-lsp …` line of a page, in shell blocks and between backticks."""
    shell = [line.partition("#")[0] for line in shell_lines(page)]
    inline = re.findall(r"`(abacus-lsp[^`\n]*)`", page.read_text("utf-8"))
    found = [line.strip() for line in [*shell, *inline] if re.match(r"abacus-lsp(\s|$)", line)]
    return sorted({line for line in found if "…" not in line})


LINES = [(page.relative_to(ROOT).as_posix(), line) for page in PAGES for line in commands(page)]


@pytest.mark.parametrize(("page", "line"), LINES)
def test_a_command_in_the_documentation_exists(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    if words and not words[-1].startswith("-") and is_a_group(words):
        return
    words = ["a.py:1:1" if re.search(r":(LINE|行|\d+):", word) else word for word in words]
    if not words or words == ["--help"]:
        return
    assert accepted(words), f"{page}: {line}"


def accepted(words: list[str]) -> bool:
    """Whether the command line takes these words."""
    try:
        build_parser().parse_args(words)
    except SystemExit as end:
        return end.code == 0  # --version and --help leave so
    return True


def is_a_group(words: list[str]) -> bool:
    """Whether this only names a command with commands or arguments of its own: `abacus-lsp models`."""
    parser = build_parser()
    for word in words:
        groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        if not groups or word not in groups[0].choices:
            return False
        parser = groups[0].choices[word]
    return True


def test_commands_are_found_at_all() -> None:
    assert ("README.md", "abacus-lsp doctor") in LINES
    assert ("README.zh-CN.md", "abacus-lsp models pull gemma3-270m") in LINES


def codes(error: type[EngineError] = EngineError) -> set[str]:
    """Reason codes that errors of engines bring along."""
    return {error.code}.union(*(codes(below) for below in error.__subclasses__()))


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_every_reason_is_explained(page: Path) -> None:
    text = page.read_text("utf-8")
    for code in (REASONS.keys() | codes()) - {"ok", "shutdown"}:
        short = code.replace("endpoint-", "-")
        assert f"`{code}`" in text or f"`{short}`" in text, code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = re.findall(r"(?:^|`)make ([a-z][\w-]*)", page.read_text("utf-8"), re.MULTILINE)
    assert set(named) <= targets


def anchors(page: Path) -> set[str]:
    """The names under which headings can be reached, as code hosts make them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        other = (page.parent / name).resolve() if name else page
        assert other.exists(), target
        assert not anchor or anchor in anchors(other), target


@pytest.mark.parametrize("page", READERS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_settings_shown_in_the_documentation_are_accepted(page: Path) -> None:
    for language, text in blocks(page):
        if language == "toml" and not re.search(
            r"^\[(?:language-server|editor)", text, re.MULTILINE
        ):  # Helix's own
            assert from_json(tomllib.loads(text))[1] == []


@pytest.mark.parametrize("page", READERS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_settings_named_in_the_documentation_exist(page: Path) -> None:
    known = {row.key for row in rows()}
    sections = {key.partition(".")[0] for key in known if "." in key}
    for name in re.findall(r"`(?:abacus\.)?([a-z]+\.[a-z]\w*)", page.read_text("utf-8")):
        assert name.partition(".")[0] not in sections or name in known, name
