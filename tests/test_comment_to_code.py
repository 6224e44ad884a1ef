"""A comment becomes code: typed as an input method types it, asked of a chat model, cleaned, and put in its place."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lsp_client import Client
from marks import cursor_in
from test_postprocess import at, same_however_it_arrives

from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion.pipeline import Completion, Model, Request, complete, structure
from abacus_lsp.completion.postprocess import run
from abacus_lsp.engines.scripted import Script, ScriptedEngine
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.settings import Settings
from abacus_lsp.window import Counter

URI = "file:///work/shop/unique.py"
WIDTH = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
# What an input method shows until the user picks, then what is picked; "" types nothing before it.
PINYIN = [
    ("#", "#"), (" ", " "), ("an", "按"), ("𠮷", "𠮷"), ("😀", "😀"), (" id ", " id "), ("qu'chong", "去重"), ("、", "、"),
    ("bao'chi shun'xu", "保持顺序"),
]  # fmt: skip
COMMENT = "".join(picked for _, picked in PINYIN)


class Typist:
    """Types at the end of a document's last line, as the client's encoding counts."""

    def __init__(self, client: Client, encoding: str) -> None:
        self.client, self.encoding = client, encoding
        self.line, self.head, self.version = 0, "", 1
        client.open(URI, "")

    def column(self, text: str) -> int:
        codec, width = WIDTH[self.encoding]
        return len(text.encode(codec)) // width

    def put(self, text: str, instead_of: str = "") -> None:
        """Insert `text` in place of the last characters: one change, as a composition makes it."""
        start, end = self.column(self.head.removesuffix(instead_of)), self.column(self.head)
        self.version += 1
        change = {
            "range": {
                "start": {"line": self.line, "character": start},
                "end": {"line": self.line, "character": end},
            },
            "text": text,
        }
        self.client.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": URI, "version": self.version}, "contentChanges": [change]},
        )
        head = self.head.removesuffix(instead_of) + text
        self.line += head.count("\n")
        self.head = head.rpartition("\n")[2]

    def compose(self, typed: str, picked: str) -> None:
        """Letter after letter, each change replacing what was composed so far, then the characters picked."""
        shown = ""
        for letter in typed:
            self.put(shown + letter, instead_of=shown)
            shown += letter
        self.put(picked, instead_of=shown)

    def offered(self) -> list[dict[str, Any]]:
        return self.client.inline(URI, self.line, self.column(self.head))


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_a_comment_typed_with_an_input_method_then_enter_gives_a_block(tmp_path: Path, encoding: str) -> None:
    block = "def unique(rows):\n    seen = set()\n    return [r for r in rows if not (r.id in seen or seen.add(r.id))]"
    script = tmp_path / "script.json"
    # The answers are found by the whole comment: one lost or doubled character, and there is none.
    answers = {f"{COMMENT}\n": f"{block}\n\n\nprint(1)\n", COMMENT: f"\n{block}\n\n\nprint(1)\n"}
    script.write_text(json.dumps({"answers": answers, "seconds": 0}), encoding="utf-8")
    options = {"engine": "scripted", "model": str(script), "completion": {"debounceMs": 0}}
    with Client() as client:
        client.initialize(options=options, encodings=[encoding])
        typist = Typist(client, encoding)
        for typed, picked in PINYIN:
            typist.compose(typed, picked)
        assert [item["insertText"] for item in typist.offered()] == [f"\n{block}"]
        typist.put("\n")
        (item,) = typist.offered()
        assert item["insertText"] == block
        here = {"line": 1, "character": 0}
        assert item["range"] == {"start": here, "end": here}
        assert client.leave() == 0


def asked(
    marked: str, answer: str, language: str = "python", profile: str = "abacus"
) -> tuple[Completion, list[Prompt]]:
    prompts: list[Prompt] = []

    def script(prompt: Prompt) -> str:
        prompts.append(prompt)
        return answer

    engine = ScriptedEngine(script)
    model = Model(engine, PROFILES[profile], "as the test says", Counter(engine.count), Trees())
    request = Request(cursor_in(marked, language), Settings())
    return complete(request, model, lambda *_: (), CancelToken(), lambda: 0.0), prompts


def test_a_chat_model_is_told_the_place_and_its_answer_is_begun() -> None:
    marked = "import os\n\n\ndef pie(data):\n    # 为 data 生成一张饼图\n    ‸\n    show()\n"
    done, (prompt,) = asked(marked, "plot.pie(data)\n```\n这段代码画了一张饼图。")
    assert done.text == "plot.pie(data)"
    assert prompt.text.startswith("<用户>请用 Python 编写代码")
    assert "注释：为 data 生成一张饼图\n" in prompt.text
    assert "其后已有的代码：\n```\n    show()\n```" in prompt.text
    assert prompt.text.endswith("<AI>```python\ndef pie(data):\n    # 为 data 生成一张饼图\n")
    assert (prompt.heal, prompt.slot) == ("    ", "chat")


def test_the_comment_above_the_function_is_the_request_in_its_empty_body() -> None:
    marked = "class A {\n    // 按 id 去重\n    List<Row> unique(List<Row> rows) {\n        ‸\n    }\n}\n"
    done, (prompt,) = asked(marked, "return rows;\n    }\n}\n", "java")
    assert "注释：按 id 去重\n" in prompt.text
    assert prompt.text.endswith("<AI>```java\n    List<Row> unique(List<Row> rows) {\n")
    assert done.text == "return rows;"


def test_a_body_not_yet_indented_is_begun_with_its_indentation() -> None:
    done, (prompt,) = asked('def unique(rows):\n    """按 id 去重。"""\n‸', "return rows\n```")
    assert prompt.text.endswith('```python\ndef unique(rows):\n    """按 id 去重。"""\n')
    assert prompt.heal == "    "
    assert done.text == "    return rows"


def test_at_the_end_of_a_request_a_chat_model_gives_the_next_lines() -> None:
    done, (prompt,) = asked("def f(rows):\n    # 按id去重‸\n", "return set(rows)\n```")
    assert done.text == "\n    return set(rows)"
    assert prompt.text.endswith("注释：按id去重\n<AI>```python\ndef f(rows):\n    # 按id去重\n")


@pytest.mark.parametrize(
    ("marked", "answer", "text"),
    [
        ("# 按id去重‸\n", "\nrows = set(rows)\nprint(1)\n", "\nrows = set(rows)\nprint(1)"),
        ("# 读取文件‸\n", "，逐行\nfor line in file:\n", "，逐行"),
        ("# 读取‸\n", "文件，逐行\nx = 1\n", "文件，逐行"),
        ("    # 按id去重‸\n", "\n    rows = set(rows)\n", "\n    rows = set(rows)"),
        ("# 版权所有 (c) 2024 珠算‸\n", "\nx = 1\n", ""),
        ("x = 1  # 数量‸\n", "\ny = 2\n", ""),
    ],
)
def test_other_models_decide_whether_the_comment_goes_on(marked: str, answer: str, text: str) -> None:
    assert asked(marked, answer, profile="plain")[0].text == text


@pytest.mark.parametrize(
    ("marked", "mode"),
    [
        ("# Copyright 2024 The Authors. All rights reserved.\n‸\n", "line"),
        ("import os\n# rows = [row for row in rows if row]\n‸\n", "line"),
        ("import os\n# ------------------ 工具 ------------------\n‸\n", "line"),
        ("x = count(rows)  # 统计数量\n‸\n", "line"),
        ("# noqa: E501\n‸\n", "line"),
        ("#按id去重\n‸\n", "block"),
        ("# 为 data 生成一张饼图\n‸\n", "block"),
        ("# sort the rows by id\n‸\n", "block"),
    ],
)
def test_what_asks_for_nothing_gets_no_block(marked: str, mode: str) -> None:
    assert asked(marked, "x = 1\n", profile="plain")[0].explain.mode == mode


# Rows: the place, its language, what the model wrote, what is shown.
ANSWERS = [
    ("def f(x):\n    ‸\n", "python", "```python\ndef f(x):\n    y = x\n    return y\n```\nIt returns x.", "y = x\n    return y"),
    ("def f(x):\n    ‸\n", "python", "def f(x):\n    y = x\n    return y\n", "y = x\n    return y"),
    ("class A:\n    def f(self, x):\n        ‸\n", "python", "```python\ny = x\nif y:\n    return y\n```",
     "y = x\n        if y:\n            return y"),
    ('def f(x):\n    """求和。"""\n    ‸\n', "python", '```\n\n```python\ndef f(x):\n    """求和。"""\n    return sum(x)\n```', "return sum(x)"),
    ("class A {\n    int f(int x) {\n        ‸\n    }\n}\n", "java", "```java\nint f(int x) {\n    return x;\n}\n```", "return x;"),
    ("# 求两数之和\n‸\n", "python", "```python\n# 求两数之和\ndef add(a, b):\n    return a + b\n```", "def add(a, b):\n    return a + b"),
    ("func f(x int) int {\n\t‸\n}\n", "go", "```go\nfunc f(x int) int {\n\treturn x\n}\n```", "return x"),
    ("def f(x):\n    ‸\n", "python", "# your code here\n", ""),
    ("def f(x):\n    ‸\n", "python", "y = x\n    if y:\n", "y = x"),
    ("def f(x):\n    ‸\n", "python", "y = x\n    if y:\n    # never\n    return y\n", "y = x"),
    ('def f(x):\n    """求和。"""\n‸', "python", "     y = x\n     return y\n", "    y = x\n    return y"),
    ("def f(x):\n    ‸\n", "python", " return x\n", "return x"),
    ("def f(x):\n    # 求和\n    ‸\n", "python", "def f(x):\n    return sum(x)\n", "return sum(x)"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "language", "raw", "text"), ANSWERS)
def test_an_answer_that_begins_anew_is_fitted_in(marked: str, language: str, raw: str, text: str) -> None:
    end = begun(marked, language)
    assert run(raw, end, finished=True)[0] == text
    same_however_it_arrives(raw, end)


def begun(marked: str, language: str):
    """The ending of a place, with the lines of its unit."""
    cursor = cursor_in(marked, language)
    unit = 0 if "class A" not in marked else marked.index("    ")
    head = tuple(line for line in cursor.before[unit:].split("\n")[:-1] if line.strip())
    return replace(at(marked, language), head=head)


@pytest.mark.parametrize(
    ("marked", "raw", "text"),
    [
        ("# 求和（‸）\n", "a 与 b）。", "a 与 b"),
        ("# 求和（‸）\n", "a（含）与 b）。", "a（含）与 b"),
        ("# 见「‸」一节\n", "求和」一节", "求和"),
        ("# 求和‸\n", "（a 与 b）。", "（a 与 b）。"),
    ],
)
def test_full_width_closers_in_comments_are_not_doubled(marked: str, raw: str, text: str) -> None:
    assert run(raw, at(marked), finished=True)[0] == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("f（a、b）！\n", "f(a,b)!"),
        ("【“甲”， ‘乙’】\u3000\n", "[\"甲\", '乙']"),
        ("“甲\n", '"甲'),
    ],
)
def test_no_full_width_punctuation_in_code(raw: str, text: str) -> None:
    found = run(raw, replace(at("x = ‸\n"), sound=None), finished=True)[0]
    assert found == text


def test_a_body_under_a_docstring_has_more_than_one_line() -> None:
    for comment in ('"""返回总价。"""', "# 返回总价"):
        end = at(f"def f():\n    {comment}\n    ‸\n")
        assert run("a = 1\n    return a\n\n\ndef g():\n", end, finished=True) == ("a = 1\n    return a", "ok")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "locale", "lang", "title"),
    [
        ("auto", "zh-cn", "en_US.UTF-8", "生成文档字符串"),
        ("auto", "en-us", "zh_CN.UTF-8", "Write docstring"),
        ("auto", "", "zh_CN.UTF-8", "生成文档字符串"),
        ("en", "zh-cn", "zh_CN.UTF-8", "Write docstring"),
        ("zh", "de", "C.UTF-8", "生成文档字符串"),
    ],
)
def test_the_language_of_messages(tmp_path: Path, setting: str, locale: str, lang: str, title: str) -> None:
    """By setting, then as the client says, then as the environment does."""
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"answers": {"": "1"}, "seconds": 0}), encoding="utf-8")
    options = {"engine": "scripted", "model": str(script), "language": setting}
    with Client(env={"LANG": lang, "LC_ALL": ""}) as client:
        client.initialize(options=options, locale=locale)
        client.open(URI, "def f(x):\n    return x\n")
        start = {"line": 0, "character": 4}
        actions = client.request(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": URI},
                "range": {"start": start, "end": start},
                "context": {"diagnostics": []},
            },
        )
        assert title in [action["title"] for action in actions]
        assert client.leave() == 0


def test_a_docstring_opened_without_a_model_gets_its_structure() -> None:
    done = structure(Request(cursor_in('def f(x):\n    """‸\n    return x\n'), Settings()))
    assert done is not None
    assert done.text == 'F.\n\n    Args:\n        x: The x.\n\n    Returns:\n        The result.\n    """'
    assert structure(Request(cursor_in("x = ‸\n"), Settings())) is None


