r"""A docstring while typing: after `\"\"\"`, `/**`, `///` or, above a Go or Rust item, `//`.

Knows text around a cursor and items. Must not know prompts. The mark just typed breaks the tree (an open string
swallows the file), so the tree is made of the text with the mark taken out, every other character in its place.
"""

import re
from dataclasses import dataclass
from typing import Final

from abacus_lsp.docstrings import items
from abacus_lsp.docstrings.choose import Manner
from abacus_lsp.docstrings.frames import wrapped
from abacus_lsp.docstrings.grammars import GRAMMARS
from abacus_lsp.docstrings.item import Item
from abacus_lsp.docstrings.write import Prose, content
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.languages import by_id

_MARKS: Final[dict[str, tuple[tuple[str, re.Pattern[str]], ...]]] = {
    "quotes": (("quotes", re.compile(r"^[ \t]*(?P<mark>\"\"\"|''')[ \t]*$")),),
    "block": (
        ("block", re.compile(r"^[ \t]*(?P<mark>/\*\*)[ \t]*$")),
        ("slashes", re.compile(r"^[ \t]*(?P<mark>///)[ \t]*$")),
    ),
    "slashes": (
        ("slashes", re.compile(r"^[ \t]*(?P<mark>///)[ \t]*$")),
        ("block", re.compile(r"^[ \t]*(?P<mark>/\*\*)[ \t]*$")),
        ("slashes", re.compile(r"^[ \t]*(?P<mark>//)$")),  # one more makes it documentation
    ),
    "go": (("go", re.compile(r"^[ \t]*(?P<mark>//)[ \t]*$")),),
}
_CLOSING: Final = {"quotes": ('"""', "'''"), "block": ("*/",)}


@dataclass(frozen=True, slots=True)
class Due:
    """A docstring that may be offered.

    Attributes:
        item: what it documents; its offsets are those of the text with the mark.
        snapshot: the text without the mark.
        frame: how it is marked.
        mark: what was typed.
        head: the line up to the cursor.
        rest: the line after it: blank, or the closing mark that an editor put there.
    """

    item: Item
    snapshot: Snapshot
    frame: str
    mark: str
    head: str
    rest: str


def due(snapshot: Snapshot, offset: int) -> Due | None:
    """What is to be documented at the cursor; None where no docstring has just been opened."""
    grammar = GRAMMARS.get(by_id(snapshot.language).id)
    if grammar is None:
        return None
    cursor = Cursor(snapshot, offset)
    head, rest = cursor.line_head, cursor.line_rest
    for frame, pattern in _MARKS[grammar.frame]:
        match = pattern.match(head)
        if match and frame == "quotes" and _closed(snapshot.text[offset + len(rest) :], match["mark"]):
            return None
        if match and rest.strip() in ("", *_CLOSING.get(frame, ())):
            return _due(snapshot, offset, frame, match["mark"], head, rest)
    return None


def inline(snapshot: Snapshot, offset: int, manner: Manner, prose: Prose | None = None) -> str | None:
    """What is to be inserted at the cursor, in the file's line endings; None where no docstring was opened."""
    found = due(snapshot, offset)
    return None if found is None else text_of(found, manner, prose or {})


def text_of(found: Due, manner: Manner, prose: Prose) -> str:
    """The docstring from behind the mark to its closing one, as far as that is not there yet."""
    item = found.item
    indent = found.head[: len(found.head) - len(found.head.lstrip())]
    whole = wrapped(found.frame, content(item, manner, prose), indent)
    text = whole[len(found.mark) :]
    if found.frame == "quotes":
        text = text[:-3] + ("" if found.rest.strip() else found.mark)
    elif found.rest.strip():
        text = text.removesuffix("*/")
        text = text[:-1] if found.rest[:1] == " " else text
    if found.head[-1:] in " \t":
        text = text.removeprefix(" ")
    return text.replace("\n", found.snapshot.eol)


def _due(  # noqa: PLR0913, PLR0917  (what one match of a mark consists of)
    snapshot: Snapshot, offset: int, frame: str, mark: str, head: str, rest: str
) -> Due | None:
    start = offset - len(head)
    if frame in ("slashes", "go") and _goes_on(snapshot.text, start, offset, mark):
        return None
    blanked = _without(head, mark, "..." if frame == "quotes" else " " * len(mark)) + " " * len(rest)
    text = snapshot.text[:start] + blanked + snapshot.text[offset + len(rest) :]
    masked = Snapshot("", snapshot.language, text)
    at = start + len(head) - len(head.lstrip())
    if frame != "quotes":
        below = text[offset:]
        at = offset + len(below) - len(below.lstrip())
        if at >= len(text) or (frame == "go" and text.count("\n", offset, at) > 1):
            return None
    item = items.item_at(masked, at)
    fits = (
        item is not None and item.doc is None and not item.fixed and _next_to(masked, item, start, at, frame)
    )
    return Due(item, masked, frame, mark, head, rest) if item is not None and fits else None


def _closed(below: str, mark: str) -> bool:
    """Whether the text below closes the mark: all other marks there come in pairs."""
    return below.count(mark) % 2 == 1


def _without(head: str, mark: str, filler: str) -> str:
    at = head.index(mark)
    return head[:at] + filler + head[at + len(mark) :]


def _goes_on(text: str, start: int, offset: int, mark: str) -> bool:
    """Whether a line above or below is a comment already: then this one continues it."""
    above = text[:start].rstrip("\r\n").rpartition("\n")[2].strip() if start else ""
    below = text[offset:].lstrip("\r\n").partition("\n")[0].strip() if offset < len(text) else ""
    return above.startswith(mark) or below.startswith(mark)


def _next_to(masked: Snapshot, item: Item, start: int, at: int, frame: str) -> bool:
    """Whether nothing but blank space and comments lies between the mark and where the docstring belongs."""
    text, place = masked.text, item.place
    if frame == "quotes":
        lines = text[min(place.end, start) : start].splitlines()
        return place.start <= at and all(not line.strip() or line.strip().startswith("#") for line in lines)
    if item.kind == "module" and frame != "go":
        return False
    return start <= place.start <= at and not text[start : place.start].strip()
