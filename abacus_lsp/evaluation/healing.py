"""`abacus-lsp eval healing`: what token healing gains where a line is cut at a random place.

Knows the product's own pieces (window, render, engine) and puts them together as a keystroke would, twice for
each place: with the half-typed word taken out of the prompt and forced back, and with the prefix as it is.
Must not know command lines. Both ways see the same window and run one after the other, in alternating order.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from abacus_lsp import syntax, window
from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion.pipeline import Model
from abacus_lsp.engines.abilities import Healing
from abacus_lsp.engines.base import ModelError, Sampling
from abacus_lsp.evaluation.metrics import (
    Estimate,
    edit_similarity,
    exact_match,
    mean,
    median,
    paired_difference,
    wilson,
)
from abacus_lsp.evaluation.places import KINDS, Place
from abacus_lsp.evaluation.report import Check, Suite
from abacus_lsp.prompts import render
from abacus_lsp.prompts.prompt import Prompt

PREFIX_TOKENS: Final = 384  # enough to see the function; a longer window costs both ways the same
MOST_TOKENS: Final = 64  # of an answer; the rest of a line is seldom longer
GAIN_POINTS: Final = 6.0
GAIN_LOWER: Final = 3.0


@dataclass(frozen=True, slots=True)
class Pair:
    """The answers at one place, up to the end of the line; `seconds` for (healed, plain)."""

    place: Place
    healed: str
    plain: str
    seconds: tuple[float, float]


def measure(places: Sequence[Place], model: Model, seed: int, tick: Callable[[], None]) -> Suite:
    """Answer every place both ways and compare.

    Args:
        places: see `places.pick`.
        model: a loaded one that can heal.
        seed: of the bootstrap.
        tick: called after every place.

    Raises:
        EngineError: the model fails, or its engine cannot force the start of an answer.
    """
    engine = model.engine
    if not (isinstance(engine, Healing) and engine.can_heal()):
        raise ModelError(
            f"{engine.info.name} ({engine.info.engine}) cannot force the start of an answer: there is no healing "
            "to measure. Use a GGUF or transformers model."
        )
    pairs: list[Pair] = []
    start = time.perf_counter()
    for number, place in enumerate(places):
        pairs.append(answers(place, model, healed_first=number % 2 == 0))
        tick()
    return report(pairs, engine.info.name, seed, time.perf_counter() - start)


def answers(place: Place, model: Model, *, healed_first: bool) -> Pair:
    """Complete the line both ways."""
    cursor = place.head
    site = syntax.site_at(cursor, model.trees)
    view = window.around(cursor, site, window.Budget(PREFIX_TOKENS, 0), model.counter)
    got: dict[bool, tuple[str, float]] = {}
    for heal in (healed_first, not healed_first):
        prompt = render.render(model.profile, view, path=place.path.name, language=site.language, heal=heal)
        start = time.perf_counter()
        text = line(prompt, model)
        got[heal] = text, time.perf_counter() - start
    return Pair(place, got[True][0], got[False][0], (got[True][1], got[False][1]))


def line(prompt: Prompt, model: Model) -> str:
    """What the model writes up to the end of the line, greedily; the healed text is not part of it."""
    sampling = Sampling(max_tokens=MOST_TOKENS + model.counter(prompt.heal))
    pieces = model.engine.stream(prompt, sampling, CancelToken())
    text = ""
    try:
        for piece in pieces:
            text += piece.text
            if "\n" in text:
                break
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    return text.partition("\n")[0]


def report(pairs: Sequence[Pair], model: str, seed: int, seconds: float) -> Suite:
    """Shares in percent, differences in points, intervals for 95 %."""
    healed_right, plain_right = (_right(pairs, 0), _right(pairs, 1))
    gain = paired_difference(healed_right, plain_right, seed).times(100)
    similar = paired_difference(_similar(pairs, 0), _similar(pairs, 1), seed).times(100)
    both = list(zip(healed_right, plain_right, strict=True))
    metrics: dict[str, Any] = {
        "model": model,
        "places": len(pairs),
        "files": len({pair.place.path for pair in pairs}),
        "seed": seed,
        "seconds": seconds,
        "variants": {"healed": _variant(pairs, 0, seed), "plain": _variant(pairs, 1, seed)},
        "gain": {
            "exact_match": {"points": gain.value, "interval": _interval(gain)},
            "edit_similarity": {"points": similar.value, "interval": _interval(similar)},
        },
        "discordant": {
            "only_healed_right": both.count((1.0, 0.0)),
            "only_plain_right": both.count((0.0, 1.0)),
        },
        "kinds": {kind: _kind([pair for pair in pairs if pair.place.kind == kind]) for kind in KINDS},
    }
    checks = (
        Check("em_gain_points", gain.value, at_least=GAIN_POINTS),
        Check("em_gain_lower_95", gain.low, at_least=GAIN_LOWER),
    )
    return Suite("healing", metrics, checks)


def _answer(pair: Pair, which: int) -> str:
    return (pair.healed, pair.plain)[which]


def _right(pairs: Sequence[Pair], which: int) -> list[float]:
    return [float(exact_match(_answer(pair, which), pair.place.rest)) for pair in pairs]


def _similar(pairs: Sequence[Pair], which: int) -> list[float]:
    return [edit_similarity(_answer(pair, which).strip(), pair.place.rest.strip()) for pair in pairs]


def _variant(pairs: Sequence[Pair], which: int, seed: int) -> dict[str, Any]:
    right = wilson(int(sum(_right(pairs, which))), len(pairs)).times(100)
    similar = mean(_similar(pairs, which), seed).times(100)
    return {
        "exact_match": right.value,
        "em_interval": _interval(right),
        "edit_similarity": similar.value,
        "es_interval": _interval(similar),
        "median_ms": median([1000 * pair.seconds[which] for pair in pairs]),
    }


def _kind(pairs: Sequence[Pair]) -> dict[str, Any]:
    sizes = max(len(pairs), 1)
    return {
        "places": len(pairs),
        "em_healed": 100 * sum(_right(pairs, 0)) / sizes,
        "em_plain": 100 * sum(_right(pairs, 1)) / sizes,
        "es_healed": 100 * sum(_similar(pairs, 0)) / sizes,
        "es_plain": 100 * sum(_similar(pairs, 1)) / sizes,
    }


def _interval(estimate: Estimate) -> list[float]:
    return [estimate.low, estimate.high]
