"""In which order candidates are considered and snippets are shown, so that a prompt keeps its beginning.

Knows: scores, and what was shown before. Must not know: how candidates were found, budgets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from retrieval.entries import Entry
from retrieval.pack import Snippet

_STEADY = 1.15  # a window that was shown before may be this much worse and stay


@dataclass(frozen=True, slots=True)
class Window:
    """A ranked window of a file."""

    entry: Entry
    start: int
    end: int
    score: float
    why: str = "similar code"


def best_first(window: Window) -> tuple[float, str, int]:
    """The key of the order in which windows are considered."""
    return -window.score, window.entry.path, window.start


def steadied(windows: list[Window], shown: Sequence[Snippet]) -> list[Window]:
    """What was shown before stays unless something is clearly better."""
    places = {(snippet.path, snippet.start_line) for snippet in shown}
    if not places:
        return windows
    kept = [
        replace(window, score=window.score * _STEADY)
        if any((window.entry.path, line) in places for line in range(window.start, window.end))
        else window
        for window in windows
    ]
    return sorted(kept, key=best_first)


def in_order(taken: Sequence[Snippet], shown: Sequence[Snippet]) -> tuple[Snippet, ...]:
    """Signatures before similar code, the most similar last; what was there before stays in front, as it was."""
    old = {(s.kind, s.path, s.start_line): place for place, s in enumerate(shown)}

    def place(snippet: Snippet) -> tuple[bool, int, float]:
        similar = snippet.kind != "signature"
        new = old.get((snippet.kind, snippet.path, snippet.start_line), len(old))
        return similar, new, snippet.score if similar and new == len(old) else 0.0

    return tuple(sorted(taken, key=place))
