"""From what typists saw and servers counted to figures, checks and tables. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from abacus_lsp.evaluation.report import Check, Suite
from abacus_lsp.evaluation.team.counters import Counters
from abacus_lsp.evaluation.typing.measures import keys, looks, quantile, shown, wait_ms
from abacus_lsp.evaluation.typing.typist import Moment

POOL: Final = "pool"
ROUND_ROBIN: Final = "round robin"
STATELESS: Final = "stateless"
CACHED: Final = "stateless, server's cache on"


@dataclass(frozen=True, slots=True)
class Phase:
    """Some typists typing for a while.

    Attributes:
        typists: how many.
        seconds: from the first key to the last.
        moments: what they saw.
        counted: what the servers counted meanwhile.
        reasons: of all answers.
    """

    typists: int
    seconds: float
    moments: Sequence[Moment]
    counted: Counters
    reasons: Counter[str] = field(default_factory=Counter[str])


def row(phase: Phase) -> dict[str, Any]:
    """One line of a table. Rates are for one typist."""
    waits = [wait_ms(moment) for moment in looks(phase.moments)]
    pressed = keys(phase.moments)
    # Each accepting key stands for the keys it saved and one more.
    accepted = sum(moment.saved + 1 for moment in phase.moments if moment.accepted)
    counted = phase.counted
    minutes = phase.seconds / 60 * phase.typists
    least = Counter(
        {code: n for code, n in phase.reasons.items() if code.startswith(("load-", "endpoint-", "timed-out"))}
    )
    return {
        "keys": pressed,
        "wait_p50_ms": _or_blank(quantile(waits, 0.5)),
        "wait_p90_ms": _or_blank(quantile(waits, 0.9)),
        "texts": len(shown(phase.moments)),
        "requests_per_min": counted.requests / minutes if minutes else "",
        # Before their first token: an abandoned request that cost no more than reading, if that.
        "cancelled": 1 - counted.begun / counted.requests if counted.requests else "",
        "prefilled": counted.prefilled,
        "reused": counted.reused,
        "decoded": counted.generated,
        "prefilled_per_min": counted.prefilled / minutes if minutes else "",
        "prefilled_per_key": counted.prefilled / pressed if pressed else "",
        "prefilled_per_accepted": counted.prefilled / accepted if accepted else "",
        "decoded_per_accepted": counted.generated / accepted if accepted else "",
        "reasons": " ".join(f"{code}:{n}" for code, n in least.most_common()) or "-",
    }


def prefilled_ratio(one: Phase, other: Phase) -> float:
    """Tokens prefilled per key, one against the other."""
    own, others = (each.counted.prefilled / max(keys(each.moments), 1) for each in (one, other))
    return own / others if others else float("inf")


def routing_checks(phases: Mapping[str, Phase]) -> list[Check]:
    """What was promised of where requests are sent, and how few."""
    made: list[Check] = []
    for name, other, limit in (
        ("prefilled_ratio_round_robin", ROUND_ROBIN, 0.65),
        ("prefill_ratio_stateless", STATELESS, 1 / 5),
    ):
        if POOL in phases and other in phases:
            made.append(Check(name, prefilled_ratio(phases[POOL], phases[other]), at_most=limit))
    return made


@dataclass(frozen=True, slots=True)
class Outage:
    """What happened around the death of one or more servers.

    Attributes:
        before, after: p90 of the waits before it, and in each window of `WINDOW_S` after it (ms, None: nobody waited).
        unanswered: looks without an answer within the typist's patience.
        errors: most error messages that one typist got.
        reasons: of answers meanwhile.
        silent_s: (both killed) from the servers' being back until every typist had a text again; None: not all had.
    """

    before: float | None
    after: Sequence[float | None]
    unanswered: int
    errors: int
    reasons: Counter[str]
    silent_s: float | None = None

    def recovered_s(self) -> float:
        """Seconds until the p90 is at most twice what it was, window by window; endless if it never is."""
        for number, value in enumerate(self.after):
            if value is not None and self.before is not None and value <= 2 * max(self.before, LEAST_MS):
                return number * WINDOW_S
        return float("inf")


WINDOW_S: Final = 5.0
LEAST_MS: Final = 250.0  # below this nobody feels a difference


def p90(moments: Iterable[Moment], begin: float, end: float) -> float | None:
    """Of the waits at looks that began in [begin, end) (seconds on the screens' clock)."""
    return quantile([wait_ms(moment) for moment in looks(moments) if begin <= moment.view.began < end], 0.9)


def unanswered(moments: Iterable[Moment], since: float) -> int:
    """Looks that were not over at this time, or began later, and that nobody answered."""
    return sum(moment.view.settled is None for moment in looks(moments) if moment.until >= since)


def one_killed_checks(outage: Outage) -> list[Check]:
    """One of several servers dies."""
    return [
        Check("one_replica_killed_unanswered", outage.unanswered, at_most=0),
        Check("one_replica_killed_errors_shown", outage.errors, at_most=0),
        Check("one_replica_killed_recovered_s", outage.recovered_s(), at_most=10),
    ]


def both_killed_checks(outage: Outage) -> list[Check]:
    """All servers die, and come back."""
    silent = float("inf") if outage.silent_s is None else outage.silent_s
    return [
        Check("both_killed_messages", outage.errors, at_most=1),
        Check("both_killed_unanswered", outage.unanswered, at_most=0),
        # The pauses between looks at a server that is down grow to 5 s; then comes the next pause in typing.
        Check("both_killed_recovered_s", silent, at_most=30),
    ]


def abandoned_checks(most: float) -> list[Check]:
    """Cancellation reaches the servers."""
    return [Check("abandoned_after_1s", most, at_most=0)]


def told(outage: Outage) -> dict[str, Any]:
    """An outage as rows."""
    return {
        "p90_before_ms": _or_blank(outage.before),
        "p90_after_ms": [round(value) if value is not None else "-" for value in outage.after],
        "unanswered": outage.unanswered,
        "errors_shown": outage.errors,
        "recovered_s": outage.recovered_s() if outage.silent_s is None else outage.silent_s,
        "reasons": " ".join(f"{code}:{n}" for code, n in outage.reasons.most_common()),
    }


def suite(facts: Mapping[str, Any], tables: Mapping[str, Any], checks: Iterable[Check]) -> Suite:
    """The report."""
    return Suite("team", {**facts, **tables}, tuple(checks))


def _or_blank(value: float | None) -> float | str:
    return "" if value is None else value
