"""All mutable state of one client: settings, what was answered, the request in flight. Lives on the loop thread.

A request is answered by what was answered before, by a run in flight that still agrees with what was typed, or by
a run of its own, whose result comes back as a callback. One request, exactly one answer; the newest wins.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath

from abacus_lsp import launch
from abacus_lsp.background import Background
from abacus_lsp.completion.pace import Rhythm
from abacus_lsp.completion.pipeline import Completion, Model, Request
from abacus_lsp.completion.postprocess import rejection
from abacus_lsp.completion.reuse import KEPT, Answers, Mark, Offer, Spot
from abacus_lsp.document import Snapshot, to_newlines
from abacus_lsp.flight import Run, Waiter, known, outcome, unserved
from abacus_lsp.hesitation import Hesitation
from abacus_lsp.host import Host, Hosts
from abacus_lsp.settings import Settings
from abacus_lsp.status import Status, Tell
from abacus_lsp.turns import Rank
from abacus_lsp.workspace import Folders

Ready = Callable[[Spot, int | None], None]  # where, and the document's version


class Session:
    """One client's session. Every method belongs to the loop thread.

    Args:
        hosts: the models of this process.
        folders: the open folders and their index.
        tell: receives every change of status.
        ready: hears of an answer that came after its request was cancelled, or grew after it was given.
    """

    def __init__(self, hosts: Hosts, folders: Folders, tell: Tell, ready: Ready) -> None:
        self.settings = Settings()
        self.status = Status("loading")
        self.folders = folders
        self._hosts = hosts
        self._host: Host | None = None
        self._tell = tell
        self._ready = ready
        self._answers = Answers()
        self.rhythm = Rhythm()
        self._hesitation = Hesitation(self.rhythm)
        self.turned_down: frozenset[str] = frozenset()
        self._run: Run | None = None
        self._background = Background(self._idle_run, self._idle_read, self._answers)

    @property
    def host(self) -> Host:
        """The model in use; there is one as soon as there are settings."""
        if self._host is None:
            self.configure(self.settings)
        assert self._host is not None
        return self._host

    def configure(self, settings: Settings) -> None:
        """Take new settings; a model is loaded only if they name another one or another way to run it."""
        old, self.settings = self.settings, settings
        self._answers.clear()
        self._background.configure(settings)
        if self._host is None or old.model_part != settings.model_part:
            self.cancel("superseded")
            held, self._host = self._host, self._hosts.attach(self, settings, self._set)
            if held is not None:
                self._hosts.detach(self, held)

    async def complete(self, request: Request) -> Completion:
        """Answer one request: exactly one completion, possibly empty, always with its reason.

        Raises:
            asyncio.CancelledError: the client cancelled it. The run goes on within its allowance: a client that
                gives up without an edit (VS Code does after 0.7 s) finds the answer when it asks again.
        """
        spot = Spot.of(request.cursor)
        self._hesitation.asked(spot)
        answer = await self._answered(request, spot)
        return answer if request.explicit else await self._hesitation.settled(spot, answer)

    async def _answered(self, request: Request, spot: Spot) -> Completion:
        if self.rhythm.snoozed(time.monotonic()) and not request.explicit:
            return Completion("", 0, 0, "snoozed", source="none")
        options = request.settings.completion
        offer = self._answers.find(spot) if options.reuse else None
        if offer is not None and offer.enough(options.candidates, explicit=request.explicit):
            return self._known(request, spot, offer)
        model = self.host.model
        if model is None:
            self.cancel("superseded")
            return self._without_model(request)
        request = self._background.hurried(request, model)
        waiter = Waiter(request, spot, asyncio.get_running_loop().create_future())
        self._join(waiter, model)
        return await self._answer_of(waiter)

    def cancel(self, reason: str) -> None:
        """End what is in flight: its client gets an empty answer at once."""
        run, self._run = self._run, None
        if run is not None:
            run.token.cancel(reason)
            run.end(reason)
        self._background.stop(reason)

    def edited(self, snapshot: Snapshot) -> None:
        """The document was opened or changed: a run that no longer agrees with it stops between two tokens."""
        self.rhythm.key(time.monotonic())
        self._hesitation.moved()
        run = self._run
        if run is not None and run.spot.uri == snapshot.uri:
            if run.agrees_with(snapshot.text) and run.request.settings.completion.reuse:
                run.overtaken = True
                run.end("superseded")
            else:
                self._drop(run, "superseded")
        self._background.edited(snapshot)
        self.folders.changed(snapshot.path, snapshot.text)

    def resting(self, request: Request) -> None:
        """The cursor rests here: the place counts as seen, and its prompt is read if the engine has nothing to do."""
        self.folders.visit(request.cursor.snapshot.path, request.cursor.before.count("\n"))
        if self._run is None:
            self._background.read(request, self.host.model)

    def rejected(self, mark: Mark, line_head: str, text: str) -> None:
        """An offer was dismissed: it does not come back at this place, and others wait a little longer."""
        self.rhythm.rejected(time.monotonic())
        self._answers.reject(mark)
        self.turned_down |= {rejection(line_head, to_newlines(text))}

    def closed(self, uri: str, path: PurePath | None) -> None:
        """The document was closed: the file on disk counts again."""
        if self._run is not None and self._run.spot.uri == uri:
            self._drop(self._run, "superseded")
        self._background.closed(uri)
        self.folders.changed(path, None)

    def forget(self) -> None:
        """Let go of earlier answers: memory is short."""
        self._answers.clear()

    def close(self) -> None:
        """End everything; the model stays with the clients that still use it."""
        self.cancel("shutdown")
        held, self._host = self._host, None
        if held is not None:
            self._hosts.detach(self, held)
        self.folders.close()

    def _known(self, request: Request, spot: Spot, offer: Offer) -> Completion:
        """An answer without a run; whatever is in flight for another place is of no use any more."""
        if self._run is not None and not self._run.serves(spot):
            self._drop(self._run, "superseded")
        self._background.shown(request, spot, offer, self.host.model)
        return known(request, offer)

    def _join(self, waiter: Waiter, model: Model) -> None:
        run = self._run
        more = waiter.request.explicit and run is not None and not run.request.explicit
        if run is not None and (more or not run.serves(waiter.spot)):
            run = None
        if run is None and waiter.request.settings.completion.reuse:
            run = self._background.adopt(waiter)
        if run is None:
            self._begin(waiter, model)
            return
        if run is not self._run:
            self.cancel("superseded")
            self._run = run
        run.join(waiter)

    def _begin(self, waiter: Waiter, model: Model) -> None:
        self.cancel("superseded")
        loop = asyncio.get_running_loop()
        seconds = waiter.request.settings.completion.deadline_ms / 1000
        run = self._run = Run(waiter.request, waiter.spot)
        run.join(waiter)
        run.deadline = loop.call_later(seconds, run.token.cancel, "timed-out")
        if wait := launch.debounce(waiter.request, self.rhythm, model):
            loop.call_later(wait, self._submit, run, model)
        else:
            self._submit(run, model)

    def _submit(self, run: Run, model: Model) -> None:
        if run.token.reason is not None:
            run.end(run.token.reason)
            return
        if model.engine.info.engine != "scripted":
            self._set(Status("busy", model.engine.info))
        task = self._work(run, Rank.ASKED)
        task.add_done_callback(lambda done: self._finished(run, done))

    def _idle_run(self, run: Run, done: Callable[[Run, Completion], None]) -> None:
        """Run for nobody yet, when the engine has nothing else to do."""

        def finished(future: asyncio.Future[Completion]) -> None:
            completion = outcome(future)
            if run is self._run:
                self._finished(run, future)
            elif completion.reason == "engine-crashed":
                self.host.crashed(completion.reason, completion.detail)
            done(run, completion)

        self._work(run, Rank.IDLE).add_done_callback(finished)

    def _idle_read(self, run: Run) -> "asyncio.Future[None]":
        return launch.reading(run, self.host, self, self.folders.retrieve)

    def _work(self, run: Run, rank: Rank) -> "asyncio.Future[Completion]":
        return launch.completing(run, self.host, self, self.folders.retrieve, grew=self._grew, rank=rank)

    def _grew(self, run: Run, made: str, whole: str) -> None:
        """The run has written this much; one that went another way than the typist stops.

        Whoever has waited long enough gets the lines that are whole; the rest is told of when it is there.
        """
        run.made, run.whole = made, whole or run.whole
        if not run.waiting:
            return
        if not run.serves(run.waiting[-1].spot):
            self._again(run)
        elif offer := run.early():
            self._answers.keep(run.spot, offer)
            run.give(replace(known(run.request, offer), source="model"), offer)

    def _again(self, run: Run) -> None:
        """The newest request gets a run of its own after all."""
        waiter = run.waiting.pop()
        self._drop(run, "superseded")
        model = self.host.model
        if model is None:
            waiter.end(self._without_model(waiter.request))
        else:
            self._begin(waiter, model)

    def _drop(self, run: Run, reason: str) -> None:
        run.token.cancel(reason)
        run.end(reason)
        if run is self._run:
            self._run = None

    def _finished(self, run: Run, done: "asyncio.Future[Completion]") -> None:
        if run.deadline is not None:
            run.deadline.cancel()
        completion = outcome(done)
        offer = run.offer(completion)
        if completion.reason in KEPT:
            self._answers.keep(run.spot, offer)
        if run.waiting and run.missed(run.waiting[-1], offer):
            self._again(run)
            return
        if not run.waiting and offer.text and run is self._run and run.news(offer):
            self._ready(run.spot, run.request.cursor.snapshot.version)
        run.give(completion, offer)
        if run is self._run:
            self._run = None
            self._after(run, completion)
            self._background.shown(run.request, run.spot, offer, self.host.model)
            self._background.answered(run.request, completion, self.host.model)
        elif self._run is None and self.status.state == "busy":
            # An edit dropped it; nobody else would say so.
            self._set(replace(self.status, state="ready"))

    async def _answer_of(self, waiter: Waiter) -> Completion:
        try:
            return await asyncio.shield(waiter.answer)
        except asyncio.CancelledError:
            run = self._run
            if run is not None and run.leave(waiter) and not self._background.may_go_on(run):
                self._drop(run, "cancelled")
            raise

    def _after(self, run: Run, completion: Completion) -> None:
        """Keep the status true, restart a crashed engine."""
        host = self.host
        if run.began is not None and completion.reason in KEPT:
            self.rhythm.answered(time.monotonic() - run.began)
        if host.model is not None and completion.reason == "engine-crashed":
            host.crashed(completion.reason, completion.detail)
        elif host.model is not None:
            host.served()
            info = host.model.engine.info
            self._set(Status("ready", info, code=completion.told, message=completion.detail))

    def _without_model(self, request: Request) -> Completion:
        """A docstring's structure, or why not; what was unloaded or may be back (an endpoint, say) is tried again."""
        status = self.host.status
        if request.settings.completion.enabled:
            self.host.wake()
        return unserved(request, status)

    def _set(self, status: Status) -> None:
        self.status = status
        self._tell(status)
