"""Brackets counted without a tree: outside strings and comments, in any text."""

import pytest

from abacus_lsp.brackets import Brackets, code_only, lacking, scan
from abacus_lsp.indentation import unit
from abacus_lsp.languages import by_id


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("python", "f(a, [b", Brackets("([", "", "")),
        ("python", "b], c)", Brackets("", "])", "")),
        ("python", "x = '('  # [", Brackets("", "", "#")),
        ("python", "x = '('  # [\n", Brackets("", "", "")),
        ("python", 'f("""a (\nb', Brackets("(", "", '"""')),
        ("python", 'f("""a (\nb""", {', Brackets("({", "", "")),
        ("python", "f('a (", Brackets("(", "", "'")),
        ("java", "f(/* ( \n", Brackets("(", "", "/*")),
        ("java", 'f(\'(\', "\\"(") {', Brackets("{", "", "")),
        ("rust", "fn f<'a>(x: &'a str) {", Brackets("{", "", "")),
        ("javascript", "const a = `(${b}\n", Brackets("", "", "`")),
        ("javascript", "a.replace(/[(\"']/g, b) {", Brackets("{", "", "")),
        ("javascript", "a = b / c; d = '('; e = f / (g", Brackets("(", "", "")),
        ("cpp", "don't (", Brackets("", "", "'")),
        ("no-such-language", "f(“（”", Brackets("(", "", "")),
        ("python", "print（“(”", Brackets("(", "", "")),
    ],
)
def test_what_is_open(language: str, text: str, expected: Brackets) -> None:
    assert scan(text, by_id(language)) == expected


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("f(", "a)", Brackets("", "", "")),
        ("f('a", "(')", Brackets("", "", "")),
        ('x = """a', '("""\nf(', Brackets("(", "", "")),
        ("# a (", " b (\nf(", Brackets("(", "", "")),
        ("f({", "a)", Brackets("", "", "")),  # a forgotten "}" is forgotten
    ],
)
def test_going_on(before: str, text: str, expected: Brackets) -> None:
    python = by_id("python")
    assert scan(text, python, scan(before, python)) == expected


@pytest.mark.parametrize(
    ("open_", "wanted", "expected"),
    [
        ("", "", ("", "")),
        ("{(", ")}", ("", "")),
        ("{(", "}", ("{(", "}")),
        ("{{(", ")}", ("{", "")),
        ("{", ")}", ("{", ")}")),
        ("(", ")}", ("", "}")),
    ],
)
def test_what_is_lacking(open_: str, wanted: str, expected: tuple[str, str]) -> None:
    assert lacking(open_, wanted) == expected


def test_code_alone_keeps_its_places() -> None:
    source = 'f("（", 1)  # ("\ng()'
    bare = code_only(source, by_id("python"))
    assert bare == "f(   , 1)      \ng()"
    assert len(bare) == len(source)


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("", ""),
        ("a\nb\n", ""),
        ("if a:\n    b\n", ""),  # one step is no habit
        ("if a:\n    b\nif c:\n    d\n", "    "),
        ("a {\n\tb {\n\t\tc\n\t}\n}\n", "\t"),
        ("a {\n  b {\n    c\n  }\n}\n", "  "),
        ("/**\n * a\n */\nf {\n  b {\n    c\n", "  "),
    ],
)
def test_the_files_own_step(text: str, step: str) -> None:
    assert unit(text) == step
