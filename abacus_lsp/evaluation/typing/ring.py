"""llama.vim's ring of chunks: what of the files visited stands in front of every prompt.

Knows lines of text and a seeded generator. Facts followed: up to 16 chunks of at most 64 lines (32 of a longer
text, at a random place), of what was on screen when a file was entered or left, and of what lies beyond the
window once the cursor has moved by more than 32 lines; the same chunk is not kept twice, one that shares more
than 90 % of its lines with a new one goes, and one that shares more than half with the cursor's surroundings.
"""

import random
from typing import Final

from abacus_lsp.evaluation.typing.screen import Document

MOST: Final = 16
LINES: Final = 64
_SCOPE: Final = 1024
_FAR: Final = 32
_SEPARATOR: Final = "\n\n--- snippet ---\n\n"  # what llama.cpp puts between chunks for models without a token

Chunk = tuple[str, ...]


class Ring:
    """Chunks in use and chunks waiting; `take_one` moves one over."""

    def __init__(self, seed: int = 0) -> None:
        self._chosen = random.Random(seed)  # noqa: S311  (a sample, not a secret)
        self._used: list[Chunk] = []
        self._waiting: list[Chunk] = []
        self._picked = -9999

    def texts(self) -> list[str]:
        """What stands in front of the prompt, oldest first."""
        return [_SEPARATOR + "\n".join(chunk) + "\n" for chunk in self._used]

    def visit(self, text: str) -> None:
        """A file was entered at its beginning, and left."""
        self._pick(text.split("\n")[: LINES // 2 + 1])

    def settle(self, document: Document) -> bool:
        """Entering a file: in normal mode everything that waits goes into the ring. Whether anything did."""
        self._picked = -9999
        self._pick(_around(document))
        moved = False
        while self.take_one():
            moved = True
        return moved

    def leave(self, document: Document) -> None:
        """Leaving a file: what is on screen."""
        self._pick(_around(document))

    def far(self, document: Document) -> None:
        """After a request far from the last: what lies beyond the window, above and below."""
        line, lines = document.text.count("\n", 0, document.cursor), document.text.split("\n")
        if abs(line - self._picked) > _FAR:
            self._pick(lines[max(line - _SCOPE, 0) : max(line - 256, 0)])
            self._pick(lines[line + 64 : line + 64 + LINES])
            self._picked = line

    def evict_like(self, document: Document) -> None:
        """Chunks that look like what is at the cursor make the model repeat it."""
        here = self._piece(_around(document))
        self._used = [chunk for chunk in self._used if _alike(chunk, here) <= 0.5]

    def take_one(self) -> bool:
        """Move the chunk that has waited longest into the ring."""
        if not self._waiting:
            return False
        self._used = [*self._used, self._waiting.pop(0)][-MOST:]
        return True

    def _pick(self, lines: list[str]) -> None:
        if len(lines) < 3:
            return
        chunk = self._piece(lines)
        if chunk in self._used or chunk in self._waiting:
            return
        self._used = [each for each in self._used if _alike(each, chunk) <= 0.9]
        self._waiting = [each for each in self._waiting if _alike(each, chunk) <= 0.9]
        self._waiting = [*self._waiting, chunk][-MOST:]

    def _piece(self, lines: list[str]) -> Chunk:
        if len(lines) + 1 < LINES:
            return tuple(lines)
        start = self._chosen.randint(0, max(len(lines) - LINES // 2, 0))
        return tuple(lines[start : start + LINES // 2])


def _around(document: Document) -> list[str]:
    line, lines = document.text.count("\n", 0, document.cursor), document.text.split("\n")
    return lines[max(line - LINES // 2, 0) : line + LINES // 2]


def _alike(left: Chunk, right: Chunk) -> float:
    """Twice the share of the first one's lines that the second has, of all lines of both."""
    held = set(right)
    return 2 * sum(line in held for line in left) / max(len(left) + len(right), 1)
