"""Rests of lines: the whole pipeline against the bare model, at the same random places inside lines of real code.

Knows places, the pipeline's budgets, engines. The bare model continues the prefix as it stands, the healed one with the
half-typed word taken out and forced back; both read as much of the file before the cursor as the pipeline does, and
nothing else. Between them and the pipeline stands the model that is shown the text after the cursor, too: in its own
format, or in front of the prefix if it has none. All are cut at the end of the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from abacus_lsp import languages, syntax, window
from abacus_lsp.completion import budgets
from abacus_lsp.completion.pipeline import Model
from abacus_lsp.document import Cursor
from abacus_lsp.evaluation import healing, validity
from abacus_lsp.evaluation.ledger import Ledger
from abacus_lsp.evaluation.metrics import (
    Estimate,
    edit_similarity,
    exact_match,
    mean,
    paired_difference,
    wilson,
)
from abacus_lsp.evaluation.places import KINDS, Place
from abacus_lsp.evaluation.report import Check
from abacus_lsp.evaluation.route import Route, Spot, Tick
from abacus_lsp.prompts import render
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.settings import Settings

OVER_BARE: Final = 10.0  # points of exact match
OVER_HEALED: Final = 2.0
LEAST_PLACES: Final = 500
WAYS: Final = ("pipeline", "suffix", "healed", "bare")
GAINS: Final = (("pipeline", "bare"), ("pipeline", "healed"), ("pipeline", "suffix"), ("suffix", "healed"))


@dataclass(frozen=True, slots=True)
class Line:
    """The answers at one place, each up to the end of the line."""

    place: Place
    pipeline: str
    suffix: str
    healed: str
    bare: str

    def right(self, way: str) -> float:
        """1.0 when that way wrote exactly the rest of the line."""
        return float(exact_match(getattr(self, way), self.place.rest))

    def similar(self, way: str) -> float:
        """Edit similarity of that way's answer, 0 to 1."""
        return edit_similarity(getattr(self, way).strip(), self.place.rest.strip())


def spot(place: Place) -> Spot:
    """The file as it stands while the line is typed: its rest is missing, what is below is there."""
    after = place.text[place.offset + len(place.rest) :]
    return Spot(place.path, place.text[: place.offset] + after, place.offset)


@dataclass(frozen=True, slots=True)
class Ways:
    """What answers: the whole product, and the model it runs, with the budgets that the settings give both."""

    route: Route
    model: Model
    settings: Settings


def answer(places: Sequence[Place], ways: Ways, kept: Ledger, tick: Tick) -> list[Line]:
    """Every way at every place.

    Raises:
        EngineError: the model fails.
    """
    found: list[Line] = []
    for place in places:
        key = f"line:{place.path.as_posix()}:{place.offset}"
        row = kept.get(key)
        if row is None:
            shown = ways.route.ask(spot(place))
            plain = _prompt(place, ways, heal=False)
            forced = _prompt(place, ways, heal=True)
            bare = healing.line(plain, ways.model)
            row = kept.add(
                key,
                {
                    "pipeline": shown.text.partition("\n")[0].rstrip("\r"),
                    "suffix": healing.line(_prompt(place, ways, heal=True, suffix=True), ways.model),
                    "healed": healing.line(forced, ways.model) if forced.heal else bare,
                    "bare": bare,
                    "reason": shown.reason,
                    "seconds": shown.seconds,
                },
            )
        found.append(Line(place, *(row[way] for way in WAYS)))
        tick()
    return found


def _prompt(place: Place, ways: Ways, *, heal: bool, suffix: bool = False) -> Prompt:
    """The prefix alone, or with what stands after the cursor. Where nothing can be healed, healing changes nothing."""
    model = ways.model
    budget, _ = budgets.whole(ways.settings, model.engine.info, model.profile)
    if suffix:
        shown, profile, path = spot(place), model.profile, place.path.name
        cursor = Cursor(replace(place.head.snapshot, text=shown.text), shown.offset)
    else:
        cursor, path, budget = place.head, "", replace(budget, suffix=0)
        profile = replace(model.profile, order="prefix", layout="{prefix}", files="", bare="")
    site = syntax.site_at(cursor, model.trees)
    view = window.around(cursor, site, budget, model.counter)
    return render.render(profile, view, path=path, language=site.language, heal=heal)


def figures(lines: Sequence[Line], seed: int) -> dict[str, Any]:
    """Shares in percent, differences in points, intervals for 95 %."""
    metrics: dict[str, Any] = {
        "lines": {way: _way(lines, way, seed) for way in WAYS},
        "line_gain": {
            f"{better}_over_{way}": {
                **_points("em", over(lines, way, seed, better)),
                **_points("es", over(lines, way, seed, better, what="similar")),
                f"only_{better}_right": sum(line.right(better) > line.right(way) for line in lines),
                f"only_{way}_right": sum(line.right(better) < line.right(way) for line in lines),
            }
            for better, way in GAINS
        },
        "foreign_lines": foreign(lines),
        "line_kinds": {kind: _kind([line for line in lines if line.place.kind == kind]) for kind in KINDS},
    }
    return metrics


def foreign(lines: Sequence[Line]) -> int:
    """Answers of the pipeline with a fence, a control token or prose that the truth does not have."""
    return sum(
        bool(kind) and kind != validity.foreign(line.place.rest, language)
        for line in lines
        for language in [languages.by_path(line.place.path).id]
        for kind in [validity.foreign(line.pipeline, language)]
    )


def over(
    lines: Sequence[Line], way: str, seed: int, better: str = "pipeline", *, what: str = "right"
) -> Estimate:
    """Points by which the pipeline (or another way) is better, paired."""

    def scores(which: str) -> list[float]:
        return [line.right(which) if what == "right" else line.similar(which) for line in lines]

    return paired_difference(scores(better), scores(way), seed).times(100)


def checks(lines: Sequence[Line], seed: int) -> tuple[Check, ...]:
    """What was promised of them."""
    return (
        Check("em_over_bare", over(lines, "bare", seed).value, at_least=OVER_BARE),
        Check("em_over_healed", over(lines, "healed", seed).value, at_least=OVER_HEALED),
        Check("foreign_lines", foreign(lines), at_most=0),
        Check("line_places", len(lines), at_least=LEAST_PLACES),
    )


def _points(name: str, gain: Estimate) -> dict[str, Any]:
    return {f"{name}_points": gain.value, f"{name}_interval": [gain.low, gain.high]}


def _way(lines: Sequence[Line], way: str, seed: int) -> dict[str, Any]:
    right = wilson(int(sum(line.right(way) for line in lines)), len(lines)).times(100)
    similar = mean([line.similar(way) for line in lines], seed).times(100)
    return {
        "exact_match": right.value,
        "em_interval": [right.low, right.high],
        "edit_similarity": similar.value,
        "es_interval": [similar.low, similar.high],
        "silent": 100 * sum(not getattr(line, way).strip() for line in lines) / max(len(lines), 1),
    }


def _kind(lines: Sequence[Line]) -> dict[str, Any]:
    sizes = max(len(lines), 1)
    shares = {f"em_{way}": 100 * sum(line.right(way) for line in lines) / sizes for way in WAYS}
    return {"places": len(lines), **shares}
