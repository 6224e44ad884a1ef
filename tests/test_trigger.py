"""Whether to answer, and with how much."""

import random

import pytest
from marks import cursor_in
from thirteen_places import LANGUAGES, PLACES, drawn

from abacus_lsp.completion.trigger import decide
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.settings import CompletionSettings, ContextSettings, Settings
from abacus_lsp.syntax import site_at

ODD = ("(", ")", "[", "]", "{", "}", '"', "'", "`", '"""', "/*", "*/", "//", "#", "\n", "\r\n", "\t", "    ", "if ", "def ", "a",
       "，", "（", "“", "”", "\u3000", "😀", ":", ";", ",", "<|im_end|>", "```", "return", "\x0c", "\\")  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", PLACES)
def test_the_thirteen_places(language: str, place: str) -> None:
    marked, mode = drawn(language, place)
    cursor = cursor_in(marked, language)
    assert decide(cursor, site_at(cursor), Settings(), explicit=False).mode == mode


@pytest.mark.parametrize(
    ("marked", "language", "mode", "reason"),
    [
        ("x = ‸\n", "python", "line", "ok"),
        ("x = fo‸o\n", "python", "none", "mid-word"),
        ("x = 总‸价\n", "python", "none", "mid-word"),
        ("x = a1‸2\n", "python", "none", "mid-word"),
        ("f(‸)\n", "python", "line", "ok"),
        ("f(‸):\n", "python", "line", "ok"),
        ("f(g(‸));\n", "java", "line", "ok"),
        ("  });‸);\n", "javascript", "line", "ok"),
        ("x.map((a‸) => {\n", "javascript", "line", "ok"),
        ("f(‸)  # 求和\n", "python", "line", "ok"),
        ("f(‸）；\n", "python", "line", "ok"),
        ("const a = <b>‸</b>;\n", "typescriptreact", "line", "ok"),
        ('s = "‸"\n', "python", "line", "ok"),
        ("x = ‸ + y\n", "python", "none", "line-not-closable"),
        ("x(‸, y)\n", "python", "none", "line-not-closable"),
        ("def f():\n    ‸\n", "python", "block", "ok"),
        ("def f():‸\n", "python", "block", "ok"),
        ("# 读取文件\n‸\n", "python", "block", "ok"),
        ("/** Reads a file. */\n‸\n", "java", "block", "ok"),
        ("class A {\n  /** The user's name. */\n  ‸\n}\n", "java", "block", "ok"),
        ("/** 用户类 */\n‸\n", "typescript", "block", "ok"),
        ("/// Binary search\n‸\n\nint f();\n", "cpp", "block", "ok"),
        ("/** Adds. */\n‸\nfunction f(a) {}\n", "javascript", "line", "ok"),
        ("/* Copyright 2020 A. All rights reserved. */\n‸\n", "javascript", "line", "ok"),
        ("/** Licensed under the MIT License. */\n‸\n", "java", "line", "ok"),
        ("// the cache\n‸\n", "javascript", "line", "ok"),
        ('def f():\n    """返回总价。"""\n    ‸\n', "python", "block", "ok"),
        ("def f():\n    a = 1\n    ‸\n", "python", "line", "ok"),
        ("# 读取‸\n", "python", "line", "ok"),
        ("function f() {\n  ‸\n}\n", "javascript", "block", "ok"),
        ("class A {\n  int f() {\n    ‸\n  }\n}\n", "java", "block", "ok"),
        ("total = ‸\n", "no-such-language", "line", "ok"),
        ("\x00\x01‸", "plaintext", "none", "binary"),
    ],
)
def test_what_is_due(marked: str, language: str, mode: str, reason: str) -> None:
    cursor = cursor_in(marked, language)
    decision = decide(cursor, site_at(cursor), Settings(), explicit=False)
    assert (decision.mode, decision.reason) == (mode, reason)


