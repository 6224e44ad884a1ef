"""Definitions as text: one-line signatures, skeletons of classes.

Knows: rows and lines of one file. Must not know: why a definition is wanted.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from retrieval import languages, symbols
from retrieval.entries import Entry
from retrieval.symbols import Kind, Symbol

_MAX_HEAD = 240  # a longer signature is cut: its names come first
_MAX_FIELD = 100
_BRIEF = 32  # code points of a definition that many others compete with
_MAX_DOC = 100
_SHORT_HEAD = 90
_MOST_MEMBERS = 150  # of a class: more are never shown
_NAMES_PER_LINE = 10
_MAGIC = re.compile(r"__(?!init__|call__)\w+__$")
_QUOTE = re.compile(r'^[rRuUbB]*("""|\'\'\'|"|\')')
_MARKS = re.compile(r"^(///?|/\*\*?|\*|#|--)\s?")
_DIRECTIVES = frozenset({"c", "csharp"})  # families in which # begins no comment


def symbol(entry: Entry, row: int) -> Symbol:
    """The definition in a row of a file."""
    return symbols.symbol_at(entry.symbols, row, entry.lines())


def head(lines: Sequence[str], found: Symbol) -> str:
    """A definition's signature on one line, without its body."""
    if found.kind in {Kind.FIELD, Kind.CONSTANT}:
        return shortened(lines[found.line].strip(), found.name, _MAX_FIELD)
    if found.head_line == found.line:  # most are on one line
        text = lines[found.line][found.column : found.head_column].strip().removesuffix("{").strip()
        return shortened(text, found.name, _MAX_HEAD)
    parts = list(lines[found.line : found.head_line + 1])
    if not parts:
        return ""
    if found.head_line < len(lines):
        parts[-1] = parts[-1][: found.head_column]
    parts[0] = parts[0][found.column :]
    text = (
        re.sub(r"\s+", " ", " ".join(parts)).replace("( ", "(").replace(", )", ")").replace(",)", ")").strip()
    )
    return shortened(text.removesuffix("{").strip(), found.name, _MAX_HEAD)


def shortened(text: str, name: str, limit: int) -> str:
    """A signature in about `limit` characters: whole parameters, and "…" for the rest. Its name is always whole."""
    if len(text) <= limit:
        return text
    named = text.find(name) + len(name) if name in text else 0
    cuts = _parameter_ends(text, named)
    if cuts:
        cut = max((place for place in cuts if place <= limit), default=cuts[0])
        return f"{text[:cut]}{'' if cut == cuts[0] else ' '}…)"
    cut = text.rfind(" ", named, limit)  # bases without brackets, the value of a constant
    return f"{text[: cut if cut > 0 else max(named, limit)]} …"


def _parameter_ends(text: str, start: int) -> list[int]:
    """Behind the first bracket from `start` on, and behind each comma that is in no further bracket."""
    ends: list[int] = []
    depth = 0
    for place, character in enumerate(text[start : start + _MAX_HEAD], start):
        depth += (character in "([{<") - (
            character in ")]}" or (character == ">" and text[place - 1] not in "-=")
        )
        if (not ends and character == "(") or (ends and depth == 1 and character == ","):
            depth = 1
            ends.append(place + 1)
        if ends and depth == 0:
            break
    return ends


def doc(entry: Entry, found: Symbol) -> str:
    """The first line of what documents a definition: a docstring below, or comment lines above."""
    lines = entry.lines()
    directive = "#" if languages.family_of(entry.path) in _DIRECTIVES else "#!"
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
        if not line or (bare == line and not line.startswith(("@", "["))) or line.startswith(directive):
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
    note = doc(entry, found)
    if note:
        text.append(f"    {_comment(entry.path)}{note}")
    if found.kind is Kind.CLASS:
        makers = _makers(entry, row, found.name)[:1]
        text += [f"    {head(lines, symbol(entry, maker))}" for maker in makers]
    return tuple(text)


@lru_cache(maxsize=1024)
def brief(entry: Entry, row: int) -> tuple[str, ...]:
    """One definition in one short line: enough to know its name and how it begins."""
    found = symbol(entry, row)
    return (shortened(head(entry.lines(), found), found.name, _BRIEF),)


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
    whole = [head(lines, member) for member in methods]
    heads = [f"    {line}" for line in whole]
    short = [
        f"    {shortened(line, member.name, _SHORT_HEAD)}"
        for line, member in zip(whole, methods, strict=True)
    ]
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
