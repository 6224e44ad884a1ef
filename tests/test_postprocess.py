"""Where an answer ends and what is shown of it: tables of examples, the same for one piece and for many."""

import pytest

from abacus_lsp.completion.postprocess import Ending, ended, run


def ending(
    head: str = "x = ", rest: str = "", below: str = "", *, block: bool = False, most: int = 16
) -> Ending:
    """At a place whose line is `head` up to the cursor; a blank head is a fresh line that begins a paragraph."""
    indent = len(head) - len(head.lstrip())
    return Ending(block, head, rest, below, most, indent + bool(head.strip()), paragraph=not head.strip())


def body(text_below: str = "") -> Ending:
    """On the empty line under the header of a method."""
    return Ending(True, "", "", text_below, 16, floor=5)


CASES = [
    # (name, what the model wrote, place, shown, reason)
    ("one line", "f(1)\ny = 2\n", ending(), "f(1)", "ok"),
    ("blanks at the end", "f(1)   ", ending(), "f(1)", "ok"),
    ("nothing", "", ending(), "", "empty-answer"),
    ("blanks only", "  \n  ", ending(""), "", "blank-answer"),
    ("a line that opens a block goes on", " x:\n        return 1\n    z\n", ending("    if"), " x:\n        return 1", "ok"),
    ("a block ends where the indentation does", "\n    a = 1\n    return a\n\nnext()\n", ending("def f():", block=True),
     "\n    a = 1\n    return a", "ok"),
    ("inside a body", "    a = 1\n    return a\n\n\ndef g():\n", ending("", block=True), "    a = 1\n    return a", "ok"),
    ("the body of a method ends at its sibling", "        return 1\n\n    @property\n    def g(self):\n", body(),
     "        return 1", "ok"),
    ("a brace that closes the block", " {\n  return 1;\n}\nfoo();\n", ending("function f()"), " {\n  return 1;\n}", "ok"),
    ("a brace that is there already", "\n  return 1;\n}\n", ending("function f() {", below="\n}\n", block=True),
     "\n  return 1;", "ok"),
    ("after a complete line", "\n\ny = 2\n", ending("x = f(1)"), "", "line-complete"),
    ("an opener before the rest of a line is no block", "a: int, b):\n    c\n", ending("def f(", "):"),
     "a: int, b", "ok"),
    ("the rest of the line", "a, b)", ending("f(", ")"), "a, b", "ok"),
    ("closers that would be doubled", "g(a))", ending("f(", ")"), "g(a)", "ok"),
    ("the line below", "1\n", ending("x = ", below="\nx = 1\n"), "", "repeats-below"),
    ("up to the line below", "\n    a = 1\n    return a\n", ending("def f():", below="\n    return a\n", block=True),
     "\n    a = 1", "ok"),
    ("circles", "\n    a()\n    a()\n    a()\n    a()\n", ending("def f():", block=True), "\n    a()\n    a()", "ok"),
    ("too many lines", "\n    a\n    b\n    c\n    d\n", ending("def f():", block=True, most=3), "\n    a\n    b", "ok"),
    ("Chinese", "单价 * 数量\n", ending("    return "), "单价 * 数量", "ok"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "end", "text", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_shown(raw: str, end: Ending, text: str, code: str) -> None:
    assert run(raw, end, finished=True) == (text, code)


@pytest.mark.parametrize(("raw", "end"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES])
def test_one_piece_or_many(raw: str, end: Ending) -> None:
    """Stopping as soon as `ended` says so loses nothing: what comes later would be cut anyway."""
    whole = run(raw, end, finished=True)
    for index in range(len(raw)):
        if ended(raw[: index + 1], end):
            assert run(raw[: index + 1], end, finished=False) == whole
            return
    assert run(raw, end, finished=True) == whole


def test_a_half_written_last_line_of_a_block_goes() -> None:
    end = ending("def f():", block=True)
    assert run("\n    a = 1\n    retu", end, finished=False) == ("\n    a = 1", "ok")


def test_a_single_half_written_line_stays() -> None:
    assert run("compute(total, ra", ending(), finished=False) == ("compute(total, ra", "ok")
