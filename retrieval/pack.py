"""Candidates to snippets within a budget: no line twice, nothing that the prompt shows anyway.

Knows: ranked spans of lines and a way to count tokens. Must not know: how candidates were found.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Count = Callable[[str], int]
Kind = Literal["signature", "similar"]

_SAME_SHARE = 0.6  # of a candidate's lines known already: it is a near-duplicate
_MIN_LINES = 3  # a shorter rest of a window is not worth its header
_HEADER_TOKENS = 8  # what naming the path costs in a prompt


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines `start_line` up to but not including `end_line` (from 0) of `path`, and why they are here.

    A `signature` may leave lines out (bodies); then the numbers say where the definition lies.
    """

    path: str
    start_line: int
    end_line: int
    text: str
    score: float
    kind: Kind
    why: str
    tokens: int


def estimate_tokens(text: str) -> int:
    """Tokens of a text when no tokenizer is at hand: 3.4 ASCII characters each, 0.8 per other one."""
    wide = 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))
    return -int(-((len(text) - wide) / 3.4 + wide * 0.8) // 1)


class Packer:
    """Fills one budget. State of one search: what has been taken and which lines are known."""

    def __init__(self, budget: int, count: Count, known_text: str = "") -> None:
        self.left = budget
        self.taken: list[Snippet] = []
        self._count = count
        self._known = _marks(known_text.split("\n"))
        self._spans: dict[str, list[tuple[int, int]]] = {}

    def block(self, path: str, start: int, end: int) -> None:
        """Never take these lines."""
        self._spans.setdefault(path, []).append((start, end))

    def add_text(self, snippet: Snippet) -> bool:
        """Take a text as it is, if it fits and says something new. Its tokens are counted here."""
        tokens = self._count(snippet.text + "\n")
        if tokens > self.left or not self._new(snippet.text.split("\n")):
            return False
        self._take(snippet, tokens)
        return True

    def lengthen(self, path: str, text: str, longer: str) -> None:
        """Give a text that was taken of `path` at length, if that fits."""
        for place, snippet in enumerate(self.taken):
            if snippet.kind == "signature" and snippet.path == path and snippet.text == text:
                tokens = self._count(longer + "\n")
                if tokens - snippet.tokens <= self.left:
                    self.left -= tokens - snippet.tokens
                    self.taken[place] = replace(snippet, text=longer, tokens=tokens)
                return

    def fitting(self, choices: Sequence[Sequence[str]], room: int) -> str:
        """The first of the choices that fits into `room` tokens; else the beginning of the last one."""
        for lines in choices[:-1]:
            text = "\n".join(lines)
            if self._count(text + "\n") <= room:
                return text
        size, _ = _fit(choices[-1], min(room, self.left), self._count)
        return "\n".join(choices[-1][:size])

    def add_window(
        self, path: str, lines: Sequence[str], span: tuple[int, int], score: float, why: str
    ) -> bool:
        """Take the free part of a window, cut at the end where the budget is."""
        start, end = self._free(path, *span)
        start, shown = _trim(lines[start:end], start)
        least = min(_MIN_LINES, span[1] - span[0])
        if len(shown) < least or not self._new(shown):
            return False
        size, tokens = _fit(shown, self.left - _HEADER_TOKENS, self._count)
        if size < least:
            return False
        text = "\n".join(shown[:size])
        found = Snippet(path, start, start + size, text, score, "similar", why, 0)
        self._take(found, tokens + _HEADER_TOKENS)
        return True

    def _take(self, snippet: Snippet, tokens: int) -> None:
        self.left -= tokens
        self._known |= _marks(snippet.text.split("\n"))
        self.block(snippet.path, snippet.start_line, snippet.end_line)
        taken = replace(snippet, tokens=tokens)
        self.taken.append(taken)

    def _free(self, path: str, start: int, end: int) -> tuple[int, int]:
        for low, high in self._spans.get(path, ()):
            if low < end and start < high:
                before, after = low - start, end - high
                start, end = (start, low) if before >= after else (high, end)
            if end <= start:
                return start, start
        return start, end

    def _new(self, lines: Iterable[str]) -> bool:
        marks = _marks(lines)
        return bool(marks) and len(marks & self._known) <= _SAME_SHARE * len(marks)


def _marks(lines: Iterable[str]) -> set[str]:
    """Lines that say something: a lone bracket or `else:` is everywhere."""
    return {mark for line in lines if len(mark := line.strip()) > 6}


def _trim(lines: Sequence[str], start: int) -> tuple[int, Sequence[str]]:
    """Lines from number `start` on without blank ones at either end; the new start, and they."""
    first, end = 0, len(lines)
    while first < end and not lines[first].strip():
        first += 1
    while end > first and not lines[end - 1].strip():
        end -= 1
    return start + first, lines[first:end]


def _fit(lines: Sequence[str], room: int, count: Count) -> tuple[int, int]:
    """How many of the lines, from the first on, are within `room` tokens, and their tokens."""
    size = len(lines)
    tokens = count("\n".join(lines) + "\n")
    while tokens > room and size > 0:
        # By proportion, then line by line: two or three counts instead of twenty.
        size = min(size - 1, size * max(room, 0) // tokens + 1)
        tokens = count("\n".join(lines[:size]) + "\n") if size else 0
    return size, tokens
