"""Accepting bit by bit: the parts of a text, put together, are the text."""

import pytest

from abacus_lsp.completion.parts import Unit, first_part

CASES: list[tuple[Unit, str, str]] = [
    ("word", "foo.bar(1)", "foo"),
    ("word", ".bar(1)", "."),
    ("word", " = x + 1", " ="),
    ("word", "\n    return x", "\n    return"),
    ("word", "计算总和，并返回结果", "计算总和，"),
    ("word", "并返回 x", "并返回"),
    ("word", "x的值", "x"),
    ("word", "𠮷野", "𠮷野"),
    ("word", "  ", "  "),
    ("line", "a = 1\nb = 2", "a = 1"),
    ("line", "\n    a = 1\r\n    b = 2", "\n    a = 1"),
    ("line", "a", "a"),
    ("statement", "a = 1\nb = 2", "a = 1"),
    ("statement", "f(\n    1,\n)\nb = 2", "f(\n    1,\n)"),
    ("statement", "\n    if a:\n        b()\n    c()", "\n    if a:\n        b()"),
    ("statement", "if (a) {\n    b();\n}\nc();", "if (a) {\n    b();\n}"),
    ("all", "a\nb", "a\nb"),
]


@pytest.mark.parametrize(("unit", "text", "part"), CASES)
def test_the_first_part(unit: Unit, text: str, part: str) -> None:
    assert first_part(text, unit) == part


@pytest.mark.parametrize("unit", ["word", "line", "statement"])
@pytest.mark.parametrize("text", sorted({text for _, text, _ in CASES}))
def test_part_by_part_gives_the_whole_text(unit: Unit, text: str) -> None:
    rest, taken = text, ""
    while rest:
        part = first_part(rest, unit)
        assert part
        taken, rest = taken + part, rest[len(part) :]
    assert taken == text
