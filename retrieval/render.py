"""Definitions as text: one-line signatures, skeletons of classes.

Knows: rows and lines of one file. Must not know: why a definition is wanted.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from retrieval import symbols
from retrieval.entries import Entry
from retrieval.symbols import Kind, Symbol

_MAX_HEAD = 240  # a longer signature is cut: its names come first
_MAX_FIELD = 100
_BRIEF = 32
_MAX_DOC = 100
_SHORT_HEAD = 90
_MOST_MEMBERS = 150  # of a class: more are never shown
_NAMES_PER_LINE = 10
_MAGIC = re.compile(r"__(?!init__|call__)\w+__$")
_QUOTE = re.compile(r'^[rRuUbB]*("""|\'\'\'|"|\')')
_MARKS = re.compile(r"^(///?|/\*\*?|\*|#|--)\s?")


def symbol(entry: Entry, row: int) -> Symbol:
    """The definition in a row of a file."""
    return symbols.symbol_at(entry.symbols, row, entry.lines())


def head(lines: Sequence[str], found: Symbol) -> str:
    """A definition's signature on one line, without its body."""
    if found.kind in {Kind.FIELD, Kind.CONSTANT}:
        return lines[found.line].strip()[:_MAX_FIELD]
    if found.head_line == found.line:  # most are on one line
        return (
            lines[found.line][found.column : found.head_column][:_MAX_HEAD].strip().removesuffix("{").strip()
        )
    parts = list(lines[found.line : found.head_line + 1])
    if not parts:
        return ""
    if found.head_line < len(lines):
        parts[-1] = parts[-1][: found.head_column]
    parts[0] = parts[0][found.column :]
    text = (
        re.sub(r"\s+", " ", " ".join(parts)).replace("( ", "(").replace(", )", ")").replace(",)", ")").strip()
    )
    return text[:_MAX_HEAD].removesuffix("{").strip()


def doc(lines: Sequence[str], found: Symbol) -> str:
    """The first line of what documents a definition: a docstring below, or comment lines above."""
    below = next(
        (line.strip() for line in lines[found.head_line : found.head_line + 2] if _QUOTE.match(line.strip())),
        "",
    )
    if below:
        return _QUOTE.sub("", below).strip(" \"'")[:_MAX_DOC]
    above, number = "", found.line - 1
    while number >= max(0, found.line - 8):
        line = lines[number].strip()
        bare = _MARKS.sub("", line).strip().removesuffix("*/").strip()
        if not line or (bare == line and not line.startswith(("@", "["))):
            break
        above = bare or above
        number -= 1
    return "" if above.startswith(("@", "[")) else above[:_MAX_DOC]


def members(entry: Entry, row: int) -> list[Symbol]:
    """Fields and methods of a class (of an `impl`, too), each name once, in the order of the text."""
    table = entry.symbols
    inside = table[:, 9] == row
    methods = np.flatnonzero(inside & (table[:, 0] == Kind.FUNCTION))
    # self.x = ... stands in the rows of the method.
    rows = np.flatnonzero(inside | ((table[:, 0] == Kind.FIELD) & np.isin(table[:, 9], methods)))
    found: dict[str, Symbol] = {}
    for number in rows[:_MOST_MEMBERS].tolist():
        member = symbol(entry, number)
        found.setdefault(member.name, member)
    fields = [member for member in found.values() if member.kind is not Kind.FUNCTION]
    return fields + [member for member in found.values() if member.kind is Kind.FUNCTION]


@lru_cache(maxsize=1024)  # a cursor asks for the same definitions key after key
def signature(entry: Entry, row: int) -> tuple[str, ...]:
    """One definition in a line or two; a class with its constructor."""
    lines = entry.lines()
    found = symbol(entry, row)
    text = [head(lines, found)]
    note = doc(lines, found)
    if note:
        text.append(f"    {_comment(entry.path)}{note}")
    if found.kind is Kind.CLASS:
        makers = _makers(entry, row, found.name)[:1]
        text += [f"    {head(lines, symbol(entry, maker))}" for maker in makers]
    return tuple(text)


@lru_cache(maxsize=1024)
def brief(entry: Entry, row: int) -> tuple[str, ...]:
    """One definition in one short line: enough to know its name and how it begins."""
    return (head(entry.lines(), symbol(entry, row))[:_BRIEF],)


def _makers(entry: Entry, row: int, name: str) -> list[int]:
    """The constructors of a class."""
    table = entry.symbols
    marks = [symbols.name_mark(maker) for maker in ("__init__", "constructor", "__new__", name)]
    inside = (table[:, 9] == row) & (table[:, 0] == Kind.FUNCTION) & np.isin(table[:, 10], marks)
    return np.flatnonzero(inside).tolist()


@lru_cache(maxsize=256)
def skeletons(entry: Entry, row: int) -> tuple[tuple[str, ...], ...]:
    """A class with its members in ever fewer words: in full, fields by name, everything by name."""
    lines = entry.lines()
    title = head(lines, symbol(entry, row))
    inside = [member for member in members(entry, row) if not _MAGIC.match(member.name)]
    methods = [member for member in inside if member.kind is Kind.FUNCTION]
    fields = [member for member in inside if member.kind is not Kind.FUNCTION]
    heads = [f"    {head(lines, member)}" for member in methods]
    short = [line[: _SHORT_HEAD + 4] for line in heads]
    field_names = named(entry.path, [member.name for member in fields])
    return (
        (title, *(f"    {head(lines, member)}" for member in fields), *heads),
        (title, *field_names, *short),
        (title, *named(entry.path, [member.name for member in (*methods, *fields)])),
    )


def named(path: str, found: Sequence[str]) -> list[str]:
    """Names alone, some on each line of comment."""
    mark = _comment(path)
    return [
        f"    {mark}{', '.join(found[n : n + _NAMES_PER_LINE])}"
        for n in range(0, len(found), _NAMES_PER_LINE)
    ]


def _comment(path: str) -> str:
    return "# " if path.endswith((".py", ".pyi", ".rb", ".sh", ".r", ".jl", ".ex", ".exs")) else "// "
