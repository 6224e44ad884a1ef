"""An answer that begins anew: the signature once more, or a fenced block written from the first column.

Knows the answer and its `Ending`. Must not know which model wrote it. Looks at complete lines only, so that one piece
and a hundred give the same text.
"""

from typing import Final

from abacus_lsp import indentation
from abacus_lsp.completion.ending import Ending
from abacus_lsp.completion.filters.duplicates import squeezed

_TELLING: Final = 5  # characters of a line whose repetition is no coincidence


def unwrapped(text: str, end: Ending, *, fenced: bool, final: bool) -> str:
    """The answer as it would have been written at the cursor: what stands above it not repeated, its depth fitted.

    Args:
        text: the answer so far, greeting and opening fence taken away.
        end: its place.
        fenced: an opening fence was taken away.
        final: no more will come; else the last line is not looked at.
    """
    if not (end.block and end.code) or end.line_head.strip() or not (fenced or end.head):
        return text
    lines = text.split("\n")
    known = lines if final else lines[:-1]
    first = next((number for number, line in enumerate(known) if line.strip()), None)
    if first is None:
        return "" if fenced else text
    repeated = _repeated(known[first:], end)
    if not repeated and not fenced:
        return text
    body = lines[first + repeated :]
    start = next((line for line in (body if final else body[:-1]) if line.strip()), None)
    if start is None:
        return ""
    return "\n".join(_moved(body, indentation.width(end.line_head) - indentation.width(start)))


def _repeated(lines: list[str], end: Ending) -> int:
    """How many lines at the start repeat what stands between the head of the unit and the cursor."""
    number, told = 0, [squeezed(line) for line in end.head]
    if squeezed(lines[0]) not in told or len(squeezed(lines[0])) < _TELLING:
        return 0
    for line in lines:
        if line.strip() and squeezed(line) not in told:
            break
        number += 1
    return number


def _moved(lines: list[str], columns: int) -> list[str]:
    """Every line moved by as many columns; the first without the blanks that the cursor's line has already."""
    shifted = [_shifted(line, columns) for line in lines]
    first = next(number for number, line in enumerate(shifted) if line.strip())
    return [shifted[first].lstrip(" \t"), *shifted[first + 1 :]]


def _shifted(line: str, columns: int) -> str:
    bare = line.lstrip(" \t")
    if not bare or columns == 0:
        return line
    if columns < 0:
        blank = line[: len(line) - len(bare)]
        return blank[min(-columns, len(blank)) :] + bare if "\t" not in blank else blank[1:] + bare
    return " " * columns + line
