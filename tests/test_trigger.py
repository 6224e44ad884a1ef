"""Whether to answer, and with how much."""

import pytest
from marks import cursor_in

from abacus_lsp.completion.trigger import decide
from abacus_lsp.settings import CompletionSettings, ContextSettings, Settings
from abacus_lsp.syntax import site_at


@pytest.mark.parametrize(
    ("marked", "language", "mode", "reason"),
    [
        ("x = ‸\n", "python", "line", "ok"),
        ("x = fo‸o\n", "python", "none", "mid-word"),
        ("x = 总‸价\n", "python", "none", "mid-word"),
        ("f(‸)\n", "python", "line", "ok"),
        ("f(‸):\n", "python", "line", "ok"),
        ('s = "‸"\n', "python", "line", "ok"),
        ("x = ‸ + y\n", "python", "none", "line-not-closable"),
        ("def f():\n    ‸\n", "python", "block", "ok"),
        ("def f():‸\n", "python", "block", "ok"),
        ("# 读取文件\n‸\n", "python", "block", "ok"),
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
