"""`FILE:LINE:COL`, as editors and compilers write a place."""

import argparse
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`line` and `column` count from 1; the column counts characters."""

    file: str
    line: int
    column: int


def parse_place(text: str) -> Place:
    r"""Read FILE:LINE:COL from the right, so that `C:\a.py:3:1` works.

    Raises:
        argparse.ArgumentTypeError: with what is wrong.
    """
    parts = text.rsplit(":", 2)
    if len(parts) != 3 or not parts[0]:
        raise argparse.ArgumentTypeError(f"{text!r} is not FILE:LINE:COL, e.g. src/app.py:120:9")
    file, line, column = parts
    if not (line.isdecimal() and column.isdecimal() and int(line) > 0 and int(column) > 0):
        raise argparse.ArgumentTypeError(f"LINE and COL of {text!r} must be numbers from 1")
    return Place(file, int(line), int(column))
