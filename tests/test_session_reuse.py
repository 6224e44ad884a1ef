"""What a session answers without running the model again, and what it runs for nobody yet."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from marks import cursor_in

from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion.pace import Rhythm
from abacus_lsp.completion.pipeline import Completion, Model, Request
from abacus_lsp.completion.reuse import Spot
from abacus_lsp.engines.base import Piece, Sampling, Usage
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.flight import Run, Waiter
from abacus_lsp.hesitation import Hesitation
from abacus_lsp.host import Hosts
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.session import Session
from abacus_lsp.settings import CompletionSettings, Settings
from abacus_lsp.status import Status
from abacus_lsp.window import Counter
from abacus_lsp.workspace import Folders

ALONE = CompletionSettings(debounce_ms=0, prefetch="off")
# An allowance for what goes on after a cancel, whatever this machine runs on.
ON_BATTERY = CompletionSettings(debounce_ms=0, prefetch="off", background_on_battery=True)
AHEAD = CompletionSettings(debounce_ms=0, prefetch="on", background_seconds=600, background_on_battery=True)


def spot(before: str) -> Spot:
    return Spot("file:///a.py", before, "\n")


class Stepped(ScriptedEngine):
    """Writes one piece per `step`, and notes every prompt and how its run ended."""

    def __init__(self, answers: dict[str, list[str]]) -> None:
        super().__init__("")
        self.answers = answers
        self.prompts: list[str] = []
        self.stopped: list[str] = []
        self.read = threading.Semaphore(0)
        self._steps = threading.Semaphore(0)
        self._began = threading.Semaphore(0)
        self._ended = threading.Semaphore(0)
        self._waits = threading.Semaphore(0)

    def can_prefill(self) -> bool:
        return True

    def prefill(self, prompt: Prompt, cancel: CancelToken) -> Usage:
        self.read.release()
        return Usage()

    def step(self, pieces: int = 1) -> None:
        self._steps.release(pieces)

    async def began(self) -> None:
        assert await asyncio.to_thread(self._began.acquire, timeout=20)

    async def waits(self) -> None:
        """Until it waits for a step; what it wrote before that has been told."""
        assert await asyncio.to_thread(self._waits.acquire, timeout=20)

    async def ended(self) -> None:
        assert await asyncio.to_thread(self._ended.acquire, timeout=20)

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        text = prompt.text + prompt.heal
        self.prompts.append(text)
        self._began.release()
        try:
            for piece in next((pieces for end, pieces in self.answers.items() if text.endswith(end)), []):
                self._waits.release()
                with cancel.waking(self.step):
                    assert self._steps.acquire(timeout=20)
                cancel.check()
                yield Piece(piece)
            yield Piece("", finish="eos")
        finally:
            if cancel.reason is not None:
                self.stopped.append(cancel.reason)
            self._ended.release()


class Unsure(Stepped):
    """Thinks of every piece that it is likelier wrong."""

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        for piece in super().stream(prompt, sampling, cancel):
            yield replace(piece, logprob=-2.0)


class Scene:
    """One client typing in one document."""

    def __init__(self, session: Session, engine: Stepped, settings: Settings) -> None:
        self.session = session
        self.engine = engine
        self.settings = settings
        self.ready: asyncio.Queue[Spot] = asyncio.Queue()
        self.version = 0

    def request(self, marked: str, *, explicit: bool = False) -> Request:
        cursor = cursor_in(marked, uri="file:///a.py")
        snapshot = replace(cursor.snapshot, version=self.version)
        return Request(replace(cursor, snapshot=snapshot), self.settings, explicit)

    def type(self, marked: str) -> Request:
        """The client's text is this now."""
        self.version += 1
        request = self.request(marked)
        self.session.edited(request.cursor.snapshot)
        return request

    def ask(self, request: Request) -> "asyncio.Task[Completion]":
        return asyncio.ensure_future(self.session.complete(request))


