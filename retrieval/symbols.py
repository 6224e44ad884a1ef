"""What a file defines: classes, functions, fields, constants, sections, as rows of numbers.

Knows: trees of one file. Must not know: other files, scores. A row is eleven int32: a hundred thousand
definitions cost four megabytes, and every text is read off the file's own lines. All columns are code points.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt
from tree_sitter import Node

from retrieval import languages
from retrieval.chunks import split_lines
from retrieval.parse import grammar_of, matches, parse

Rows = npt.NDArray[np.int32]
COLUMNS: Final = 11
NO_SYMBOLS: Final = np.zeros((0, COLUMNS), np.int32)
_PARSE_SECONDS = 2.0


class Kind(IntEnum):
    """What a definition is; the names are the captures of the queries."""

    CLASS = 0
    FUNCTION = 1
    FIELD = 2
    CONSTANT = 3
    TYPE = 4
    MODULE = 5
    SECTION = 6


CAPTURES: Final = {kind.name.lower(): kind for kind in Kind}
_ENCLOSING = frozenset({int(Kind.CLASS), int(Kind.FUNCTION), int(Kind.MODULE)})
_BODIES = frozenset({"body", "block"})


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition. Its signature runs from (`line`, `column`) up to (`head_line`, `head_column`), its whole
    up to `end_line` (exclusive); `parent` is the row of what encloses it, or -1.
    """

    row: int
    name: str
    kind: Kind
    line: int
    column: int
    head_line: int
    head_column: int
    end_line: int
    parent: int


def symbols_of(path: str, text: str) -> tuple[Rows, bool]:
    """Rows of all definitions in order, and whether the text parsed without errors."""
    row = languages.language_of(path)
    grammar = grammar_of(row) if row else None
    if grammar is None:
        return NO_SYMBOLS, True
    data = text.encode("utf-8", "replace")
    tree = parse(grammar, data, seconds=_PARSE_SECONDS)
    if tree is None:
        return NO_SYMBOLS, False
    lines = [] if data.isascii() else data.split(b"\n")  # bytes are code points then
    found = {
        (node.start_byte, name.start_byte): _row(kind, node, name, lines)
        for captures in matches(grammar.definitions, tree)
        for key, kind in CAPTURES.items()
        for node in captures.get(key, ())[:1]
        for name in captures["name"][:1]
    }
    rows = np.array([found[place] for place in sorted(found)], np.int32).reshape(-1, COLUMNS)
    _set_parents(rows)
    return rows, not tree.root_node.has_error


def _row(kind: Kind, node: Node, name: Node, lines: list[bytes]) -> list[int]:
    start, head, named, named_end = node.start_point, _head_end(kind, node), name.start_point, name.end_point
    size = _column(lines, *named_end) - _column(lines, *named) if named_end[0] == named[0] else 0
    return [
        int(kind),
        start[0], _column(lines, *start),
        named[0], _column(lines, *named), size,
        head[0], _column(lines, *head),
        node.end_point[0] + (1 if node.end_point[1] else 0), -1,
        name_mark((name.text or b"").decode("utf-8", "replace")),
    ]  # fmt: skip


def _head_end(kind: Kind, node: Node) -> tuple[int, int]:
    """Where the signature ends: before the body, or at the end of the first line."""
    body = node.child_by_field_name("body")
    if body is None:
        body = next((child for child in node.named_children if _is_body(child)), None)
    if body is not None and kind is not Kind.FIELD and body.start_byte > node.start_byte:
        return body.start_point.row, body.start_point.column
    if kind is Kind.SECTION:
        node = node.named_children[0]
    return node.end_point.row, node.end_point.column


def _is_body(node: Node) -> bool:
    return node.type in _BODIES or node.type.endswith(("_body", "_block", "declaration_list"))


def _column(lines: list[bytes], line: int, column: int) -> int:
    """Bytes to code points."""
    if line >= len(lines) or (before := lines[line][:column]).isascii():
        return column
    return len(before.decode("utf-8", "ignore"))


def _set_parents(rows: Rows) -> None:
    """Rows come in the order of the text, so the enclosing definition is the last one still open."""
    open_rows: list[int] = []
    kinds, starts, ends = rows[:, 0].tolist(), rows[:, 1].tolist(), rows[:, 8].tolist()
    for number, (kind, line, end) in enumerate(zip(kinds, starts, ends, strict=True)):
        while open_rows and ends[open_rows[-1]] <= line:
            open_rows.pop()
        if open_rows:
            rows[number, 9] = open_rows[-1]
        if end > line + 1 and kind in _ENCLOSING:
            open_rows.append(number)


def name_mark(name: str) -> int:
    """A number that stands for a name in the rows, so that texts need not be unpacked to compare names."""
    mark = zlib.crc32(name.encode("utf-8", "replace"))
    return mark - (1 << 32) if mark >= 1 << 31 else mark


def rows_named(rows: Rows, name: str) -> list[int]:
    """The rows that define this very name, those at the top level first."""
    found: list[int] = (rows[:, 10] == name_mark(name)).nonzero()[0].tolist()
    return found if len(found) < 2 else sorted(found, key=lambda row: (rows[row, 9] >= 0, row))


def name_at(rows: Rows, number: int, lines: Sequence[str]) -> str:
    """The name that a row gives."""
    line, column, size = (int(value) for value in rows[number, 3:6])
    return lines[line][column : column + size] if line < len(lines) else ""


def symbol_at(rows: Rows, number: int, lines: Sequence[str]) -> Symbol:
    """A row read with the lines of its file."""
    row: list[int] = rows[number].tolist()
    kind, line, column, name_line, start, size, head_line, head_column, end, parent, _ = row
    name = lines[name_line][start : start + size] if name_line < len(lines) else ""
    return Symbol(number, name, Kind(kind), line, column, head_line, head_column, end, parent)


def visible(rows: Rows) -> npt.NDArray[np.int64]:
    """Rows that other files can name: everything that is not local to a function."""
    parents = rows[:, 9]
    local = (parents >= 0) & (rows[parents.clip(0), 0] == Kind.FUNCTION) & (rows[:, 0] != Kind.FIELD)
    return np.flatnonzero(~local)


def carried_over(old: Rows, old_text: str, new: Rows, new_text: str) -> Rows:
    """`new`, and those of the `old` rows that an unfinished edit has swallowed.

    An open bracket can hide all later definitions from the parser although their lines still stand there:
    a row whose line is unchanged but for its place is kept, moved by as much.
    """
    old_lines, new_lines = split_lines(old_text), split_lines(new_text)
    known = {name_at(new, number, new_lines) for number in range(len(new))}
    places: dict[str, int] = {}
    for number, line in enumerate(new_lines):
        places.setdefault(line, number)
    kept: list[Rows] = []
    for number in range(len(old)):
        line = int(old[number, 1])
        place = places.get(old_lines[line]) if line < len(old_lines) else None
        if place is not None and name_at(old, number, old_lines) not in known:
            row = old[number].copy()
            row[[1, 3, 6, 8]] += place - line
            kept.append(row)
    if not kept:
        return new
    rows = np.array([*new, *kept], np.int32)
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1]))]
    rows[:, 9] = -1
    _set_parents(rows)
    return rows
