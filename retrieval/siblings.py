"""What else the file at hand defines, where the prompt does not show it: the enclosing class's other members, then
what stands at the top level.

Knows: rows and lines of one file, which lines are shown. Must not know: other files, budgets.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from retrieval import render
from retrieval.entries import Entry
from retrieval.symbols import Kind

_MOST = 24  # definitions named, the nearest ones
_STEP = 50  # lines: nearness in steps, so that the same ones are named while lines are added
_MAX_HEAD = 90
_DEEPEST = 3  # definitions inside each other
_NAMED = (Kind.CLASS, Kind.FUNCTION, Kind.CONSTANT, Kind.FIELD, Kind.TYPE)


@dataclass(frozen=True, slots=True)
class Siblings:
    """`line` is that of the first definition named (from 0); `choices` say the same in ever fewer words."""

    line: int
    choices: tuple[tuple[str, ...], ...]


def siblings(entry: Entry, line: int, shown: tuple[int, int]) -> Siblings | None:
    """Definitions of a file beside the one at `line`, outside the `shown` lines; None: there are none."""
    table = entry.symbols
    owner = _enclosing_class(entry, line)
    lines = entry.lines()
    inside = _hidden(entry, table[:, 9] == owner, shown) if owner >= 0 else []
    beside = _hidden(entry, table[:, 9] < 0, shown)
    beside = [row for row in beside if row != owner]
    if not inside and not beside:
        return None
    title = [render.head(lines, render.symbol(entry, owner))] if inside else []
    heads = [f"    {_head(entry, row)}" for row in inside]
    names = render.named(entry.path, [render.symbol(entry, row).name for row in inside])
    others = [
        line.strip() for line in render.named(entry.path, [render.symbol(entry, row).name for row in beside])
    ]
    first = render.symbol(entry, min([*inside, *beside])).line
    return Siblings(first, ((*title, *heads, *others), (*title, *names, *others)))


def _head(entry: Entry, row: int) -> str:
    found = render.symbol(entry, row)
    return render.shortened(render.head(entry.lines(), found), found.name, _MAX_HEAD)


def _hidden(entry: Entry, rows: npt.NDArray[np.bool_], shown: tuple[int, int]) -> list[int]:
    """Rows whose definition begins outside the shown lines, the nearest, in the order of the text."""
    starts, kinds = entry.symbols[:, 1], entry.symbols[:, 0]
    outside = (starts < shown[0]) | (starts >= shown[1])
    hidden = np.flatnonzero(rows & outside & np.isin(kinds, _NAMED)).tolist()
    return sorted(sorted(hidden, key=lambda row: (_steps(int(starts[row]), shown), row))[:_MOST])


def _steps(line: int, shown: tuple[int, int]) -> int:
    """How far a line is from what is shown."""
    return max(shown[0] - line, line - shown[1]) // _STEP


def heads(entry: Entry, line: int) -> list[str]:
    """Signatures of the classes and functions that `line` is in, the innermost first."""
    table = entry.symbols
    kinds = (table[:, 0] == Kind.CLASS) | (table[:, 0] == Kind.FUNCTION)
    around = np.flatnonzero(kinds & (table[:, 1] < line) & (table[:, 8] > line))[::-1]
    lines = entry.lines()
    return [render.head(lines, render.symbol(entry, int(row))) for row in around[:_DEEPEST]]


def _enclosing_class(entry: Entry, line: int) -> int:
    table = entry.symbols
    around = np.flatnonzero((table[:, 0] == Kind.CLASS) & (table[:, 1] < line) & (table[:, 8] > line))
    return int(around[-1]) if len(around) else -1
