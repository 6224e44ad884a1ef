"""Answers that need no model: what was offered before, for somebody who is now a few keys further.

Core: values and comparisons of text. A completion is kept with everything before and after its cursor, and
serves every cursor that lies inside it: typing what was shown leaves the rest, whoever typed it (keys, a
partial accept, an editor that closes brackets), and going back finds the earlier answer again. The suffix is part
of the key: a text that fitted another continuation is stale. What is remembered of the document is a mark, not its
text: a hundred answers would be a hundred versions of it.
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
_MOST_CHARACTERS: Final = 400_000  # of answers, all together
_CLOSERS: Final = frozenset(")]}>\"'`）】》」』”’")
_MOST_CLOSERS: Final = 8
_NEAR: Final = 64  # characters compared before a hash is made: most places differ there


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

    `others` are more texts for the same place; None when nobody has asked for any. `doubtful`: see `confidence`.
    """

    text: str
    over: int = 0
    reason: str = "ok"
    source: Source = "model"
    others: tuple[str, ...] | None = None
    doubtful: bool = False

    def left(self, at: Spot, now: Spot) -> "Offer | None":
        """What is left of this offer, made `at` one spot, for somebody who is at another; None if it does not fit."""
        since = now.typed_since(at)
        return None if since is None else self.after(*since, now)

    def after(self, typed: str, closers: int, now: Spot) -> "Offer | None":
        """What is left of this offer once `typed` was typed and so many closers stand behind the cursor `now`."""
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


@dataclass(frozen=True, slots=True)
class Mark:
    """A spot, recognised without its texts: how long they are, how they meet at the cursor, and a hash of each.

    Python's: 64 bits under a key of this process, and the fastest there is. Other texts as long, with the same end and
    the same hash are not met with.
    """

    uri: str
    before: int
    near: str
    after: int
    hashes: tuple[int, int]

    @classmethod
    def of(cls, spot: Spot) -> "Mark":
        return cls(
            spot.uri,
            len(spot.before),
            spot.before[-_NEAR:],
            len(spot.after),
            (hash(spot.before), hash(spot.after)),
        )

    def typed_to(self, spot: Spot, most: int) -> tuple[str, int] | None:
        """As `Spot.typed_since`, for a spot that is at most so many characters further; None beyond that, too."""
        closers = len(spot.after) - self.after
        if self.uri != spot.uri or not 0 <= closers <= _MOST_CLOSERS:
            return None
        if not 0 <= len(spot.before) - self.before <= most or not spot.before.endswith(
            self.near, 0, self.before
        ):
            return None
        if not _CLOSERS.issuperset(spot.after[:closers]):
            return None
        if (hash(spot.before[: self.before]), hash(spot.after[closers:])) != self.hashes:
            return None
        return spot.before[self.before :], closers


class Answers:
    """The last answers, newest first. Belongs to one thread."""

    def __init__(self) -> None:
        self._held: OrderedDict[Mark, Offer] = OrderedDict()
        self._size = 0

    def find(self, spot: Spot) -> Offer | None:
        """An offer that fits the spot: made here, or earlier and typed through. A silence counts only here."""
        mark = Mark.of(spot)
        exact = self._held.get(mark)
        if exact is not None:
            self._held.move_to_end(mark)
            return exact
        for at, offer in reversed(self._held.items()):
            since = at.typed_to(spot, len(offer.text)) if self._may_fit(at, offer, spot) else None
            left = offer.after(*since, spot) if since is not None else None
            if left is not None:
                return left
        return None

    def keep(self, spot: Spot, offer: Offer) -> None:
        """Remember an answer. One that is already shown there is replaced only by one that extends it."""
        mark = Mark.of(spot)
        old = self._forget(mark)
        if old is not None:
            offer = offer if offer.text.startswith(old.text) and old.reason != "rejected" else old
        self._hold(mark, offer)

    def reject(self, mark: Mark) -> None:
        """What was offered here is not wanted: this spot stays silent until something else is typed."""
        self._forget(mark)
        self._hold(mark, Offer("", reason="rejected"))

    def clear(self) -> None:
        """Forget everything: the model or the settings are others now, or memory is short."""
        self._held.clear()
        self._size = 0

    def _hold(self, mark: Mark, offer: Offer) -> None:
        self._held[mark] = offer
        self._size += _size(offer)
        while len(self._held) > _MOST or (self._size > _MOST_CHARACTERS and len(self._held) > 1):
            self._forget(next(iter(self._held)))

    def _forget(self, mark: Mark) -> Offer | None:
        offer = self._held.pop(mark, None)
        self._size -= _size(offer) if offer is not None else 0
        return offer

    @staticmethod
    def _may_fit(at: Mark, offer: Offer, spot: Spot) -> bool:
        """What was typed begins the offer: cheap, and seldom true, so that few texts are hashed."""
        return bool(offer.text) and offer.text.startswith(spot.before[at.before :])


def _size(offer: Offer) -> int:
    return len(offer.text) + sum(map(len, offer.others or ()))


def _holds(line: str, closers: str) -> bool:
    """`closers` occur in `line`, in this order: then the line brings them itself."""
    found = iter(line)
    return all(closer in found for closer in closers)
