"""What of the file the model sees, within a budget of its tokens: `around`.

Knows a cursor, its site and a function that counts tokens. Must not know prompt formats, other files or engines.

The prefix starts at one of few places, so that the model's cache survives typing: the text before the cursor is
ruled into steps of about a quarter of the budget, measured in UTF-8 bytes from a fixed origin (bytes per token
vary less between English and Chinese than characters do). The prefix starts in the first step from which
everything fits, at a definition if one starts there. So the start depends on the current line only when that
line is long, and moves about once per quarter of the budget typed. Given the file's last window, the next one begins where
that began as long as it fits, and what follows the cursor stays as it was until it has changed materially: edits
elsewhere in the file and a cursor that moves about would otherwise move the ruler.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

from abacus_lsp.document import Cursor, to_newlines
from abacus_lsp.fitting import (
    BYTES_PER_TOKEN,
    LONGEST,
    Count,
    Counter,
    first_lines,
    fitting,
    paid,
    same_in_substance,
    weight,
)
from abacus_lsp.outline import outline as outlined
from abacus_lsp.site import Site, Span

__all__ = ["Budget", "Counter", "Window", "Windows", "around"]

_STEPS = 4  # per budget
_BLOCKS = 8  # per step: what is counted at once, and then remembered by `Counter`
_OUTLINE_SHARE = 5  # the outline takes at most a fifth of the prefix budget
_PIECE = 256  # characters; a longer line is several pieces
_ANCHOR = 200  # characters by which the last window's start is found again
_SHIFT = 4096  # characters that an edit above may have moved it
_PLACES = 3  # of a file whose windows are remembered


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens for the text before the cursor (outline included) and after it."""

    prefix: int
    suffix: int


@dataclass(frozen=True, slots=True)
class Window:
    r"""What the model sees of the file. Line endings are "\n", the BOM is left out.

    Attributes:
        outline: imports and enclosing signatures that lie before a prefix that starts in the middle; "" or
            whole lines, ending with a line break.
        prefix: from the start to the cursor.
        rest: the rest of the cursor's line.
        below: the lines after it, beginning with the line break that ends the cursor's line; "" when
            there are none.
        start: where `prefix` starts, in characters of the normalised text (notebook cells before it included).
    """

    outline: str
    prefix: str
    rest: str
    below: str
    start: int = 0

    @property
    def end(self) -> int:
        """Where the cursor stood."""
        return self.start + len(self.prefix)


@dataclass(frozen=True, slots=True)
class _Text:
    """The normalised text before and after the cursor, and the site's places in it."""

    head: str
    tail: str
    tops: tuple[int, ...]
    imports: tuple[Span, ...]
    headers: tuple[Span, ...]
    comment: str


class Windows:
    """The last windows of each file, so that the next one starts from the nearest. For one thread and one model.

    Args:
        size: files remembered, the most recent ones.
    """

    def __init__(self, size: int = 32) -> None:
        self._size = size
        self._last: OrderedDict[tuple[str, Budget], tuple[Window, ...]] = OrderedDict()

    def around(self, cursor: Cursor, site: Site, budget: Budget, count: Count) -> Window:
        """As the function `around`, with the file's nearest window of the last few: a look elsewhere moves nothing."""
        key = cursor.snapshot.uri, budget
        held = self._last.get(key, ())
        nearest = min(held, key=lambda window: abs(window.end - cursor.offset), default=None)
        window = around(cursor, site, budget, count, nearest)
        others = (other for other in held if other is not nearest or other.start != window.start)
        self._last[key] = (window, *others)[:_PLACES]
        self._last.move_to_end(key)
        if len(self._last) > self._size:
            self._last.popitem(last=False)
        return window

    def forget(self) -> None:
        """Keep the last file's only: memory is short."""
        while len(self._last) > 1:
            self._last.popitem(last=False)


def around(
    cursor: Cursor, site: Site, budget: Budget, count: Count, previous: Window | None = None
) -> Window:
    """The window around the cursor; `previous` is the file's last one.

    The counts of its parts, taken block by block, add up to no more than the budget; counted as a whole they may
    differ by a token or two per block, where two blocks meet.
    """
    text = _normal(cursor, site)
    start, outline = _start(text, budget.prefix, count, previous)
    rest, line_break, below = text.tail.partition("\n")
    shown = fitting(rest, budget.suffix, count)
    left = budget.suffix - paid(shown, budget.suffix, count)
    below = first_lines(line_break + below, left, count) if shown == rest else ""
    if previous is not None and same_in_substance(previous.below, below):
        below = previous.below
    return Window(outline, text.head[start:], shown, below, start)


def _normal(cursor: Cursor, site: Site) -> _Text:
    snapshot, offset = cursor.snapshot, cursor.offset
    text = snapshot.text
    earlier = to_newlines(snapshot.before)
    if earlier and not earlier.endswith("\n"):
        earlier += "\n"
    bom = text.startswith("\ufeff")
    split = text[max(offset - 1, 0) : offset + 1] == "\r\n"  # the cursor is inside a line break
    head, tail = to_newlines(text[bom:offset]), to_newlines(text[max(offset, bom) + split :])

    headers = [scope.header for scope in site.scopes if scope.header.start < offset]
    imports = [one for one in site.imports if one.end <= offset]
    tops = [top for top in site.tops if top < offset]
    ends = [place for span in (*headers, *imports) for place in (span.start, min(span.end, offset))]
    moved = _moved(text[bom:], [place - bom for place in (*tops, *ends)], len(earlier))

    def span_of(span: Span) -> Span:
        return Span(moved[span.start - bom], moved[min(span.end, offset) - bom])

    return _Text(
        earlier + head,
        tail,
        tuple(moved[top - bom] for top in tops),
        tuple(span_of(one) for one in imports),
        tuple(span_of(one) for one in headers),
        site.language.line_comment,
    )


