"""One loaded model and its thread, shared by every session that names it.

Knows loading, unloading, crashes and when to try again; must not know documents or requests. Everything
belongs to the loop thread, except the jobs themselves, which run on the engine's (`turns`).
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.completion.pipeline import Model
from abacus_lsp.engines.base import EngineError, NoModel
from abacus_lsp.settings import Settings
from abacus_lsp.status import Fetch, Load, Offer, Status, Tell
from abacus_lsp.turns import Rank, Turns

T = TypeVar("T")

_MOST_CRASHES = 3
_FIRST_WAIT_S = 2.0  # after a model that did not load, before a request tries it again; doubles
_LONGEST_WAIT_S = 60.0
_FORGET_S = 2.0


class Host:
    """A model for as long as somebody uses it.

    Args:
        settings: name the model and how it is run.
        load: makes a `Model` from settings (the composition root's).
        fetch: downloads one (the composition root's).
    """

    def __init__(self, settings: Settings, load: Load, fetch: Fetch) -> None:
        self.settings = settings
        self.status = Status("loading")
        self.model: Model | None = None
        self._load = load
        self._fetch = fetch
        self._listeners: dict[object, Tell] = {}
        self._turns = Turns("abacus-engine")
        self._loading: CancelToken | None = None
        self._pulling: CancelToken | None = None
        self._crashes = 0
        self._wait = _FIRST_WAIT_S
        self._retry_at = 0.0
        self._idle: asyncio.TimerHandle | None = None

    def attach(self, client: object, tell: Tell) -> None:
        """`tell` hears every change of status from now on, and the present one at once."""
        self._listeners[client] = tell
        tell(self.status)

    def detach(self, client: object) -> bool:
        """The client uses this model no more; whether nobody does now."""
        self._listeners.pop(client, None)
        self._turns.forget(client)
        return not self._listeners

    def run(
        self, client: object, work: Callable[[Model], T], token: CancelToken, rank: Rank = Rank.ASKED
    ) -> asyncio.Future[T]:
        """Run `work` with the model on the engine's thread when it is this client's turn.

        Raises (through the future):
            Cancelled: `token` was set before the work began, or the model was unloaded meanwhile ("unloaded").
        """
        model = self.model

        def checked() -> T:
            token.check()
            if model is None or model is not self.model:
                raise Cancelled("unloaded")
            return work(model)

        self._stop_idle_clock()
        future = asyncio.wrap_future(self._turns.submit(checked, rank, client=client, token=token))
        future.add_done_callback(lambda _: self._restart_idle_clock())
        return future

    async def forget(self) -> None:
        """Have the work of earlier keystrokes let go of as soon as the model is between two jobs: memory is short."""
        if self.model is not None:
            await asyncio.wait(
                [asyncio.wrap_future(self._turns.submit(self.model.forget))], timeout=_FORGET_S
            )

    def served(self) -> None:
        """An answer came without the engine's crashing."""
        self._crashes = 0

    def crashed(self, code: str, message: str) -> None:
        """The engine died: start it again; one that dies again and again rests for a while."""
        self._crashes += 1
        if self._crashes < _MOST_CRASHES:
            self.reload()
            return
        self._drop()
        self._retry_at = asyncio.get_running_loop().time() + _LONGEST_WAIT_S
        self._set(Status("error", code=code, message=message))

    def reload(self) -> None:
        """Load the model anew, in the background."""
        if self._loading is not None:
            self._loading.cancel("superseded")
        token = self._loading = CancelToken()
        self._set(Status("loading"))
        loop = asyncio.get_running_loop()
        old, self.model = self.model, None

        def report(what: str, share: float | None) -> None:
            loop.call_soon_threadsafe(self._progress, token, what, share)

        def work() -> Model:
            if old is not None:
                old.engine.close()
            token.check()
            model = self._load(self.settings, report, token)
            if token.reason is not None:
                model.engine.close()
            token.check()
            return model

        task = asyncio.wrap_future(self._turns.submit(work))
        task.add_done_callback(lambda done: self._loaded(done, token))

    def wake(self) -> None:
        """Somebody wants an answer: what was unloaded, or may have come back by now, is tried again."""
        failed = self.status.state == "error"
        due = asyncio.get_running_loop().time() >= self._retry_at
        if self.status.state == "off" or (failed and due):
            self.reload()

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
        if self.model is not None:
            info = self.model.engine.info
            self._drop()
            self._set(Status("off", info, code="unloaded"))

    def close(self) -> None:
        """End everything. Does not wait: an engine that is loading in native code cannot be interrupted."""
        for token in (self._loading, self._pulling):
            if token is not None:
                token.cancel("shutdown")
        self._loading = None
        self._stop_idle_clock()
        self._drop()
        self._turns.close()

    def _drop(self) -> None:
        model, self.model = self.model, None
        if model is not None:
            self._turns.submit(model.engine.close)

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
                done.result().engine.close()
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
            self.model = done.result()
            self._set(Status("ready", self.model.engine.info))
            self._restart_idle_clock()

    def _progress(self, token: CancelToken, what: str, share: float | None) -> None:
        if token not in (self._loading, self._pulling):
            return
        status = Status("loading", progress=None if share is None else int(share * 100) / 100, message=what)
        if status != self.status:
            self._set(status)

    def _set(self, status: Status) -> None:
        self.status = status
        for tell in list(self._listeners.values()):
            tell(status)


class Hosts:
    """The models of this process, each loaded once, by what the settings say of them.

    Args:
        load: makes a `Model` from settings (the composition root's).
        fetch: downloads one (the composition root's).
    """

    def __init__(self, load: Load, fetch: Fetch) -> None:
        self._load = load
        self._fetch = fetch
        self._held: dict[tuple[object, ...], Host] = {}

    def attach(self, client: object, settings: Settings, tell: Tell) -> Host:
        """The host of the model these settings name, loading it if nobody had it."""
        host = self._held.get(settings.model_part)
        if host is None:
            host = self._held[settings.model_part] = Host(settings, self._load, self._fetch)
            host.attach(client, tell)
            host.reload()
        else:
            host.attach(client, tell)
        return host

    @property
    def resident(self) -> int:
        """Bytes that models take in this process; from any thread."""
        return sum(host.model.resident for host in list(self._held.values()) if host.model is not None)

    def detach(self, client: object, host: Host) -> None:
        """The client needs it no more; a model that nobody needs is closed."""
        if host.detach(client):
            self._held = {part: held for part, held in self._held.items() if held is not host}
            host.close()
