"""How sure a model was of what it wrote, and whether that is enough to show it unasked.

Core: numbers. An engine tells the logarithm of each token's probability, or it does not; then nothing is held back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST: Final = -7.0
LIKELY: Final = -0.6
"""Logarithms of the probability of an answer's first word (up to the first blank behind it): below the one it is not
shown unasked, from the other on it is shown at once, and between them when the typist rests.

Chosen with the embedded Gemma 3 270M at 240 places of the Python library and of this program, a quarter of them where a
line begins (208 answers): of 17 below -7 none had the first word right, of 23 down to -4 a third, of 90 down to -0.6
36 %, of 78 above it 82 %. The first word tells more than the mean of all tokens: for "its first word is right" the area
under the curve is 0.78 against 0.64, for "the line is right" both have 0.72."""

Mark = tuple[int, float]
"""(where in the answer a piece begins, the logarithm of its probability)."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """Natural logarithms of probabilities: of the first word as a whole, and over the tokens that are shown their mean
    and the least; `tokens` of them.

    Tokens that were guessed from the prompt and checked as a run are told by no engine: they are left out.
    """

    mean: float
    least: float
    tokens: int
    first: float


def of(marks: Sequence[Mark], raw: str, text: str) -> Confidence | None:
    """What is known of `text`, which filters took out of `raw`; None when nothing is."""
    start = max(raw.find(text), 0)
    told = _within(marks, start, start + len(text))
    if not told:
        return None
    blanks = len(text) - len(text.lstrip())
    word = text[blanks:].split(maxsplit=1)[:1]
    first = _within(marks, start, start + blanks + len("".join(word)))
    return Confidence(sum(told) / len(told), min(told), len(told), sum(first))


def unsure(confidence: Confidence | None) -> bool:
    """Whether the answer had better not be shown to somebody who did not ask for it."""
    return confidence is not None and confidence.first < LEAST


def doubtful(confidence: Confidence | None) -> bool:
    """Whether it is likelier wrong than right from the start: nothing to put before somebody who is typing on."""
    return confidence is not None and confidence.first < LIKELY


def _within(marks: Sequence[Mark], start: int, end: int) -> list[float]:
    """Of the pieces that begin there; of the first piece where none does."""
    return [logprob for at, logprob in marks if start <= at < end] or [logprob for _, logprob in marks[:1]]
