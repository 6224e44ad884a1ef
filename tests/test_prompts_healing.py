"""Healing: what is taken out, and every way to make an answer start with it."""

import re

import pytest

from abacus_lsp.prompts.healing import (
    MAX_BLANKS,
    MAX_MARKS,
    MAX_WORD,
    allowed,
    begins,
    gbnf,
    regex,
    split,
    unhealed,
)
from abacus_lsp.prompts.prompt import Part, Prompt


@pytest.mark.parametrize(
    ("prefix", "heal"),
    [
        ("", ""),
        ("x = 1\n", ""),
        ("foo(", "("),
        ("    with op", " op"),
        ("x = ", " "),
        ("x =  \t", "  \t"),
        ("foo.ba", ".ba"),
        ("f(a,b", ",b"),
        ("if f(x)", ")"),
        ("return (", " ("),
        ("if n =", " ="),
        ("f(self", "(self"),
        ("x = (self", " (self"),
        ("self._na", "._na"),
        ('d["na', "na"),
        ('d["', '["'),
        ('def f():\n    """', '    """'),
        ("# -----", ""),
        ("x <", ""),
        ("x <=", ""),
        ("</di", "di"),
        ("List<Str", "Str"),
        ("'计算", "计算"),
        ("（", ""),
        ("x\n)", ")"),
        ("def f():\n    ", "    "),
        ("def f():\n\treturn_va", "\treturn_va"),
        ("a\n\n  x", "  x"),
        ("x = 0x1F", " 0x1F"),
        ("naïve_größe", "naïve_größe"),
        ("x = Привет", " Привет"),
        ("# 计算两个数的最大公", "大公"[:0] + "最大公"),
        ("# 计算", " 计算"),
        ("# 取", " 取"),
        ("get计", "计"),
        ("计算foo", "foo"),
        ("变量 = 变", " 变"),
        ("カタカナ", "タカナ"),
        ("# 𠮷野家", " 𠮷野家"),
        ("print('👍", ""),
        ("x👍y", "y"),
        ("e = 'e\u0301", ""),
        ("x\u3000", ""),
        ("k = 'c29tZSBiYXNlNjQ" + "A" * MAX_WORD, ""),
        ("x" + " " * MAX_BLANKS, " " * MAX_BLANKS),
        ("x" + " " * (MAX_BLANKS + 1), ""),
        ("x" + " " * (MAX_BLANKS + 1) + "yz", "yz"),
    ],
)
def test_split(prefix: str, heal: str):
    assert split(prefix) == (prefix.removesuffix(heal) if heal else prefix, heal)


@pytest.mark.parametrize("run", ["a", "计", " ", "x ", "é(", "\t", "(", " )"])
@pytest.mark.parametrize("end", ["", "(", "y", "\n"])
def test_a_line_of_two_million_characters_takes_no_time(run: str, end: str):
    """Quadratic searching would take hours here, not fail an assertion."""
    prefix = run * 2_000_000 + end
    kept, heal = split(prefix)
    assert kept + heal == prefix
    assert len(heal) <= MAX_WORD + MAX_MARKS + MAX_BLANKS


def test_what_is_kept_never_ends_in_a_blank_of_the_line_unless_there_are_too_many():
    for prefix in ("a b c", "a  b\t", "\n   x", "# 中 文字", " "):
        kept, heal = split(prefix)
        assert kept + heal == prefix
        assert not kept or kept[-1] not in " \t"


def test_unhealed_puts_the_text_back_at_the_prefix_wherever_that_is():
    suffix_last = (
        Part("<P>", "marker", True),
        Part("x =", "prefix"),
        Part("<S>", "marker", True),
        Part("y", "suffix"),
    )
    prompt = Prompt(suffix_last, heal=" op", stops=("z",))
    whole = unhealed(prompt)
    assert whole.text == "<P>x = op<S>y"
    assert (whole.heal, whole.stops) == ("", ("z",))
    assert unhealed(whole) is whole


@pytest.mark.parametrize(
    "heal", ["op", " (", "a.b*c", "[x]{2}", "\\d", "^$|?+", '"', "\t", "计算", "𠮷", "a-b", "/"]
)
def test_regex_means_the_text_then_anything(heal: str):
    pattern = re.compile(regex(heal))
    for answer in (heal, heal + "x\ny", heal + "\n\n😀"):
        assert pattern.fullmatch(answer)
    assert not pattern.fullmatch("~" + heal)
    assert not pattern.fullmatch(heal[:-1])


def test_nothing_to_heal_needs_no_constraint():
    assert (gbnf(""), regex("")) == ("", "")
    assert allowed("anything", "")
    assert allowed("", "")


@pytest.mark.parametrize(("heal", "barred"), [("", "#"), ("    ", "/"), ("\t", "-"), ("", "]"), ("", "^")])
def test_what_is_barred_does_not_come_next(heal: str, barred: str):
    pattern = re.compile(regex(heal, barred))
    for answer in ("x", "  x\n", f"x{barred}", "算\n", "\t\tx"):
        assert pattern.fullmatch(heal + answer)
    for answer in (barred, f"  {barred} x", "", "   ", "\nx", "  \nx", "\r\nx"):
        assert not pattern.fullmatch(heal + answer)


@pytest.mark.parametrize(
    ("token", "healed", "expected"),
    [
        (b"x", 0, True),
        (b" x#", 0, True),
        (b"   ", 0, True),  # more may come
        (b"", 0, False),
        (b"#", 0, False),
        (b"\t# x", 0, False),
        (b"  \n", 0, False),
        (b"    ", 4, True),
        (b"    #", 4, False),
        (b"    x", 4, True),
        ("算".encode(), 0, True),
    ],
)
def test_the_rule_for_a_token_where_something_is_barred(token: bytes, healed: int, expected: bool):
    assert begins(token, healed, "#") is expected


@pytest.mark.parametrize(
    ("token", "remaining", "expected"),
    [
        (" op", " op", True),
        (" open", " op", True),
        (" o", " op", True),
        (" ", " op", True),
        (" p", " op", False),
        ("op", " op", False),
        ("", " op", False),
        ("计", "计算", True),
        ("计算机", "计算", True),
        ("算", "计算", False),
    ],
)
def test_the_rule_for_one_token(token: str, remaining: str, expected: bool):
    assert allowed(token, remaining) is expected
    assert allowed(token.encode(), remaining.encode()) is expected


def test_bytes_let_a_character_come_in_pieces():
    remaining = "𠮷".encode()
    for byte in remaining[:]:
        assert allowed(bytes([byte]), remaining)
        remaining = remaining[1:]
    assert remaining == b""


@pytest.mark.parametrize(
    ("heal", "literal"),
    [(" op", '" op"'), ('"\\', '"\\U00000022\\U0000005C"'), ("\t", '"\\U00000009"'), ("𠮷", '"\\U00020BB7"')],
)
def test_grammar_literals(heal: str, literal: str):
    assert gbnf(heal) == f"root ::= {literal} [\\U00000000-\\U0010FFFF]*"
    nothing = "\\U0000000A\\U0000000D\\U00000009\\U00000020"
    free = f"[ \\t]* [^{nothing}\\U00000023]"
    assert gbnf(heal, "#") == f"root ::= {literal} {free} [\\U00000000-\\U0010FFFF]*"
    assert gbnf("", "#") == f"root ::= {free} [\\U00000000-\\U0010FFFF]*"
