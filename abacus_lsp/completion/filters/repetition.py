"""A model that goes round in circles (the same characters or lines again and again), or counts for ever.

Core: looks at fixed places only (line ends, and every so many characters of a long line), so the circle is seen at
the same place however the text arrives.
"""

import re
from collections.abc import Sequence
from typing import Final

_TIMES: Final = 3  # the same lines for the third time running
_MOST_LINES: Final = 4  # in one circle
_LOOK: Final = 64  # characters between two looks inside a line
_PERIOD: Final = 24  # characters in one circle inside a line
_TELLING: Final = 2
_LONG: Final = 8  # characters from which on a line that comes again is no coincidence
_RUNGS: Final = 5  # rounds that differ in their numbers alone
_KEPT: Final = 2  # of these
_NUMBER: Final = re.compile(r"\d+")


def circles_at(text: str) -> tuple[int, int] | None:
    """(where the second round begins, where the circle was seen), once three rounds are there; None for none."""
    lines = text.split("\n")
    offset = 0
    for number, line in enumerate(lines):
        inside = _in_line(line)
        if inside is not None:
            return offset + inside[0], offset + inside[1]
        if number < len(lines) - 1:
            wandering = _wandering(lines[: number + 1])
            if wandering is not None:
                return max(_offset(lines, wandering) - 1, 0), offset + len(line) + 1
            period = _period([each.strip() for each in lines[: number + 1]], _TIMES)
            if period:
                first = number + 1 - (_TIMES - 1) * period
                return max(_offset(lines, first) - 1, 0), offset + len(line) + 1
        offset += len(line) + 1
    return None


def ladder_at(text: str, above: Sequence[str]) -> tuple[int, int] | None:
    """As `circles_at`, for rounds in which nothing changes but numbers; begins at the line break before the third.

    `if n == 1: return 1`, `if n == 2: return 2`… is what small models write when they know no more. The first rounds
    may be right: the cases a recursion begins with. Where the lines `above` count so, the user does.
    """
    lines = text.split("\n")
    bare, told = _without_numbers(lines), _without_numbers(above)
    for number in range(_RUNGS - 1, len(lines) - 1):
        period = _period(bare[: number + 1], _RUNGS)
        first = number + 1 - (_RUNGS - _KEPT) * period
        rung = bare[first : first + period]
        if period and _counts(rung) and not any(line in told for line in rung if line):
            # A round begins with its header, not with the body of the one before.
            first += min(range(period), key=lambda each: _depth(lines[first + each]))
            return _offset(lines, first) - 1, _offset(lines, number + 1)
    return None


def _without_numbers(lines: Sequence[str]) -> list[str]:
    return [_NUMBER.sub("0", line.strip()) for line in lines]


def _counts(rung: Sequence[str]) -> bool:
    """Whether it is code with a number in it; rows of a table are numbers alone."""
    return any("0" in line for line in rung) and any(line[:1].isalpha() for line in rung)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else len(line) + _LOOK


def _offset(lines: Sequence[str], number: int) -> int:
    return sum(len(line) + 1 for line in lines[:number])


def _wandering(lines: list[str]) -> int | None:
    """Where the last lines begin, when each of them stood in the answer before, in whatever order."""
    told = [(number, line.strip()) for number, line in enumerate(lines) if len(line.strip()) >= _LONG]
    last = told[-_TIMES:]
    earlier = {line for _, line in told[:-_TIMES]}
    if len(last) < _TIMES or len({line for _, line in last}) < _TIMES or last[-1][0] != len(lines) - 1:
        return None
    return last[0][0] if all(line in earlier for _, line in last) else None


def _period(filled: Sequence[str], times: int) -> int:
    """How many lines at the end have come so many times running, 0 when none have."""
    for period in range(1, _MOST_LINES + 1):
        rounds = [filled[-period * (turn + 1) : len(filled) - period * turn] for turn in range(times)]
        if (
            len(filled) >= period * times
            and all(one == rounds[0] for one in rounds)
            and any(len(line) >= _TELLING for line in rounds[0])
        ):
            return period
    return 0


def _in_line(line: str) -> tuple[int, int] | None:
    for seen in range(_LOOK * 2, len(line) + 1, _LOOK):
        tail = line[seen - _LOOK : seen]
        for period in range(1, _PERIOD + 1):
            if tail[period:] == tail[:-period] and tail.strip("-=*#_ \t./"):
                start = seen - _LOOK
                while start > 0 and line[start - 1] == line[start - 1 + period]:
                    start -= 1
                return start + period, seen
    return None
