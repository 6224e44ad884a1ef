"""`abacus-lsp eval fim13`: aiXcoder's thirteen categories from any repository, through the pipeline an editor uses.

Knows cases, a route to ask, metrics. Must not know command lines. The automatic trigger decides everywhere: silence
where text is due counts against it as much as text where nothing is due.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any, Final

from abacus_lsp.completion.confidence import LEAST, LIKELY
from abacus_lsp.evaluation import validity
from abacus_lsp.evaluation.bleu import bleu
from abacus_lsp.evaluation.fim13_cases import CATEGORIES, EMPTY, Case
from abacus_lsp.evaluation.html import Bar, Plot
from abacus_lsp.evaluation.ledger import Ledger
from abacus_lsp.evaluation.metrics import Estimate, edit_similarity, exact_match, mean, wilson
from abacus_lsp.evaluation.report import Check
from abacus_lsp.evaluation.route import Route, Tick

EMPTY_SILENT: Final = 0.90
DUE_SHOWN: Final = 0.70
LENGTH_RATIO: Final = (0.8, 1.25)
BANDS: Final = (-inf, LEAST, -4.0, -2.5, -1.2, LIKELY, -0.3, -0.1, inf)
_RESAMPLES: Final = 2000


@dataclass(frozen=True, slots=True)
class Answered:
    """A case and what was shown for it; `reason` tells why nothing was, `sure` as in `route.Answer`."""

    case: Case
    text: str
    reason: str
    seconds: float
    sure: float | None = None

    @property
    def shown(self) -> bool:
        """Whether there was anything but blanks."""
        return bool(self.text.strip())

    @property
    def right(self) -> bool:
        """Exactly the truth, or silence where nothing is due."""
        return exact_match(self.text, self.case.truth)


def answer(cases: Sequence[Case], route: Route, kept: Ledger, tick: Tick) -> list[Answered]:
    """Ask for every case, by the automatic trigger.

    Raises:
        EngineError: the model fails.
    """
    found: list[Answered] = []
    for case in cases:
        row = kept.get(case.key)
        if row is None:
            got = route.ask(case.spot)
            row = kept.add(
                case.key,
                {"text": got.text, "reason": got.reason, "seconds": got.seconds, "sure": got.sure},
            )
        text = row["text"].replace("\r\n", "\n")
        found.append(Answered(case, text, row["reason"], row["seconds"], row["sure"]))
        tick()
    return found


def figures(answered: Sequence[Answered], seed: int) -> dict[str, Any]:
    """One row a category, and the summary."""
    due, empty = _due(answered), _empty(answered)
    shown, silent = _share(due, lambda one: one.shown), _share(empty, lambda one: not one.shown)
    ratio = length_ratio(due, seed)
    reasons: dict[str, int] = {}
    for one in answered:
        reasons[one.reason or "unknown"] = reasons.get(one.reason or "unknown", 0) + 1
    return {
        "empty_silent": [silent.value, silent.low, silent.high],
        "due_shown": [shown.value, shown.low, shown.high],
        "length_ratio": [ratio.value, ratio.low, ratio.high],
        "categories": {
            category: _category([one for one in answered if one.case.category == category], seed)
            for category in CATEGORIES
        },
        "by_confidence": by_confidence(due),
        "foreign": {kind: foreign(answered).count(kind) for kind in ("fence", "marker", "chatter")},
        "reasons": dict(sorted(reasons.items(), key=lambda pair: -pair[1])),
    }


def by_confidence(due: Sequence[Answered]) -> dict[str, dict[str, float]]:
    """Answers shown by how sure the model was: how many, how many of them right, how similar they are.

    The bands are named after their lower bound, in nats of the first word; the gate's two are among them. With the gate
    on, nothing is below its lower one: `--set completion.confidenceGate=false` shows what it would hold back.
    """
    rows: dict[str, dict[str, float]] = {}
    for low, high in pairwise(BANDS):
        inside = [one for one in due if one.shown and one.sure is not None and low <= one.sure < high]
        count = max(len(inside), 1)
        rows[f"{low:g}"] = {
            "answers": len(inside),
            "exact_match": 100 * sum(one.right for one in inside) / count,
            "edit_similarity": 100 * sum(_similar(one) for one in inside) / count,
        }
    return rows


def checks(answered: Sequence[Answered], seed: int) -> tuple[Check, ...]:
    """What was promised of them."""
    due, empty = _due(answered), _empty(answered)
    found = [Check("foreign_text", len(foreign(answered)), at_most=0)]
    if empty:
        silent = _share(empty, lambda one: not one.shown).value
        found.append(Check("empty_silent", silent, at_least=EMPTY_SILENT))
    if due:
        ratio = length_ratio(due, seed).value
        found += [
            Check("due_shown", _share(due, lambda one: one.shown).value, at_least=DUE_SHOWN),
            Check("length_ratio", ratio, at_least=LENGTH_RATIO[0]),
            Check("length_ratio.most", ratio, at_most=LENGTH_RATIO[1]),
        ]
    return tuple(found)


def foreign(answered: Sequence[Answered]) -> list[str]:
    """Fences, control tokens and prose in answers, where the truth has none of the kind."""
    found: list[str] = []
    for one in answered:
        kind = validity.foreign(one.text, one.case.spot.language)
        if kind and kind != validity.foreign(one.case.truth, one.case.spot.language):
            found.append(kind)
    return found


def length_ratio(due: Sequence[Answered], seed: int) -> Estimate:
    """Characters shown to characters due, blanks at the ends apart, over the cases with an answer.

    Silences are left out: `due_shown` counts them. 0 without answers.
    """
    sizes = [(len(one.text.strip()), len(one.case.truth.strip())) for one in due if one.shown]
    if not sizes:
        return Estimate(0.0, 0.0, 0.0)
    chosen = random.Random(seed)  # noqa: S311  (a statistic, not a secret)
    resampled = sorted(_ratio(chosen.choices(sizes, k=len(sizes))) for _ in range(_RESAMPLES))
    return Estimate(_ratio(sizes), resampled[int(0.025 * _RESAMPLES)], resampled[int(0.975 * _RESAMPLES)])


def _ratio(sizes: Sequence[tuple[int, int]]) -> float:
    return sum(made for made, _ in sizes) / sum(wanted for _, wanted in sizes)


def plots(metrics: dict[str, Any]) -> list[Plot]:
    """For the HTML report."""
    rows: dict[str, dict[str, Any]] = metrics["categories"]
    drawn = [
        Plot(title, unit, tuple(Bar(name, row[column]) for name, row in rows.items() if row["cases"]), most)
        for title, column, unit, most in (
            ("Exact match", "exact_match", "%", 100.0),
            ("Edit similarity", "edit_similarity", "%", 100.0),
            ("BLEU-4", "bleu_4", "%", 100.0),
            ("Answers shown", "shown", "%", 100.0),
            ("Length, answer to truth", "length_ratio", "", 0.0),
        )
    ]
    for title, column, unit in (("how many", "answers", ""), ("edit similarity", "edit_similarity", "%")):
        bands = tuple(Bar(name, row[column]) for name, row in metrics["by_confidence"].items())
        drawn.append(Plot(f"Answers by confidence (nats of the first word, from), {title}", unit, bands, 0.0))
    lines: dict[str, dict[str, Any]] = metrics.get("lines", {})
    if lines:
        bars = tuple(Bar(way, row["exact_match"], *row["em_interval"]) for way, row in lines.items())
        drawn.append(Plot("Rest of the line, exact match", "%", bars, 0.0))
    return drawn


def _category(rows: Sequence[Answered], seed: int) -> dict[str, Any]:
    """A silence scores nothing where text is due, and all of it where none is."""
    return {
        "cases": len(rows),
        "exact_match": 100 * _share(rows, lambda one: one.right).value,
        "bleu_4": 100 * mean([bleu(one.text, one.case.truth) for one in rows], seed, 1).value,
        "edit_similarity": 100 * mean([_similar(one) for one in rows], seed, 1).value,
        "length_ratio": length_ratio(rows, seed).value if rows and rows[0].case.category != EMPTY else 0.0,
        "shown": 100 * _share(rows, lambda one: one.shown).value,
    }


def _similar(one: Answered) -> float:
    return edit_similarity(one.text.strip(), one.case.truth.strip())


def _due(answered: Sequence[Answered]) -> list[Answered]:
    return [one for one in answered if one.case.category != EMPTY]


def _empty(answered: Sequence[Answered]) -> list[Answered]:
    return [one for one in answered if one.case.category == EMPTY]


def _share(rows: Sequence[Answered], holds: Callable[[Answered], bool]) -> Estimate:
    return wilson(sum(map(holds, rows)), len(rows))
