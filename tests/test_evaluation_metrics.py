"""Figures and intervals, worked by hand and against rapidfuzz."""

import random
from statistics import fmean, stdev

import pytest
from rapidfuzz import fuzz

from abacus_lsp.evaluation.metrics import (
    edit_similarity,
    exact_match,
    mean,
    median,
    paired_difference,
    wilson,
)


@pytest.mark.parametrize(
    ("answer", "truth", "expected"),
    [
        ("x", "x", True),
        (" x)", "x)  ", True),
        ("x", "y", False),
        ("x y", "xy", False),
        ("", " ", True),
        ("", "x", False),
    ],
)
def test_exact_match_forgives_blanks_at_the_ends_only(answer: str, truth: str, expected: bool):
    assert exact_match(answer, truth) is expected


@pytest.mark.parametrize(
    ("answer", "truth", "expected"),
    [
        ("", "", 1.0),
        ("", "a", 0.0),
        ("abc", "abc", 1.0),
        ("abc", "xyz", 0.0),
        ("abcd", "abxd", 6 / 8),  # abd in common
        ("kitten", "sitting", 8 / 13),  # ittn in common
        ("计算", "计划", 2 / 4),
    ],
)
def test_edit_similarity_by_hand(answer: str, truth: str, expected: float):
    assert edit_similarity(answer, truth) == pytest.approx(expected)


def test_edit_similarity_is_rapidfuzz_ratio():
    chosen = random.Random(7)
    for _ in range(500):
        left, right = ("".join(chosen.choices("ab c(_计😀", k=chosen.randrange(90))) for _ in range(2))
        assert edit_similarity(left, right) == pytest.approx(fuzz.ratio(left, right) / 100, abs=1e-9)


def test_wilson_by_hand():
    half = wilson(5, 10)
    assert (half.value, half.low, half.high) == pytest.approx((0.5, 0.2366, 0.7634), abs=1e-4)
    none = wilson(0, 10)
    assert (none.value, none.low, none.high) == pytest.approx((0.0, 0.0, 0.2775), abs=1e-4)
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_bootstrap_interval_is_near_the_normal_one_and_the_same_twice():
    chosen = random.Random(1)
    values = [chosen.gauss() for _ in range(400)]
    found = mean(values, seed=3)
    assert found == mean(values, seed=3)
    assert found != mean(values, seed=4)
    half = 1.96 * stdev(values) / 20
    middle = fmean(values)
    assert (found.value, found.low, found.high) == pytest.approx(
        (middle, middle - half, middle + half), abs=0.01
    )


def test_a_paired_difference_is_surer_than_two_means():
    hard = [index % 2 for index in range(200)]  # what makes a case hard makes it hard for both
    after = [float(case or index < 20) for index, case in enumerate(hard)]
    before = [float(case) for case in hard]
    gain = paired_difference(after, before)
    assert gain.value == pytest.approx(0.05)
    assert 0.01 < gain.low < 0.05 < gain.high < 0.09
    alone = mean(after)
    assert alone.high - alone.low > gain.high - gain.low
    with pytest.raises(ValueError, match="longer"):
        paired_difference([1.0], [1.0, 0.0])


def test_nothing_measured_is_zero():
    assert mean([]).times(100).value == 0
    assert median([]) == 0


def test_median_lies_between_the_middle_two():
    assert median([4.0, 1.0, 3.0]) == 3.0
    assert median([4.0, 1.0, 3.0, 2.0]) == 2.5
