"""What every engine does around an answer: refuse what does not fit, leave out the healed text, end at a stop.

Knows strings and numbers only. Pieces may be cut anywhere; the result does not depend on where.
"""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from abacus_lsp.engines.base import Finish, ModelInfo, Piece, PromptTooLong, Sampling


class Unhealed(Exception):
    """The answer does not start with the text that was taken out of the prompt."""


class Healed:
    """Swallows the healed text at the start of an answer.

    Args:
        heal: what the answer must start with; "" passes everything.
    """

    def __init__(self, heal: str) -> None:
        self._missing = heal

    @property
    def complete(self) -> bool:
        """Whether all of the healed text has come."""
        return not self._missing

    def feed(self, text: str) -> str:
        """What of `text` comes after the healed text.

        Raises:
            Unhealed: the answer says something else.
        """
        common = min(len(text), len(self._missing))
        if text[:common] != self._missing[:common]:
            raise Unhealed(self._missing)
        self._missing = self._missing[common:]
        return text[common:]


class Stops:
    """Ends an answer at the first stop string, which is not part of it.

    Holds back text that may be the beginning of one.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops: tuple[str, ...] = tuple(stop for stop in stops if stop)
        self._held: str = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """What may be shown now; after a stop (`stopped`) nothing more."""
        if self.stopped:
            return ""
        text = self._held + text
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self.stopped = True
            self._held = ""
            return text[: min(found)]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self) -> str:
        """What was held back, at the end of the answer."""
        held, self._held = self._held, ""
        return held


@dataclass(slots=True)
class Decoding:
    """One answer in the making: from tokens to text, up to its end."""

    stops: Stops
    ends: frozenset[int]
    stop_ids: frozenset[int]
    remaining: bytes  # of the healed text, not yet written
    barred: str = ""  # see `Prompt`; "" once something else than blanks was written
    finish: Finish | None = None
    decoder: Any = field(default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace"))

    def take(self, token: int, written: bytes, logprob: float, margin: float) -> Piece | None:
        """The piece that `token` adds, None while the healed text is being written and at the end."""
        if token in self.stop_ids or token in self.ends:
            self.finish = "stop" if token in self.stop_ids else "eos"
            return None
        healed = len(self.remaining)
        self.remaining = self.remaining[len(written) :]
        if healed and len(written) <= healed:
            return None
        if written[healed:].strip(b" \t"):
            self.barred = ""
        text = self.stops.feed(self.decoder.decode(written[healed:]))
        if self.stops.stopped:
            self.finish = "stop"
        return Piece(text, logprob=logprob, margin=margin)


def check_fit(length: int, sampling: Sampling, info: ModelInfo, *, estimated: bool = False) -> None:
    """Refuse a prompt of `length` tokens that leaves no room for the answer.

    Raises:
        PromptTooLong: naming the numbers and the settings.
    """
    if length + sampling.max_tokens > info.context:
        raise PromptTooLong(
            f"{'about ' if estimated else ''}{length} tokens of prompt and {sampling.max_tokens} of answer do not "
            f"fit the {info.context} that {info.name} holds: lower abacus.context.prefixTokens, suffixTokens or "
            "workspaceTokens, or give the model a longer context"
        )


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that `stop` starts with."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
