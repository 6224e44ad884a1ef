"""How many tokens the file at hand and other files get of a prompt.

Core: knows what was set and what a model holds; must not know text.
"""

from typing import Final

from abacus_lsp.engines.base import ModelInfo
from abacus_lsp.settings import Settings
from abacus_lsp.window import Budget

_CPU_PROMPT: Final = 2048  # tokens of prompt on a CPU when nothing is set
_UNSEEN: Final = 128  # tokens of suffix for a model that is not shown it
_MARGIN: Final = 128  # tokens for markers, head lines and what the window may be over by


def budget_of(settings: Settings, info: ModelInfo, *, fim: bool) -> tuple[Budget, int]:
    """(window budget, tokens for other files): what was set, else shares of the model's context.

    A quarter goes to other files, a sixth to the suffix if the model is shown it, else enough to see what an answer
    would repeat. On a CPU the whole is little: the first answer in a file waits until it is read (about 400 tokens/s).
    """
    context = settings.context
    free = max(info.context - settings.completion.max_tokens - _MARGIN, 128)
    usual = min(free, _CPU_PROMPT) if info.device.lower() == "cpu" else free
    other = (context.workspace_tokens or min(usual // 4, 2048)) if context.workspace else 0
    suffix = context.suffix_tokens or (min(usual // 6, 2048) if fim else _UNSEEN)
    prefix = context.prefix_tokens or min(usual - other - suffix, 12_288)
    spare = max(free - other - suffix, 64)
    return Budget(min(prefix, spare), suffix), other
