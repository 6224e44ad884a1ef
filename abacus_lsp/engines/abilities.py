"""What an engine may be able to do beside writing (`base.Engine`); asked with `isinstance`, so that none has to.

Only shapes: who wraps an engine forwards them all (`guarded`, `pooled`).
"""

from typing import Protocol, runtime_checkable

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines.base import Usage
from abacus_lsp.prompts.prompt import Prompt


@runtime_checkable
class Healing(Protocol):
    """Engines that can force an answer to start with `Prompt.heal`.

    The others get the text back at the end of their prompt (`prompts.healing.unhealed`).
    """

    def can_heal(self) -> bool: ...


@runtime_checkable
class Prefilling(Protocol):
    """Engines that can read a prompt into their KV cache before anybody asks for its answer."""

    def can_prefill(self) -> bool: ...

    def prefill(self, prompt: Prompt, cancel: CancelToken) -> Usage:
        """Read `prompt` (its healed text is not part of it) into its slot and write nothing.

        The next `stream` with the same beginning reads only what differs. What was read before a cancel stays.

        Raises:
            Cancelled: `cancel` was set; honoured between two prefill batches.
            EngineError: as `Engine.stream`.
        """
        ...


@runtime_checkable
class Shared(Protocol):
    """Engines that others use at the same time."""

    def waiting(self) -> float:
        """Seconds until the first piece that a request would wait now; from any thread.

        Reading a document for the first time is not counted: it says nothing about the others.
        """
        ...


@runtime_checkable
class Remembering(Protocol):
    """Engines that know what their KV caches hold."""

    def unread(self, prompt: Prompt) -> int | None:
        """Tokens that `stream` would have to read before it writes (healed text aside).

        None where that is not known, or where a prompt with less context would cost this one its cache.
        """
        ...
