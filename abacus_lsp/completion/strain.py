"""What is still worth asking for when the servers are slow: everything, less, one line, nothing unasked.

Core: knows how long a request would wait, what was decided and what was set. Must not know servers. The harder a
team's servers work, the less each editor asks of them, and every step is told as the reason (`reasons`).
"""

from dataclasses import dataclass, replace
from typing import Final

import msgspec

from abacus_lsp.completion.trigger import Decision
from abacus_lsp.engines.abilities import Shared
from abacus_lsp.engines.base import Engine
from abacus_lsp.settings import Settings


@dataclass(frozen=True, slots=True)
class Ease:
    """How much less is asked for.

    Attributes:
        reason: why, a code of `reasons`; "" for all that is usual.
        share: of the longest answer.
        lines: at most.
        pause_s: seconds by which a request may wait longer for the next key: one that is overtaken costs the others.
    """

    reason: str = ""
    share: float = 1.0
    lines: int = 200
    pause_s: float = 0.0


USUAL: Final = Ease()
STEPS: Final = (
    # From this many times `abacus.endpoint.slowSeconds` on; the first that fits.
    (4.0, Ease("load-manual", 0.5, 4, 0.6)),
    (2.0, Ease("load-line", 0.5, 1, 0.4)),
    (1.0, Ease("load-shorter", 0.5, 4, 0.2)),
)


def ease(wait: float, slow: float) -> Ease:
    """The step for a wait of `wait` seconds where `slow` is long; 0: never."""
    return next((step for times, step in STEPS if slow and wait >= times * slow), USUAL)


def of(engine: Engine, settings: Settings) -> Ease:
    """The step for an engine as it is now; one that is nobody else's is never strained."""
    return ease(engine.waiting(), settings.endpoint.slow_seconds) if isinstance(engine, Shared) else USUAL


def decide(decision: Decision, step: Ease, *, explicit: bool) -> Decision:
    """What is due, under this strain. Who asks by hand gets an answer."""
    if decision.mode == "none" or not step.reason:
        return decision
    if step.reason == "load-manual" and not explicit:
        return Decision("none", step.reason)
    return replace(decision, mode="line") if step.lines == 1 else decision


def limited(settings: Settings, step: Ease) -> Settings:
    """The settings with the step's limits."""
    if not step.reason:
        return settings
    held = settings.completion
    less = msgspec.structs.replace(
        held,
        max_tokens=max(int(held.max_tokens * step.share), 1),
        max_lines=min(held.max_lines, step.lines),
    )
    return msgspec.structs.replace(settings, completion=less)
