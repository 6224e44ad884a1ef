"""Brackets and quotes without a tree: what is open before a cursor, and what the text behind it still closes.

Knows text and a language's row. Must not know syntax trees, cursors or models. A tree of half-written code says
little about what is missing; counting brackets outside strings and comments does. Every function is total.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from abacus_lsp.languages import Language

PAIRS = {")": "(", "]": "[", "}": "{"}
CLOSING = {opening: closing for closing, opening in PAIRS.items()}

Kind = Literal["comment", "string", "bracket"]

# A "/" after one of these begins a regular expression in JavaScript, not a division.
_REGEX = r"(?<=[=(,:!&|?{};\[])[ \t]*/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/"
_WITH_REGEX = ("javascript", "typescript", "typescriptreact")


@dataclass(frozen=True, slots=True)
class Token:
    """A comment, a string or one bracket; `closed`: its end is in the text."""

    kind: Kind
    start: int
    end: int
    text: str
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Brackets:
    """What a stretch of text leaves open, and what it closes of the text before it.

    Attributes:
        open: opening brackets without a partner, outermost first.
        closes: closing brackets whose partner lies before the text, in order.
        inside: what opened the string or comment that the text ends in, "" when it ends in code.
    """

    open: str = ""
    closes: str = ""
    inside: str = ""


def tokens(text: str, language: Language) -> Iterator[Token]:
    """Comments, strings and brackets in order. A text that begins inside a string is given with its quote."""
    for match in _pattern(language).finditer(text):
        source = match.group()
        kind: Kind = "bracket" if match.lastgroup == "bracket" else "string"
        if match.lastgroup in {"line", "block"}:
            kind = "comment"
        yield Token(kind, match.start(), match.end(), source, _closed(match, language))


def scan(text: str, language: Language, before: Brackets | None = None) -> Brackets:
    """The brackets of `text`, going on from `before`."""
    before = before or Brackets()
    stack, closes, inside = list(before.open), before.closes, ""
    for token in tokens(before.inside + text, language):
        inside = ""
        if token.kind != "bracket":
            inside = "" if token.closed else _opener(token, language)
        elif token.text in CLOSING:
            stack.append(token.text)
        elif PAIRS[token.text] in stack:  # what else is open above it was forgotten, or is not ours to judge
            while stack.pop() != PAIRS[token.text]:
                pass
        elif not stack:
            closes += token.text
    return Brackets("".join(stack), closes, inside)


def lacking(open_: str, wanted: str) -> tuple[str, str]:
    """(brackets open that nothing closes, closers in `wanted` that nothing opened)."""
    paired = 0
    while paired < min(len(open_), len(wanted)) and PAIRS[wanted[paired]] == open_[-1 - paired]:
        paired += 1
    return open_[: len(open_) - paired], wanted[paired:]


def code_only(text: str, language: Language, inside: str = "") -> str:
    """The text with strings and comments as blanks: same length, same lines."""
    whole = inside + text
    chars = list(whole)
    for token in tokens(whole, language):
        if token.kind != "bracket":
            chars[token.start : token.end] = [c if c == "\n" else " " for c in token.text]
    return "".join(chars)[len(inside) :]


def _closed(match: re.Match[str], language: Language) -> bool:
    source, kind = match.group(), match.lastgroup
    if kind == "block" and language.block_comment:
        opening, closing = language.block_comment
        return len(source) >= len(opening) + len(closing) and source.endswith(closing)
    if kind == "line":
        return source.endswith("\n") or match.end() < len(match.string)
    if kind == "triple":
        return len(source) >= len('""""""') and source.endswith(source[:3])
    if kind == "quoted":
        return (len(source) > 1 and source[-1] == source[0]) or match.end() < len(match.string)
    return True


def _opener(token: Token, language: Language) -> str:
    if token.kind == "comment":
        block = language.block_comment
        return block[0] if block and token.text.startswith(block[0]) else language.line_comment
    return token.text[:3] if token.text.startswith(('"""', "'''")) else token.text[0]


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    """One alternative per kind of token, comments first."""
    parts: list[str] = []
    if language.block_comment:
        opening, closing = (re.escape(mark) for mark in language.block_comment)
        parts.append(rf"(?P<block>{opening}(?s:.*?)(?:{closing}|\Z))")
    if language.line_comment:
        parts.append(rf"(?P<line>{re.escape(language.line_comment)}[^\n]*)")
    triples = [quote * 3 for quote in language.quotes if quote == '"' or (quote == "'" and language.indented)]
    if triples:
        parts.append("(?P<triple>" + "|".join(rf"{mark}(?s:.*?)(?:{mark}|\Z)" for mark in triples) + ")")
    quoted: list[str] = []
    if '"' in language.quotes:
        quoted.append(r'"(?:[^"\\\n]|\\.)*(?:"|(?=\n)|\\?\Z)')
    if "'" in language.quotes:  # alone on its line it is an apostrophe or a lifetime
        quoted.append(r"'(?:[^'\\\n]|\\.)*'|'(?:[^'\\\n]|\\.)*\\?\Z")
    if "`" in language.quotes:
        quoted.append(r"`(?:[^`\\]|\\(?s:.))*(?:`|\\?\Z)")
    if quoted:
        parts.append(f"(?P<quoted>{'|'.join(quoted)})")
    if language.id in _WITH_REGEX:
        parts.append(f"(?P<regex>{_REGEX})")
    return re.compile("|".join([*parts, r"(?P<bracket>[()\[\]{}])"]))
