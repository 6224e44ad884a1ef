"""The session's own promises, on a loop of the test's, with a scripted engine."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

from marks import cursor_in

from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion.pipeline import Model, Request
from abacus_lsp.completion.reuse import Spot
from abacus_lsp.engines.base import EndpointDown, EngineCrashed, Piece
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.host import Hosts
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.session import Session
from abacus_lsp.settings import CompletionSettings, LocalSettings, Settings
from abacus_lsp.status import Report, Status
from abacus_lsp.window import Counter
from abacus_lsp.workspace import Folders

NOW = Settings(completion=CompletionSettings(debounce_ms=0, prefetch="off"))


class Watched(Session):
    """A session that remembers what it told."""

    def __init__(self, load: Callable[[Settings, Report, CancelToken], Model]) -> None:
        self.told: list[Status] = []
        self.news = asyncio.Event()
        self.ready: list[tuple[Spot, int | None]] = []
        self.came = asyncio.Event()
        super().__init__(Hosts(load, lambda *_: None), Folders(print), self._take, self._take_ready)

    def _take_ready(self, spot: Spot, version: int | None) -> None:
        self.ready.append((spot, version))
        self.came.set()

    def _take(self, status: Status) -> None:
        self.told.append(status)
        self.news.set()

    async def until(self, wanted: Callable[[Status], bool]) -> Status:
        while not wanted(self.told[-1]):
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 20)
        return self.told[-1]


class Gated(ScriptedEngine):
    """Answers once the gate opens; honours a cancel meanwhile, as every engine does."""

    def __init__(self) -> None:
        super().__init__("1")
        self.gate = threading.Event()
        self.runs = 0
        self.started = threading.Event()
        self.closed = threading.Event()

    def stream(self, prompt, sampling, cancel):
        self.runs += 1
        self.started.set()
        with cancel.waking(self.gate.set):
            self.gate.wait(20)
        cancel.check()
        yield from super().stream(prompt, sampling, cancel)

    def close(self) -> None:
        self.closed.set()


def model(engine: ScriptedEngine) -> Model:
    return Model(engine, PROFILES["plain"], "test", Counter(engine.count), Trees())


def request(marked: str, version: int = 1) -> Request:
    cursor = cursor_in(marked, uri="file:///a.py")
    return Request(replace(cursor, snapshot=replace(cursor.snapshot, version=version)), NOW)


def run(engine: ScriptedEngine, scene: Callable[[Watched], object], settings: Settings = NOW) -> None:
    async def play() -> None:
        session = Watched(lambda *_: model(engine))
        session.configure(settings)
        await session.until(lambda status: status.state == "ready")
        await scene(session)
        session.close()

    asyncio.run(play())


def test_a_superseded_request_is_answered_at_once() -> None:
    engine = Gated()

    async def scene(session: Watched) -> None:
        first = asyncio.ensure_future(session.complete(request("a = ‸\n")))
        assert await asyncio.to_thread(engine.started.wait, 20)
        second = asyncio.ensure_future(session.complete(request("a = ‸\nb\n", 2)))
        assert (await first).reason == "superseded"
        assert not second.done()
        engine.gate.set()
        assert (await second).text == "1"

    run(engine, scene)


def test_an_edit_ends_the_request_for_the_old_text() -> None:
    engine = Gated()

    async def scene(session: Watched) -> None:
        asked = request("a = ‸\n")
        first = asyncio.ensure_future(session.complete(asked))
        assert await asyncio.to_thread(engine.started.wait, 20)
        session.edited(asked.cursor.snapshot)
        assert (await first).reason == "superseded"

    run(engine, scene)


def test_two_requests_for_one_place_share_a_run_and_one_may_leave() -> None:
    engine = Gated()

    async def scene(session: Watched) -> None:
        first = asyncio.ensure_future(session.complete(request("a = ‸\n")))
        second = asyncio.ensure_future(session.complete(request("a = ‸\n")))
        assert await asyncio.to_thread(engine.started.wait, 20)
        first.cancel()
        engine.gate.set()
        assert (await second).text == "1"
        assert engine.runs == 1

    run(engine, scene)


def test_an_idle_model_is_unloaded_and_comes_back() -> None:
    engine = Gated()
    engine.gate.set()
    # A thousandth of a minute: the schema allows whole minutes only, the session just multiplies.
    settings = replace_local(NOW, LocalSettings(unload_after_minutes=0.001))  # type: ignore[arg-type]

    async def scene(session: Watched) -> None:
        await session.until(lambda status: status.state == "off")
        assert engine.closed.wait(20)
        assert (await session.complete(request("a = ‸\n"))).text == ""
        await session.until(lambda status: status.state == "ready")

    run(engine, scene, settings)


def replace_local(settings: Settings, local: LocalSettings) -> Settings:
    return Settings(completion=settings.completion, local=local)


def test_settings_that_come_while_loading_do_not_load_twice() -> None:
    loads: list[str] = []

    def load(settings: Settings, _report: Report, _cancel: CancelToken) -> Model:
        loads.append(settings.model)
        return model(ScriptedEngine("1"))

    async def play() -> None:
        session = Watched(load)
        session.configure(NOW)
        session.configure(Settings(completion=CompletionSettings(debounce_ms=0, max_lines=3)))
        await session.until(lambda status: status.state == "ready")
        session.configure(Settings(model="other"))
        await session.until(lambda status: status.state == "ready")
        session.close()

    asyncio.run(play())
    assert loads == ["auto", "other"]


def test_an_edit_leaves_no_busy_sign_behind() -> None:
    engine = Gated()
    engine.info = replace(engine.info, engine="llama.cpp")

    async def scene(session: Watched) -> None:
        asked = request("a = ‸\n")
        first = asyncio.ensure_future(session.complete(asked))
        assert await asyncio.to_thread(engine.started.wait, 20)
        assert session.status.state == "busy"
        session.edited(replace(asked.cursor.snapshot, text="b = \n"))
        await first
        await session.until(lambda status: status.state == "ready")

    run(engine, scene)


def test_an_engine_that_keeps_crashing_is_left_alone_for_a_while() -> None:
    loads: list[int] = []

    class Crashing(ScriptedEngine):
        def stream(self, prompt, sampling, cancel):
            raise EngineCrashed("the model's process ended (exit code -9)")
            yield Piece("")

    def load(*_: object) -> Model:
        loads.append(1)
        return model(Crashing(""))

    async def play() -> None:
        session = Watched(load)
        session.configure(NOW)
        for _ in range(3):
            await session.until(lambda status: status.state == "ready")
            assert (await session.complete(request("a = ‸\n"))).reason == "engine-crashed"
        assert (await session.until(lambda status: status.state == "error")).code == "engine-crashed"
        assert (await session.complete(request("a = ‸\n"))).reason == "engine-crashed"
        session.close()

    asyncio.run(play())
    assert len(loads) == 3


def test_a_failing_engine_leaves_the_session_ready() -> None:
    class Failing(ScriptedEngine):
        def stream(self, prompt, sampling, cancel):
            raise EndpointDown("nobody there: start the server")
            yield Piece("")

    async def scene(session: Watched) -> None:
        completion = await session.complete(request("a = ‸\n"))
        assert completion.reason == "endpoint-down"
        assert (await session.until(lambda status: status.state == "ready")).message.startswith("nobody")

    run(Failing(""), scene)