def play(
    answers: dict[str, list[str]],
    scene: Callable[[Scene], Awaitable[None]],
    options: CompletionSettings = ALONE,
    make: Callable[[dict[str, list[str]]], Stepped] = Stepped,
) -> Stepped:
    engine = make(answers)

    async def act() -> None:
        settings = Settings(completion=options)
        loaded = asyncio.Event()
        stage: list[Scene] = []

        def told(status: Status) -> None:
            if status.state == "ready":
                loaded.set()

        def load(*_: object) -> Model:
            return Model(engine, PROFILES["plain"], "test", Counter(engine.count), Trees())

        hosts = Hosts(load, lambda *_: None)
        session = Session(hosts, Folders(print), told, lambda spot, _: stage[0].ready.put_nowait(spot))
        stage.append(Scene(session, engine, settings))
        session.configure(settings)
        await asyncio.wait_for(loaded.wait(), 20)
        await asyncio.wait_for(scene(stage[0]), 20)
        session.close()

    asyncio.run(act())
    return engine


def test_typing_what_was_shown_needs_no_model() -> None:
    async def scene(at: Scene) -> None:
        at.engine.step()
        first = await at.ask(at.type("a = ‸\n"))
        assert (first.text, first.source) == ("alpha(1)", "model")
        for typed, left, over in (("al", "pha(1)", 0), ("alpha(", "1)", 0), ("alpha(1", ")", 0)):
            answer = await at.ask(at.type(f"a = {typed}‸\n"))
            assert (answer.text, answer.end - answer.start, answer.source) == (left, over, "reuse")
        closed = await at.ask(at.type("a = alpha(‸)\n"))
        assert (closed.text, closed.end - closed.start) == ("1)", 1)
        assert (await at.ask(at.type("a = ‸\n"))).text == "alpha(1)"

    assert len(play({"a =": ["alpha(1)"], "a = ": ["alpha(1)"]}, scene).prompts) == 1


def test_a_run_that_agrees_with_what_was_typed_is_adopted() -> None:
    async def scene(at: Scene) -> None:
        first = at.ask(at.type("a = ‸\n"))
        await at.engine.began()
        at.engine.step()
        second = at.ask(at.type("a = al‸\n"))
        assert (await first).reason == "superseded"
        at.engine.step(2)
        answer = await second
        assert (answer.text, answer.source) == ("pha(1)", "in-flight")

    assert len(play({"a = ": ["alp", "ha", "(1)"]}, scene).prompts) == 1


def test_a_run_that_goes_another_way_is_stopped_and_asked_anew() -> None:
    async def scene(at: Scene) -> None:
        at.ask(at.type("a = ‸\n"))
        await at.engine.began()
        second = at.ask(at.type("a = be‸\n"))
        at.engine.step()
        await at.engine.began()
        at.engine.step()
        assert (await second).text == "ta"

    engine = play({"a = ": ["alp", "ha"], "a = be": ["ta"]}, scene)
    assert engine.stopped[0] == "superseded"
    assert len(engine.prompts) == 2


def test_an_edit_that_disagrees_stops_the_run_between_two_pieces() -> None:
    async def scene(at: Scene) -> None:
        first = at.ask(at.type("a = ‸\n"))
        await at.engine.waits()
        at.engine.step()
        await at.engine.waits()
        at.type("x = ‸\n")
        assert (await first).reason == "superseded"
        await at.engine.ended()

    assert play({"a = ": ["alp", "ha"]}, scene).stopped == ["superseded"]


def test_a_client_that_gives_up_without_an_edit_finds_the_answer_later() -> None:
    async def scene(at: Scene) -> None:
        request = at.type("a = ‸\n")
        first = at.ask(request)
        await at.engine.began()
        first.cancel()
        await asyncio.wait([first])
        at.engine.step()
        assert await asyncio.wait_for(at.ready.get(), 20) == Spot("file:///a.py", "a = ", "\n")
        again = await at.ask(request)
        assert (again.text, again.source) == ("alpha", "reuse")

    assert len(play({"a = ": ["alpha"]}, scene, ON_BATTERY).prompts) == 1


def test_and_when_it_asks_again_meanwhile_it_gets_the_same_run() -> None:
    async def scene(at: Scene) -> None:
        request = at.type("a = ‸\n")
        first = at.ask(request)
        await at.engine.began()
        first.cancel()
        await asyncio.wait([first])
        again = at.ask(request)
        at.engine.step()
        assert (await again).text == "alpha"
        assert at.ready.empty()

    assert len(play({"a = ": ["alpha"]}, scene, ON_BATTERY).prompts) == 1


