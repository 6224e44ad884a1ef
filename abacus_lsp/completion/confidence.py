"""How sure a model was of what it wrote, and whether that is enough to show it unasked.

Core: numbers. An engine tells the logarithm of each token's probability, or it does not; then nothing is held back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST_MEAN: Final = -1.5
"""Nats a token, on average. Chosen with the embedded Gemma 3 270M on 183 places of a Python and of a Java project where
text is due (`eval fim13 --set completion.confidenceGate=false`, whose report has the bands): of 154 answers 5 are below,
all far from the truth (edit similarity 0.07; above 0.47). None of the 61 below -0.5 was exactly right either, but a
third of them was half right (0.36), and silence there would leave too many places without an answer."""

Mark = tuple[int, float]
"""(where in the answer a piece begins, the logarithm of its probability)."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """Natural logarithms of probabilities over the tokens that are shown: their mean, and the least; `tokens` of them.

    Tokens that were guessed from the prompt and checked as a run are told by no engine: they are left out.
    """

    mean: float
    least: float
    tokens: int


def of(marks: Sequence[Mark], raw: str, text: str) -> Confidence | None:
    """What is known of `text`, which filters took out of `raw`; None when nothing is."""
    start = max(raw.find(text), 0)
    end = start + len(text)
    told = [logprob for at, logprob in marks if start <= at < end] or [logprob for _, logprob in marks[:1]]
    return Confidence(sum(told) / len(told), min(told), len(told)) if told else None


def unsure(confidence: Confidence | None) -> bool:
    """Whether the answer had better not be shown to somebody who did not ask for it."""
    return confidence is not None and confidence.mean < LEAST_MEAN
