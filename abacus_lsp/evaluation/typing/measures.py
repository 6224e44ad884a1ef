"""From what the typist saw to figures. Pure: knows moments, medians, quantiles. Must not know clients.

Every share comes with its number of cases in the report, and is missing where there are none.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from abacus_lsp.evaluation.typing.typist import PATIENCE_S, Moment

WITHOUT_MODEL: Final = frozenset({"reuse", "in-flight", "prefetch"})
READY_MS: Final = 50.0
"""A text that follows an accepted one counts as already there if it is visible within this time."""
_LONG_LOOK_S: Final = 1.0
_OVERTAKEN: Final = frozenset({"superseded", "cancelled"})


@dataclass(frozen=True, slots=True)
class Typed:
    """One trace typed into one client.

    Attributes:
        run, trace: which; the same numbers are the same trace for every client.
        client: its name.
        moments: what the typist saw.
        cpu_s: CPU seconds of the client's processes meanwhile.
        memory_mb: resident memory of them at the end.
        cancelled: requests overtaken by the next key.
        reported: the client knows where its texts come from and what they cost.
        loop_ms: see `LspClient`.
        others_cpu: cores' worth of CPU that other programs took meanwhile; more than a little makes times mean little.
    """

    run: int
    trace: int
    client: str
    moments: Sequence[Moment]
    cpu_s: float = 0.0
    memory_mb: float = 0.0
    cancelled: int = 0
    reported: bool = True
    loop_ms: Sequence[float] = ()
    others_cpu: float = 0.0


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least `share` of the values do not exceed; None without values."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else None


def median_of(values: Iterable[float | None]) -> float | None:
    """The median of the runs that have a value; the mean of the middle two."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    half = len(known) // 2
    return known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2


def share(cases: Sequence[bool]) -> float | None:
    """How many of the cases hold."""
    return sum(cases) / len(cases) if cases else None


def ratio(one: float | None, other: float | None) -> float | None:
    """One against the other, None where either is missing or nothing can be compared."""
    return one / other if one is not None and other else None


def text_ms(moment: Moment) -> float | None:
    """Milliseconds from the key to the visible text."""
    view = moment.view
    return None if view.shown is None else (view.shown - view.began) * 1000


def wait_ms(moment: Moment) -> float:
    """Milliseconds from the key to the answer, with a text or with none; the typist's patience at most."""
    view = moment.view
    return PATIENCE_S * 1000 if view.settled is None else (view.settled - view.began) * 1000


def looks(moments: Iterable[Moment]) -> list[Moment]:
    """Where the typist waits for an answer."""
    return [moment for moment in moments if moment.look]


def wait_s(moments: Iterable[Moment]) -> float:
    """Seconds that the typist waits over the trace."""
    return sum(wait_ms(moment) for moment in looks(moments)) / 1000


def pauses_with_text(moments: Iterable[Moment]) -> float | None:
    """Share of the looks at which a text is visible before the pause that the trace leaves has ended."""
    return share([each.view.shown is not None and each.view.shown <= each.planned for each in looks(moments)])


def shown(moments: Iterable[Moment]) -> list[Moment]:
    """Where a text was visible."""
    return [moment for moment in moments if moment.view.shown is not None]


def without_model(moments: Iterable[Moment]) -> float | None:
    """Share of the visible texts that no new run of the model was needed for."""
    return share([moment.view.source in WITHOUT_MODEL for moment in shown(moments)])


def keys(moments: Sequence[Moment]) -> int:
    """Keys pressed, accepting keys among them; opening a file is none."""
    return sum(moment.action != "open" for moment in moments)


def per_100_keys(moments: Sequence[Moment], count: Callable[[Moment], int]) -> float | None:
    """A count for 100 keys pressed."""
    pressed = keys(moments)
    return 100 * sum(map(count, moments)) / pressed if pressed else None


def saved_per_100_keys(moments: Sequence[Moment]) -> float | None:
    """Keys that accepting saved, for 100 keys pressed."""
    return per_100_keys(moments, lambda moment: moment.saved)


def wrong_per_100_keys(moments: Sequence[Moment]) -> float | None:
    """Texts that were seen and were of no use, for 100 keys pressed."""
    return per_100_keys(moments, lambda moment: int(moment.wrong))


def ready_after_accept(moments: Sequence[Moment]) -> float | None:
    """Share of accepted texts, seen for a second or more before, behind which the next one is already there.

    Counted are places where text is due or came; there it must be visible within `READY_MS`. Where the accepted text
    completed its line, that place is behind Enter.
    """
    cases: list[bool] = []
    for before, after, later in zip(moments, moments[1:], [*moments[2:], None], strict=False):
        if not before.accepted or before.seen_s < _LONG_LOOK_S:
            continue
        behind_enter = later if later is not None and later.action == "newline" else None
        place = after if after.due or after.view.shown is not None else behind_enter
        if place is not None and (place.due or place.view.shown is not None):
            time = text_ms(place)
            cases.append(time is not None and time <= READY_MS)
    return share(cases)