def test_without_an_allowance_a_cancel_stops_the_run() -> None:
    async def scene(at: Scene) -> None:
        first = at.ask(at.type("a = ‸\n"))
        await at.engine.began()
        first.cancel()
        await asyncio.wait([first])
        await at.engine.ended()

    options = CompletionSettings(debounce_ms=0, prefetch="off", background_seconds=0)
    assert play({"a = ": ["alpha"]}, scene, options).stopped == ["cancelled"]


def test_what_follows_an_acceptance_is_there_before_it() -> None:
    async def scene(at: Scene) -> None:
        at.engine.step(2)
        assert (await at.ask(at.type("a = ‸\n"))).text == "f"
        await at.engine.began()
        await at.engine.ended()
        await at.engine.began()
        await at.engine.ended()
        answer = await at.ask(at.type("a = f‸\n"))
        assert (answer.text, answer.source) == ("(1)", "prefetch")

    engine = play({"a = ": ["f"], "a = f": ["(1)"]}, scene, AHEAD)
    assert engine.prompts[:2] == ["a = ", "a = f"]


def test_a_request_elsewhere_takes_the_model_from_a_prefetch() -> None:
    async def scene(at: Scene) -> None:
        at.engine.step()
        assert (await at.ask(at.type("a = ‸\n"))).text == "f"
        for _ in range(2):
            await at.engine.began()
            await at.engine.waits()
        other = at.ask(at.type("a = f(0)\nb = ‸\n"))
        await at.engine.began()
        at.engine.step()
        assert (await other).text == "2"

    engine = play({"a = ": ["f"], "a = f": ["(1", ")"], "b = ": ["2"]}, scene, AHEAD)
    assert engine.stopped[0] == "superseded"


def test_a_line_that_is_done_is_followed_by_the_next_line() -> None:
    async def scene(at: Scene) -> None:
        at.engine.step(4)
        assert (await at.ask(at.type("    a = 1‸\n"))).reason == "line-complete"
        for _ in range(2):
            await at.engine.began()
            await at.engine.ended()
        answer = await at.ask(at.type("    a = 1\n    ‸\n"))
        assert (answer.text, answer.source) == ("b = 2", "prefetch")

    play({"a = 1\n    ": ["b = 2"], "a = 1": ["\n", "x"]}, scene, AHEAD)


def test_where_the_cursor_rests_the_prompt_is_read_before_anybody_asks() -> None:
    async def scene(at: Scene) -> None:
        request = at.type("a = ‸\n")
        at.session.resting(request)
        assert await asyncio.to_thread(at.engine.read.acquire, timeout=20)
        at.engine.step()
        assert (await at.ask(request)).text == "alpha"

    assert len(play({"a = ": ["alpha"]}, scene, AHEAD).prompts) >= 1


class Cold(Stepped):
    """Has read nothing until it was told to, and notes what that was."""

    def __init__(self, answers: dict[str, list[str]]) -> None:
        super().__init__(answers)
        self.info = replace(self.info, device="cpu")
        self.known: list[str] = []

    def unread(self, prompt: Prompt) -> int | None:
        return 0 if any(prompt.text.startswith(known) for known in self.known) else len(prompt.text)

    def prefill(self, prompt: Prompt, cancel: CancelToken) -> Usage:
        self.known.append(prompt.text)
        return super().prefill(prompt, cancel)


ABOVE = "".join(f"value_{number} = {number}\n" for number in range(400))


def test_a_long_prompt_is_read_behind_an_answer_from_less_context() -> None:
    async def scene(at: Scene) -> None:
        at.engine.step(9)  # who asks by a key press gets three texts to choose from
        request = at.type(f"{ABOVE}a = ‸\n")
        assert (await at.ask(request)).text == "alpha"
        assert await asyncio.to_thread(at.engine.read.acquire, timeout=20)
        elsewhere = at.type(f"{ABOVE}a = b + ‸\n")
        assert (await at.ask(elsewhere)).text == "beta"
        explicit = replace(at.type(f"{ABOVE}c = ‸\n"), explicit=True)
        assert (await at.ask(explicit)).text == "gamma"

    answers = {"a = ": ["alpha"], "b + ": ["beta"], "c = ": ["gamma"]}
    engine = play(answers, scene, AHEAD, Cold)
    assert isinstance(engine, Cold)
    near, whole, by_key = (
        next(prompt for prompt in engine.prompts if prompt.endswith(end)) for end in answers
    )
    assert len(near) * 2 < len(engine.known[0]), "little was read first"
    assert whole.startswith(engine.known[0][:-8])
    assert len(by_key) > len(near) * 2, "who asks by a key press waits for the whole"