def _moved(text: str, places: list[int], by: int) -> dict[int, int]:
    """Places in `text` → places in the normalised text that has `by` characters before it."""
    if "\r" not in text:
        return {place: max(place, 0) + by for place in places}
    moved: dict[int, int] = {}
    last = 0
    for place in sorted(set(places)):
        by += len(to_newlines(text[last : max(place, 0)]))
        last = max(place, 0)
        moved[place] = by
    return moved


# --- the start of the prefix


@dataclass(frozen=True, slots=True)
class _Ruler:
    """Line starts of the text before the cursor at which blocks and steps begin.

    `line` is where the last line begins (or its last piece); blocks and steps lie before it.
    """

    blocks: tuple[int, ...]
    steps: tuple[int, ...]
    line: int


def _ruler(head: str, budget: int) -> _Ruler:
    reach = max(budget, 1) * LONGEST
    origin = (len(head) - reach) // reach * reach if len(head) > 2 * reach else 0
    starts = list(_line_starts(head, origin, min(_PIECE, max(budget, 16))))
    line = starts.pop()
    block = max(budget * BYTES_PER_TOKEN // (_STEPS * _BLOCKS), 1)
    ends = [*starts[1:], line]
    weights = accumulate((weight(head[a:b]) for a, b in zip(starts, ends, strict=True)), initial=0)
    last = 0
    blocks: list[int] = []
    steps: list[int] = []
    for start, above in zip(starts, weights, strict=False):
        number = above // block
        if not blocks or number != last:
            if not steps or number // _BLOCKS != last // _BLOCKS:
                steps.append(start)
            blocks.append(start)
        last = number
    return _Ruler(tuple(blocks), tuple(steps), line)


def _line_starts(head: str, origin: int, piece: int) -> Iterator[int]:
    """Where lines begin, from `origin` on, the cursor's line included; long lines begin again every `piece`."""
    while True:
        end = head.find("\n", origin) + 1
        yield from range(origin, max((end or len(head) + 1) - 1, origin + 1), piece)
        if not end:
            return
        origin = end


def _start(text: _Text, budget: int, count: Count, previous: Window | None) -> tuple[int, str]:
    """(where the prefix starts, the outline of what lies before)."""
    head = text.head
    ruler = _ruler(head, budget)
    left = budget - paid(head[ruler.line :], budget, count)
    if left < 0:
        return len(head) - len(fitting(head[ruler.line :], budget, count, from_end=True)), ""
    sums = _tokens_to_line(head, ruler, left, count)
    share = budget // _OUTLINE_SHARE
    kept = None if previous is None else _place_of(previous, head)
    tokens = None if kept is None else _tokens_from(head, kept, ruler, sums, count)
    if kept is not None and tokens is not None and (not kept or tokens > budget // _STEPS):
        outline = outlined(text, kept, share, count)
        if tokens + count(outline) <= left:
            return kept, outline
    for step, following in pairwise((*ruler.steps, ruler.line)):
        if following not in sums:
            continue
        cut = _cut(text, step, following)
        tokens = _tokens_from(head, cut, ruler, sums, count)
        if tokens is None:
            continue
        outline = outlined(text, cut, share, count)
        if tokens + count(outline) <= left:
            return cut, outline
    return ruler.line, outlined(text, ruler.line, min(share, left), count)


def _place_of(previous: Window, head: str) -> int | None:
    """Where the last window's prefix begins now; None when that text is gone."""
    beginning = previous.prefix[:_ANCHOR]
    if not previous.start or "\n" not in beginning:
        return None
    place = head.find(beginning, max(previous.start - _SHIFT, 0), previous.start + _SHIFT + _ANCHOR)
    return None if place < 0 else place


def _tokens_to_line(head: str, ruler: _Ruler, budget: int, count: Count) -> dict[int, int]:
    """Start of a block → tokens from there to the cursor's line, for the blocks from which all fits."""
    sums = {ruler.line: 0}
    total, end = 0, ruler.line
    for start in reversed(ruler.blocks):
        total += count(head[start:end])
        if total > budget:
            break
        sums[start], end = total, start
    return sums


def _tokens_from(head: str, cut: int, ruler: _Ruler, sums: dict[int, int], count: Count) -> int | None:
    """Tokens from `cut` to the cursor's line; None if they cannot fit."""
    if cut in sums:
        return sums[cut]
    following = bisect_left(ruler.blocks, cut)
    end = ruler.blocks[following] if following < len(ruler.blocks) else ruler.line
    return count(head[cut:end]) + sums[end] if end in sums else None


def _cut(text: _Text, step: int, following: int) -> int:
    """The best start in a step: the file's, a definition's, a paragraph's, a line's. Only text before counts."""
    if step == 0:
        return 0
    limit = step + (following - step) // 2
    top = bisect_left(text.tops, step)
    if top < len(text.tops) and text.tops[top] <= limit:
        return text.tops[top]
    if text.head[step - 1] == "\n":
        paragraph = text.head.find("\n\n", step - 1, limit)
        return paragraph + 2 if paragraph >= 0 else step
    line = text.head.find("\n", step, limit)
    return line + 1 if line >= 0 else step
