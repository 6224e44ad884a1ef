"""The typist on a clock that the test turns, and in real time against the real server with scripted answers."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from abacus_lsp.evaluation.ledger import ledger
from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.typing import bench, measures, traces, typist
from abacus_lsp.evaluation.typing.lsp_client import LspClient
from abacus_lsp.evaluation.typing.peer import Machine
from abacus_lsp.evaluation.typing.rhythm import RHYTHMS, Rhythm
from abacus_lsp.evaluation.typing.screen import Cost, Document, Edit, Screen
from abacus_lsp.evaluation.typing.typist import Moment, Replay, agreement, replay
from abacus_lsp.settings import Settings

HEAD = "def f(items):"
TRUTH = "\n    value = compute(items)\n    return value"
EVEN = Rhythm(100, (500, 500.001), line_start=1, line_end=0, part=1, slip=0)


class Clock:
    """Seconds that pass when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0)


class Prompter:
    """A client that answers at once: with what `offer` says about the text before the cursor, or with nothing."""

    name = "prompter"
    cancelled = 0
    failed: CannotMeasure | None = None
    pid = 0

    def __init__(self, clock: Clock, offer: Callable[[str], str]) -> None:
        self.screen = Screen(lambda: clock.now)
        self.offer = offer
        self.texts: list[str] = []

    async def open(self, document: Document) -> None:
        await self.changed(document, document, None, accepted=False)

    async def changed(self, before: Document, after: Document, edit: Edit | None, *, accepted: bool) -> None:
        self.texts.append(after.text)
        text = self.offer(after.text[: after.cursor])
        self.screen.cost(after.version, Cost(reason="ok" if text else "empty-answer"), "model")
        self.screen.show(after.version, text, "model")

    async def close(self, document: Document) -> None:
        return None


def plan(truth: str = TRUTH, rhythm: Rhythm = EVEN, seed: int = 0, tail: str = "\n") -> traces.Trace:
    return traces.plan(Path("/work/a.py"), HEAD, truth + tail, random.Random(seed), len(truth) * 5, rhythm)


def type_it(trace: traces.Trace, offer: Callable[[str], str]) -> tuple[list[Moment], Prompter]:
    clock = Clock()
    client = Prompter(clock, offer)
    typed = Replay(trace, client, clock.sleep)
    moments = asyncio.run(typed.run())
    assert typed.document.text == trace.head + trace.truth + trace.tail
    return moments, client


@pytest.mark.parametrize("seed", range(4))
def test_without_offers_every_key_is_typed(seed: int) -> None:
    trace = plan(TRUTH * 8, RHYTHMS["normal"], seed)
    moments, client = type_it(trace, lambda _text: "")
    steps = sum(len(stroke.steps) for stroke in trace.strokes)
    assert measures.keys(moments) == steps == len(client.texts) - 1
    assert not any(moment.accepted or moment.wrong or moment.saved for moment in moments)
    assert measures.wait_s(moments) == 0


def test_what_comes_next_is_accepted_and_typing_goes_on_behind_it() -> None:
    moments, client = type_it(
        plan(), lambda text: "compute(items)\n    return value" if text.endswith("= ") else ""
    )
    taken = [moment for moment in moments if moment.accepted]
    assert [(moment.accepted, moment.saved) for moment in taken] == [("all", 27 - 1)]
    assert moments[moments.index(taken[0]) + 1].action == "accept"
    assert client.texts[-1] == HEAD + TRUTH + "\n"


@pytest.mark.parametrize(
    ("text", "rest", "kind", "part"),
    [
        ("foo()", "foo()\nbar", "all", "foo()"),
        ("foo()\nbaz", "foo()\nbar", "line", "foo()"),
        ("foo(a)", "foo(b)", "", ""),
        ("compute items", "compute(items)", "word", "compute"),
        ("compute(a, b)", "compute(a, c)", "word", "compute(a,"),
        ("  compute x", "  compute y", "word", "  compute"),
        ("if a", "if b", "", ""),
        (")", ")", "", ""),
        ("数量乘以单价\n再减去", "数量乘以单价\n加上", "line", "数量乘以单价"),
        ("\n    return a", "\n    return b", "word", "\n    return"),
    ],
)
def test_how_much_of_a_text_is_accepted(text: str, rest: str, kind: str, part: str) -> None:
    assert agreement(text, rest) == (kind, part)


