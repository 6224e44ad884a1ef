"""What clients do with the answers: shown, accepted, rejected, kept. Lives on the loop thread.

Knows the last offers by number and the documents as they are now; writes to the ledger and tells the session what
it can learn from. Must not know LSP: the server's commands and notifications come here as plain values.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from abacus_lsp.completion.parts import Unit, first_part
from abacus_lsp.completion.pipeline import Completion, Request
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.ledger import KEPT_AFTER_S, Ledger, kept_share
from abacus_lsp.session import Session

_REMEMBERED: Final = 64  # offers
_MOST_CHARACTERS: Final = 1_000_000  # of the documents that they were made for, but
_FEWEST: Final = 4  # of any size: the one on the screen and its other texts
_CPU_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Offered:
    """One answer with a text, as it was given. Not what it was made from: a prompt is as long as its document."""

    cursor: Cursor
    text: str
    start: int

    @property
    def size(self) -> int:
        """Characters of the document that it holds on to."""
        return len(self.cursor.snapshot.text) + len(self.cursor.snapshot.before)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is looked for after a while in a document that was offered this text at `start`."""

    number: int
    uri: str
    text: str
    start: int


class Uses:
    """The fate of the last offers of one client.

    Args:
        session: learns of acceptances and rejections.
        snapshot: the document as it is now, None if it is closed.
        ledger: where events are written.
    """

    def __init__(self, session: Session, snapshot: Callable[[str], Snapshot | None], ledger: Ledger) -> None:
        self._session = session
        self._snapshot = snapshot
        self._ledger = ledger
        self._offers: OrderedDict[int, Offered] = OrderedDict()
        self._size = 0  # characters of documents that `_offers` hold on to
        self._numbers = 0
        self._since = time.time_ns()
        self.last: Completion | None = None
        self.last_run: Completion | None = None
        self._checks: set[asyncio.TimerHandle] = set()
        self._cpu_due: asyncio.TimerHandle | None = None

    def answered(self, request: Request, completion: Completion, seconds: float) -> int:
        """Note an answer; the number under which a client may speak of it, its other texts have the next ones.

        `last` is the last answer, `last_run` the last one that a prompt was made for.
        """
        self._ledger.enabled = request.settings.completion.statistics
        self.last = completion
        if completion.explain.prompt is not None:
            self.last_run = completion
        usage = completion.explain.usage if completion.source in ("model", "in-flight") else None
        sure = completion.explain.confidence
        self._ledger.note(
            "answered",
            id=self._name(self._numbers + 1) if completion.text else "",
            language=request.cursor.snapshot.language,
            reason=completion.reason,
            less=completion.explain.less,
            source=completion.source,
            ms=round(seconds * 1000, 1),
            characters=len(completion.text),
            lines=completion.text.count("\n") + bool(completion.text),
            explicit=request.explicit,
            mean=None if sure is None else round(sure.mean, 3),
            least=None if sure is None else round(sure.least, 3),
            prefilled=usage.prefilled if usage else 0,
            generated=usage.generated if usage else 0,
        )
        if self._cpu_due is None:
            self._cpu_due = asyncio.get_running_loop().call_later(_CPU_EVERY_S, self._note_cpu)
        if not completion.text:
            return 0
        first = self._numbers + 1
        for text in (completion.text, *completion.others):
            self._numbers += 1
            self._offers[self._numbers] = Offered(request.cursor, text, completion.start)
            self._size += self._offers[self._numbers].size
        self._make_room()
        return first

    def forget(self) -> None:
        """Keep no more than what is on the screen now: memory is short."""
        self._make_room(_FEWEST, 0)

    def shown(self, number: int) -> None:
        """The client has put it on the screen."""
        if number in self._offers:
            self._ledger.note("shown", id=self._name(number))

    def accepted(self, number: int) -> None:
        """The whole text was accepted; what is left of it is looked at after a while."""
        offered = self._pop(number)
        if offered is None:
            return
        text, snapshot = offered.text, offered.cursor.snapshot
        self._ledger.note("accepted", id=self._name(number), characters=len(text), language=snapshot.language)
        self._session.rhythm.accepted(time.monotonic())
        loop, taken = asyncio.get_running_loop(), _Taken(number, snapshot.uri, text, offered.start)
        for seconds in KEPT_AFTER_S:
            self._checks.add(loop.call_later(seconds, self._look, taken, seconds))

    def part(self, number: int, unit: Unit) -> str:
        """The part of an offer that its client is about to insert; "" if the offer is forgotten."""
        offered = self._offers.get(number)
        if offered is None:
            return ""
        text = first_part(offered.text, unit)
        self._ledger.note("part", id=self._name(number), characters=len(text), unit=unit)
        self._session.rhythm.accepted(time.monotonic())
        return text

    def rejected(self, number: int) -> None:
        """The user dismissed it: it is not shown there again, and the next ones wait a little longer."""
        offered = self._pop(number)
        if offered is not None:
            self._ledger.note("rejected", id=self._name(number), characters=len(offered.text))
            self._session.rejected(offered.cursor, offered.text)

    def close(self) -> None:
        """No more looks."""
        for check in self._checks:
            check.cancel()
        self._checks.clear()
        if self._cpu_due is not None:
            self._cpu_due.cancel()
            self._ledger.note_cpu()

    def _note_cpu(self) -> None:
        """What the answers of the last minute took; in a thread, because all processes are looked through."""
        self._cpu_due = None
        asyncio.get_running_loop().run_in_executor(None, self._ledger.note_cpu)

    def _name(self, number: int) -> str:
        """Of an offer, in the ledger: what became of it can be joined with how sure the model was."""
        return f"{self._since:x}.{number}"

    def _pop(self, number: int) -> Offered | None:
        offered = self._offers.pop(number, None)
        self._size -= offered.size if offered is not None else 0
        return offered

    def _make_room(self, most: int = _REMEMBERED, characters: int = _MOST_CHARACTERS) -> None:
        """Forget the oldest offers. One text of a document that has them all is counted for each: an upper bound."""
        while len(self._offers) > most or (self._size > characters and len(self._offers) > _FEWEST):
            self._pop(next(iter(self._offers)))

    def _look(self, taken: _Taken, seconds: int) -> None:
        now = time.monotonic()
        self._checks = {check for check in self._checks if check.when() > now}
        snapshot = self._snapshot(taken.uri)
        if snapshot is not None:
            share = kept_share(taken.text, snapshot.text, taken.start)
            self._ledger.note("kept", id=self._name(taken.number), after=seconds, share=round(share, 3))
