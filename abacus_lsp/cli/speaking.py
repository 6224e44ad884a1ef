"""In which language the commands speak, and how they say that something is wrong.

The rule is the server's: the setting, else the environment's language. Sentences are made in English, and
`translations` knows their Chinese forms; codes and the keys of `--json` are the same in every language.
"""

import os
import sys
import unicodedata
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from abacus_lsp.settings import Settings


def language(settings: "Settings | None" = None) -> Literal["en", "zh"]:
    """Of messages: as `settings` say, those of the user's file by default; else as the environment names it."""
    from abacus_lsp import configuration
    from abacus_lsp.daemon.environment import locale

    held = settings or configuration.from_user_file()[0]
    chosen = held.language if held.language != "auto" else locale(os.environ).lower()
    return "zh" if chosen.startswith("zh") else "en"


def said(sentence: str, settings: "Settings | None" = None) -> str:
    """The sentence in that language."""
    from abacus_lsp.translations import spoken

    return spoken(sentence, language(settings))


def complain(sentence: str, settings: "Settings | None" = None) -> None:
    """On standard error, with the program's name before it."""
    print(f"abacus-lsp: {said(sentence, settings)}", file=sys.stderr)


def failed(error: Exception, settings: "Settings | None" = None) -> None:
    """An engine's error on standard error, as the server tells it: its code, and what to do."""
    from abacus_lsp.completion.reasons import reason

    told = reason(str(getattr(error, "code", "engine-error")), language(settings), str(error))
    print(f"abacus-lsp: {told}", file=sys.stderr)


def padded(text: str, width: int) -> str:
    """Filled up with blanks to `width` columns of a terminal, where Han characters take two."""
    taken = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * max(width - taken, 0)
