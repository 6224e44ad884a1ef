"""Terms to numbers, as one writer knows them.

Knows: words and numbers. Must not know: texts, counts. A plain `dict` is the vocabulary of an index; `Above` is one
laid over it by somebody else, who must neither write into it (two writers would give one number twice) nor leave words
of unsaved texts in what is kept on disk.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol


class Vocabulary(Protocol):
    """What a writer needs: a term's number, given to it if it has none."""

    def __len__(self) -> int: ...

    def setdefault(self, term: str, number: int, /) -> int:
        """The term's number; `number` from now on if it has none."""
        ...


class Above(Mapping[str, int]):
    """The first `size` terms of another vocabulary, and more of its own. The other one may grow meanwhile: what it
    learns later is not seen here.
    """

    def __init__(self, below: Mapping[str, int], size: int) -> None:
        self._below, self._size = below, size
        self._own: dict[str, int] = {}

    def __len__(self) -> int:
        return self._size + len(self._own)

    def __iter__(self) -> Iterator[str]:
        yield from (term for term, number in list(self._below.items()) if number < self._size)
        yield from self._own

    def __getitem__(self, term: str) -> int:
        number = self._below.get(term, self._size)
        return number if number < self._size else self._own[term]

    def setdefault(self, term: str, number: int, /) -> int:
        """The term's number; `number` from now on if it has none."""
        known = self._below.get(term, self._size)
        return known if known < self._size else self._own.setdefault(term, number)
