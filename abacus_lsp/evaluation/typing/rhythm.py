"""How somebody types: the times between keys, where they pause, where they slip.

Knows numbers and a seeded generator. Must not know files, clients or clocks. The same generator state gives
the same times.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PAUSE_MS: Final = 500
"""From here on a gap is a pause: the typist looks at the screen."""

_SPREAD: Final = 0.35  # of the logarithm of the time between two keys of a burst
_BURST_MS: Final = (40.0, PAUSE_MS - 20.0)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One way of typing.

    Attributes:
        key_ms: median time between two keys of a burst.
        pause_ms: shortest and longest pause.
        line_start: share of lines before whose first character there is a pause.
        line_end: the same before the key that ends a line.
        part: the same before a name, an argument, a value inside a line.
        slip: share of letters before which a wrong one is typed and taken back.
    """

    key_ms: float
    pause_ms: tuple[float, float]
    line_start: float = 0.9
    line_end: float = 0.15
    part: float = 0.3
    slip: float = 0.02


RHYTHMS: Final[Mapping[str, Rhythm]] = {
    "fast": Rhythm(110, (500, 1500)),
    "normal": Rhythm(170, (600, 2000)),
    "slow": Rhythm(280, (900, 3500)),
}


def burst(rhythm: Rhythm, chosen: random.Random) -> float:
    """Milliseconds between two keys that follow each other."""
    low, high = _BURST_MS
    return min(max(rhythm.key_ms * chosen.lognormvariate(0, _SPREAD), low), high)


def gap(rhythm: Rhythm, chosen: random.Random, pause: float) -> float:
    """Milliseconds before a key: with the probability `pause` a pause, else the time inside a burst."""
    # Both are drawn always, so that one place's fate does not shift the times of all that follow.
    quick, long, lot = burst(rhythm, chosen), chosen.uniform(*rhythm.pause_ms), chosen.random()
    return max(long, PAUSE_MS) if lot < pause else quick
