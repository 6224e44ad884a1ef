"""Control tokens in the user's own text: made harmless before they reach a model.

Engines that own a tokenizer encode user text as plain text anyway; a server that is sent one string does not.
A marker found in user text gets a blank after its first character (`<|im_end|>` becomes `< |im_end|>`): it reads
the same, is no longer the control token, and nothing else of the text moves.

Must not know documents or tokenizers.
"""

import re
from collections.abc import Iterable

from abacus_lsp.prompts.profiles import PROFILES, Profile

# Never ordinary code, whatever the model. What could be code (`<s>` in HTML, `<filename>` in a usage line,
# `[PREFIX]`) is a marker only under a profile that lists it.
_GENERAL = (
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|begin_of_text|>",
    "<|eot_id|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|user|>",
    "<|assistant|>",
    "<|system|>",
    "<|observation|>",
    "<|fim_pad|>",
    "<fim_pad>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<｜begin▁of▁sentence｜>",
    "<｜end▁of▁sentence｜>",
    "<用户>",
    "<AI>",
)
_CERTAIN = re.compile(r"<\|.+\|>|<｜.+｜>|<fim[_-].+>|<\[.+\]>|▁<AIX-.+>|<用户>|<AI>|<(?:start|end)_of_turn>")


def known(profile: Profile) -> tuple[str, ...]:
    """Every marker that must not come out of user text under `profile`, longest first.

    Pieces that begin with a sentencepiece blank (`▁<PRE>`) are listed without it: `" <PRE>"` in a file would
    be the same piece.
    """
    rows = [marker for row in PROFILES.values() for marker in _all(row) if _CERTAIN.fullmatch(marker)]
    own = [*_all(profile), *profile.stops]
    found = {marker.lstrip("▁").strip() for marker in (*_GENERAL, *rows, *own)}
    return tuple(sorted(found - {"", "+++++"}, key=lambda marker: (-len(marker), marker)))


def neutralise(text: str, profile: Profile) -> str:
    """`text` with every known marker broken by a blank after its first character."""
    if not any(opening in text for opening in "<["):
        return text
    return _any_of(known(profile)).sub(_broken, text)


def split_at(text: str, markers: Iterable[str]) -> tuple[tuple[bool, str], ...]:
    """(is marker, text) runs of `text`, in order, empty ones left out."""
    wanted = tuple(sorted(markers, key=len, reverse=True))
    if not wanted:
        return ((False, text),) if text else ()
    runs = re.split(f"({_any_of(wanted).pattern})", text)
    return tuple((index % 2 == 1, run) for index, run in enumerate(runs) if run)


def _all(row: Profile) -> tuple[str, ...]:
    return row.markers + row.stop_markers


def _any_of(markers: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(marker) for marker in markers))


def _broken(match: re.Match[str]) -> str:
    marker = match.group()
    return f"{marker[0]} {marker[1:]}"