def test_without_background_work_nobody_is_answered_from_less() -> None:
    async def scene(at: Scene) -> None:
        at.engine.step()
        assert (await at.ask(at.type(f"{ABOVE}a = ‸\n"))).text == "alpha"

    options = CompletionSettings(debounce_ms=0, prefetch="on", background_seconds=0)
    (prompt,) = play({"a = ": ["alpha"]}, scene, options, Cold).prompts
    assert prompt.startswith("value_")
    assert "value_300 = 300\n" in prompt


def test_without_reuse_every_key_runs_the_model() -> None:
    async def scene(at: Scene) -> None:
        at.engine.step(2)
        assert (await at.ask(at.type("a = ‸\n"))).text == "alpha"
        assert (await at.ask(at.type("a = al‸\n"))).text == "pha"

    options = CompletionSettings(debounce_ms=0, prefetch="off", reuse=False)
    assert len(play({"a = al": ["pha"], "a = ": ["alpha"]}, scene, options).prompts) == 2


def test_the_first_lines_of_a_block_come_before_its_end() -> None:
    async def scene(at: Scene) -> None:
        request = at.type("def f():‸\n")
        first = at.ask(request)
        at.engine.step(3)
        assert (await first).text == "\n    a = 1"
        at.engine.step(2)
        assert (await asyncio.wait_for(at.ready.get(), 20)).before == "def f():"
        again = await at.ask(request)
        assert (again.text, again.source) == ("\n    a = 1\n    return a", "reuse")

    options = CompletionSettings(debounce_ms=0, prefetch="off", first_lines_ms=0)
    block = ["\n    a", " = 1", "\n    ret", "urn a", "\n"]
    assert len(play({"def f():": block}, scene, options).prompts) == 1


def test_first_lines_come_with_any_piece_once_somebody_has_waited() -> None:
    """The piece that finds somebody waiting long enough need not end a line."""

    async def scene(at: Scene) -> None:
        run = Run(at.type("def f():‸\n"), Spot("file:///a.py", "def f():", "\n"))
        waiter = Waiter(run.request, run.spot, asyncio.get_running_loop().create_future())
        run.join(waiter)
        waiter.since -= 1
        assert run.early() is None, "no line is whole"
        run.whole = "\n    a = 1"
        offer = run.early()
        assert offer is not None
        assert offer.text == "\n    a = 1"
        waiter.since += 1
        assert run.early() is None, "who has just asked waits for all of it"

    play({}, scene, CompletionSettings(first_lines_ms=500))


def test_a_doubtful_text_waits_until_the_typist_rests_and_stays_while_it_is_typed() -> None:
    async def scene(at: Scene) -> None:
        at.engine.step(9)
        shown = await at.ask(at.type("a = ‸\n"))
        assert (shown.text, shown.source) == ("alpha", "model")
        assert shown.held > 0
        along = await at.ask(at.type("a = al‸\n"))
        assert (along.text, along.held) == ("pha", 0), "it is on the screen"
        back = await at.ask(at.type("a = ‸\n"))
        assert (back.text, back.held > 0) == ("alpha", False)

    play({"a = ": ["alpha"]}, scene, make=Unsure)


def test_a_key_or_another_place_overtakes_a_doubtful_text() -> None:
    doubtful, here, there = Completion("alpha", 4, 4, "ok", doubtful=True), spot("a = "), spot("b = ")

    async def act() -> None:
        rhythm = Rhythm()
        hesitation = Hesitation(rhythm)
        for move in (hesitation.moved, lambda: hesitation.asked(there)):
            rhythm.key(time.monotonic())
            held = asyncio.ensure_future(hesitation.settled(here, doubtful))
            await asyncio.sleep(0)
            hesitation.asked(here)
            move()
            assert (await held).reason == "superseded"
        rhythm.key(time.monotonic())
        assert (await hesitation.settled(here, replace(doubtful, source="prefetch"))).held == 0

    asyncio.run(act())


def test_who_asks_does_not_wait_for_a_doubtful_text() -> None:
    async def scene(at: Scene) -> None:
        at.engine.step(9)
        asked = at.type("a = ‸\n")
        assert (await at.ask(replace(asked, explicit=True))).held == 0

    play({"a = ": ["alpha"]}, scene, make=Unsure)