def prefill_per_key(moments: Sequence[Moment]) -> list[float]:
    """For every key typed inside a line and answered: tokens prefilled beyond the keys typed, for each of them.

    Keys whose requests were overtaken count with the next answer of the model, which reads what they typed. An
    answer without the model prefills nothing.
    """
    found: list[float] = []
    waiting = 0
    for moment in moments:
        if not moment.same_line:
            waiting = 0
            continue
        waiting += 1
        costs = [
            cost for cost in moment.view.costs if cost.prefilled is not None and cost.reason not in _OVERTAKEN
        ]
        if moment.view.source in WITHOUT_MODEL or (costs and not any(cost.prefilled for cost in costs)):
            found.append(0.0)
        elif costs:
            prefilled = sum(cost.prefilled or 0 for cost in costs)
            found.append(max(prefilled - waiting, 0) / waiting)
            waiting = 0
    return found


def cached_ms(moments: Iterable[Moment]) -> list[float]:
    """Server time of texts from the cache."""
    return [
        cost.server_ms
        for moment in shown(moments)
        if moment.view.source in ("reuse", "prefetch")
        for cost in moment.view.costs[:1]
        if cost.server_ms is not None
    ]


_SCENES: Final[Mapping[str, Callable[[Moment], bool]]] = {
    "a look (pause, text due)": lambda moment: moment.look,
    "inside a line": lambda moment: moment.same_line,
    "at a line's start": lambda moment: moment.action in ("newline", "dedent"),
    "after an accepted text": lambda moment: moment.action == "accept",
    "after a slip": lambda moment: moment.action in ("slip", "fix"),
    "after a jump": lambda moment: moment.action in ("jump", "return"),
    "file opened": lambda moment: moment.action == "open",
}


def scenes(moments: Sequence[Moment]) -> dict[str, dict[str, Any]]:
    """Per scenario: cases, share with text, milliseconds to it, and where the texts came from."""
    table: dict[str, dict[str, Any]] = {}
    for name, belongs in _SCENES.items():
        cases = [moment for moment in moments if belongs(moment)]
        if not cases:
            continue
        texts = shown(cases)
        times = [time for moment in texts if (time := text_ms(moment)) is not None]
        row: dict[str, Any] = {"cases": len(cases), "with_text": len(texts) / len(cases)}
        for label, part in (("p50_ms", 0.5), ("p90_ms", 0.9), ("p99_ms", 0.99)):
            row[label] = _or_blank(quantile(times, part))
        for source in ("reuse", "in-flight", "prefetch", "model", "unknown"):
            row[source] = _or_blank(share([moment.view.source == source for moment in texts]))
        table[name] = row
    return table


def _near(moment: Moment) -> bool:
    return any(cost.near for cost in moment.view.costs)


def _or_blank(value: float | None) -> float | str:
    return "" if value is None else value


def figures(typed: Sequence[Typed]) -> dict[str, Any]:
    """Of one client, over everything it was typed into; the columns of the report's first table."""
    moments = [moment for one in typed for moment in one.moments]
    looked = looks(moments)
    times = [time for moment in looked if (time := text_ms(moment)) is not None]
    useful = len(shown(moments))
    found: dict[str, float | None] = {
        "traces": len(typed),
        "keys": keys(moments),
        "looks": len(looked),
        "wait_s": wait_s(moments),
        "text_p50_ms": quantile(times, 0.5),
        "text_p90_ms": quantile(times, 0.9),
        "text_p99_ms": quantile(times, 0.99),
        "pauses_with_text": pauses_with_text(moments),
        "saved_per_100_keys": saved_per_100_keys(moments),
        "wrong_per_100_keys": wrong_per_100_keys(moments),
        "without_model": without_model(moments) if any(one.reported for one in typed) else None,
        "from_less_context": share([_near(moment) for moment in shown(moments)]),
        "cancelled": sum(one.cancelled for one in typed),
        "generated_tokens": sum(c.generated or 0 for m in moments for c in m.view.costs) or None,
        "prefilled_tokens": sum(c.prefilled or 0 for m in moments for c in m.view.costs) or None,
        "loop_p99_ms": quantile([delay for one in typed for delay in one.loop_ms], 0.99),
        "memory_mb": max((one.memory_mb for one in typed), default=0.0),
        "cpu_s": sum(one.cpu_s for one in typed),
        "others_cpu": sum(one.others_cpu for one in typed) / len(typed) if typed else None,
        "cpu_s_per_text": sum(one.cpu_s for one in typed) / useful if useful else None,
    }
    return {name: _or_blank(value) for name, value in found.items()}
