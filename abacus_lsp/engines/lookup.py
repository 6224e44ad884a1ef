"""Prompt lookup: code repeats itself, so what followed the last few tokens before may follow them again.

Knows token ids. A guess is never trusted: the engine reads it in one batch and keeps what it would have written
anyway, so the text is the same and only fewer steps are taken.
"""

from collections.abc import Sequence
from typing import Final

_LONGEST: Final = 4  # tokens that agree are a good sign
_SHORTEST: Final = 2  # tokens that must agree before a guess
_FIRST: Final = 6  # tokens guessed at first
_FEWEST: Final = 2
_MOST: Final = 12


class Lookup:
    """Runs of tokens and what followed each the last time.

    How much is guessed follows from how the last guesses went: a wrong one costs a part of a step for nothing.

    Args:
        tokens: the prompt's.
    """

    def __init__(self, tokens: Sequence[int]) -> None:
        self._tokens: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}
        self._size = _FIRST
        for token in tokens:
            self.append(token)

    def append(self, token: int) -> None:
        """One more token was read or written."""
        # Registered only now that it has a successor: the end of the text is no place to copy from.
        end = len(self._tokens)
        for size in range(_SHORTEST, min(_LONGEST, end) + 1):
            self._after[tuple(self._tokens[end - size : end])] = end
        self._tokens.append(token)

    def guess(self) -> list[int]:
        """Tokens that may come next; none where the last ones are new."""
        end = len(self._tokens)
        for size in range(min(_LONGEST, end), _SHORTEST - 1, -1):
            start = self._after.get(tuple(self._tokens[end - size : end]))
            if start is not None:
                # Two tokens that agree say little.
                reach = self._size if size > _SHORTEST else _FEWEST
                return self._tokens[start : start + reach]
        return []

    def judge(self, guessed: int, right: int) -> None:
        """How many of the tokens guessed last were written."""
        if not guessed:
            return
        if right == guessed:
            self._size = min(self._size * 2, _MOST)
        elif right * 2 < guessed:
            self._size = max(self._size // 2, _FEWEST)
