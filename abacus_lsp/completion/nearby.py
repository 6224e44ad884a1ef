"""Less context: what somebody is answered from where reading all of it would take seconds.

Core: budgets and prompts. Must not know who has the whole prompt read meanwhile.
"""

from dataclasses import replace
from typing import Final

from abacus_lsp.engines.base import Engine, Remembering
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.window import Budget

BUDGET: Final = Budget(256, 64)
"""Of the file; nothing of others."""

_COLD: Final = 512  # unread tokens from which on somebody would wait for seconds on a CPU


def due(engine: Engine, prompt: Prompt) -> bool:
    """Whether this prompt is better read behind an answer that comes from less."""
    if not isinstance(engine, Remembering) or engine.info.device.lower() != "cpu":
        return False
    unread = engine.unread(prompt)
    return unread is not None and unread >= _COLD


def apart(prompt: Prompt) -> Prompt:
    """The prompt, in a KV cache of its own: the whole one's stays as it is."""
    return replace(prompt, slot=prompt.slot.replace("code:", "near:", 1))
