"""Whether to answer at all, and with how much: nothing (with a reason), the rest of a line, or a block.

Core: looks at the text around the cursor and at the syntax tree's facts, nothing else.
"""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from abacus_lsp.brackets import code_only
from abacus_lsp.completion.finished import finished
from abacus_lsp.document import Cursor
from abacus_lsp.settings import Settings
from abacus_lsp.site import Site

Mode = Literal["none", "line", "block"]

# Closing brackets and quotes, closing tags, what ends a statement or opens the block of a header.
_CLOSABLE = re.compile(r"""(?:[)>}\]"'`」』）】》\s]|</[\w.:-]*>?|=>)*[:{;,。；：，\s]*}?$""")
_BINARY_SHARE = 0.3
_BINARY_LOOK = 8192


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is a code of `completion.reasons`, "ok" unless the mode is "none"."""

    mode: Mode
    reason: str = "ok"


def decide(cursor: Cursor, site: Site, settings: Settings, *, explicit: bool) -> Decision:
    """What is due at the cursor. An explicit request overrides the places where text is merely unlikely."""
    blocked = _excluded(cursor, settings)
    if blocked:
        return Decision("none", blocked)
    if not explicit:
        unlikely = _unlikely(cursor, site)
        if unlikely:
            return Decision("none", unlikely)
    return Decision("block" if _block_due(cursor, site) else "line")


def _block_due(cursor: Cursor, site: Site) -> bool:
    """In an empty body, on a fresh line under a header or a request: what was announced is written now."""
    if cursor.line_rest.strip() or site.place != "code":
        return False
    asked = site.asks and not cursor.line_head.strip()
    fresh = site.after_header and not cursor.line_head.strip()
    return site.empty_body or asked or fresh


def _excluded(cursor: Cursor, settings: Settings) -> str:
    snapshot = cursor.snapshot
    if not settings.completion.enabled:
        return "off"
    if snapshot.language in settings.completion.disabled_languages:
        return "language-off"
    if snapshot.path is not None and any(_named(snapshot.path, one) for one in settings.completion.exclude):
        return "excluded"
    if len(snapshot.text) > settings.context.max_file_kb * 1024:
        return "file-too-large"
    if len(cursor.line_head) + len(cursor.line_rest) > settings.context.max_line_length:
        return "line-too-long"
    return "binary" if _binary(snapshot.text) else ""


def _unlikely(cursor: Cursor, site: Site) -> str:
    rest = cursor.line_rest
    if _word(cursor.line_head[-1:]) and _word(rest[:1]):
        return "mid-word"
    if not _CLOSABLE.match(code_only(rest, site.language).rstrip()):
        return "line-not-closable"
    return "line-complete" if finished(cursor, site) else ""


def _word(char: str) -> bool:
    return char.isidentifier() or char.isdecimal()


def _named(path: PurePath, pattern: str) -> bool:
    """Whether the pattern fits the path's end; "" and "." fit nothing."""
    return bool(PurePath(pattern).parts) and path.match(pattern)


def _binary(text: str) -> bool:
    """NUL characters or many characters that no editor shows: an image opened by mistake."""
    look = text[:_BINARY_LOOK]
    if "\x00" in look:
        return True
    odd = sum(char == "\ufffd" or (char < " " and char not in "\t\n\r\x0c\x1b") for char in look)
    return odd > len(look) * _BINARY_SHARE
