"""A comment or docstring that asks for code: what it asks, and what a model that speaks chat is told of the place.

Core: the cursor, its site, the window. Must not know engines. A request is answered on the line after it; asked at
the comment's own end, the answer begins with that line break (`below`).
"""

from dataclasses import dataclass, replace
from typing import Final

from abacus_lsp import syntax
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
    """

    cursor: Cursor
    site: Site
    lead: str


def below(cursor: Cursor, site: Site, trees: Trees) -> Below | None:
    """The line after the request that ends at the cursor; None where none does."""
    comment = site.comment
    if site.place != "comment" or not site.asks or comment is None or cursor.line_rest.strip():
        return None
    block = site.language.block_comment
    if block and comment.text.startswith(block[0]):
        return None  # its end has not been typed
    head = cursor.line_head
    lead = "\n" + head[: len(head) - len(head.lstrip())]
    held = cursor.snapshot
    text = held.text[: cursor.offset] + lead + held.text[cursor.offset :]
    typed = Cursor(replace(held, text=text), cursor.offset + len(lead))
    return Below(typed, syntax.site_at(typed, trees), lead)


def instruction(cursor: Cursor, site: Site, view: Window, trees: Trees) -> Instruction | None:
    """What a chat model is asked on this fresh line; None when no comment or docstring asks for anything here."""
    if site.place != "code" or cursor.line_head.strip() or cursor.line_rest.strip():
        return None
    function = next((scope for scope in reversed(site.scopes) if scope.kind == "function"), None)
    request = site.comment.text if site.comment is not None and site.asks else ""
    if not request and site.empty_body and function is not None:
        request = _documented(cursor, site, function, trees)
    if not request:
        return None
    start = _start(cursor, site, function)
    size = len(to_newlines(cursor.snapshot.text[start : cursor.offset]))
    if not 0 < size <= min(len(view.prefix), _LONGEST):
        size = len(view.prefix) - (view.prefix.rfind("\n") + 1)
    cut = len(view.prefix) - size
    following = "\n".join(view.below.strip("\n").split("\n")[:_BELOW])
    return Instruction(
        text_of(request).strip(),
        context=view.outline + view.prefix[:cut],
        below=following,
        opening=view.prefix[cut:],
    )


def _documented(cursor: Cursor, site: Site, function: Scope, trees: Trees) -> str:
    """The comment above the function whose body is due, or the docstring in it, whatever it says."""
    if site.comment is not None:
        return site.comment.text
    above = syntax.site_at(
        Cursor(cursor.snapshot, _line(cursor.snapshot, function.span.start)), trees
    ).comment
    return above.text if above is not None else ""


def _start(cursor: Cursor, site: Site, function: Scope | None) -> int:
    """Where the unit begins: the function that the cursor is in, else the comment."""
    snapshot = cursor.snapshot
    if function is not None and cursor.offset - function.span.start <= _LONGEST:
        return _line(snapshot, function.span.start)
    return _line(snapshot, site.comment.span.start) if site.comment is not None else cursor.offset


def _line(snapshot: Snapshot, offset: int) -> int:
    return snapshot.text.rfind("\n", 0, offset) + 1
