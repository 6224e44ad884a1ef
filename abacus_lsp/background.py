"""Work that nobody waits for yet: the completion after the one that is shown. Lives on the loop thread.

Knows which places are worth it and what may be spent; must not know engines or threads: a run is started through a
function of the session's, at idle rank, and stops between two tokens as soon as somebody asks for something.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import psutil

from abacus_lsp.completion import strain
from abacus_lsp.completion.pace import Allowance
from abacus_lsp.completion.pipeline import Completion, Model, Request
from abacus_lsp.completion.reuse import Answers, Offer, Spot
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.flight import Run, Waiter
from abacus_lsp.settings import Settings

Start = Callable[[Run, Callable[[Run, Completion], None]], None]
"""Run this at idle rank; then tell what came of it."""

Read = Callable[[Run], "asyncio.Future[None]"]
"""Read this run's prompt at idle rank."""

_BATTERY_EVERY_S: Final = 60.0
_LINE_DONE: Final = frozenset({"line-complete", "empty-answer"})
_LOOPBACK: Final = re.compile(r"https?://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(/|$)")
_OPENS: Final = re.compile(r"[:{(\[]\s*$")


class Background:
    """Prefetch of one client, and what it and abandoned requests may cost.

    Args:
        start: begins a run when the engine has nothing else to do.
        read: reads a run's prompt then.
        answers: where results go.
    """

    def __init__(self, start: Start, read: Read, answers: Answers) -> None:
        self._start = start
        self._read = read
        self._answers = answers
        self._settings = Settings()
        self._allowance = Allowance(self._settings.completion.background_seconds)
        self._run: Run | None = None
        self._reading: Run | None = None
        self._unread: tuple[Request, Model] | None = (
            None  # a prompt to read when there is nothing better to do
        )
        self._battery = False
        self._battery_seen = -_BATTERY_EVERY_S

    def configure(self, settings: Settings) -> None:
        """Take new settings."""
        self._settings = settings
        self._unread = None
        self._allowance.per_minute = settings.completion.background_seconds

    def shown(self, request: Request, spot: Spot, offer: Offer, model: Model | None) -> None:
        """This was just offered: compute what follows its acceptance, or a line that is done and Enter."""
        if model is None or not self._prefetches(model):
            return
        request = self.hurried(request, model)
        if offer.text:
            after = replace(spot.then(offer.text), after=spot.after[offer.over :])
            self._fetch(request, after)
        elif offer.reason in _LINE_DONE:
            self._fetch_next_line(request, spot)

    def read(self, request: Request, model: Model | None) -> None:
        """Have the prompt of this place read, instead of the one before, so that its answer waits for less."""
        if model is None or not self.may_read(model):
            return
        self._unread = None
        if self._reading is not None:
            self._reading.token.cancel("superseded")
        run = self._reading = Run(request, Spot.of(request.cursor))
        self._read(run).add_done_callback(lambda _: self._has_read(run, model))

    def hurried(self, request: Request, model: Model) -> Request:
        """The request, as one that may be answered from less context if the whole can be read behind it.

        Where this minute's allowance is spent it is read later; waiting for it now would only cost more.
        """
        settings = request.settings
        keeps = settings.completion.reuse and settings.local.reuse and settings.completion.background_seconds
        return replace(request, hurry=bool(keeps) and self._prefetches(model) and self._powered())

    def answered(self, request: Request, completion: Completion, model: Model | None) -> None:
        """What was answered from less context is followed by reading all of it."""
        if completion.explain.near and model is not None:
            self._unread = request, model
        self._read_on()

    def adopt(self, waiter: Waiter) -> Run | None:
        """The run in progress, if it answers this request: it is the session's from now on."""
        run = self._run
        if run is None or run.began is None or not run.serves(waiter.spot):
            return None
        self._run = None
        return run

    def edited(self, snapshot: Snapshot) -> None:
        """Stop what no longer fits the document."""
        run = self._run
        if run is not None and run.spot.uri == snapshot.uri and not _leads_to(snapshot.text, run):
            self.stop("superseded")

    def closed(self, uri: str) -> None:
        """Stop what belongs to a document that was closed."""
        if self._unread is not None and self._unread[0].cursor.snapshot.uri == uri:
            self._unread = None
        if self._run is not None and self._run.spot.uri == uri:
            self.stop("superseded")

    def stop(self, reason: str) -> None:
        """Stop it between two tokens."""
        run, self._run = self._run, None
        if run is not None:
            run.token.cancel(reason)

    def may_read(self, model: Model) -> bool:
        """Whether a prompt may be read for a request that may come."""
        return self._prefetches(model) and self._allowed()

    def may_go_on(self, run: Run) -> bool:
        """Whether a run that its client gave up may be finished: it has begun, and there is something to spend."""
        return run.began is not None and self._allowed()

    def spent(self, run: Run) -> None:
        """Account for a run that nobody waited for to the end."""
        if run.began is not None:
            now = time.monotonic()
            self._allowance.spend((now - run.began) * self._threads(), now)

    def _fetch(self, request: Request, spot: Spot) -> None:
        if self._run is not None and self._run.spot == spot and self._run.token.reason is None:
            return
        if self._answers.find(spot) is not None or not self._allowed():
            return
        self.stop("superseded")
        if self._reading is not None:
            self._reading.token.cancel("preempted")  # what may be accepted any moment comes first
        before = request.cursor.snapshot
        snapshot = replace(before, text=spot.before + spot.after, version=None)
        cursor = Cursor(snapshot, len(spot.before))
        run = self._run = Run(replace(request, cursor=cursor, explicit=False, unasked=True), spot)
        self._start(run, self._done)

    def _fetch_next_line(self, request: Request, spot: Spot) -> None:
        """Where Enter leads from the end of a line."""
        cursor = request.cursor
        if cursor.line_rest.strip() or not cursor.line_head.strip():
            return
        line = cursor.line_head
        indent = line[: len(line) - len(line.lstrip())]
        if _OPENS.search(line):
            indent += "\t" if indent.startswith("\t") else "    "
        self._fetch(request, spot.then(cursor.snapshot.eol + indent))

    def _done(self, run: Run, completion: Completion) -> None:
        if run is self._run:
            self._run = None
        if not run.waiting:
            self.spent(run)
        if completion.reason not in _LINE_DONE | {"ok"}:
            self._read_on()
            return
        offer = Offer(completion.text, completion.end - completion.start, completion.reason, "prefetch")
        self._answers.keep(run.spot, offer)
        if self._run is None and not completion.text:
            self._fetch_next_line(run.request, run.spot)
        self._read_on()

    def _read_on(self) -> None:
        if self._unread is not None and self._run is None:
            self.read(*self._unread)

    def _has_read(self, run: Run, model: Model) -> None:
        self.spent(run)
        if run is not self._reading:
            return
        self._reading = None
        if run.token.reason == "preempted":
            self._unread = self._unread or (run.request, model)
            self._read_on()

    def _prefetches(self, model: Model) -> bool:
        wanted = self._settings.completion.prefetch
        if strain.of(model.engine, self._settings).reason:
            return False
        if wanted == "auto":
            info = model.engine.info
            return info.engine != "http" or _LOOPBACK.match(info.device) is not None
        return wanted == "on"

    def _allowed(self) -> bool:
        return self._powered() and self._allowance.left(time.monotonic()) > 0

    def _powered(self) -> bool:
        return self._settings.completion.background_on_battery or not self._on_battery()

    def _on_battery(self) -> bool:
        """Asked of the system once a minute: it is a file to read."""
        now = time.monotonic()
        if now - self._battery_seen >= _BATTERY_EVERY_S:
            self._battery_seen = now
            battery = psutil.sensors_battery()
            self._battery = battery is not None and battery.power_plugged is False
        return self._battery

    def _threads(self) -> int:
        return self._settings.local.threads or max((psutil.cpu_count(logical=False) or 2) - 1, 1)


def _leads_to(text: str, run: Run) -> bool:
    """Whether a document with this text may still come to where the run answers."""
    spot = run.spot
    if not text.endswith(spot.after):
        return False
    before = text[: len(text) - len(spot.after)]
    return spot.before.startswith(before) or run.agrees_with(text)
