"""The first part of an offered text: a word, a line, a statement. For editors that accept it bit by bit.

Core: text only. What is accepted is typed by the editor; the rest is then found by `reuse`.
"""

import re
from typing import Final, Literal

from abacus_lsp.brackets import code_only
from abacus_lsp.languages import Language
from abacus_lsp.languages.language import plain

Unit = Literal["word", "line", "statement", "all"]

# Blanks and line breaks in front belong to the word; Chinese has no blanks, so a clause with its mark is one word.
_WORD: Final = re.compile(
    r"\s*(?:[^\W\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
    r"|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+[，。；：！？、…]*"
    r"|[^\w\s]+)"
)
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}


def first_part(text: str, unit: Unit, head: str = "", language: Language | None = None) -> str:
    """The beginning of `text`, never empty unless `text` is; the whole of it if there is no smaller part.

    `head` is the line up to where `text` begins: how deep its first statement stands.
    """
    if unit == "word":
        found = _WORD.match(text)
        return found.group() if found else text
    if unit == "line":
        return _line(text)
    return _statement(text, head, language or plain("")) if unit == "statement" else text


def brought(part: str, closers: str) -> int:
    """How many of the closers that an offer replaces this first part of it holds itself, one after the other."""
    count = at = 0
    while count < len(closers) and (found := part.find(closers[count], at)) >= 0:
        count, at = count + 1, found + 1
    return count


def _line(text: str) -> str:
    """Up to the end of the first line that holds something."""
    end = text.find("\n", len(text) - len(text.lstrip()))
    return text if end < 0 else text[:end].rstrip("\r")


def _statement(text: str, head: str, language: Language) -> str:
    """Lines until brackets are closed and the next line is no deeper than the first; then a lone closer."""
    first = _line(text)
    rest = text[len(first) :]
    fresh = first.lstrip("\r\n")
    depth = _indent(fresh if fresh != first else head + first)
    taken = first
    for line in rest.splitlines(keepends=True):
        bare = line.strip()
        if not _open(taken, language) and bare and _indent(line) <= depth and bare[0] not in ")]}":
            break
        taken += line
    return taken.rstrip() or text


def _open(text: str, language: Language) -> bool:
    code = code_only(text, language)
    return any(code.count(opening) > code.count(close) for opening, close in _PAIRS.items())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
