"""From logits to a token, in torch: greedy, or drawn from the nucleus with a fixed seed.

Knows `Sampling` and one row of logits. torch is imported when it is used, not when this module is.
"""

import math
from collections.abc import Callable
from typing import Any

from abacus_lsp.engines.base import Sampling

Choose = Callable[[Any, list[int] | None], tuple[int, float, float]]
"""(logits, allowed ids or None) -> (token, its logarithmic probability before any constraint, nats between the two
best)."""


def chooser(sampling: Sampling, device: Any) -> Choose:
    """How tokens are chosen."""
    import torch  # noqa: PLC0415

    generator = (
        torch.Generator(device=device).manual_seed(sampling.seed) if sampling.temperature > 0 else None
    )

    def choose(logits: Any, allowed: list[int] | None) -> tuple[int, float, float]:
        free = logits
        if allowed is not None:
            free = torch.full_like(logits, -math.inf)
            free[allowed] = logits[allowed]
        if generator is None:
            token = int(free.argmax())
        else:
            token = _draw(free / sampling.temperature, sampling.top_p, generator)
        best, second = logits.topk(2).values.tolist()
        return token, float(logits[token] - logits.logsumexp(-1)), best - second

    return choose


def _draw(logits: Any, top_p: float, generator: Any) -> int:
    """One token out of the nucleus: the fewest likeliest ones that hold `top_p` of the probability."""
    import torch  # noqa: PLC0415

    chances, order = logits.softmax(-1).sort(descending=True)
    before = chances.cumsum(-1) - chances
    chances[before >= top_p] = 0.0
    return int(order[torch.multinomial(chances, 1, generator=generator)])
