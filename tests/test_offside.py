"""Depths that Python allows: what a text at the cursor may look like."""

import ast
from pathlib import Path

import pytest

from abacus_lsp.evaluation import fim13_cases, places
from abacus_lsp.languages import by_id
from abacus_lsp.offside import agrees

PYTHON = by_id("python")
# name, the place, the text, whether it may stand there
ROWS = [
    ("a statement", "def f():\n    a = 1\n    ‸\n    return a\n", "b = 2", True),
    ("a body", "def f():\n    ‸\n\n\ndef g():\n    pass\n", "return 1", True),
    ("a header whose body is there", "while a:\n‸\n        b += 1\n    else:\n        c()\n", "    if b:", True),
    ("a header too far out for the body below", "while a:\n‸\n            b += 1\n        else:\n            c()\n",
     "        if b:\n            d()\n    if c:", False),
    ("a header without a body", "def f():\n    ‸\n    return a\n", "if a:", False),
    ("a header at the end of the file", "‸\n", "if a:", True),
    ("deeper without a header", "def f():\n    a = 1\n‸\n", "        b = 2", False),
    ("a depth of nobody", "if a:\n    if b:\n        c()\n‸\n", "      d()", False),
    ("out of the block, and its rest is below", "def f():\n    a = 1\n‸\n    return a\n", "b = 2", False),
    ("arguments are free", "def f():\n    a = g(‸\n    return a\n", "1,\n  2,\n          3)", True),
    ("strings are free", "def f():\n    a = ‸\n    return a\n", '"""x\ny:\n  z"""', True),
    ("a docstring is a body", "def f():\n    ‸\n\n\nx = 1\n", '"""Says\n\nmore:\n"""', True),
    ("a comment is no body", "def f():\n    ‸\nx = 1\n", "# later", False),
    ("a comment may stand anywhere", "def f():\n    a = 1\n‸\n    return a\n", "# note", True),
    ("a backslash goes on", "def f():\n    a = ‸\n    return a\n", "1 + \\\n        2", True),
    ("tabs", "def f():\n\tif a:\n\t\t‸\n\treturn a\n", "b()", True),
    ("broken far below", "a = ‸\nb = 1\nc = 2\n      d = 3\n", "1", True),
    ("broken above", "def f():\n        a = 1\n    b = 2\n    ‸\n    c = 3\n", "d = 4", True),
    ("Chinese", "如果 = 1\nif 如果:\n    ‸\n", '打印("你好：")', True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "marked", "text", "may"), ROWS, ids=[row[0] for row in ROWS])
def test_depths(name: str, marked: str, text: str, may: bool) -> None:
    before, _, after = marked.partition("‸")
    assert agrees(before, text, after, PYTHON) is may
    assert agrees(before, text, after, by_id("javascript"))


def test_what_stands_in_real_files_may_stand_there() -> None:
    files = places.source_files([Path(ast.__file__).parent / "json", Path(ast.__file__).parent / "asyncio"])
    cases = fim13_cases.build(files, 12, 0)
    assert len(cases) > 100
    for case in cases:
        assert agrees(case.text[: case.hole.start], case.truth, case.text[case.hole.end :], PYTHON), case.key


def test_any_text_gets_an_answer() -> None:
    for text in ("", "\n", ")", "'''", "\\", "\x00", "if a:\n\t  b\n \tc"):
        assert agrees(text, text, text, PYTHON) in {True, False}
