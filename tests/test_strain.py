"""Slow servers are asked for less, step by step, and each step is told."""

import pytest
from marks import cursor_in

from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion import pipeline, strain
from abacus_lsp.completion.pipeline import Completion, Model, Request
from abacus_lsp.completion.reasons import REASONS
from abacus_lsp.completion.trigger import Decision
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.settings import CompletionSettings, EndpointSettings, Settings
from abacus_lsp.window import Counter

STEPS = ("clear", "read", "split", "check", "store", "index", "report", "close")
BODY = "\n".join(f"    {step}()" for step in STEPS) + "\n    return done\n"


class Slow(ScriptedEngine):
    """A scripted engine that others use, too."""

    def __init__(self, wait: float) -> None:
        super().__init__(BODY)
        self.wait = wait

    def waiting(self) -> float:
        return self.wait


def complete(wait: float, *, explicit: bool = False, slow: float = 1.5) -> Completion:
    engine = Slow(wait)
    settings = Settings(
        completion=CompletionSettings(max_tokens=96), endpoint=EndpointSettings(slow_seconds=slow)
    )
    request = Request(cursor_in("def run():\n‸\n"), settings, explicit)
    model = Model(engine, PROFILES["plain"], "test", Counter(engine.count), Trees())
    return pipeline.complete(request, model, lambda *_: (), CancelToken(), lambda: 0.0)


@pytest.mark.parametrize(
    ("wait", "told", "lines"),
    [(0, "ok", 9), (1.4, "ok", 9), (1.5, "load-shorter", 4), (3, "load-line", 1), (6, "load-manual", 0)],
)
def test_the_longer_one_waits_the_less_is_asked_for(wait: float, told: str, lines: int) -> None:
    found = complete(wait)
    assert found.told == told
    assert len(found.text.splitlines()) == lines
    assert found.reason == ("load-manual" if not lines else "ok")


def test_who_asks_by_hand_gets_an_answer() -> None:
    assert complete(6, explicit=True).text


def test_zero_switches_it_off() -> None:
    assert complete(100, slow=0).told == "ok"


def test_an_engine_that_is_nobody_elses_is_never_strained() -> None:
    assert strain.of(ScriptedEngine("x"), Settings()) == strain.USUAL


def test_a_silence_stays_what_it_was() -> None:
    assert strain.decide(Decision("none", "mid-word"), strain.ease(9, 1), explicit=False).reason == "mid-word"


def test_every_step_has_a_reason_and_asks_for_no_more_than_the_one_before() -> None:
    steps = [step for _, step in strain.STEPS[::-1]]
    assert all(step.reason in REASONS for step in steps)
    assert [step.lines for step in steps[:2]] == [4, 1]
    assert [step.pause_s for step in steps] == sorted(step.pause_s for step in steps)


def test_the_prompt_stays_the_same_so_that_its_cache_holds() -> None:
    usual, less = complete(0).explain.prompt, complete(2).explain.prompt
    assert usual is not None
    assert usual == less
