"""Which of an engine's KV caches a prompt goes to, and how much of it is there already.

Knows names of prompts ("code:repo/path", "near:…", "chat"), their token ids, and what was read into which cache. A
file may have two caches, because a look at another place of it should not cost the first one; a file's new place
never costs another file's cache. Less context ("near") and everything that is not a file have caches of their own.
"""

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

_FILES: Final = "code"
_NEAR: Final = "near"
_LEAST_WITH_NEAR: Final = 4  # caches: two files, less context, the rest
_TAIL: Final = (
    96,
    32,
)  # from the end of a prompt: text above the cursor's line, which typing does not change


class Slots:
    """Numbers for prompts; a new place takes the cache not used for longest.

    Args:
        total: caches; with more than one, the last is for everything that is not a file under the cursor.
    """

    def __init__(self, total: int) -> None:
        self._rest = max(total - 1, 0)
        self._near = total - 2 if total >= _LEAST_WITH_NEAR else None
        self._files = max(total - 1 - (self._near is not None), 1)
        self._names: OrderedDict[int, str] = OrderedDict()
        self._held: dict[int, Sequence[int]] = {}
        self._asked: tuple[int, Sequence[int]] = (0, ())

    def number(self, name: str, ids: Sequence[int] = ()) -> int:
        """The cache for the prompt `ids`, from 0 on; what it holds beyond their common beginning is lost now."""
        number = self._find(name, ids)
        if number < self._files and name.partition(":")[0] == _FILES:
            self._names[number] = name
            self._names.move_to_end(number)
        held = self._held.get(number, ())
        self._held[number] = held[: shared(held, ids)]
        self._asked = (number, ids)
        return number

    def read(self, count: int) -> None:
        """So many tokens of the last prompt asked for are in its cache now."""
        number, ids = self._asked
        self._held[number] = ids[:count]

    def holds(self, number: int, ids: Sequence[int]) -> None:
        """What is in a cache, where the engine can tell."""
        self._held[number] = ids

    def unread(self, name: str, ids: Sequence[int]) -> int | None:
        """Tokens of the prompt that its cache lacks; None where there is no cache for less context beside it."""
        if self._near is None:
            return None
        return len(ids) - shared(self._held.get(self._find(name, ids), ()), ids)

    def _find(self, name: str, ids: Sequence[int]) -> int:
        kind = name.partition(":")[0]
        if kind == _NEAR and self._near is not None:
            return self._near
        if kind != _FILES:
            return self._rest
        own = [number for number, held in reversed(self._names.items()) if held == name]
        going_on = [number for number in own if not ids or _goes_on(self._held.get(number, ()), ids)]
        if going_on:
            return max(going_on, key=lambda number: shared(self._held.get(number, ()), ids))
        if own and len(own) >= max(min(self._files - 1, 2), 1):
            return own[-1]
        free = (number for number in range(self._files) if number not in self._names)
        return next(free, next(iter(self._names), 0))


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _goes_on(held: Sequence[int], ids: Sequence[int]) -> bool:
    """Whether `ids` are about the place that the cache is about: little would be lost, or its cursor is in sight."""
    if shared(held, ids) * 2 >= min(len(held), len(ids)):
        return True
    tail = array("i", held[-_TAIL[0] : -_TAIL[1]])
    return bool(tail) and _within(tail.tobytes(), array("i", ids).tobytes(), tail.itemsize)


def _within(part: bytes, whole: bytes, size: int) -> bool:
    at = whole.find(part)
    while at >= 0 and at % size:
        at = whole.find(part, at + 1)
    return at >= 0
