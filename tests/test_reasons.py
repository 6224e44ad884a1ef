"""Every reason code is reached, by what a user does or meets; a row without a way to it would be a lie in the manual."""

import asyncio
import contextlib
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from lsp_client import INLINE, Client
from marks import cursor_in

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.completion import strain
from abacus_lsp.completion.pipeline import Completion, Model, Request, complete
from abacus_lsp.completion.postprocess import rejection
from abacus_lsp.completion.reasons import REASONS, reason
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.engines import base
from abacus_lsp.engines.base import EngineError, ModelError, NoModel, Piece, Sampling
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.flight import outcome
from abacus_lsp.host import Hosts
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.session import Session
from abacus_lsp.settings import CompletionSettings, ContextSettings, Settings
from abacus_lsp.status import Status
from abacus_lsp.window import Counter
from abacus_lsp.workspace import Folders

WAIT_S = 20
NOW = Settings(completion=CompletionSettings(debounce_ms=0, prefetch="off"))


def model(engine: ScriptedEngine) -> Model:
    return Model(engine, PROFILES["plain"], "test", Counter(engine.count), Trees())


def answered(
    marked: str,
    answer: str = "1\n",
    settings: Settings = NOW,
    *,
    engine: ScriptedEngine | None = None,
    cancel: CancelToken | None = None,
    rejected: str = "",
) -> Completion:
    ticks = itertools.count()
    request = Request(cursor_in(marked), settings, rejected=frozenset((rejected,)))
    run = model(engine or ScriptedEngine(answer))
    return complete(request, run, lambda *_: (), cancel or CancelToken(), lambda: float(next(ticks)))


class Failing(ScriptedEngine):
    """Fails as engines fail."""

    def __init__(self, error: EngineError) -> None:
        super().__init__("1")
        self._error = error

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        raise self._error
        yield


def late() -> CancelToken:
    token = CancelToken()
    token.cancel("timed-out")
    return token


class Late(ScriptedEngine):
    """The time is over before the first word."""

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        cancel.cancel("timed-out")
        yield from super().stream(prompt, sampling, cancel)


def in_file(path: str) -> Completion:
    cursor = replace(
        cursor_in("x = ‸\n"), snapshot=Snapshot("", "python", "x = \n", path=PurePosixPath(path))
    )
    return complete(
        Request(cursor, NOW), model(ScriptedEngine("1")), lambda *_: (), CancelToken(), lambda: 0.0
    )


PROSE = "This is the end of the function that we will use later\n"
LONG = Settings(context=ContextSettings(max_file_kb=1))
BY_PIPELINE: dict[str, Callable[[], Completion]] = {
    "ok": lambda: answered("x = ‸\n"),
    "off": lambda: answered("x = ‸\n", settings=Settings(completion=CompletionSettings(enabled=False))),
    "language-off": lambda: answered(
        "x = ‸\n", settings=Settings(completion=CompletionSettings(disabled_languages=("python",)))
    ),
    "excluded": lambda: in_file("/home/me/app/.env"),
    "file-too-large": lambda: answered("#" * 1100 + "\nx = ‸\n", settings=LONG),
    "binary": lambda: answered("\0x = ‸\n"),
    "mid-word": lambda: answered("fo‸o = 1\n"),
    "line-not-closable": lambda: answered("x = ‸ foo(1)\n"),
    "empty-answer": lambda: answered("x = ‸\n", ""),
    "line-complete": lambda: answered("x = foo(1)‸\ny = 2\n"),
    "blank-answer": lambda: answered("x = ‸\n", "   "),
    "repeats-below": lambda: answered("x = ‸\nx = compute(1)\n", "compute(1)\n"),
    "repeats-above": lambda: answered("self.total = 0\n‸\n", "self.total = 0\n"),
    "prose": lambda: answered("def f():\n    ‸\n", PROSE),
    "other-language": lambda: answered("# 读取文件并‸\n", "return the list\n"),
    "breaks-syntax": lambda: answered("total = ‸\nx = 1\n", "= = ?\n"),
    "rejected": lambda: answered("total = ‸\n", "sum(a)\n", rejected=rejection("total = ", "sum(a)")),
    "low-confidence": lambda: answered("x = ‸\n", engine=ScriptedEngine("foo(1)\n", logprob=-4.0)),
    "timed-out": lambda: answered("x = ‸\n", engine=Late("1")),
    "prompt-too-long": lambda: answered("x = ‸\n", engine=ScriptedEngine("1", context=8)),
}


@pytest.mark.parametrize("code", BY_PIPELINE)
def test_by_a_place_or_an_answer(code: str) -> None:
    done = BY_PIPELINE[code]()
    assert done.reason == code
    assert bool(done.text) == (code == "ok")


def errors(kind: type[EngineError] = EngineError) -> list[type[EngineError]]:
    """The tree at the top of `engines.base`; a kind that only refines one of its errors has its code."""
    return [kind, *(found for below in kind.__subclasses__() for found in errors(below))]


OF_ENGINES = [error for error in errors() if error.__module__ == base.__name__]


@pytest.mark.parametrize("error", OF_ENGINES, ids=lambda error: error.__name__)
def test_by_an_engine(error: type[EngineError]) -> None:
    made = error("do this", "gemma3-270m", ("about", "关于")) if error is NoModel else error("do this")
    done = answered("x = ‸\n", engine=Failing(made))
    assert (done.text, done.reason, done.detail) == ("", error.code, "do this")


