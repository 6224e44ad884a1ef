"""Traces: the same seed gives the same keys, and all keys together give the file, whatever the rhythm."""

import random
from pathlib import Path

import pytest

from abacus_lsp.evaluation.typing import rhythm, traces
from abacus_lsp.evaluation.typing.rhythm import RHYTHMS, Rhythm

PYTHON = '''\
def total(items):
    """Sum of the prices."""
    result = 0
    for item in items:
        if item.price:
            result += item.price

    return result


class Shop:
    def __init__(self):
        self.items = []
'''
CHINESE = """\
def 统计(订单列表):
    # 计算每个订单的总价，忽略已取消的订单
    总价 = 0
    for 订单 in 订单列表:
        if 订单.已取消:
            continue
        总价 += 订单.金额  # 金额单位是分
    return 总价
"""
TABS = "func main() {\n\tif x {\n\t\trun()\n\t}\n\n\treturn\n}\n"
CLUMSY = Rhythm(100, (500, 900), slip=0.9)


def typed(trace: traces.Trace) -> str:
    """Perform every step, as the typist does; what then stands in the file."""
    text, cursor = trace.head + trace.tail, len(trace.head)
    done = 0
    for stroke in trace.strokes:
        assert stroke.start == done
        for step in stroke.steps:
            if step.kind == "jump":
                assert 0 <= step.target <= len(trace.head)
            elif step.kind != "return":
                at = cursor - step.delete
                text = text[:at] + step.insert + text[cursor:]
                cursor = at + len(step.insert)
        done = stroke.end
        assert text == trace.head + trace.truth[:done] + trace.tail
    return text


@pytest.mark.parametrize("text", [PYTHON, CHINESE, TABS, "x\n" * 30], ids=["python", "chinese", "tabs", "x"])
@pytest.mark.parametrize("manner", [*RHYTHMS.values(), CLUMSY], ids=[*RHYTHMS, "clumsy"])
@pytest.mark.parametrize("split", [0, 9])
def test_all_keys_together_give_the_file(text: str, manner: Rhythm, split: int) -> None:
    for seed in range(5):
        plan = traces.plan(Path("a.py"), text[:split], text[split:], random.Random(seed), 10_000, manner)
        assert plan.truth + plan.tail == text[split:]
        assert typed(plan) == text


def test_the_seed_decides_everything() -> None:
    text = PYTHON * 60
    one, same, other = (traces.make(Path("a.py"), text, seed, 50, RHYTHMS["normal"]) for seed in (1, 1, 2))
    assert one == same != other
    assert one is not None
    assert len(one.head) >= traces.LEAST_HEAD
    assert len([stroke for stroke in one.strokes if stroke.end > stroke.start]) >= 49
    assert one.tail.startswith("\n")


def test_a_short_file_gives_no_trace() -> None:
    assert traces.make(Path("a.py"), PYTHON, 0, 50, RHYTHMS["normal"]) is None


def test_slips_are_taken_back_and_a_jump_returns() -> None:
    plan = traces.plan(Path("a.py"), PYTHON * 10, PYTHON, random.Random(3), 60, CLUMSY)
    kinds = [step.kind for stroke in plan.strokes for step in stroke.steps]
    assert kinds.count("slip") == kinds.count("fix") > 20
    assert kinds.count("jump") == kinds.count("return") == 1
    assert kinds[kinds.index("jump") + 1] == "return"


def test_the_editor_indents_and_the_typist_corrects() -> None:
    still = Rhythm(100, (500, 900), slip=0)
    plan = traces.plan(Path("a.py"), "if a:", "\n    b\nc\n", random.Random(0), 99, still)
    steps = [[(step.kind, step.insert, step.delete) for step in stroke.steps] for stroke in plan.strokes]
    assert steps[0] == [("newline", "\n    ", 0)]
    assert steps[2] == [("newline", "\n    ", 0), ("dedent", "", 4)]


def test_chinese_is_committed_by_an_input_method() -> None:
    plan = traces.plan(Path("a.py"), "", CHINESE, random.Random(0), 10_000, RHYTHMS["slow"])
    lengths = {stroke.end - stroke.start for stroke in plan.strokes if plan.truth[stroke.start] > "\u4e00"}
    assert lengths == {1, 2, 3}


def test_going_on_after_an_accepted_text() -> None:
    still = Rhythm(100, (500, 900), slip=0)
    plan = traces.plan(Path("a.py"), "if a:", "\n    bc\n", random.Random(0), 99, still)
    assert [plan.from_place(done) for done in (5, 6)] == [plan.strokes[1], plan.strokes[2]]
    inside = plan.from_place(3)
    assert inside is not None
    assert (inside.start, inside.end, inside.steps[0].insert) == (3, 5, "  ")
    assert plan.from_place(len(plan.truth)) is None
    assert [plan.due(done) for done in (0, 5, 7)] == [False, True, False]


@pytest.mark.parametrize("name", RHYTHMS)
def test_gaps_keep_to_the_rhythm(name: str) -> None:
    chosen = random.Random(0)
    bursts = sorted(rhythm.gap(RHYTHMS[name], chosen, 0) for _ in range(2000))
    assert bursts[1000] == pytest.approx(RHYTHMS[name].key_ms, rel=0.05)
    assert bursts[-1] < rhythm.PAUSE_MS
    pauses = [rhythm.gap(RHYTHMS[name], chosen, 1) for _ in range(200)]
    assert min(pauses) >= rhythm.PAUSE_MS
    low, high = RHYTHMS[name].pause_ms
    assert low <= min(pauses) <= max(pauses) <= high