@pytest.mark.parametrize(
    ("marked", "language", "silent"),
    [
        ("a = f(1)‸\nb = 2\n", "python", True),
        ("def f():\n    return g(1)‸\n\ndef h(): ...\n", "python", True),
        ('print("总价")‸\nprint(2)\n', "python", True),
        ("x = [\n    one,‸\n    two,\n]\n", "python", True),
        ("if a:‸\n    b()\n", "python", True),
        ("if a:‸\nb()\n", "python", False),
        ("int f() {\n  int a = g();‸\n  return a;\n}\n", "java", True),
        ("int f() {\n  return g();‸\n}\n", "java", True),
        ("if (a) {‸\n  b();\n}\n", "javascript", True),
        ("const a = f()‸\nconst b = g()\n", "javascript", True),  # a file without semicolons
        (
            "const z = 0;\nconst y = 1;\nconst a = f()‸\nconst b = g();\n",
            "javascript",
            False,
        ),  # its semicolon
        ("int a = g()‸\nint b = 1;\n", "java", False),
        ("int z = 1;\nint a = g()‸\nint b = 1;\n", "java", False),
        ("a = f(1)‸\n", "python", False),  # the end of the file: what is next?
        ("a = f(1)‸", "python", False),
        ("a = foo‸\nb = 2\n", "python", False),  # the name may go on
        ("a = 1‸\nb = 2\n", "python", False),
        ("a = f(g(1)‸\nb = 2\n", "python", False),  # a bracket is open
        ("a = 1 +‸\nb = 2\n", "python", False),
        ("x = [\n    one,‸\n]\n", "python", False),  # the next element
        ("    ‸\nb = 2\n", "python", False),
        ("from . import a,‸\nb = 2\n", "python", False),
        ("f(‸\n  a,\n)\n", "python", False),
        ("f(a,‸\n  b,\n)\n", "python", False),  # its own bracket is open
        ("a = f(1) ‸\nb = 2\n", "python", False),  # a blank: something will follow
        ("def f(a)‸\n    return a\n", "python", False),  # its colon
        ("def f(\n    a\n)‸\n    return a\n", "python", False),
        ("[Flux(0)]‸\nvoid F() { }\n", "csharp", False),
        ("a = {\n  b: 1\n}‸\nf()\n", "javascript", False),
        ('s = """a)‸\nb"""\n', "python", False),
    ],
)
def test_silence_after_a_finished_line(marked: str, language: str, silent: bool) -> None:
    cursor = cursor_in(marked, language)
    decision = decide(cursor, site_at(cursor), Settings(), explicit=False)
    assert (decision.reason == "line-complete") is silent
    assert decide(cursor, site_at(cursor), Settings(), explicit=True).mode != "none"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (Settings(completion=CompletionSettings(enabled=False)), "off"),
        (Settings(completion=CompletionSettings(disabled_languages=("python",))), "language-off"),
        (Settings(context=ContextSettings(max_file_kb=1)), "file-too-large"),
    ],
)
def test_excluded_places_are_silent_even_when_asked(settings: Settings, reason: str) -> None:
    cursor = cursor_in("x" * 2000 + " = ‸\n")
    assert decide(cursor, site_at(cursor), settings, explicit=True).reason == reason


def test_asking_overrides_unlikely_places() -> None:
    cursor = cursor_in("x = fo‸o\n")
    assert decide(cursor, site_at(cursor), Settings(), explicit=True).mode == "line"


@pytest.mark.parametrize("language", [*LANGUAGES, "markdown", "no-such-language"])
def test_any_text_gives_a_decision(language: str) -> None:
    chosen = random.Random(7)
    for _ in range(200):
        text = "".join(chosen.choices(ODD, k=chosen.randrange(60)))
        cursor = Cursor(Snapshot("", language, text), chosen.randrange(len(text) + 1))
        assert decide(cursor, site_at(cursor), Settings(), explicit=False).mode in {"none", "line", "block"}
