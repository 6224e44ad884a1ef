"""How deep the lines of an answer stand where its blanks are of another kind than the file's: tabs, or blanks.

Core: pure functions of the text so far. Depth is compared in steps of each: a tab, the answer's blanks for one step,
and the file's unit. A line is measured by itself and the first two lines, so that one piece and a hundred agree.
"""

import re
from typing import Final

from abacus_lsp import indentation
from abacus_lsp.completion.ending import Ending

_USUAL: Final = 4  # blanks for one step where the answer does not tell
_LIKELY: Final = (2, 3, 4, 8)


def width(lines: list[str], number: int, end: Ending) -> int:
    """Columns of line `number`, as it will stand in the file."""
    return indentation.width(refitted(lines, number, end))


def refitted(lines: list[str], number: int, end: Ending) -> str:
    """Line `number` with the file's blanks, where it has the other kind; else as it is."""
    line = lines[number]
    bare = line.lstrip(" \t")
    blank = line[: len(line) - len(bare)]
    if not (end.unit and bare and (number or not end.line_head)) or ("\t" in blank) == (end.unit == "\t"):
        return line
    if end.unit != "\t":
        return blank.replace("\t", end.unit) + bare
    depth, more = divmod(len(blank), _step(lines, end))
    return "\t" * depth + " " * more + bare


def _step(lines: list[str], end: Ending) -> int:
    """Blanks for one step: the body of a header on the cursor's line tells, since the depth of that line is known."""
    whole = end.line_head + lines[0]
    body = next((line for line in lines[1:] if line.strip()), "")
    blanks = len(body) - len(body.lstrip(" "))
    if re.search(end.language.opens, whole.rstrip()):
        step, odd = divmod(blanks, len(whole) - len(whole.lstrip("\t")) + 1)
        if not odd and step in _LIKELY:
            return step
    return _USUAL