def test_a_wrong_text_counts_once_however_long_it_is_typed_along() -> None:
    def offer(text: str) -> str:
        start = text.rfind("value = ")
        whole = "value = compute_all(items)"
        return whole[len(text) - start :] if start >= 0 and whole.startswith(text[start:]) else ""

    moments, _ = type_it(plan(), offer)
    seen = [moment for moment in moments if moment.view.shown is not None and moment.seen_s >= 0.25]
    assert len(seen) > 1
    assert sum(moment.wrong for moment in moments) == 1


def test_a_text_typed_along_stays_visible_and_is_accepted_inside_a_burst() -> None:
    hasty = Rhythm(100, (500, 500.001), line_start=0, line_end=0, part=0, slip=0)

    def offer(text: str) -> str:
        written = text[len(HEAD) :]
        return TRUTH[len(written) :].split("\n", 1)[0] if written.strip() else ""

    moments, _ = type_it(plan(rhythm=hasty), offer)
    first = next(moment for moment in moments if moment.accepted)
    assert first.gap_ms < 500
    assert 0.25 <= first.seen_s < 0.6


def test_a_typist_who_looks_waits_but_not_for_ever() -> None:
    """The clock stands while real time passes: the answer never comes, the patience is counted from the key."""

    class Silent(Prompter):
        async def changed(
            self, before: Document, after: Document, edit: Edit | None, *, accepted: bool
        ) -> None:
            self.texts.append(after.text)

    clock = Clock()
    client = Silent(clock, lambda _text: "")
    # Far behind its patience when it looks: the gap alone is longer.
    slow = Rhythm(100, (11_000, 11_001), line_start=1, line_end=0, part=1, slip=0)
    typed = Replay(plan("\nfoo", slow), client, clock.sleep)
    moments = asyncio.run(typed.run())
    looked = measures.looks(moments)
    assert [measures.wait_ms(moment) for moment in looked] == [10_000]
    assert measures.pauses_with_text(moments) == 0


ENGLISH = (TRUTH, {"    value = ": "compute(items)\n", "    return ": "nothing_of_the_kind"})
CHINESE = (
    "\n    # 计算总价\n    return 计算总价(订单)",
    {"    # ": "删除全部订单", "    return ": "计算总价(订单)\n"},
)


@pytest.mark.slow
@pytest.mark.parametrize(("cancels", "case"), [(False, ENGLISH), (True, CHINESE)], ids=["en", "zh"])
def test_the_real_server_is_typed_into(
    tmp_path: Path, cancels: bool, case: tuple[str, dict[str, str]]
) -> None:
    truth, answers = case
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"answers": answers}), encoding="utf-8")
    trace = plan(truth)
    settings = Settings(engine="scripted", model=str(script))

    async def whole() -> tuple[list[Moment], str, bool]:
        client = LspClient("abacus", Screen(time.perf_counter), cancels=cancels)
        try:
            await client.start(bench.options_of(settings, None, reuse=True), tmp_path)
            typed = await replay(trace, client)
            return typed.moments, typed.document.text, client.cancelled > 0
        finally:
            await client.end()

    moments, text, overtaken = asyncio.run(whole())
    assert text == HEAD + truth + "\n"
    assert [moment.accepted for moment in moments if moment.accepted] == ["all"]
    assert sum(moment.wrong for moment in moments) == 1
    assert all(measures.wait_ms(moment) < 9000 for moment in measures.looks(moments))
    assert overtaken


@pytest.mark.slow
def test_a_server_without_a_model_is_told(tmp_path: Path) -> None:
    async def whole() -> None:
        client = LspClient("abacus", Screen(time.perf_counter))
        try:
            settings = Settings(engine="scripted", model=str(tmp_path / "none.json"))
            await client.start(bench.options_of(settings, None, reuse=True), tmp_path)
        finally:
            await client.end()

    with pytest.raises(CannotMeasure, match="not a script"):
        asyncio.run(whole())


def test_options_are_the_users_and_what_all_clients_share() -> None:
    machine = Machine(Path("/m.gguf"), 2, 8192)
    options = bench.options_of(Settings(), machine, reuse=False)
    assert options["model"] == "/m.gguf"
    assert (options["local"]["threads"], options["local"]["contextTokens"]) == (2, 8192)
    assert options["completion"]["report"] is True
    assert options["completion"]["reuse"] is options["local"]["reuse"] is False
    kept = bench.options_of(Settings(), machine, reuse=True)
    assert kept["completion"].get("reuse", True) is kept["local"].get("reuse", True) is True


