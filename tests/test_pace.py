"""When to begin: rhythm and allowance, told the time."""

import pytest

from abacus_lsp.completion.pace import Allowance, Rhythm


def typist(gap: float, latency: float) -> Rhythm:
    rhythm = Rhythm()
    for key in range(10):
        rhythm.key(key * gap)
    rhythm.answered(latency)
    return rhythm


@pytest.mark.parametrize(
    ("gap", "latency", "low", "high"),
    [
        (0.1, 0.02, 0.1, 0.12),  # a quick model waits for the key that is surely coming
        (0.1, 0.5, 0, 0),  # a slow one begins at once
        (0.4, 0.05, 0.15, 0.15),  # never longer than what is set
    ],
)
def test_the_wait_follows_rhythm_and_latency(gap: float, latency: float, low: float, high: float) -> None:
    assert low - 1e-9 <= typist(gap, latency).wait(0.15, 100.0) <= high + 1e-9


def test_under_strain_a_slow_answer_is_no_reason_to_begin_early() -> None:
    slow = typist(0.1, 3.0)
    assert slow.wait(0.15, 100.0) == 0
    assert slow.wait(0.15, 100.0, strain=0.2) == pytest.approx(0.13)
    assert typist(0.4, 3.0).wait(0.15, 100.0, strain=0.2) == pytest.approx(0.35), "not longer than is allowed"


def test_who_rests_has_not_pressed_a_key_for_longer_than_usual() -> None:
    assert Rhythm().unrested(5.0) == 0, "nobody has typed"
    rhythm = typist(0.2, 0.02)  # the last key came at 1.8
    assert rhythm.unrested(1.8) == pytest.approx(0.3)
    assert rhythm.unrested(2.0) == pytest.approx(0.1)
    assert rhythm.unrested(2.2) == 0
    assert typist(0.01, 0.02).unrested(0.09) == pytest.approx(0.2), "not shorter for the fastest"
    assert typist(0.9, 0.02).unrested(8.1) == pytest.approx(0.5), "nor longer for the slowest"


def test_pauses_are_not_rhythm() -> None:
    rhythm = typist(0.1, 0.02)
    rhythm.key(100.0)
    assert rhythm.wait(0.15, 100.0) == pytest.approx(0.11)


def test_the_first_keys_do_not_wait() -> None:
    rhythm = Rhythm()
    rhythm.key(0.0)
    rhythm.key(0.1)
    assert rhythm.wait(0.15, 100.0) == 0


def test_an_allowance_comes_back_after_a_minute() -> None:
    allowance = Allowance(10)
    allowance.spend(8, 0)
    allowance.spend(4, 30)
    assert allowance.left(31) == -2
    assert allowance.left(61) == 6
    assert allowance.left(91) == 10


def test_rejections_make_it_quiet_for_a_while() -> None:
    rhythm = Rhythm()
    for _ in range(3):
        rhythm.rejected(0.0)
    assert rhythm.wait(0.15, 0.0) == pytest.approx(0.45)
    assert rhythm.wait(0.15, 300.0) == pytest.approx(0.225)
    assert rhythm.wait(0.15, 601.0) == 0
    rhythm.accepted(0.0)
    assert rhythm.quiet(0.0) == pytest.approx(0.36)
    for _ in range(20):
        rhythm.rejected(0.0)
    assert rhythm.quiet(0.0) == 3
