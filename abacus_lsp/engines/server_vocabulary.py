"""A tokenizer that lives in a server: every question is a request, and answers are remembered.

Knows how to derive "plain text" and "one control token" from a server's `tokenize`. Must not know which
server it is.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Final

from abacus_lsp.engines.marker_shape import could_be_marker, marker_like_runs

# A character whose tokens are dropped again: sentencepiece puts a space in front of the first word.
_ANCHOR: Final = "☺"

# (text, whether markers in it become control tokens) → ids, without any beginning-of-text token.
Tokenize = Callable[[str, bool], list[int]]


class ServerVocabulary:
    """The facts of a tokenizer behind a connection.

    Args:
        tokenize: asks the server.
        parses_markers: the server turns markers in any text into control tokens; plain text must be cut there.
        bos, add_bos, add_space, architecture, chat_template: see `engines.base.Vocabulary`.
    """

    def __init__(  # noqa: PLR0913  (facts, each with a name)
        self,
        tokenize: Tokenize,
        *,
        parses_markers: bool = False,
        bos: int | None = None,
        add_bos: bool = False,
        add_space: bool = False,
        architecture: str = "",
        chat_template: str = "",
    ) -> None:
        self.architecture = architecture
        self.chat_template = chat_template
        self._parses_markers = parses_markers
        self.bos = bos
        self.add_bos = add_bos
        self.add_space = add_space

        # One request's parts come again with the next keystroke; only the part at the cursor changes.
        @lru_cache(maxsize=512)
        def ask(text: str, special: bool) -> tuple[int, ...]:
            return tuple(tokenize(text, special))

        self._ask = ask

    def token_id(self, piece: str) -> int | None:
        special = self._ask(piece, True)
        if len(special) != 1:
            return None
        told_apart = not self._parses_markers and self._ask(piece, False) != special
        if not told_apart and not could_be_marker(piece):
            return None
        return special[0]

    def encode(self, text: str) -> list[int]:
        return [each for run in self._runs(text) for each in self._plain(run)]

    def _plain(self, text: str) -> tuple[int, ...]:
        if self.add_space:
            anchor = self._ask(_ANCHOR, False)
            ids = self._ask(_ANCHOR + text, False)
            if ids[: len(anchor)] == anchor:
                return ids[len(anchor) :]
        return self._ask(text, False)

    def _runs(self, text: str) -> list[str]:
        """`text`, cut inside every marker that the server would take for a control token."""
        if not self._parses_markers:
            return [text] if text else []
        found = [each for each in marker_like_runs(text) if len(self._ask(each.group(), True)) == 1]
        cuts = [0, *(each.start() + 1 for each in found), len(text)]
        return [text[start:end] for start, end in pairwise(cuts) if end > start]
