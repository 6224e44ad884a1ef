"""A model that goes round in circles: the same characters or the same lines again and again.

Core: looks at fixed places only (line ends, and every so many characters of a long line), so the circle is seen at
the same place however the text arrives.
"""

from typing import Final

_TIMES: Final = 3  # the same lines for the third time running
_MOST_LINES: Final = 4  # in one circle
_LOOK: Final = 64  # characters between two looks inside a line
_PERIOD: Final = 24  # characters in one circle inside a line
_TELLING: Final = 2
_LONG: Final = 8  # characters from which on a line that comes again is no coincidence


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
                return max(sum(len(one) + 1 for one in lines[:wandering]) - 1, 0), offset + len(line) + 1
            period = _period(lines[: number + 1])
            if period:
                first = number + 1 - (_TIMES - 1) * period
                return max(sum(len(one) + 1 for one in lines[:first]) - 1, 0), offset + len(line) + 1
        offset += len(line) + 1
    return None


def _wandering(lines: list[str]) -> int | None:
    """Where the last lines begin, when each of them stood in the answer before, in whatever order."""
    told = [(number, line.strip()) for number, line in enumerate(lines) if len(line.strip()) >= _LONG]
    last = told[-_TIMES:]
    earlier = {line for _, line in told[:-_TIMES]}
    if len(last) < _TIMES or len({line for _, line in last}) < _TIMES or last[-1][0] != len(lines) - 1:
        return None
    return last[0][0] if all(line in earlier for _, line in last) else None


def _period(lines: list[str]) -> int:
    """How many lines at the end repeat, 0 when they do not."""
    filled = [line.strip() for line in lines]
    for period in range(1, _MOST_LINES + 1):
        rounds = [filled[-period * (turn + 1) : len(filled) - period * turn] for turn in range(_TIMES)]
        if len(filled) >= period * _TIMES and all(one == rounds[0] for one in rounds):
            told = [line for line in rounds[0] if len(line) >= _TELLING]
            if told:
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