def test_at_the_end_of_a_file_a_block_that_was_cut_off_is_closed() -> None:
    done, _ = asked(
        "// 求和\nfunction f(x) {\n  ‸",
        "let y = x;\n  for (const z of x) {\n    if (z) {\n      y += z;\n",
        "javascript",
        "plain",
    )
    assert done.text == "let y = x;\n  for (const z of x) {\n    if (z) {\n      y += z;\n    }\n  }"


# At the end of a comment that is closed, only a new line can follow, whatever a model begins with.
CLOSED = [
    ("/* 按 id 去重 */‸\n", "javascript", "f();\ng();\n", "\nf();\ng();"),
    ("class A {\n  /** 按 id 去重 */‸\n}\n", "java", "void f() {\n    g();\n  }\n", "\n  void f() {\n    g();\n  }"),
    ('def f(x):\n    """按 id 去重"""‸\n', "python", "    y = x\n    return y\n", "\n    y = x\n    return y"),
    ('def f(x):\n    """按 id 去重"""‸\n', "python", "y = x\n    return y\n", "\n    y = x\n    return y"),
]  # fmt: skip


@pytest.mark.parametrize("profile", ["plain", "abacus"])
@pytest.mark.parametrize(("marked", "language", "raw", "text"), CLOSED)
def test_behind_a_closed_comment_code_stands_on_the_next_line(
    marked: str, language: str, raw: str, text: str, profile: str
) -> None:
    assert asked(marked, raw, language, profile)[0].text == text


class Unread(ScriptedEngine):
    """On a CPU, with nothing read yet."""

    def __init__(self, script: Script) -> None:
        super().__init__(script)
        self.info = replace(self.info, device="cpu")

    def unread(self, _prompt: Prompt) -> int:
        return 10_000


def test_a_closed_comment_is_answered_on_the_next_line_in_a_hurry_too() -> None:
    prompts: list[Prompt] = []

    def script(prompt: Prompt) -> str:
        prompts.append(prompt)
        return "f();\n"

    engine = Unread(script)
    model = Model(engine, PROFILES["plain"], "as the test says", Counter(engine.count), Trees())
    request = Request(cursor_in("/* 按 id 去重 */‸\n", "javascript"), Settings(), hurry=True)
    done = complete(request, model, lambda *_: (), CancelToken(), lambda: 0.0)
    assert done.explain.near
    assert prompts[-1].text == "/* 按 id 去重 */\n"
    assert done.text == "\nf();"
