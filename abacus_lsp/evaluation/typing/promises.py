"""What was promised about typing, checked: from all traces of all clients to checks and tables.

Pure. A figure is worked out for each run, and the median of the runs is held against its bound. A promised
figure that could not be measured is told, and fails the check `measured`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from abacus_lsp.evaluation.report import Check, Suite
from abacus_lsp.evaluation.typing import measures
from abacus_lsp.evaluation.typing.measures import Typed, median_of, quantile, ratio, text_ms
from abacus_lsp.evaluation.typing.typist import Moment

OWN: Final = "abacus"
OFF: Final = "no reuse"
VIM: Final = "llama.vim"
STATELESS: Final = "stateless"

Runs = Mapping[int, "Sequence[Typed]"]


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: traces by client."""

    typed: Sequence[Typed]

    def of(self, client: str) -> list[Typed]:
        return [one for one in self.typed if one.client == client]

    def moments(self, client: str, beside: str = "") -> list[Moment]:
        """Everything the client was typed; with `beside` only traces that both were."""
        shared = {one.trace for one in self.of(beside or client)}
        return [moment for one in self.of(client) if one.trace in shared for moment in one.moments]

    def reported(self, client: str) -> bool:
        return any(one.reported for one in self.of(client))


def _first_text(run: _Run, part: float) -> float | None:
    def times(client: str, beside: str) -> list[float]:
        looked = measures.looks(run.moments(client, beside))
        return [time for moment in looked if (time := text_ms(moment)) is not None]

    return ratio(quantile(times(OWN, OFF), part), quantile(times(OFF, OWN), part))


def _wait(run: _Run, peer: str) -> float | None:
    if not run.of(peer):
        return None
    return ratio(measures.wait_s(run.moments(OWN, peer)), measures.wait_s(run.moments(peer, OWN)))


def _reported(run: _Run, measure: Callable[[list[Moment]], float | None]) -> float | None:
    return measure(run.moments(OWN)) if run.reported(OWN) else None


_MOST: Final[Mapping[str, tuple[float, Callable[[_Run], float | None]]]] = {
    "prefill_per_key_p50": (
        2.0,
        lambda run: _reported(run, lambda held: quantile(measures.prefill_per_key(held), 0.5)),
    ),
    "prefill_per_key_p99": (
        32.0,
        lambda run: _reported(run, lambda held: quantile(measures.prefill_per_key(held), 0.99)),
    ),
    "first_text_ratio_p50": (1 / 15, lambda run: _first_text(run, 0.5)),
    "first_text_ratio_p90": (1 / 4, lambda run: _first_text(run, 0.9)),
    "wait_ratio_stateless": (1 / 8, lambda run: _wait(run, STATELESS)),
    "wait_ratio_llama_vim": (0.999, lambda run: _wait(run, VIM)),
    "cached_ms_p99": (
        10.0,
        lambda run: _reported(run, lambda held: quantile(measures.cached_ms(held), 0.99)),
    ),
}
_LEAST: Final[Mapping[str, tuple[float, Callable[[_Run], float | None]]]] = {
    "without_model": (0.6, lambda run: _reported(run, measures.without_model)),
    "pauses_with_text": (0.8, lambda run: measures.pauses_with_text(run.moments(OWN))),
    "ready_after_accept": (0.8, lambda run: measures.ready_after_accept(run.moments(OWN))),
}


def checks(typed: Sequence[Typed], left: int = 0) -> tuple[tuple[Check, ...], list[str]]:
    """The checks, and the names of those that could not be measured; `left`: traces that are still to be typed."""
    runs = [_Run([one for one in typed if one.run == run]) for run in sorted({one.run for one in typed})]
    made: list[Check] = []
    missing: list[str] = []
    for table, bound in ((_MOST, "at_most"), (_LEAST, "at_least")):
        for name, (limit, measure) in table.items():
            value = median_of(map(measure, runs))
            if value is None:
                missing.append(name)
            else:
                made.append(Check(name, value, **{bound: limit}))
    for name, measure, bound in (
        ("saved_per_100_keys", measures.saved_per_100_keys, "at_least"),
        ("wrong_per_100_keys", measures.wrong_per_100_keys, "at_most"),
    ):
        own = median_of(measure(run.moments(OWN, VIM)) for run in runs if run.of(VIM))
        other = median_of(measure(run.moments(VIM, OWN)) for run in runs if run.of(OWN))
        if own is None or other is None:
            missing.append(name)
        else:
            made.append(Check(name, own, **{bound: other}))
    promised = len(_MOST) + len(_LEAST) + 2
    made.append(Check("measured", (promised - len(missing)) / promised, at_least=1.0))
    if left:
        made.append(Check("traces_left", left, at_most=0))
    return tuple(made), missing


def suite(typed: Sequence[Typed], facts: Mapping[str, Any], left: int = 0) -> Suite:
    """The report: the facts of the measurement, a table of clients, one of scenarios for each client.

    Args:
        typed: everything.
        facts: single figures and texts to begin with.
        left: traces of the plan that have not been typed yet.
    """
    held, missing = checks(typed, left)
    clients = list(dict.fromkeys(one.client for one in typed))
    by_client = {name: [one for one in typed if one.client == name] for name in clients}
    columns = {name: measures.figures(ones) for name, ones in by_client.items()}
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
    metrics: dict[str, Any] = {
        **facts,
        "not_measured": ", ".join(missing) or "-",
        "clients": {row: {name: columns[name].get(row, "") for name in clients} for row in rows},
    }
    for name, ones in by_client.items():
        metrics[name] = measures.scenes([moment for one in ones for moment in one.moments])
    return Suite("typing", metrics, held)
