"""What the index keeps of one file: its packed text, its stamp and its symbol rows.

Knows: one file at a time. Must not know: disks, scores, other files. The text is kept (compressed to about
a quarter) so that a query shows the very lines that were scored, whatever has happened on disk since.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final, overload

import numpy as np
import numpy.typing as npt

from retrieval.chunks import split_lines, window_count
from retrieval.symbols import NO_SYMBOLS, carried_over, symbols_of

BLOCK: Final = 160  # lines


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One indexed file. `stamp` is (mtime in ns, size in bytes), (0, 0) for the text of an open buffer."""

    path: str
    stamp: tuple[int, int]
    line_count: int
    packed: bytes  # blocks of `BLOCK` lines, each compressed by itself
    cuts: tuple[int, ...]  # where the blocks begin, and the end of the last one
    symbols: npt.NDArray[np.int32]  # rows as described in symbols.py

    @property
    def windows(self) -> int:
        return window_count(self.line_count)

    def text(self) -> str:
        """The file's text as it was indexed."""
        return "\n".join(_block(self, number) for number in range(len(self.cuts) - 1))

    def lines(self) -> "Lines":
        """The file's lines without their ends, unpacked where they are looked at."""
        return Lines(self)


class Lines(Sequence[str]):
    """The lines of an entry. A query looks at a few lines of ten files: unpacking all took half its time."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    def __len__(self) -> int:
        return self._entry.line_count

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, int):
            number = place + len(self) if place < 0 else place
            if not 0 <= number < len(self):
                raise IndexError(place)
            return _block_lines(self._entry, number // BLOCK)[number % BLOCK]
        start, end, step = place.indices(len(self))
        if end <= start:
            return []
        first, last = start // BLOCK, (end - 1) // BLOCK
        if step != 1 or first != last:
            found = [line for number in range(first, last + 1) for line in _block_lines(self._entry, number)]
            return (
                found[start - first * BLOCK : end - first * BLOCK : step] if step > 0 else list(self)[place]
            )
        return (
            list(_block_lines(self._entry, first)[start - first * BLOCK : end - first * BLOCK])
            if len(self)
            else []
        )


def entry_of(
    path: str, text: str, stamp: tuple[int, int], symbols: npt.NDArray[np.int32] = NO_SYMBOLS
) -> Entry:
    """Pack a text. Level 3 is within 10 % of the best size at three times the speed."""
    raw = text.split("\n")
    blocks = [
        zlib.compress("\n".join(raw[start : start + BLOCK]).encode("utf-8", "surrogatepass"), 3)
        for start in range(0, len(raw), BLOCK)
    ]
    cuts = (0, *accumulate(map(len, blocks)))
    return Entry(path, stamp, len(split_lines(text)), b"".join(blocks), cuts, symbols)


def read_entry(path: str, text: str, stamp: tuple[int, int], before: Entry | None = None) -> Entry:
    """Pack a text with its symbols. While it does not parse, symbols of `before` that still stand are kept."""
    rows, whole = symbols_of(path, text)
    if not whole and before is not None and len(before.symbols):
        rows = carried_over(before.symbols, before.text(), rows, text)
    return entry_of(path, text, stamp, rows)


def _block(entry: Entry, number: int) -> str:
    data = entry.packed[entry.cuts[number] : entry.cuts[number + 1]]
    return zlib.decompress(data).decode("utf-8", "surrogatepass")


@lru_cache(maxsize=256)  # the same few places answer one query after another
def _block_lines(entry: Entry, number: int) -> tuple[str, ...]:
    return tuple(line.removesuffix("\r") for line in _block(entry, number).split("\n"))
