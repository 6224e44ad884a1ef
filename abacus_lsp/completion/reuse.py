"""Answers that need no model: what was offered before, for somebody who is now a few keys further.

Core: values and comparisons of text. A completion is kept with everything before and after its cursor, and
serves every cursor that lies inside it: typing what was shown leaves the rest, whoever typed it (keys, a
partial accept, an editor that closes brackets), and going back finds the earlier answer again. The suffix is part
of the key: a text that fitted another continuation is stale.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final, Literal

from abacus_lsp.document import Cursor

Source = Literal["model", "reuse", "in-flight", "prefetch", "none"]

KEPT: Final = frozenset(
    {"ok", "empty-answer", "blank-answer", "line-complete", "repeats-below", "low-confidence"}
)
"""Reasons that hold as long as the text around the cursor is the same."""

_MOST: Final = 100  # answers
_MOST_CHARACTERS: Final = 16_000_000  # of documents that answers hold on to
_CLOSERS: Final = frozenset(")]}>\"'`）】》」』”’")
_MOST_CLOSERS: Final = 8


@dataclass(frozen=True, slots=True)
class Spot:
    """A cursor as an answer sees it: the document, the text before it, the text after it."""

    uri: str
    before: str
    after: str

    @classmethod
    def of(cls, cursor: Cursor) -> "Spot":
        return cls(cursor.snapshot.uri, cursor.before, cursor.after)

    def then(self, text: str) -> "Spot":
        """The spot after `text` was typed here."""
        return replace(self, before=self.before + text)

    def typed_since(self, earlier: "Spot") -> tuple[str, int] | None:
        """What was typed from `earlier` to here, and how many closers the editor put after the cursor meanwhile.

        None if anything else changed.
        """
        if self.uri != earlier.uri or not self.before.startswith(earlier.before):
            return None
        if not self.after.endswith(earlier.after):
            return None
        closers = self.after[: len(self.after) - len(earlier.after)]
        if len(closers) > _MOST_CLOSERS or not _CLOSERS.issuperset(closers):
            return None
        return self.before[len(earlier.before) :], len(closers)


@dataclass(frozen=True, slots=True)
class Offer:
    """A text to show, and how many characters after the cursor it replaces. An empty text is a known silence.

    `others` are more texts for the same place; None when nobody has asked for any.
    """

    text: str
    over: int = 0
    reason: str = "ok"
    source: Source = "model"
    others: tuple[str, ...] | None = None

    def left(self, at: Spot, now: Spot) -> "Offer | None":
        """What is left of this offer, made `at` one spot, for somebody who is at another; None if it does not fit."""
        since = now.typed_since(at)
        if since is None:
            return None
        typed, closers = since
        if not typed and not closers:
            return self
        rest = self.text[len(typed) :]
        if not rest or not self.text.startswith(typed):
            return None
        closing = now.after[:closers]
        if closers and not _holds(rest.split("\n", 1)[0], closing):
            return None
        return replace(self, text=rest, over=self.over + closers, others=self._others(typed))

    def enough(self, candidates: int, *, explicit: bool) -> bool:
        """Whether it answers a request: who asks by a key wants a text, and others to choose from."""
        return not explicit or (bool(self.text) and (self.others is not None or candidates == 1))

    def _others(self, typed: str) -> tuple[str, ...] | None:
        """The other texts that go on as was typed."""
        if self.others is None:
            return None
        return tuple(
            text.removeprefix(typed) for text in self.others if text.startswith(typed) and text != typed
        )


class Answers:
    """The last answers, newest first. Belongs to one thread."""

    def __init__(self) -> None:
        self._held: OrderedDict[Spot, Offer] = OrderedDict()
        self._size = 0

    def find(self, spot: Spot) -> Offer | None:
        """An offer that fits the spot: made here, or earlier and typed through. A silence counts only here."""
        exact = self._held.get(spot)
        if exact is not None:
            self._held.move_to_end(spot)
            return exact
        for at, offer in reversed(self._held.items()):
            left = offer.left(at, spot) if offer.text else None
            if left is not None:
                return left
        return None

    def keep(self, spot: Spot, offer: Offer) -> None:
        """Remember an answer. One that is already shown there is replaced only by one that extends it."""
        old = self._held.pop(spot, None)
        if old is not None:
            self._size -= _size(spot)
            offer = offer if offer.text.startswith(old.text) and old.reason != "rejected" else old
        self._held[spot] = offer
        self._size += _size(spot)
        while len(self._held) > _MOST or (self._size > _MOST_CHARACTERS and len(self._held) > 1):
            oldest, _ = self._held.popitem(last=False)
            self._size -= _size(oldest)

    def reject(self, spot: Spot) -> None:
        """What was offered here is not wanted: this spot stays silent until something else is typed."""
        if self._held.pop(spot, None) is not None:
            self._size -= _size(spot)
        self.keep(spot, Offer("", reason="rejected"))

    def clear(self) -> None:
        """Forget everything: the model or the settings are others now."""
        self._held.clear()
        self._size = 0


def _size(spot: Spot) -> int:
    return len(spot.before) + len(spot.after)


def _holds(line: str, closers: str) -> bool:
    """`closers` occur in `line`, in this order: then the line brings them itself."""
    found = iter(line)
    return all(closer in found for closer in closers)
