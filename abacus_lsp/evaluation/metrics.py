"""How good answers are, and how sure that is: exact match, edit similarity, intervals.

Knows strings and numbers. Must not know models, files or how anything is printed. Everything random is seeded:
the same answers give the same report. Intervals are for 95 %.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

_Z = 1.959963984540054  # of the normal distribution, 95 % two-sided
RESAMPLES = 4000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the interval it lies in, in the unit of what was counted."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> "Estimate":
        """In another unit: shares to points with 100."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor)


def exact_match(answer: str, truth: str) -> bool:
    """The same text, blanks at both ends apart."""
    return answer.strip() == truth.strip()


def edit_similarity(answer: str, truth: str) -> float:
    """0 (nothing in common) to 1 (the same): insertions and deletions against the sum of both lengths.

    The figure published for completion benchmarks (`fuzz.ratio` / 100); two empty texts are the same.
    """
    total = len(answer) + len(truth)
    return 2 * _common(answer, truth) / total if total else 1.0


def _common(left: str, right: str) -> int:
    """Length of the longest common subsequence; a column of the table is the bits of one integer."""
    places: dict[str, int] = {}
    for index, character in enumerate(left):
        places[character] = places.get(character, 0) | 1 << index
    every = (1 << len(left)) - 1
    row = every
    for character in right:
        hits = row & places.get(character, 0)
        row = ((row + hits) | (row - hits)) & every
    return len(left) - row.bit_count()


def wilson(successes: int, tries: int) -> Estimate:
    """A share with Wilson's interval: sensible near 0 and 1 and for few tries. No tries: anything from 0 to 1."""
    if not tries:
        return Estimate(0.0, 0.0, 1.0)
    share, square = successes / tries, _Z * _Z
    middle = (share + square / (2 * tries)) / (1 + square / tries)
    half = _Z / (1 + square / tries) * math.sqrt(share * (1 - share) / tries + square / (4 * tries * tries))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def mean(values: Sequence[float], seed: int = 0, resamples: int = RESAMPLES) -> Estimate:
    """The mean with its bootstrap interval (percentiles of the means of resamples)."""
    if not values:
        return Estimate(0.0, 0.0, 0.0)
    chosen = random.Random(seed)  # noqa: S311  (a statistic, not a secret)
    size = len(values)
    means = sorted(sum(chosen.choices(values, k=size)) / size for _ in range(resamples))
    return Estimate(sum(values) / size, _quantile(means, 0.025), _quantile(means, 0.975))


def paired_difference(
    after: Sequence[float], before: Sequence[float], seed: int = 0, resamples: int = RESAMPLES
) -> Estimate:
    """Mean of `after` less mean of `before`, measured on the same cases in the same order.

    Cases are resampled with both their values, so what makes a case hard for both falls out.
    """
    return mean([late - early for late, early in zip(after, before, strict=True)], seed, resamples)


def ratio_of_means(
    over: Sequence[float], under: Sequence[float], seed: int = 0, resamples: int = RESAMPLES
) -> Estimate:
    """Mean of `over` by mean of `under`, measured on the same cases in the same order, which are resampled in pairs.

    Two means of 0 are equal: 1. Where only the lower one is 0, it counts as one case of 1.
    """
    size = len(over)
    chosen = random.Random(seed)  # noqa: S311  (a statistic, not a secret)
    places = range(size)
    drawn = (chosen.choices(places, k=size) for _ in range(resamples if size else 0))
    found = sorted(_quotient(sum(over[at] for at in ats), sum(under[at] for at in ats)) for ats in drawn)
    if not found:
        return Estimate(1.0, 1.0, 1.0)
    low, high = found[int(0.025 * resamples)], found[min(int(0.975 * resamples), resamples - 1)]
    return Estimate(_quotient(sum(over), sum(under)), low, high)


def _quotient(over: float, under: float) -> float:
    return over / (under or 1.0) if over or under else 1.0


def median(values: Sequence[float]) -> float:
    """The middle value; 0 for none."""
    return _quantile(sorted(values), 0.5) if values else 0.0


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Interpolated between the two nearest."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
