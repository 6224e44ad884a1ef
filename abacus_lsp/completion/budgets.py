"""How many tokens a prompt may take: all that the model reads in good time, or less where somebody would wait.

Core: settings, what an engine is, budgets. Must not know who has the whole prompt read meanwhile.
"""

from dataclasses import replace
from typing import Final

from abacus_lsp.engines.abilities import Remembering
from abacus_lsp.engines.base import Engine, ModelInfo
from abacus_lsp.prompts.profiles import Profile
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.settings import Settings
from abacus_lsp.window import Budget

LESS: Final = Budget(256, 64), 0
"""(window, tokens for other files) of a prompt that is read in about a second on a CPU."""

_CPU_PROMPT: Final = 2048  # tokens of prompt on a CPU when nothing is set
_UNSEEN: Final = 128  # tokens of suffix for a model that is not shown it
_MARGIN: Final = 128  # tokens for markers, head lines and what the window may be over by
_WHOLE: Final = "code:"  # slots of prompts that may be cut short; instructions may not
_COLD: Final = 512  # unread tokens from which on somebody would wait for seconds on a CPU


def whole(settings: Settings, info: ModelInfo, profile: Profile) -> tuple[Budget, int]:
    """(window budget, tokens for other files): what was set, else shares of the model's context.

    A quarter goes to other files, a sixth to the suffix if the model is shown it, else enough to see what an answer
    would repeat. On a CPU the whole is little: it takes seconds to read (about 400 tokens/s).
    """
    context = settings.context
    free = max(info.context - settings.completion.max_tokens - _MARGIN, 128)
    usual = min(free, _CPU_PROMPT) if info.device.lower() == "cpu" else free
    other = (context.workspace_tokens or min(usual // 4, 2048)) if context.workspace else 0
    suffix = context.suffix_tokens or (min(usual // 6, 2048) if profile.fim else _UNSEEN)
    prefix = context.prefix_tokens or min(usual - other - suffix, 12_288)
    spare = max(free - other - suffix, 64)
    return Budget(min(prefix, spare), suffix), other


def too_long(engine: Engine, prompt: Prompt) -> bool:
    """Whether this prompt is better read behind an answer that comes from less."""
    if not isinstance(engine, Remembering) or engine.info.device.lower() != "cpu":
        return False
    if not prompt.slot.startswith(_WHOLE):
        return False
    unread = engine.unread(prompt)
    return unread is not None and unread >= _COLD


def apart(prompt: Prompt) -> Prompt:
    """The prompt, in a KV cache of its own: the whole one's stays as it is."""
    return replace(prompt, slot=prompt.slot.replace(_WHOLE, "near:", 1))
