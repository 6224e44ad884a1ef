"""`bench decode` and `bench loop` without a model: which places, which answers count, what is promised."""

from pathlib import Path

import pytest

from abacus_lsp.engines.base import Piece
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.evaluation import decode, loop
from abacus_lsp.evaluation.report import CannotMeasure


@pytest.mark.parametrize(
    ("text", "circles"),
    [
        ("", False),
        ("a = 1\nb = 2\nc = 3\n", False),
        ("    return x\n    return x\n    return x\n", True),
        ("x = 1\ny\n}\n}\n}\nz", False),
        ("value = [0, 0, 0, 0, 0", True),
        ("value = [0, 0, 0", False),
        ("if x:\n            ", False),
        ("a.b.c", False),
        ("def f():\n    pass\n\n\ndef g():\n    pass\n", False),
    ],
)
def test_answers_that_run_in_circles(text: str, circles: bool):
    assert decode.in_circles(text) == circles


def test_repeated_is_the_share_of_runs_seen_before():
    assert decode.repeated("a b c d e f", "a b c d e") == 1.0
    assert decode.repeated("a b c d", "w x y z") == 0.0
    assert decode.repeated("a b c d", "a b c d x") == 0.5
    assert decode.repeated("a b c d", "a b") == 0.0


def test_the_gap_where_the_texts_part():
    plain = [Piece("a", margin=3.0), Piece("bc", margin=0.2), Piece("d", margin=9.0)]
    assert decode.parting(plain, [Piece("abcd")]) is None
    assert decode.parting(plain, [Piece("ab"), Piece("cde")]) is None, "the same text, cut otherwise"
    assert decode.parting(plain, [Piece("a"), Piece("bX")]) == 0.2
    assert decode.parting([Piece("a")], [Piece("b")]) == float("inf"), "unknown is no excuse"


def test_a_token_that_begins_with_another_is_another_token():
    plain = [Piece(" as", margin=6.0), Piece(" f", margin=0.1), Piece(":", margin=3.8)]
    assert decode.parting(plain, [Piece(" as"), Piece(" file"), Piece(":")]) == 0.1
    assert decode.parting(plain, [Piece(" as"), Piece(" f"), Piece("_")]) == 3.8
    assert decode.parting(plain, [Piece(" as file:")]) == 0.1, "of several the nearest"


def test_places_are_real_files_that_repeat_themselves_and_the_seed_decides(tmp_path: Path):
    names = [f"entry_{n % 5}" for n in range(200)]
    repeating = "".join(f"def {name}(self, x):\n    return self.compute(x, {name!r})\n" for name in names)
    for number in range(3):
        (tmp_path / f"r{number}.py").write_text(repeating)
    (tmp_path / "words.py").write_text("\n".join(f"w{n} x{n} y{n} z{n}" for n in range(2000)))
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe" * 9000)
    found = decode.contexts(tmp_path, 3, 1)
    assert found == decode.contexts(tmp_path, 3, 1)
    assert all(text in repeating and text.endswith("\n") for text in found)
    with pytest.raises(CannotMeasure, match="3 of 4"):
        decode.contexts(tmp_path, 4, 1)


def test_every_pair_is_measured_and_circles_are_left_out():
    def script(prompt):
        return "same\n" * 9 if "circle" in prompt.text else "a = b + c\n"

    pair = decode.Pair("scripted", ScriptedEngine(script), ScriptedEngine(script))
    ticks: list[int] = []
    suite = decode.measure([pair], ["one", "circle", "two"], 2, 40, lambda: ticks.append(1))
    assert len(ticks) == 3
    assert suite.metrics["scripted"]["answers"] == 2
    assert suite.metrics["scripted"]["in_circles"] == 1
    assert suite.metrics["scripted"]["answers_that_differ"] == 0
    assert [check.name for check in suite.checks] == ["lookup_speedup", "largest_gap_nats"]
    with pytest.raises(CannotMeasure, match="circles"):
        decode.measure([pair], ["circle"], 1, 40, lambda: None)


def test_cancel_is_measured_by_what_the_next_question_feels():
    engine = ScriptedEngine("x " * 500, context=100_000)
    found = loop.cancels(engine, "a = 1\n" * 100, 3, lambda: None)
    assert set(found) == {"token_ms", "cancel_idle_ms", "cancel_idle_reading_ms"}
    assert all(value >= 0 for value in found.values())


def test_the_loop_report_checks_the_busy_round_trips():
    found = {"idle": [1.0] * 100, "busy": [2.0] * 95 + [30.0] * 5}
    cancelled = {"token_ms": 20.0, "cancel_idle_ms": 60.0, "cancel_idle_reading_ms": 200.0}
    suite = loop.report(found, cancelled)
    assert {check.name: check.ok for check in suite.checks} == {
        "loop_delay_ms_p99": False,
        "cancel_idle_ms": True,
    }
    assert suite.checks[1].at_most == 70.0
