"""Whether to answer at all, and with how much: nothing (with a reason), the rest of a line, or a block.

Core: looks at the text around the cursor and at the syntax tree's facts, nothing else.
"""

import re
from dataclasses import dataclass
from typing import Literal

from abacus_lsp.brackets import code_only, scan
from abacus_lsp.document import Cursor, to_newlines
from abacus_lsp.indentation import continues_below
from abacus_lsp.settings import Settings
from abacus_lsp.site import Site

Mode = Literal["none", "line", "block"]

# Closing brackets and quotes, closing tags, what ends a statement or opens the block of a header.
_CLOSABLE = re.compile(r"""(?:[)>}\]"'`」』）】》\s]|</[\w.:-]*>?|=>)*[:{;,。；：，\s]*}?$""")
_ENDS = re.compile(r"""[)\]}"'`]$|^\s*(?:return|pass|break|continue)$""")
_STYLE = 4000  # characters around the cursor that show whether statements end with a terminator
_FAR = 60_000  # characters before the cursor in which brackets are counted
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
    """In an empty body, on a fresh line under a header or a comment: what was announced is written now."""
    if cursor.line_rest.strip() or site.place != "code":
        return False
    asked = site.comment is not None and not cursor.line_head.strip()
    fresh = site.after_header and not cursor.line_head.strip()
    return site.empty_body or asked or fresh


def _excluded(cursor: Cursor, settings: Settings) -> str:
    snapshot = cursor.snapshot
    if not settings.completion.enabled:
        return "off"
    if snapshot.language in settings.completion.disabled_languages:
        return "language-off"
    if len(snapshot.text) > settings.context.max_file_kb * 1024:
        return "file-too-large"
    return "binary" if _binary(snapshot.text) else ""


def _unlikely(cursor: Cursor, site: Site) -> str:
    rest = cursor.line_rest
    if _word(cursor.line_head[-1:]) and _word(rest[:1]):
        return "mid-word"
    if not _CLOSABLE.match(code_only(rest, site.language).rstrip()):
        return "line-not-closable"
    return "line-complete" if _nothing_due(cursor, site) else ""


def _word(char: str) -> bool:
    return char.isidentifier() or char.isdecimal()


def _nothing_due(cursor: Cursor, site: Site) -> bool:
    """A statement, header or element that is finished, and code comes below it.

    Names and numbers may go on, so the model is asked there: if it begins a new line, nothing is due either. At the
    end of a file the next statement is due.
    """
    head = cursor.line_head
    if site.place != "code" or cursor.line_rest.strip() or not head.strip():
        return False
    below = to_newlines(cursor.snapshot.text[cursor.offset : cursor.offset + _STYLE])
    if not below.strip():
        return False
    text = to_newlines(cursor.before)
    line = len(text) - len(head)
    before = scan(text[max(0, text.rfind("\n", 0, max(0, line - _FAR)) + 1) : line], site.language)
    state = scan(head + "\n", site.language, before)
    if state.inside:
        return False
    code = code_only(head, site.language, before.inside).rstrip()
    if not code:
        return False
    if code.endswith(",") or re.search(site.language.opens, code):
        return continues_below(head, below)  # the next element, the body, is there
    if len(state.open) > len(before.open) or state.open.endswith(("(", "[")):
        return False
    if not site.language.indented and code.endswith(("}", *site.language.terminators)):
        return True
    if _terminated(text[-_STYLE:] + below, site):
        return False
    return _ENDS.search(head.rstrip()) is not None


def _terminated(text: str, site: Site) -> bool:
    """Statements around here end with a terminator; where that is a habit, its absence means unfinished."""
    if site.language.indented or not site.language.terminators:
        return False
    ends = tuple(site.language.terminators)
    lines = [line for line in (one.rstrip() for one in text.split("\n")) if line and line[-1] not in "{},(["]
    return sum(line.endswith(ends) for line in lines) * 3 >= len(lines)


def _binary(text: str) -> bool:
    """NUL characters or many characters that no editor shows: an image opened by mistake."""
    look = text[:_BINARY_LOOK]
    if "\x00" in look:
        return True
    odd = sum(char == "\ufffd" or (char < " " and char not in "\t\n\r\x0c\x1b") for char in look)
    return odd > len(look) * _BINARY_SHARE
