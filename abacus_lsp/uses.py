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

from abacus_lsp.completion.parts import Unit, brought, first_part
from abacus_lsp.completion.pipeline import Completion, Request
from abacus_lsp.completion.reuse import Mark, Spot
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.languages import by_id
from abacus_lsp.ledger import KEPT_AFTER_S, Ledger, kept_share
from abacus_lsp.session import Session

_REMEMBERED: Final = 64  # offers
_FEWEST: Final = 4  # of them, however short memory is: the one on the screen and its other texts
_CPU_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Offered:
    """One text, and the place it was offered for. Neither the document nor what a model was asked: both are as long."""

    place: Mark
    line_head: str
    language: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """The beginning of an offer, and the code points of the document as it is now that it replaces."""

    snapshot: Snapshot
    start: int
    end: int
    text: str


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
            first=None if sure is None else round(sure.first, 3),
            mean=None if sure is None else round(sure.mean, 3),
            least=None if sure is None else round(sure.least, 3),
            prefilled=usage.prefilled if usage else 0,
            generated=usage.generated if usage else 0,
        )
        if self._cpu_due is None:
            self._cpu_due = asyncio.get_running_loop().call_later(_CPU_EVERY_S, self._note_cpu)
        if not completion.text:
            return 0
        first, cursor = self._numbers + 1, request.cursor
        place, language = Mark.of(Spot.of(cursor)), cursor.snapshot.language
        for text in (completion.text, *completion.others):
            self._numbers += 1
            offered = Offered(place, cursor.line_head, language, text, completion.start, completion.end)
            self._offers[self._numbers] = offered
        self._make_room(_REMEMBERED)
        return first

    def forget(self) -> None:
        """Keep no more than what is on the screen now: memory is short."""
        self._make_room(_FEWEST)

    def shown(self, number: int) -> None:
        """The client has put it on the screen."""
        if number in self._offers:
            self._ledger.note("shown", id=self._name(number))

    def accepted(self, number: int) -> None:
        """The whole text was accepted; what is left of it is looked at after a while."""
        offered = self._offers.pop(number, None)
        if offered is None:
            return
        text, language = offered.text, offered.language
        self._ledger.note("accepted", id=self._name(number), characters=len(text), language=language)
        self._session.rhythm.accepted(time.monotonic())
        loop = asyncio.get_running_loop()
        for seconds in KEPT_AFTER_S:
            self._checks.add(loop.call_later(seconds, self._look, number, offered, seconds))

    def part(self, number: int, unit: Unit) -> Part | None:
        """The part of an offer that its client is about to insert; None if the offer is forgotten, or its place gone."""
        offered = self._offers.get(number)
        snapshot = self._snapshot(offered.place.uri) if offered is not None else None
        if offered is None or snapshot is None or offered.start > len(snapshot.text):
            return None
        if Mark.of(Spot.of(Cursor(snapshot, offered.start))) != offered.place:
            return None
        text = first_part(offered.text, unit, offered.line_head, by_id(offered.language))
        self._ledger.note("part", id=self._name(number), characters=len(text), unit=unit)
        self._session.rhythm.accepted(time.monotonic())
        replaced = snapshot.text[offered.start : offered.end]
        over = len(replaced) if text == offered.text else brought(text, replaced)
        return Part(snapshot, offered.start, offered.start + over, text)

    def rejected(self, number: int) -> None:
        """The user dismissed it: it is not shown there again, and the next ones wait a little longer."""
        offered = self._offers.pop(number, None)
        if offered is not None:
            self._ledger.note("rejected", id=self._name(number), characters=len(offered.text))
            self._session.rejected(offered.place, offered.line_head, offered.text)

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

    def _make_room(self, most: int) -> None:
        while len(self._offers) > most:
            self._offers.popitem(last=False)

    def _look(self, number: int, offered: Offered, seconds: int) -> None:
        now = time.monotonic()
        self._checks = {check for check in self._checks if check.when() > now}
        snapshot = self._snapshot(offered.place.uri)
        if snapshot is not None:
            share = kept_share(offered.text, snapshot.text, offered.start)
            self._ledger.note("kept", id=self._name(number), after=seconds, share=round(share, 3))
