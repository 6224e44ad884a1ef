"""Chinese texts for users keep to CONTRIBUTING.md, "Chinese terms": one word for one thing, one kind of marks."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HAN = r"[\u3400-\u9fff]"
OTHER_WORDS = re.compile(
    "令牌|行内补全|行内建议|幽灵文本|提示语|推理端点|端点|信任工作区|置信水平|把握[不很]|服务端|服务进程|撤下|拉取模型|"
    "前文后文|前缀和后缀|中间填充|参考工程|项目工程|文档串|代码总结|「[^」]*」|『"
)
MARKS = {
    "straight quotes": re.compile(rf'{HAN}"|"{HAN}'),
    "half-width marks": re.compile(rf"{HAN}[,;:!?](?=\s|$|{HAN})|{HAN}\.(?=\s|$)"),
    "no blank beside Latin": re.compile(rf"{HAN}[A-Za-z0-9`]|[A-Za-z0-9`%]{HAN}"),
    "a blank beside a full-width mark": re.compile(r"[，。；：、！？] (?=[^|])|[^|\s] [，。；：、！？）]"),
}
MADE_OF_CHINESE = ("intent", "filters")
ABOUT_CHARACTERS = {"brackets.py", "cleaning.py", "prose.py", "sections.py", "merge.py", "markers.py"}
SYNTAX = re.compile(r"文件:行:列|提示词结尾: 文本|https?://\S+|`[^`]*`")


def strings(path: Path) -> Iterator[str]:
    """Chinese sentences of a module: strings with more Han than Latin, docstrings apart."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.fixture(scope="module")
def held() -> list[tuple[str, str]]:
    return list(texts())


def texts() -> Iterator[tuple[str, str]]:
    """(where it stands, a sentence or a line): messages, settings, editors' own words, pages."""
    for path in (ROOT / "abacus_lsp").rglob("*.py"):
        if path.name not in ABOUT_CHARACTERS and not set(MADE_OF_CHINESE) & set(path.parts):
            yield from ((path.name, one) for one in strings(path))
    vscode = ROOT / "editors" / "vscode"
    for path in (vscode / "package.nls.zh-cn.json", vscode / "l10n" / "bundle.l10n.zh-cn.json"):
        yield from ((path.name, one) for one in json.loads(path.read_text("utf-8")).values())
    for path in [*(ROOT / "editors").glob("*/lua/**/*.lua"), *(ROOT / "editors").glob("*/*.el")]:
        quoted = re.findall(r"'([^'\n]*)'|\"([^\"\n]*)\"", path.read_text("utf-8"))
        yield from ((path.name, one or other) for one, other in quoted)
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "editors").glob("*/*.md")]
    for path in pages:
        if path.name not in ("CHANGELOG.md", "CONTRIBUTING.md"):
            code = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
            yield from ((path.name, line) for line in code.sub("", path.read_text("utf-8")).splitlines())


def chinese(held: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Of these, what is mostly Chinese; code in it becomes a Latin letter."""
    for where, text in held:
        bare = SYNTAX.sub("X", text)
        if len(re.findall(HAN, bare)) > len(re.findall(r"[A-Za-z]{2,}", bare)):
            yield where, bare


def test_one_word_for_one_thing(held: list[tuple[str, str]]) -> None:
    found = [(where, match[0], text) for where, text in held for match in OTHER_WORDS.finditer(text)]
    assert not found


def test_marks_and_blanks(held: list[tuple[str, str]]) -> None:
    sentences = list(chinese(held))
    assert len(sentences) > 1000
    found = [
        (kind, where, text[max(0, match.start() - 20) : match.end() + 20])
        for where, text in sentences
        for kind, wrong in MARKS.items()
        for match in wrong.finditer(text)
    ]
    assert not found


def test_that_the_rules_can_fail() -> None:
    for wrong in ('请按"确定"', "请检查,然后重试", "共3个文件", "完成， 继续"):
        assert any(rule.search(wrong) for rule in MARKS.values()), wrong
