"""The last gate before somebody else's server: no text passes to the engine behind it with a secret in it.

Knows prompts and secrets. The pipeline has masked and dropped before (`completion.outgoing`); this holds for every way to the
server, counting tokens included, and for whatever is written next.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines.abilities import Healing, Prefilling, Remembering, Shared
from abacus_lsp.engines.base import Engine, ModelInfo, Piece, Sampling, Usage, Vocabulary
from abacus_lsp.prompts.prompt import Prompt
from retrieval import secret_scan


class Guarded:
    """An engine that is asked with masked text only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def info(self) -> ModelInfo:
        return self._engine.info

    @property
    def vocabulary(self) -> Vocabulary | None:
        return self._engine.vocabulary

    def count(self, text: str) -> int:
        return self._engine.count(_masked(text))

    def can_heal(self) -> bool:
        return isinstance(self._engine, Healing) and self._engine.can_heal()

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        return self._engine.stream(safe(prompt), sampling, cancel)

    def can_prefill(self) -> bool:
        return isinstance(self._engine, Prefilling) and self._engine.can_prefill()

    def prefill(self, prompt: Prompt, cancel: CancelToken) -> Usage:
        return self._engine.prefill(safe(prompt), cancel) if isinstance(self._engine, Prefilling) else Usage()

    def unread(self, prompt: Prompt) -> int | None:
        return self._engine.unread(safe(prompt)) if isinstance(self._engine, Remembering) else None

    def waiting(self) -> float:
        return self._engine.waiting() if isinstance(self._engine, Shared) else 0.0

    def close(self) -> None:
        self._engine.close()


def safe(prompt: Prompt) -> Prompt:
    """The prompt with secrets masked, also those that reach over several of its parts."""
    found = secret_scan.find_in_file(prompt.text)
    if not found:
        return prompt
    starts = accumulate((len(part.text) for part in prompt.parts), initial=0)
    parts = tuple(
        part if part.marker else replace(part, text=secret_scan.masked(part.text, found, start))
        for part, start in zip(prompt.parts, starts, strict=False)
    )
    return replace(prompt, parts=parts)


def _masked(text: str) -> str:
    return secret_scan.masked(text, secret_scan.find_in_file(text))
