"""A generation in flight and the requests that wait for it. Lives on the loop thread.

Knows what was asked, what was written so far, and who waits; must not know engines. A run serves every request
whose typed text agrees with what it writes: the first request need not be the one that gets the answer.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field, replace
from typing import Final

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.completion.pipeline import Completion, Request, structure
from abacus_lsp.completion.reuse import KEPT, Offer, Source, Spot
from abacus_lsp.status import Status

log = logging.getLogger(__name__)

_TYPED_BLIND: Final = 8  # characters a typist may be ahead of a run that has not written anything yet


@dataclass(slots=True, eq=False)
class Waiter:
    """A request, since when (seconds, monotonic) it waits, and its answer, set exactly once."""

    request: Request
    spot: Spot
    answer: asyncio.Future[Completion]
    since: float = field(default_factory=time.monotonic)

    def waited(self) -> float:
        """Seconds since it was asked."""
        return time.monotonic() - self.since

    def end(self, completion: Completion) -> None:
        """Answer, unless that has happened."""
        if not self.answer.done():
            self.answer.set_result(completion)


@dataclass(slots=True, eq=False)
class Run:
    r"""One generation.

    Attributes:
        made: what the model wrote so far, before any cut, line endings as "\n".
        began: when the engine took it up (seconds, monotonic), None while it waits; set on the engine's thread.
        overtaken: the document has changed since it was asked for.
        whole: its lines so far, as they could be shown.
        given: its first lines, if they were shown before it ended.
        waiting: who wants it; the last one is the newest.
    """

    request: Request
    spot: Spot
    token: CancelToken = field(default_factory=CancelToken)
    made: str = ""
    began: float | None = None
    overtaken: bool = False
    whole: str = ""
    given: Offer | None = None
    deadline: asyncio.TimerHandle | None = None
    waiting: list[Waiter] = field(default_factory=list[Waiter])

    def serves(self, spot: Spot) -> bool:
        """Whether the answer may still be of use at `spot`: it is as asked, or typed on as the model writes."""
        if self.token.reason is not None:
            return False
        since = spot.typed_since(self.spot)
        return since is not None and self._agrees(*since)

    def agrees_with(self, text: str) -> bool:
        """The same for a whole document, whose cursor nobody has told yet."""
        if self.token.reason is not None or not text.startswith(self.spot.before):
            return False
        if not text.endswith(self.spot.after) or len(text) < len(self.spot.before) + len(self.spot.after):
            return False
        return self._agrees(text[len(self.spot.before) : len(text) - len(self.spot.after)])

    def join(self, waiter: Waiter) -> None:
        """One more wants it; those who asked at another place have been overtaken."""
        for other in [other for other in self.waiting if other.spot != waiter.spot]:
            self.waiting.remove(other)
            other.end(Completion("", 0, 0, "superseded"))
        self.waiting.append(waiter)

    def leave(self, waiter: Waiter) -> bool:
        """The waiter's client is gone; whether nobody waits any more."""
        if waiter not in self.waiting:
            return False
        self.waiting.remove(waiter)
        return not self.waiting

    def give(self, completion: Completion, offer: Offer) -> None:
        """Answer everybody who waits."""
        for waiter in self.take():
            waiter.end(self.answer_for(waiter, completion, offer))

    def early(self) -> Offer | None:
        """The lines that are whole, if who waits has waited long enough for the rest and can use them."""
        newest, least = self.waiting[-1], self.request.settings.completion.first_lines_ms / 1000
        if not self.whole or newest.waited() < least:
            return None
        self.given = Offer(self.whole)
        return self.given if self.given.left(self.spot, newest.spot) is not None else None

    def end(self, reason: str) -> None:
        """Everybody who waits gets an empty answer; the run itself may go on."""
        for waiter in self.take():
            waiter.end(Completion("", 0, 0, reason))

    def take(self) -> list[Waiter]:
        """Who waits, for the last time."""
        waiting, self.waiting = self.waiting, []
        return waiting

    def news(self, offer: Offer) -> bool:
        """Whether a client that no longer waits should hear of this end: it has nothing yet, or less."""
        return not self.overtaken and (self.given is None or offer.text != self.given.text)

    def offer(self, completion: Completion) -> Offer:
        """What it came to, to be remembered; only who asked by a key was given others to choose from."""
        others = completion.others if self.request.explicit else None
        over, doubtful = completion.end - completion.start, completion.doubtful
        return Offer(completion.text, over, completion.reason, others=others, doubtful=doubtful)

    def missed(self, waiter: Waiter, offer: Offer) -> bool:
        """What came of it is no answer for the waiter: it went another way, or it had to step aside."""
        if offer.reason not in KEPT:
            return offer.reason == "preempted"
        return waiter.spot != self.spot and offer.left(self.spot, waiter.spot) is None

    def answer_for(self, waiter: Waiter, completion: Completion, offer: Offer) -> Completion:
        """What is left of the answer for somebody who may have typed on meanwhile."""
        if waiter.spot == self.spot:
            return completion if waiter.request is self.request else replace(completion, source="in-flight")
        left, offset = offer.left(self.spot, waiter.spot), waiter.request.cursor.offset
        if left is None:
            return Completion("", offset, offset, "superseded" if completion.text else completion.reason)
        return replace(
            completion,
            text=left.text,
            start=offset,
            end=offset + left.over,
            source="in-flight",
            others=left.others or (),
        )

    def _agrees(self, typed: str, closers: int = 0) -> bool:
        if self.began is None:
            return not typed and not closers
        typed = typed.replace("\r\n", "\n")
        if not self.made:
            return len(typed) <= _TYPED_BLIND and "\n" not in typed
        return self.made.startswith(typed) or typed.startswith(self.made)


def known(request: Request, offer: Offer) -> Completion:
    """An answer without a run: what is remembered of another."""
    offset = request.cursor.offset
    source: Source = "prefetch" if offer.source == "prefetch" else "reuse"
    others = (offer.others or ()) if request.explicit else ()
    held = Completion(offer.text, offset, offset + offer.over, offer.reason, source=source, others=others)
    return replace(held, doubtful=offer.doubtful)


def unserved(request: Request, status: Status) -> Completion:
    """An answer without a model: a docstring's structure, or why there is none."""
    offset = request.cursor.offset
    code = "loading" if status.state == "loading" else status.code or "no-model"
    message = status.message if status.state == "error" else ""
    return structure(request) or Completion("", offset, offset, code, message)


def outcome(done: "asyncio.Future[Completion]") -> Completion:
    """What a run came to; being stopped is an empty answer with the reason. What nobody foresaw is logged."""
    error = None if done.cancelled() else done.exception()
    if isinstance(error, Cancelled):
        return Completion("", 0, 0, error.reason)
    if error is not None:
        log.error("completion failed", exc_info=error)
        return Completion("", 0, 0, "engine-error", f"{type(error).__name__}: {error}")
    return Completion("", 0, 0, "shutdown") if done.cancelled() else done.result()
