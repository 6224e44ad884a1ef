"""The first part of an offered text: a word, a line, a statement. For editors that accept it bit by bit.

Core: text only. What is accepted is typed by the editor; the rest is then found by `reuse`.
"""

import re
from typing import Final, Literal

Unit = Literal["word", "line", "statement", "all"]

# Blanks and line breaks in front belong to the word; Chinese has no blanks, so a clause with its mark is one word.
_WORD: Final = re.compile(
    r"\s*(?:[^\W\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
    r"|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+[，。；：！？、…]*"
    r"|[^\w\s]+)"
)
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}


def first_part(text: str, unit: Unit) -> str:
    """The beginning of `text`, never empty unless `text` is; the whole of it if there is no smaller part."""
    if unit == "word":
        found = _WORD.match(text)
        return found.group() if found else text
    if unit == "line":
        return _line(text)
    return _statement(text) if unit == "statement" else text


def _line(text: str) -> str:
    """Up to the end of the first line that holds something."""
    end = text.find("\n", len(text) - len(text.lstrip()))
    return text if end < 0 else text[:end].rstrip("\r")


def _statement(text: str) -> str:
    """Lines until brackets are closed and the next line is no deeper than the first; then a lone closer."""
    first = _line(text)
    rest = text[len(first) :]
    depth = _indent(first.lstrip("\r\n")) if first != first.lstrip("\r\n") else 0
    taken = first
    for line in rest.splitlines(keepends=True):
        bare = line.strip()
        if not _open(taken) and bare and _indent(line) <= depth and bare[0] not in ")]}":
            break
        taken += line
    return taken.rstrip() or text


def _open(text: str) -> bool:
    return any(text.count(opening) > text.count(close) for opening, close in _PAIRS.items())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
