"""Lines to numbers of terms, window by window: the reading half of building an index.

Knows: the vocabulary, how words become terms, how windows overlap. Must not know: files, segments, scores.
This is half of the time that indexing takes, so its inner loop runs in C.
"""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from retrieval.bm25 import Ints
from retrieval.chunks import STRIDE
from retrieval.terms import word_terms, words
from retrieval.vocabulary import Vocabulary

_MEMO_WORDS = 60_000
_MAX_LINE = 500  # longer lines are data; the rest of them is not read


class Lexer:
    """Text to term numbers; new terms are given the next free number."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._memo = _Memo(vocabulary)

    def windows(self, lines: Sequence[str]) -> tuple[Ints, Ints, Ints]:
        """(terms, window numbers, terms per window) of all occurrences in all windows of a text's lines."""
        ids: list[int] = []
        ends: list[int] = []
        numbers = self._memo.__getitem__
        if lines and max(map(len, lines)) > _MAX_LINE:
            lines = [line[:_MAX_LINE] for line in lines]
        for start in range(0, len(lines), STRIDE):
            found = words("\n".join(lines[start : start + STRIDE]))
            ids.extend(itertools.chain.from_iterable(map(numbers, found)))
            ends.append(len(ids))
        self._memo.trim()
        return _spread(np.array(ids, np.int32), np.array(ends, np.int64))

    def rest(self) -> None:
        """Nothing is read for a while: give the memory back."""
        self._memo.clear()


class _Memo(dict[str, tuple[int, ...]]):
    """Words to the numbers of their terms; works out what it does not know. Looked up by C code only."""

    __slots__ = ("_vocabulary",)

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def __missing__(self, word: str) -> tuple[int, ...]:
        vocabulary = self._vocabulary
        number = vocabulary.setdefault
        found = tuple([number(term, len(vocabulary)) for term in word_terms(word)])
        self[word] = found
        return found

    def trim(self) -> None:
        """Forget everything once it is too much: what is frequent is soon back."""
        if len(self) > _MEMO_WORDS:
            self.clear()


def _spread(ids: Ints, ends: npt.NDArray[np.int64]) -> tuple[Ints, Ints, Ints]:
    """Blocks to windows: block b belongs to the windows b - 1 and b, where these exist."""
    blocks = len(ends)
    if not blocks:
        return ids, ids, ids
    sizes = np.diff(ends, prepend=0)
    numbers = np.repeat(np.arange(blocks, dtype=np.int32), sizes)
    last = max(blocks - 2, 0)
    head, tail = numbers <= last, numbers >= 1
    if blocks == 1:
        tail = np.zeros(len(numbers), bool)
    terms = np.concatenate([ids[head], ids[tail]])
    windows = np.concatenate([numbers[head], numbers[tail] - 1]).astype(np.int32)
    return terms, windows, np.bincount(windows, minlength=last + 1).astype(np.int32)
