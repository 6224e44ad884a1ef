"""Chinese forms of English sentences: held against the sources that make them, and as users meet them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from abacus_lsp.completion.reasons import reason
from abacus_lsp.configuration import from_json
from abacus_lsp.server import telling
from abacus_lsp.status import Status
from abacus_lsp.translations import ROWS, spoken

ROOT = Path(__file__).parent.parent
SOURCES = [
    path
    for folder in ("abacus_lsp", "retrieval")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not {"translations", "evaluation"} & set(path.parts)
]
FOREIGN = ("Expected `", "argument {", "the following", "unrecognized", "invalid ", "expected one argument")
SYSTEM = (
    "modelscope: {",
    "huggingface: {",
    "pypi: {",
    ": No such file",
    ": Is a dir",
    ": Not a dir",
    ": Permission",
    " - at `",
)
TYPES = {"int", "float", "str", "bool", "array", "object", "null", "memory bytes {count} tokens"}
IN_PARTS = {"§ answered HTTP § for §.§"}  # its advice is put behind it
ERRORS = {"ModelError", "ModelFileError", "SourceError", "NotInstalledError", "UnknownModelError", "NoSpaceError",
          "PullCancelledError", "EngineError", "EngineCrashed", "EndpointRefused", "EndpointDown", "EndpointSlow"}  # fmt: skip


@pytest.fixture(scope="module")
def trees() -> list[ast.Module]:
    return [ast.parse(path.read_text("utf-8")) for path in SOURCES]


def strings(tree: ast.AST) -> Iterator[str]:
    """Every string of a module, the places of an f-string as §."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "§" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_every_row_is_a_sentence_of_the_sources(trees: list[ast.Module]) -> None:
    """A sentence that was reworded must be reworded here, too; those of libraries are theirs."""
    text = "\0".join(one for tree in trees for one in strings(tree))
    for english, _ in ROWS:
        if english.startswith(FOREIGN) or any(words in english for words in SYSTEM) or english in TYPES:
            continue
        for piece, _, _, _ in Formatter().parse(english):
            for clause in re.split(r"(?<=[.?;]) |: ?", piece):
                assert clause in text or clause.replace(" ", "_") in text, f"{clause!r} of {english!r}"


def test_both_forms_have_the_same_places_and_each_row_is_reached() -> None:
    for english, chinese in ROWS:
        assert places(english) == places(chinese), english
        values = {name: f"<{name}>" for name in places(english)}
        told = spoken(english.format(**values), "zh")
        assert told == chinese.format(**values), f"{english!r} is taken for another row: {told}"


def test_what_is_raised_for_users_has_a_chinese_form(trees: list[ast.Module]) -> None:
    missing: list[str] = []
    for tree in trees:
        for node in ast.walk(tree):
            raised = node.exc if isinstance(node, ast.Raise) else None
            if not isinstance(raised, ast.Call) or not isinstance(raised.func, ast.Name):
                continue
            if raised.func.id in ERRORS and isinstance(raised.args[0], (ast.JoinedStr, ast.Constant)):
                sentence = next(strings(raised.args[0]))
                missing += [sentence] if spoken(sentence, "zh") == sentence else []
    assert set(missing) <= IN_PARTS


@pytest.mark.parametrize(
    ("code", "detail", "told"),
    [
        (
            "model-error",
            "The model gemma3-270m is not on this machine. Get it with: abacus-lsp models pull gemma3-270m",
            "无法使用该模型。本机没有模型 gemma3-270m，下载模型：abacus-lsp models pull gemma3-270m",
        ),
        (
            "model-error",
            "x.gguf is truncated: expected 9 bytes, has 5; run `abacus-lsp models pull x` again.",
            "无法使用该模型。x.gguf 不完整：应有 9 字节，实际 5；请重新执行 `abacus-lsp models pull x`。",
        ),
        (
            "endpoint-refused",
            "http://h:1 did not accept the request (400); it says: bad model",
            (
                "推理服务拒绝了请求，请检查密钥、推理服务地址和模型名称（abacus.endpoint）。"
                "http://h:1 没有接受请求（400）；对方的说明：bad model"
            ),
        ),
        (
            "no-model",
            "No usable model was found on this machine. Get the trial model: abacus-lsp models pull gemma3-270m",
            "没有加载模型。本机没有可用的模型，下载试用模型：abacus-lsp models pull gemma3-270m",
        ),
        ("engine-error", "Something that nobody knows.", "引擎无法回答。Something that nobody knows."),
        ("no-such-code", "Did you mean a or b?", "是否指 a or b？"),
    ],
)
def test_an_engines_message_follows_in_chinese(code: str, detail: str, told: str) -> None:
    assert reason(code, "zh", detail).message == told
    assert reason(code, "en", detail).message == detail


def test_the_status_says_which_language_it_speaks() -> None:
    held = Status("error", code="model-error", message="No model is named. See `abacus-lsp models list`.")
    told = telling.status(held, "zh")
    assert told["language"] == "zh"
    assert told["reason"]["message"] == "无法使用该模型。没有指定模型，参见 `abacus-lsp models list`。"
    assert telling.status(held, "en")["language"] == "en"


def test_each_source_that_failed_is_told_in_chinese() -> None:
    english = (
        "m could not be fetched. No source delivered it:\n  huggingface: h answered HTTP 500 for a/b. Where the hub is "
        "blocked, set HF_ENDPOINT to a mirror.\n  pypi: PIP_INDEX_URL names no http address.\nCheck the network, or see "
        "docs/offline.md for mirrors and machines without one."
    )
    assert spoken(english, "zh").split("\n") == [
        "无法下载 m，所有来源均未成功：",
        "  huggingface：h 对 a/b 返回 HTTP 500。若无法访问该站点，请将 HF_ENDPOINT 设为镜像。",
        "  pypi：PIP_INDEX_URL 中没有 http 地址。",
        "请检查网络；镜像和离线安装参见 docs/offline.md。",
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"completion": {"maxTokens": "x"}},
            "abacus.completion.maxTokens = 'x'：应为整数，得到的是字符串；保留 96",
        ),
        ({"completion": {"maxLines": 0}}, "abacus.completion.maxLines = 0：应为不小于 1 的整数；保留 16"),
        (
            {"completion": {"candidates": 99}},
            "abacus.completion.candidates = 99：应为不大于 10 的整数；保留 3",
        ),
        ({"language": "de"}, "abacus.language = 'de'：应为以下之一：auto, en, zh；保留 'auto'"),
        ({"lnguage": "zh"}, "abacus.lnguage = 'zh'：没有这个设置项，是否想写 language？"),
        ({"context": 5}, "abacus.context = 5：应为由设置项组成的对象"),
        (
            {"endpoint": {"replicas": [{"url": 3}]}},
            "abacus.endpoint.replicas = [{'url': 3}]：应为字符串，得到的是整数（位于 $[0].url）；保留 ()",
        ),
    ],
)
def test_a_setting_that_was_not_taken(given: dict[str, object], told: str) -> None:
    problem = from_json(given)[1][0]
    assert problem.told("zh") == told
    assert telling.not_taken(problem, "zh").endswith(told)
    assert str(problem) == problem.told("en") != told
