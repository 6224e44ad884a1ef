"""A comment or docstring that asks for code: what it asks, and what a model that speaks chat is told of the place.

Core: the cursor, its site, the window. Must not know engines. A request is answered on the line after it; asked at
the comment's own end, the answer begins with that line break (`below`).
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from abacus_lsp import indentation, syntax
from abacus_lsp.document import Cursor, Snapshot, to_newlines
from abacus_lsp.intent.comment import text_of
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.chat import Instruction
from abacus_lsp.site import Scope, Site
from abacus_lsp.window import Window

_LONGEST: Final = 2000  # characters of code that an answer begins with: a longer function is context
_BELOW: Final = 12  # lines after the cursor that a chat model is shown


@dataclass(frozen=True, slots=True)
class Below:
    """The fresh line under a comment that the cursor is at the end of.

    Attributes:
        cursor: as it would stand there, in the text with the line break typed.
        site: of that place.
        lead: the line break and the blanks before it.
        closed: the comment has an end of its own, behind which the cursor is: only a new line can follow.
    """

    cursor: Cursor
    site: Site
    lead: str
    closed: bool = False


def below(cursor: Cursor, site: Site, trees: Trees) -> Below | None:
    """The line after the request that ends at the cursor; None where none does."""
    comment = site.comment
    if not site.asks or comment is None or cursor.line_rest.strip():
        return None
    closed = site.place == "code" and comment.span.end == cursor.offset
    block = site.language.block_comment
    if not closed and (site.place != "comment" or (block and comment.text.startswith(block[0]))):
        return None  # its end has not been typed
    head = cursor.line_head
    lead = "\n" + head[: len(head) - len(head.lstrip())]
    held = cursor.snapshot
    text = held.text[: cursor.offset] + lead + held.text[cursor.offset :]
    typed = Cursor(replace(held, text=text), cursor.offset + len(lead))
    return Below(typed, syntax.site_at(typed, trees), lead, closed)


def unit_at(cursor: Cursor, site: Site, trees: Trees) -> int | None:
    """Where the unit begins that the cursor is in: its function's line, else the comment that asks; None for neither.

    On an empty line that is not indented yet, the function whose body is due is found at its last character.
    """
    function = _function(site)
    if function is None and site.empty_body:
        above = cursor.offset if site.comment is None else site.comment.span.start
        end = len(cursor.snapshot.text[:above].rstrip())
        function = _function(syntax.site_at(Cursor(cursor.snapshot, end), trees))
        if function is None:  # `const f = function (x) {`: the line that opens the block
            return _line(cursor.snapshot, end)
    if function is not None:
        return _line(cursor.snapshot, function.span.start)
    return _line(cursor.snapshot, site.comment.span.start) if site.comment is not None and site.asks else None


def instruction(cursor: Cursor, site: Site, view: Window, trees: Trees) -> Instruction | None:
    """What a chat model is asked on this fresh line; None when no comment or docstring asks for anything here."""
    if site.place != "code" or cursor.line_head.strip() or cursor.line_rest.strip():
        return None
    unit = unit_at(cursor, site, trees)
    request = site.comment.text if site.comment is not None and site.asks else ""
    if not request and site.empty_body and unit is not None:
        request = _documented(cursor, site, unit, trees)
    if not request:
        return None
    size = len(to_newlines(cursor.snapshot.text[unit : cursor.offset])) if unit is not None else 0
    if not 0 < size <= min(len(view.prefix), _LONGEST):
        size = len(view.prefix) - (view.prefix.rfind("\n") + 1)
    cut = len(view.prefix) - size
    opening = view.prefix[cut:] + indent_due(cursor, site, view)
    return Instruction(
        text_of(to_newlines(request)).strip(),
        context=view.outline + view.prefix[:cut],
        below="\n".join(view.below.strip("\n").split("\n")[:_BELOW]),
        opening=opening,
    )


def indent_due(cursor: Cursor, site: Site, view: Window) -> str:
    """The blanks that a body has and the cursor's line has not: its answer begins with them."""
    if not site.empty_body or cursor.line_head or not view.prefix.endswith("\n"):
        return ""
    header = next((line for line in reversed(view.prefix.split("\n")) if line.strip()), "")
    opens = next(
        (line for line in view.prefix.split("\n")[::-1] if re.search(site.language.opens, line.rstrip())),
        header,
    )
    unit = indentation.unit(view.prefix[-_LONGEST:]) or ("\t" if site.language.id == "go" else " " * 4)
    return opens[: len(opens) - len(opens.lstrip())] + unit


def _function(site: Site) -> Scope | None:
    return next((scope for scope in reversed(site.scopes) if scope.kind == "function"), None)


def _documented(cursor: Cursor, site: Site, unit: int, trees: Trees) -> str:
    """The comment above the function whose body is due, or the docstring in it, whatever it says."""
    if site.comment is not None:
        return site.comment.text
    above = syntax.site_at(Cursor(cursor.snapshot, unit), trees).comment
    return above.text if above is not None else ""


def _line(snapshot: Snapshot, offset: int) -> int:
    return snapshot.text.rfind("\n", 0, offset) + 1
