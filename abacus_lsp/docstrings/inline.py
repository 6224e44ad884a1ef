r"""A docstring while typing: after `\"\"\"`, `/**`, `///` or, above a Go or Rust item, `//`, and behind the line break.

Knows text around a cursor and items. Must not know prompts. The mark just typed breaks the tree (an open string
swallows the file), so the tree is made of the text with the marks taken out, every other character in its place.
What editors add by themselves (a closing mark, ` * ` or `///` on the next line) is part of the marks: a comment that
holds nothing else is filled, one with a word in it is the user's.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from abacus_lsp.docstrings import items
from abacus_lsp.docstrings.choose import Manner
from abacus_lsp.docstrings.frames import filled, wrapped
from abacus_lsp.docstrings.grammars import GRAMMARS
from abacus_lsp.docstrings.item import Item
from abacus_lsp.docstrings.write import Prose, content
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.indentation import lines_above, lines_below
from abacus_lsp.languages import by_id
from abacus_lsp.parsing import Trees

_BLOCK: Final = ("block", re.compile(r"[ \t]*(?P<mark>/\*\*)[ \t]*"))
_SLASHES: Final = ("slashes", re.compile(r"[ \t]*(?P<mark>///)[ \t]*"))
_MARKS: Final[dict[str, tuple[tuple[str, re.Pattern[str]], ...]]] = {
    "quotes": (("quotes", re.compile(r"[ \t]*(?P<mark>[rRuU]?(?:\"\"\"|'''))[ \t]*")),),
    "block": (_BLOCK, _SLASHES),
    # One more of two slashes makes them documentation; behind a blank they are a comment.
    "slashes": (_SLASHES, _BLOCK, ("slashes", re.compile(r"[ \t]*(?P<mark>//)"))),
    "go": (("go", re.compile(r"[ \t]*(?P<mark>//)[ \t]*")),),
}
_EMPTY: Final = {"quotes": re.compile(r"[ \t]*"), "block": re.compile(r"[ \t]*\*?[ \t]*")}
_DIRECTIVE: Final = re.compile(r"//(?:[a-z]+:|export )")  # Go's, for tools
_REACH: Final = 8  # empty lines between the mark and the cursor, and below it
_QUIET = ("string", "comment", "regex", "template", "text", "char", "literal")


@dataclass(frozen=True, slots=True)
class Opening:
    """The marks around the cursor, which hold nothing.

    Attributes:
        frame: how the docstring is marked.
        mark: what opens it.
        at: where that begins.
        end: behind the last mark, the closing one that an editor put there included.
        first: the cursor is on the opening mark's line.
        closed: the closing mark is on a line below.
    """

    frame: str
    mark: str
    at: int
    end: int
    first: bool = True
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A docstring that may be offered.

    Attributes:
        item: what it documents; its offsets are those of the text with the marks.
        snapshot: the text without the marks.
        opening: the marks.
        indent: blank space before the opening mark.
        head: the cursor's line up to it.
        rest: the line after it: blank, or the closing mark that an editor put there.
    """

    item: Item
    snapshot: Snapshot
    opening: Opening
    indent: str
    head: str
    rest: str


def due(snapshot: Snapshot, offset: int) -> Due | None:
    """What is to be documented at the cursor; None where no docstring has just been opened."""
    grammar = GRAMMARS.get(by_id(snapshot.language).id)
    if grammar is None:
        return None
    cursor = Cursor(snapshot, offset)
    for frame, pattern in _MARKS[grammar.frame]:
        opening = _lines(cursor, frame, pattern) if frame in ("slashes", "go") else None
        opening = opening or (_pair(cursor, frame, pattern) if frame in _EMPTY else None)
        if opening is not None:
            return _due(cursor, opening)
    return None


def inline(snapshot: Snapshot, offset: int, manner: Manner, prose: Prose | None = None) -> str | None:
    """What is to be inserted at the cursor, in the file's line endings; None where no docstring was opened."""
    found = due(snapshot, offset)
    return None if found is None else text_of(found, manner, prose or {})


def text_of(found: Due, manner: Manner, prose: Prose) -> str:
    """The docstring from the cursor to its closing mark, as far as that is not there yet."""
    opening, rest = found.opening, found.rest
    lines = content(found.snapshot, found.item, manner, prose)
    if opening.first:
        text = _behind_mark(found, wrapped(opening.frame, lines, found.indent))
    else:
        closing = "" if opening.closed or rest.strip() else _closing(opening.frame, opening.mark)
        text = filled(opening.frame, lines, found.indent, found.head, closing=closing)
        if opening.closed:
            text = text.rstrip("\n \t")
        elif rest.strip() and rest[:1] == " " and text[-1:] == " ":
            text = text[:-1]
    return text.replace("\n", found.snapshot.eol)


def _behind_mark(found: Due, whole: str) -> str:
    mark = found.opening.mark.lstrip("rRuU")
    text = whole[len(mark) :]
    if found.opening.frame == "quotes":
        text = text[:-3] + ("" if found.rest.strip() else mark)
    elif found.rest.strip():
        text = text.removesuffix("*/")
        text = text[:-1] if found.rest[:1] == " " else text
    return text.removeprefix(" ") if found.head[-1:] in " \t" else text


# --- the marks


