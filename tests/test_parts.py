"""Accepting bit by bit: the parts of a text, put together, are the text."""

import pytest

from abacus_lsp.completion.parts import Unit, brought, first_part
from abacus_lsp.languages import by_id

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
# Where the text begins, its language, the text, its first statement.
PLACED = [
    ("    ", "python", "a = 1\n    b = 2\n    return a", "a = 1"),
    ("    x = ", "python", "f(\n        1,\n    )\n    b = 2", "f(\n        1,\n    )"),
    ("\t", "go", "if a {\n\t\tb()\n\t}\n\tc()", "if a {\n\t\tb()\n\t}"),
    ("    ", "python", "if a:\n        b()\n    c()", "if a:\n        b()"),
    ("", "python", 'print("(")\nfoo()\nbar()', 'print("(")'),
    ("", "javascript", "x = '{'\ny = 1", "x = '{'"),
]


@pytest.mark.parametrize(("head", "language", "text", "part"), PLACED)
def test_the_first_statement_where_it_stands(head: str, language: str, text: str, part: str) -> None:
    assert first_part(text, "statement", head, by_id(language)) == part


@pytest.mark.parametrize(
    ("part", "closers", "count"),
    [("bar", ")", 0), (")", ")", 1), ("bar)]", ")]", 2), ("a) {", ")", 1), ("]", ")]", 0), ("f()", "", 0)],
)
def test_the_closers_that_a_part_brings(part: str, closers: str, count: int) -> None:
    assert brought(part, closers) == count


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
