"""All mutable state of one client: settings, the model, the request in flight. Lives on the loop thread.

The engine has one thread of its own; what crosses to it is immutable, and what comes back comes back as a
callback on the loop. One request, exactly one answer; the newest wins.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import PurePath

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.completion import pipeline
from abacus_lsp.completion.pipeline import Completion, Model, Request
from abacus_lsp.document import Snapshot
from abacus_lsp.engines.base import EngineError, NoModel
from abacus_lsp.settings import Settings
from abacus_lsp.status import Fetch, Load, Offer, Status
from abacus_lsp.workspace import Folders

_MOST_CRASHES = 3
_FIRST_WAIT_S = 2.0  # after a model that did not load, before a request tries it again; doubles
_LONGEST_WAIT_S = 60.0


@dataclass(slots=True)
class _Running:
    """A request in flight; `answer` is set exactly once."""

    key: tuple[str, int | None, int]
    answer: asyncio.Future[Completion]
    token: CancelToken = field(default_factory=CancelToken)
    waiting: int = 0

    def end(self, completion: Completion) -> None:
        if not self.answer.done():
            self.answer.set_result(completion)


class Session:
    """One client's session. Every method belongs to the loop thread.

    Args:
        load: makes a `Model` from settings (the composition root's).
        fetch: downloads one (the composition root's).
        folders: the open folders and their index.
        tell: receives every change of status.
    """

    def __init__(self, load: Load, fetch: Fetch, folders: Folders, tell: Callable[[Status], None]) -> None:
        self.settings = Settings()
        self.status = Status("loading")
        self._load = load
        self._fetch = fetch
        self.folders = folders
        self._tell = tell
        self._thread = ThreadPoolExecutor(1, "abacus-engine")
        self._model: Model | None = None
        self._loading: CancelToken | None = None
        self._pulling: CancelToken | None = None
        self._running: _Running | None = None
        self._crashes = 0
        self._wait = _FIRST_WAIT_S
        self._retry_at = 0.0
        self._idle: asyncio.TimerHandle | None = None

    def configure(self, settings: Settings) -> None:
        """Take new settings; the model is loaded again only if they name another one or another way to run it."""
        old, self.settings = self.settings, settings
        busy = self._model is not None or self._loading is not None
        if not busy or old.model_part != settings.model_part:
            self.reload()

    def reload(self) -> None:
        """Load the model that the settings name, in the background; requests meanwhile answer "loading"."""
        self.cancel("superseded")
        if self._loading is not None:
            self._loading.cancel("superseded")
        token = self._loading = CancelToken()
        self._set(Status("loading"))
        loop = asyncio.get_running_loop()
        old, self._model = self._model, None
        settings = self.settings

        def report(what: str, share: float | None) -> None:
            loop.call_soon_threadsafe(self._progress, token, what, share)

        def work() -> Model:
            if old is not None:
                old.engine.close()
            token.check()
            return self._load(settings, report, token)

        task = loop.run_in_executor(self._thread, work)
        task.add_done_callback(lambda done: self._loaded(done, token))

    async def pull(self, name: str) -> None:
        """Download a model of the catalogue, then load what the settings name. Errors become the status."""
        token = self._pulling = CancelToken()
        loop = asyncio.get_running_loop()

        def report(what: str, share: float | None) -> None:
            loop.call_soon_threadsafe(self._progress, token, what, share)

        self._set(Status("loading", message=name))
        try:
            await asyncio.to_thread(self._fetch, name, report, token)
        except EngineError as error:
            self._set(Status("error", code=error.code, message=str(error)))
        else:
            self.reload()
        finally:
            self._pulling = None

    def unload(self) -> None:
        """Free the model's memory; the next request loads it again."""
        self.cancel("superseded")
        model, self._model = self._model, None
        if model is not None:
            self._thread.submit(model.engine.close)
            self._set(Status("off", model.engine.info, code="unloaded"))

    async def complete(self, request: Request) -> Completion:
        """Answer one request: exactly one completion, possibly empty, always with its reason.

        Raises:
            asyncio.CancelledError: the client cancelled it (the model's work stops).
        """
        snapshot = request.cursor.snapshot
        key = (snapshot.uri, snapshot.version, request.cursor.offset)
        running = self._running
        if running is None or running.key != key or running.answer.done() or running.token.reason is not None:
            self.cancel("superseded")
            if self._model is None:
                return self._without_model(request)
            running = self._start(request, key, self._model)
        return await self._answer_of(running)

    def cancel(self, reason: str) -> None:
        """End the request in flight, if any: its client gets an empty answer at once."""
        running, self._running = self._running, None
        if running is not None:
            running.token.cancel(reason)
            running.end(Completion("", 0, 0, reason))

    def edited(self, snapshot: Snapshot) -> None:
        """The document was opened or changed: a request for its old text is of no use any more."""
        self._forget(snapshot.uri)
        self.folders.changed(snapshot.path, snapshot.text)

    def closed(self, uri: str, path: PurePath | None) -> None:
        """The document was closed: the file on disk counts again."""
        self._forget(uri)
        self.folders.changed(path, None)

    def _forget(self, uri: str) -> None:
        if self._running is not None and self._running.key[0] == uri:
            self.cancel("superseded")

    def close(self) -> None:
        """End everything. Does not wait: an engine that is loading in native code cannot be interrupted."""
        self.cancel("shutdown")
        for token in (self._loading, self._pulling):
            if token is not None:
                token.cancel("shutdown")
        model, self._model = self._model, None
        if model is not None:
            self._thread.submit(model.engine.close)
        self._thread.shutdown(wait=False)
        self.folders.close()

    async def _answer_of(self, running: _Running) -> Completion:
        running.waiting += 1
        try:
            return await asyncio.shield(running.answer)
        except asyncio.CancelledError:
            if running.waiting == 1:
                running.token.cancel("cancelled")
            raise
        finally:
            running.waiting -= 1

    def _start(self, request: Request, key: tuple[str, int | None, int], model: Model) -> _Running:
        loop = asyncio.get_running_loop()
        self._stop_idle_clock()
        running = self._running = _Running(key, loop.create_future())
        options = request.settings.completion
        timer = loop.call_later(options.deadline_ms / 1000, running.token.cancel, "timed-out")
        wait = 0.0 if request.explicit else options.debounce_ms / 1000
        loop.call_later(wait, self._submit, running, request, model)
        running.answer.add_done_callback(lambda _: timer.cancel())
        return running

    def _submit(self, running: _Running, request: Request, model: Model) -> None:
        if running.token.reason is not None:
            running.end(Completion("", 0, 0, running.token.reason))
            return
        if model.engine.info.engine != "scripted":
            self._set(Status("busy", model.engine.info))

        def work() -> Completion:
            running.token.check()
            return pipeline.complete(request, model, self.folders.retrieve, running.token, time.perf_counter)

        task = asyncio.get_running_loop().run_in_executor(self._thread, work)
        task.add_done_callback(lambda done: self._answered(running, done))

    def _answered(self, running: _Running, done: asyncio.Future[Completion]) -> None:
        error = done.exception()
        if isinstance(error, Cancelled):
            completion = Completion("", 0, 0, error.reason)
        elif error is not None:
            if not running.answer.done():
                running.answer.set_exception(error)
            detail = f"{type(error).__name__}: {error}"
            completion = Completion("", 0, 0, "engine-error", detail)
        else:
            completion = done.result()
        running.end(completion)
        if self._running in (None, running):
            self._after(completion)

    def _after(self, completion: Completion) -> None:
        """Keep the status true, restart a crashed engine, start the idle clock."""
        if self._model is None:
            return
        if completion.reason == "engine-crashed":
            self._crashes += 1
            self.reload() if self._crashes < _MOST_CRASHES else self._give_up(completion)
            return
        self._crashes = 0
        info = self._model.engine.info
        self._set(Status("ready", info, code=completion.reason, message=completion.detail))
        self._restart_idle_clock()

    def _give_up(self, completion: Completion) -> None:
        """A model that crashes again and again is not started at once, but after a while."""
        model, self._model = self._model, None
        if model is not None:
            self._thread.submit(model.engine.close)
        self._retry_at = asyncio.get_running_loop().time() + _LONGEST_WAIT_S
        self._set(Status("error", code=completion.reason, message=completion.detail))

    def _stop_idle_clock(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _restart_idle_clock(self) -> None:
        self._stop_idle_clock()
        minutes = self.settings.local.unload_after_minutes
        if minutes:
            self._idle = asyncio.get_running_loop().call_later(minutes * 60, self.unload)

    def _loaded(self, done: asyncio.Future[Model], token: CancelToken) -> None:
        if token is not self._loading:
            if not done.cancelled() and done.exception() is None:
                self._thread.submit(done.result().engine.close)
            return
        self._loading = None
        error = done.exception()
        self._retry_at = asyncio.get_running_loop().time() + self._wait
        self._wait = _FIRST_WAIT_S if error is None else min(self._wait * 2, _LONGEST_WAIT_S)
        if isinstance(error, EngineError):
            offer = Offer(error.offer, error.about) if isinstance(error, NoModel) else None
            self._set(Status("error", code=error.code, message=str(error), offer=offer))
        elif isinstance(error, Cancelled):
            self._set(Status("off", code=error.reason))
        elif error is not None:
            self._set(Status("error", code="engine-error", message=f"{type(error).__name__}: {error}"))
            raise error
        else:
            self._model = done.result()
            self._set(Status("ready", self._model.engine.info))
            self._restart_idle_clock()

    def _progress(self, token: CancelToken, what: str, share: float | None) -> None:
        if token not in (self._loading, self._pulling):
            return
        status = Status("loading", progress=None if share is None else int(share * 100) / 100, message=what)
        if status != self.status:
            self._set(status)

    def _without_model(self, request: Request) -> Completion:
        """Say why; what was unloaded, or may have come back by now (an endpoint, a pulled model), is tried again."""
        status, offset = self.status, request.cursor.offset
        failed = status.state == "error"
        due = asyncio.get_running_loop().time() >= self._retry_at
        if request.settings.completion.enabled and (status.state == "off" or (failed and due)):
            self.reload()
        code = "loading" if status.state == "loading" else status.code or "no-model"
        return Completion("", offset, offset, code, status.message if failed else "")

    def _set(self, status: Status) -> None:
        self.status = status
        self._tell(status)