class Held(ScriptedEngine):
    """Says when it has begun, and writes nothing before it is cancelled."""

    def __init__(self) -> None:
        super().__init__("1")
        self.begun = threading.Event()
        self._over = threading.Event()

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        self.begun.set()
        with cancel.waking(self._over.set):
            assert self._over.wait(WAIT_S)
        cancel.check()
        yield from super().stream(prompt, sampling, cancel)


class Stage:
    """A session, what it has told, and the engine under it."""

    def __init__(self, load: Callable[[], Model]) -> None:
        self.states: asyncio.Queue[Status] = asyncio.Queue()
        hosts = Hosts(lambda *_: load(), lambda *_: None)
        self.session = Session(hosts, Folders(print), self.states.put_nowait, lambda *_: None)
        self.session.configure(NOW)

    async def until(self, state: str) -> None:
        while (await asyncio.wait_for(self.states.get(), WAIT_S)).state != state:
            pass

    async def ask(self, marked: str = "x = ‸\n") -> Completion:
        cursor: Cursor = cursor_in(marked, uri="file:///a.py")
        return await asyncio.wait_for(self.session.complete(Request(cursor, NOW)), WAIT_S)


async def loading() -> Completion:
    gate = threading.Event()

    def load() -> Model:
        assert gate.wait(WAIT_S)
        return model(ScriptedEngine("1"))

    stage = Stage(load)
    done = await stage.ask()
    gate.set()
    await stage.until("ready")
    stage.session.close()
    return done


async def failed(error: EngineError) -> Completion:
    def load() -> Model:
        raise error

    stage = Stage(load)
    await stage.until("error")
    done = await stage.ask()
    stage.session.close()
    return done


async def unloaded() -> Completion:
    stage = Stage(lambda: model(ScriptedEngine("1")))
    await stage.until("ready")
    stage.session.host.unload()
    done = await stage.ask()
    await stage.until("ready")  # asking loaded it again
    stage.session.close()
    return done


async def snoozed() -> Completion:
    stage = Stage(lambda: model(ScriptedEngine("1")))
    await stage.until("ready")
    stage.session.rhythm.snooze(60, asyncio.get_running_loop().time())
    done = await stage.ask()
    stage.session.close()
    return done


async def interrupted(by: Callable[[Stage], None]) -> Completion:
    engine = Held()
    stage = Stage(lambda: model(engine))
    await stage.until("ready")
    asked = asyncio.ensure_future(stage.ask())
    assert await asyncio.to_thread(engine.begun.wait, WAIT_S)
    by(stage)
    done = await asked
    with contextlib.suppress(RuntimeError):
        stage.session.close()
    return done


async def cancelled() -> Completion:
    """Nobody is left to be told; the log and whoever joined the run are."""
    token, run = CancelToken(), asyncio.get_running_loop().create_future()
    token.cancel("cancelled")
    try:
        answered("x = ‸\n", cancel=token)
    except Cancelled as error:
        run.set_exception(error)
    return outcome(run)


BY_SESSION = {
    "loading": loading,
    "no-model": lambda: failed(NoModel("nothing here", "gemma3-270m", ("about", "关于"))),
    "model-error": lambda: failed(ModelError("damaged")),
    "unloaded": unloaded,
    "snoozed": snoozed,
    "superseded": lambda: interrupted(lambda stage: stage.session.cancel("superseded")),
    "shutdown": lambda: interrupted(lambda stage: stage.session.close()),
    "cancelled": cancelled,
}


@pytest.mark.parametrize("code", BY_SESSION)
def test_by_what_goes_on_around_a_request(code: str) -> None:
    done = asyncio.run(BY_SESSION[code]())
    assert (done.text, done.reason) == ("", code)


def last_reason(client: Client) -> str:
    params = {"command": "abacus.explainLast", "arguments": []}
    return client.request("workspace/executeCommand", params)["reason"]["code"]


BY_CLIENT = ("inline-instead", "not-open")


def test_by_the_client(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"answers": {"": "1"}}), encoding="utf-8")
    with Client(env={"ABACUS_HOME": str(tmp_path)}) as client:
        client.initialize(options={"model": str(script), "engine": "scripted"}, capabilities=INLINE)
        client.open("file:///a.py", "x = \n")
        place = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 4}}
        assert client.request("textDocument/completion", place)["items"] == []
        seen = [last_reason(client)]
        assert client.inline("file:///other.py", 0, 0) == []
        seen.append(last_reason(client))
    assert tuple(seen) == BY_CLIENT


def test_no_code_is_left_out() -> None:
    border = {"private-file", "in-secret", "masked-answer", "line-too-long"}  # test_outgoing
    told = {"memory-full"}  # test_ceiling
    reached = {*border, *BY_PIPELINE, *BY_SESSION, *BY_CLIENT, *(error.code for error in OF_ENGINES)}
    strained = {step.reason for _, step in strain.STEPS}  # test_strain
    assert REASONS.keys() <= reached | strained | told
    assert {error.code for error in errors()} <= reached


@pytest.mark.parametrize("code", REASONS)
def test_a_sentence_in_both_languages(code: str) -> None:
    english, chinese = reason(code, "en").message, reason(code, "zh").message
    assert english.isascii()
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
    assert str(reason(code, "en", "the engine's own words")) == f"{code}: the engine's own words"
    assert reason(code, "zh", "the engine's own words").message == f"{chinese}the engine's own words"
