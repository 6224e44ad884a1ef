r"""From what the model wrote to what is shown: where the answer ends, and filters over it.

Core: pure functions of the text so far. An answer ends only at complete lines, so that one piece and a
hundred give the same text; `Ending` holds all that the rules need to know of the place. Line endings are
"\n" here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from abacus_lsp.completion.trigger import Decision
from abacus_lsp.document import Cursor, to_newlines
from abacus_lsp.settings import Settings
from abacus_lsp.site import Site
from abacus_lsp.window import Window

_OPENER = re.compile(r"(?:[:{(\[]|=>|->|\bthen|\bdo|\belse)\s*$")
_CLOSER = re.compile(r"^\s*(?:[)}\]]+[;,]?|end\b|fi\b|done\b|esac\b|</)")
_REPEATS = 3


@dataclass(frozen=True, slots=True)
class Ending:
    """What ends an answer at one place.

    Attributes:
        block: a block is due, not the rest of the line.
        line_head: the current line up to the cursor.
        rest: the current line after the cursor.
        below: the lines after it.
        max_lines: most lines to show.
        floor: the least indentation, in characters, of the block's lines after the first.
        paragraph: the block is no body of a header: a blank line ends it.
    """

    block: bool
    line_head: str
    rest: str
    below: str
    max_lines: int
    floor: int = 0
    paragraph: bool = False

    @classmethod
    def of(cls, cursor: Cursor, site: Site, view: Window, decision: Decision, settings: Settings) -> "Ending":
        """Gather it from the site and the window that the model saw."""
        head = cursor.line_head
        header = head if head.strip() else _last_line(cursor.before) if site.empty_body else ""
        floor = _indent(header) + 1 if header else _indent(head)
        below = view.below or to_newlines(cursor.after)
        most = settings.completion.max_lines
        return cls(decision.mode == "block", head, cursor.line_rest, below, most, floor, paragraph=not header)


def ended(text: str, end: Ending) -> bool:
    """Whether what is there is all that will be shown: the stream may stop."""
    return _cut_at(text, end) is not None


def run(raw: str, end: Ending, *, finished: bool) -> tuple[str, str]:
    """(text to show, reason code). An empty text comes with the reason of the silence.

    `finished`: the model ended by itself; otherwise the last line of a block may be half written and goes.
    """
    if not raw:
        return "", "empty-answer"
    at = _cut_at(raw, end)
    text = raw if at is None else raw[:at]
    if at is None and not finished:
        text = _whole_lines(text, end)
    if not text.strip():
        return "", "line-complete" if "\n" in raw and end.line_head.strip() else "blank-answer"
    for step in FILTERS:
        text = step(text, end)
        if not text.strip():
            return "", "repeats-below"
    return text, "ok"


def _cut_at(text: str, end: Ending) -> int | None:
    """Offset where the answer surely ends, None while it may go on. Looks at complete lines only."""
    lines = text.split("\n")
    complete = lines[:-1]
    if not complete:
        return None
    opens = not end.rest.strip() and _OPENER.search(end.line_head + complete[0]) is not None
    if not (end.block or opens):
        return len(complete[0])
    return _block_end(complete, end)


def _block_end(lines: list[str], end: Ending) -> int | None:
    used = len(lines[0])
    shown = 1
    blank_before = False
    for number, line in enumerate(lines[1:], start=1):
        if not line.strip():
            blank_before = True
            continue
        depth = _indent(line)
        if depth < end.floor or (blank_before and end.paragraph and depth <= end.floor):
            closes = depth == end.floor - 1 and _closes(line, end)
            return _offset(lines, number) + len(line) if closes else used
        if shown >= end.max_lines or _repeated(lines, number):
            return used
        shown, blank_before = shown + 1, False
        used = _offset(lines, number) + len(line)
    return None


def _closes(line: str, end: Ending) -> bool:
    """A closing line belongs to the answer's own block unless the file already has it below."""
    return _CLOSER.match(line) is not None and _first_line(end.below).strip() != line.strip()


def _repeated(lines: list[str], number: int) -> bool:
    """The model is going round in circles: the same line for the third time running."""
    last = [line.strip() for line in lines[max(0, number - _REPEATS + 1) : number + 1]]
    return len(last) == _REPEATS and len(set(last)) == 1 and len(last[0]) > 1


def _whole_lines(text: str, end: Ending) -> str:
    """Without a last line that the budget cut off; a single line is kept, it may still be of use."""
    head, newline, _ = text.rpartition("\n")
    return head if newline and (end.block or head.strip()) else text


def _offset(lines: list[str], number: int) -> int:
    return sum(len(line) + 1 for line in lines[:number])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def _first_line(text: str) -> str:
    return next((line for line in text.split("\n") if line.strip()), "")


def cut_what_follows(text: str, end: Ending) -> str:
    """Up to the line that already stands below the cursor."""
    following = _first_line(end.below).strip()
    if len(following) < 2:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        whole = (end.line_head + line if number == 0 else line).strip()
        if whole == following:
            return "\n".join(lines[:number])
    return text


def cut_rest_of_line(text: str, end: Ending) -> str:
    """Without the end of the current line, which the file already has."""
    rest = end.rest.rstrip()
    if not rest:
        return text
    first, newline, more = text.partition("\n")
    if first.rstrip().endswith(rest.lstrip()):
        return first.rstrip()[: -len(rest.lstrip())] + (newline + more if end.block else "")
    closers = "".join(char for char in rest if char in ")]}\"'`")
    while closers and first.endswith(closers) and _unbalanced(first):
        return first[: -len(closers)]
    return text if end.block else first


def _unbalanced(line: str) -> bool:
    return any(line.count(close) > line.count(opening) for opening, close in ("()", "[]", "{}"))


def strip_end(text: str, _end: Ending) -> str:
    """Without blanks at the end."""
    return text.rstrip()


Filter = Callable[[str, Ending], str]
FILTERS: Final[tuple[Filter, ...]] = (cut_what_follows, cut_rest_of_line, strip_end)
"""In this order; each is pure and may return an empty text."""