def test_what_was_typed_is_kept_and_the_rest_is_typed_the_next_time(tmp_path: Path) -> None:
    manner = bench.Plan(("prompter",), runs=1, files=2)
    works = [bench.Work(0, number, plan("\nx", Rhythm(1, (500, 500.001))), ()) for number in range(2)]

    def clients() -> dict[str, typist.Client]:
        clock = Clock()
        client = Prompter(clock, lambda _text: "")
        client.screen = Screen(time.perf_counter)
        return {"prompter": client}

    def measured(until: float) -> tuple[list[measures.Typed], int]:
        with ledger(tmp_path / "kept.jsonl", {"what": "a test"}) as kept:
            ticks: list[None] = []
            typed = asyncio.run(
                bench.measure(manner, works, clients(), lambda: ticks.append(None), kept, until)
            )
            return typed, len(ticks)

    nothing, _ = measured(time.monotonic() - 1)
    assert nothing == []
    first, ticks = measured(float("inf"))
    assert [one.trace for one in first] == [0, 1]
    assert ticks == 2
    again, _ = measured(time.monotonic() - 1)
    assert again == first, "from the file, moments and all"


def test_a_workspace_holds_the_neighbours_but_no_traced_file_whole(tmp_path: Path) -> None:
    source, workspace = tmp_path / "source", tmp_path / "workspace"
    source.mkdir()
    body = "".join(f"def f{n}(a):\n    return a + {n}\n\n\n" for n in range(600))
    for name in ("one.py", "two.py"):
        (source / name).write_text(f"# {name}\n{body}", encoding="utf-8")
    (source / "small.py").write_text("x = 1\n", encoding="utf-8")
    works = bench.prepare([source], bench.Plan(runs=1, files=2, keys=40), workspace)
    assert [(work.run, work.number) for work in works] == [(0, 0), (0, 1)]
    assert {path.name for path in workspace.rglob("*.py")} == {"one.py", "two.py", "small.py"}
    for work in works:
        written = work.trace.path.read_text(encoding="utf-8")
        assert written == work.trace.head + work.trace.tail
        assert work.visited == ("x = 1\n",)
    with pytest.raises(CannotMeasure, match="only 2 of 3 files"):
        bench.prepare([source], bench.Plan(runs=1, files=3, keys=40), workspace)


def test_a_visible_text_gives_way_only_to_a_longer_one() -> None:
    clock = Clock()
    screen = Screen(lambda: clock.now)
    view = screen.begin(1)
    assert screen.show(1, "a = 1", "model")
    clock.now = 1.0
    assert screen.show(1, "b = 2", "model")
    assert (view.text, view.shown) == ("a = 1", 0)
    assert screen.show(1, "a = 1\nb = 2", "in-flight")
    assert (view.text, view.shown, view.settled, view.source) == ("a = 1\nb = 2", 0, 0, "model")
    late = screen.begin(2)
    assert not screen.show(1, "a = 1\nb = 2\nc", "model")
    screen.silent(1)
    assert late.settled is None


@pytest.mark.parametrize("told_first", [True, False])
def test_a_source_is_that_of_the_text_which_became_visible(told_first: bool) -> None:
    screen = Screen(lambda: 0.0)
    view = screen.begin(1)
    screen.cost(1, Cost(reason="loading"), "none")
    screen.silent(1)
    tell = [lambda: screen.cost(1, Cost(), "model"), lambda: screen.show(1, "a", "unknown")]
    for step in tell if told_first else reversed(tell):
        step()
    screen.cost(1, Cost(), "reuse")
    screen.show(1, "ab", "unknown")
    assert (view.text, view.source, len(view.costs)) == ("ab", "model", 3)


def test_what_follows_an_accepted_text_is_a_new_one() -> None:
    """Behind `value =` the wrong text is seen for 100 ms, before the next key: too short to be seen at all."""
    hasty = Rhythm(100, (500, 500.001), line_start=1, line_end=0, part=0, slip=0)

    def offer(text: str) -> str:
        return {"\n    ": "value =", "\n    value =": "= wrong"}.get(text[len(HEAD) :], "")

    moments, _ = type_it(plan(rhythm=hasty), offer)
    first = next(moment for moment in moments if moment.accepted)
    after = moments[moments.index(first) + 1]
    assert (first.accepted, after.view.text, after.wrong) == ("all", "= wrong", False)
    assert after.seen_s == pytest.approx(after.gap_ms / 1000)


def test_a_wrong_text_behind_a_right_one_is_wrong() -> None:
    def offer(text: str) -> str:
        return {"\n    ": "v", "\n    v": "x + y"}.get(text[len(HEAD) :], "")

    moments, _ = type_it(plan(rhythm=Rhythm(300, (500, 500.001), part=1, line_start=1, slip=0)), offer)
    assert [moment.view.text for moment in moments if moment.view.text] == ["v", "x + y"]
    assert [moment.view.text for moment in moments if moment.wrong] == ["x + y"]
