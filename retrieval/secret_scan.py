"""Secrets in text: where they are (`find`), and the text without them (`masked`).

Pure: a text in, places out. Must not know: files, prompts, who the text would be sent to. The rows are in `secret_kinds`.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from retrieval.secret_kinds import KINDS, Kind

MASK: Final = "MASKED_SECRET"
"""What stands in a text where a secret was: the same for all, so that a prompt with it stays the same while one types."""

_BLOCK: Final = 64  # lines that are looked at, and remembered, together
_OVERLAP: Final = 2  # lines of the next block: a value may stand under its name
_REACH: Final = 4000  # characters of a line that are looked at before and after a name


@dataclass(frozen=True, slots=True)
class Found:
    """A secret: [start, end) in characters, and the name of its kind."""

    kind: str
    start: int
    end: int


def find(text: str) -> tuple[Found, ...]:
    """Every secret in the text, in order, none inside another."""
    return _merged(_all(text))


def holds_secret(text: str) -> bool:
    """Whether there is any; stops at the first."""
    return any(True for _ in _all(text))


def find_in_file(text: str) -> tuple[Found, ...]:
    """`find` for a whole file, key after key: looks only at the lines that are new to it.

    What may span many lines (private keys) is looked for in all of the text, the rest block by block.
    """
    places: list[Found] = []
    lines = text.split("\n")
    start = 0
    for first in range(0, len(lines), _BLOCK):
        own = lines[first : first + _BLOCK]
        length = sum(map(len, own)) + len(own)
        block = "\n".join(lines[first : first + _BLOCK + _OVERLAP])
        places += (Found(f.kind, start + f.start, start + f.end) for f in _block(block) if f.start < length)
        start += length
    if "-----BEGIN" in text:
        places += (f for kind in KINDS if kind.whole for f in _of_kind(kind, text, 0, len(text)))
    return _merged(places)


def masked(text: str, found: Iterable[Found], start: int = 0) -> str:
    """The text (which begins at `start` of what was looked at) with `MASK` in place of each secret."""
    pieces: list[str] = []
    last = 0
    for place in found:
        a, b = max(place.start - start, 0), min(place.end - start, len(text))
        if a < b and a >= last:
            pieces += (text[last:a], MASK)
            last = b
    return "".join((*pieces, text[last:])) if pieces else text


def inside(found: tuple[Found, ...], offset: int) -> Found | None:
    """The secret that a cursor at `offset` is in or at the end of."""
    number = bisect_left([place.end for place in found], offset)
    place = found[number] if number < len(found) else None
    return place if place is not None and place.start <= offset else None


def _all(text: str) -> Iterator[Found]:
    lowered = text.lower()
    if len(lowered) != len(text):  # "İ" becomes two characters: places would be others
        lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    for kind in KINDS:
        if kind.whole:
            if any(need in lowered for need in kind.needs):
                yield from _of_kind(kind, text, 0, len(text))
            continue
        for start, end in _near(lowered, kind.needs):
            if not kind.also or any(lowered.find(sign, start, end) >= 0 for sign in kind.also):
                yield from _of_kind(kind, text, start, end)


def _near(lowered: str, needs: tuple[str, ...]) -> list[tuple[int, int]]:
    """The lines in which one of `needs` stands, with those below it that may belong to it; overlapping ones joined."""
    spans: list[tuple[int, int]] = []
    for need in needs:
        place = lowered.find(need)
        while place >= 0:
            start = max(lowered.rfind("\n", 0, place) + 1, place - _REACH)
            end = place + len(need)
            for _ in range(1 + _OVERLAP):
                line = lowered.find("\n", end + 1, end + _REACH)
                end = line if line >= 0 else min(end + _REACH, len(lowered))
            spans.append((start, end))
            place = lowered.find(need, end)
    if len(needs) == 1 or len(spans) < 2:
        return spans
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _of_kind(kind: Kind, text: str, start: int, end: int) -> Iterator[Found]:
    for match in kind.pattern.finditer(text, start, end):
        groups = match.groupdict()
        group = "s" if groups.get("s") else "t" if groups.get("t") else 0
        if kind.judged is None or kind.judged(match[group]):
            yield Found(kind.name, match.start(group), match.end(group))


@lru_cache(maxsize=512)
def _block(text: str) -> tuple[Found, ...]:
    return find(text)


def _merged(found: Iterable[Found]) -> tuple[Found, ...]:
    merged: list[Found] = []
    for place in sorted(found, key=lambda each: (each.start, -each.end)):
        if merged and place.start < merged[-1].end:
            if place.end > merged[-1].end:
                merged[-1] = Found(merged[-1].kind, merged[-1].start, place.end)
        else:
            merged.append(place)
    return tuple(merged)
