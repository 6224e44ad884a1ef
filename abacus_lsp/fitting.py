"""Text within a number of tokens, with few calls of the tokenizer (each costs about half a millisecond).

Knows text and a function that counts. Must not know cursors or syntax.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

Count = Callable[[str], int]

BYTES_PER_TOKEN = 3  # of code, roughly: for the length of what is counted at once, never for a budget
LONGEST = 16  # characters per token at most worth looking at: bounds the work on a file of any size
_CUT = 4  # characters per token kept of a line too long for the budget
_NEAR = 12  # lines after the cursor that must be as they are
_CHANGED = 8  # of the lines further down, one in this many may differ
_SHARE = 16  # lines are paid for in sixteenths of the budget, so that typing in one moves nothing


class Counter:
    """Remembers token counts of texts, the most recently used ones. For one thread and one model.

    Every key leaves the counts of lines as they were half-typed, which nobody asks for again; those of the text
    around are asked for with every key. So what was not asked for lately goes, long before there is too much.

    Args:
        count: the tokenizer's.
        size: characters of text to remember: a bound on memory whatever the texts' lengths.
        lately: calls; a prompt in a file of a hundred lines takes about ten.
    """

    def __init__(self, count: Count, size: int = 1_000_000, lately: int = 50_000) -> None:
        self._count, self._size, self._lately = count, size, lately
        self._known: OrderedDict[str, tuple[int, int]] = OrderedDict()  # tokens, and the call that last asked
        self._held = self._calls = 0

    def __call__(self, text: str) -> int:
        """Tokens of `text`."""
        if not text:
            return 0
        self._calls += 1
        known = self._known.get(text)
        tokens = self._count(text) if known is None else known[0]
        self._known[text] = tokens, self._calls
        if known is None:
            self._held += len(text)
        else:
            self._known.move_to_end(text)
        self._drop()
        return tokens

    def forget(self) -> None:
        """Forget everything: memory is short."""
        self._known.clear()
        self._held = 0

    def _drop(self) -> None:
        while self._known:
            oldest, (_, call) = next(iter(self._known.items()))
            if self._held <= self._size and call > self._calls - self._lately:
                return
            del self._known[oldest]
            self._held -= len(oldest)


def weight(text: str) -> int:
    """UTF-8 bytes: no tokenizer makes more tokens than that, and it varies less per token than characters do."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def paid(line: str, budget: int, count: Count) -> int:
    """What a line costs, rounded up to units of which an empty line costs one: typing in it seldom changes it."""
    unit = max(budget // _SHARE, 1)
    most = weight(line)
    tokens = most if most <= unit else count(line)
    return min(-(-max(tokens, 1) // unit) * unit, max(budget, tokens))


def first_lines(text: str, budget: int, count: Count) -> str:
    """The first lines of `text` that fit, ending at a blank line if one is near the end."""
    if budget <= 0:
        return ""
    reach = text[: budget * LONGEST]
    end, left = 0, budget
    for following in _block_ends(reach, budget * BYTES_PER_TOKEN // _SHARE):
        cost = count(reach[end:following])
        if cost > left:
            end += len(_lines_within(reach[end:following], left, count))
            break
        end, left = following, left - cost
    if end == len(text):
        return text
    if not reach[:end].strip():
        return fitting(reach, budget, count)
    blank = reach.rfind("\n\n", end * 7 // 8, end)
    return reach[: blank + 1] if blank >= 0 else reach[:end]


def same_in_substance(old: str, new: str) -> bool:
    """Whether the text after a cursor may stay as the model has read it.

    Its first lines are what an answer has to join: they must be the same. Further down a few changed lines matter
    less than reading all of it again.
    """
    before, after = old.split("\n"), new.split("\n")
    if before[:_NEAR] != after[:_NEAR]:
        return False
    head = _agreeing(before, after)
    tail = _agreeing(before[head:][::-1], after[head:][::-1])
    return max(len(before), len(after)) - head - tail <= len(after) // _CHANGED


def _agreeing(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _block_ends(text: str, block: int) -> Iterator[int]:
    """Ends of runs of lines of at least `block` characters."""
    end = 0
    while end < len(text):
        end = text.find("\n", end + block) + 1 or len(text)
        yield end


def _lines_within(text: str, budget: int, count: Count) -> str:
    """The first whole lines of `text` that fit."""
    ends = [end for end in range(1, len(text) + 1) if text[end - 1] == "\n"]
    return text[: _most(ends, lambda end: count(text[:end]) <= budget)]


def fitting(text: str, budget: int, count: Count, *, from_end: bool = False) -> str:
    """The longest start (or end) of `text` that fits; of a very long text no more than is sure to be useful."""
    if not text or budget <= 0:
        return ""
    longest = min(len(text), budget * _CUT)

    def part(size: int) -> str:
        return text[len(text) - size :] if from_end else text[:size]

    if count(part(longest)) <= budget:
        return part(longest)
    return part(_most(range(1, longest), lambda size: count(part(size)) <= budget))


def _most(sizes: Sequence[int], fits: Callable[[int], bool]) -> int:
    """The largest of the rising sizes that fits, found by halving; 0 if none does."""
    low, high = 0, len(sizes)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if fits(sizes[middle]) else (low, middle)
    return sizes[low - 1] if low else 0