def _lines(cursor: Cursor, frame: str, pattern: re.Pattern[str]) -> Opening | None:
    """Of a mark on every line; None where a line next to them is a comment already: this one continues it."""
    text, own = cursor.snapshot.text, pattern.fullmatch(cursor.line_head)
    if own is None or cursor.line_rest.strip():
        return None
    start, end, mark = cursor.offset - len(cursor.line_head), cursor.offset, own["mark"]
    top, at = own, start
    for at_line, line in _near(lines_above(text, start)):
        match = pattern.fullmatch(line)
        if match is None:
            if line.strip().startswith(mark):
                return None
            break
        top, at = match, at_line
    for at_line, line in _near(lines_below(text, end)):
        if pattern.fullmatch(line) is None:
            break
        end = at_line + len(line)
    below = text[end:].lstrip("\r\n").partition("\n")[0].strip()
    several = at != start or end != cursor.offset
    goes_on = below.startswith(mark) and not (frame == "go" and _DIRECTIVE.match(below))
    if goes_on or (several and mark == "//" and frame == "slashes"):
        return None
    return Opening(frame, mark, at + top.start("mark"), end, first=at == start)


def _pair(cursor: Cursor, frame: str, pattern: re.Pattern[str]) -> Opening | None:
    """Of a mark that has a closing one."""
    text, start = cursor.snapshot.text, cursor.offset - len(cursor.line_head)
    match, first = pattern.fullmatch(cursor.line_head), True
    if match is None and _EMPTY[frame].fullmatch(cursor.line_head):
        first = False
        for at_line, line in _near(lines_above(text, start)):
            start, match = at_line, pattern.fullmatch(line)
            if match or not _EMPTY[frame].fullmatch(line):
                break
    if match is None:
        return None
    closing = _closing(frame, match["mark"])
    here = cursor.line_rest.strip()
    end = cursor.offset + len(cursor.line_rest)
    if here not in ("", closing):
        return None
    below = 0 if here else _closed_below(text, end, frame, closing)
    if below is None or (below and first) or (frame == "quotes" and _odd(text[below or end :], closing)):
        return None
    return Opening(frame, match["mark"], start + match.start("mark"), below or end, first, closed=bool(below))


def _closing(frame: str, mark: str) -> str:
    return "*/" if frame == "block" else mark.lstrip("rRuU")


def _closed_below(text: str, end: int, frame: str, closing: str) -> int | None:
    """Behind the closing mark on a line below; 0 if there is none, None where marks below belong to nothing."""
    starred = False
    for at, line in _near(lines_below(text, end)):
        if line.strip() == closing and (frame == "block" or _odd(text[at:], closing)):
            return at + len(line)
        if not _EMPTY[frame].fullmatch(line):
            # A string right below would be a second docstring.
            return None if starred or (frame == "quotes" and re.match(r"\s*[rRuU]?[\"']", line)) else 0
        starred = starred or bool(line.strip())
    return None if starred else 0


def _odd(below: str, mark: str) -> bool:
    """Whether the text below closes the mark: all other marks there come in pairs."""
    return below.count(mark) % 2 == 1


def _near(lines: Iterable[tuple[int, str]]) -> Iterable[tuple[int, str]]:
    return ((at, line.rstrip("\r")) for at, line in islice(lines, _REACH))


# --- the item


def _due(cursor: Cursor, opening: Opening) -> Due | None:
    """What the marks document: the tree is that of the text without them."""
    snapshot, frame = cursor.snapshot, opening.frame
    marks = snapshot.text[opening.at : opening.end]
    blanked = re.sub(r"[^\r\n]", " ", marks)
    if frame == "quotes":
        blanked = "..." + blanked[3:]
    text = snapshot.text[: opening.at] + blanked + snapshot.text[opening.end :]
    masked, trees = Snapshot("", snapshot.language, text), Trees()
    start, at = text.rfind("\n", 0, opening.at) + 1, opening.at
    if frame != "quotes":
        below = text[opening.end :]
        at = opening.end + len(below) - len(below.lstrip())
        # Farther away it documents something else: the file, or nothing.
        if at >= len(text) or text.count("\n", opening.end, at) > (1 if frame == "go" else 2):
            return None
    item = items.item_at(masked, at, trees)
    if item is None or item.doc is not None or item.fixed or not _next_to(masked, item, start, at, frame):
        return None
    is_open = frame == "block" and not opening.closed and not cursor.line_rest.strip()
    if is_open and _ends_below(masked, opening.end, trees):
        return None
    return Due(item, masked, opening, text[start : opening.at], cursor.line_head, cursor.line_rest)


def _ends_below(masked: Snapshot, end: int, trees: Trees) -> bool:
    """Whether the comment has its end below, behind code: what lies between is the user's, and commented out."""
    at = masked.text.find("*/", end)
    source = items.source_of(masked, trees) if at >= 0 else None
    if source is None:
        return False
    byte = source.parsed.offsets.to_byte(at)
    node = source.parsed.root.descendant_for_byte_range(byte, byte)
    while node is not None:
        if any(name in node.type for name in _QUIET):
            return False
        node = node.parent
    return True


def _next_to(masked: Snapshot, item: Item, start: int, at: int, frame: str) -> bool:
    """Whether nothing but blank space and comments lies between the mark and where the docstring belongs."""
    text, place = masked.text, item.place
    if frame == "quotes":
        lines = text[min(place.end, start) : start].splitlines()
        return place.start <= at and all(not line.strip() or line.strip().startswith("#") for line in lines)
    if item.frame in ("block", "bang") and item.kind == "module":
        return False  # the file
    return start <= place.start <= at and not text[start : place.start].strip()
