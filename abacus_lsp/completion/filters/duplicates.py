"""What the file has already: the lines below, the rest of the line, closing brackets, the line above.

Knows the answer and its `Ending`. Must not know how it was made.
"""

import re
from typing import Final

from abacus_lsp import indentation
from abacus_lsp.brackets import PAIRS, tokens
from abacus_lsp.completion.ending import Ending

_NEAR: Final = 2  # lines below that an answer may run into
_TELLING: Final = 8  # characters from which on a repeated line is no coincidence
_FULL = str.maketrans("，；：（）【】“”‘’。", ",;:()[]\"\"''.")


def cut_what_follows(text: str, end: Ending) -> str:
    """Up to the line that already stands below the cursor, blanks and quote marks apart."""
    following = [line for line in end.below.split("\n") if line.strip()][:_NEAR]
    lines = text.split("\n")
    for number, line in enumerate(lines):
        whole = end.line_head + line if number == 0 else line
        if number == 0 and not line.strip():
            continue
        reach = following if number else following[:1]
        if any(_same(whole, below, near=index > 0) for index, below in enumerate(reach)):
            return "\n".join(lines[:number])
    return text


def _same(line: str, below: str, *, near: bool) -> bool:
    """A closing bracket alone must stand at the same depth; the second line below must be a telling one."""
    bare = squeezed(line)
    if bare != squeezed(below) or not bare:
        return False
    if len(bare) < 2 or not re.search(r"\w", bare):
        return not near and indentation.width(line) == indentation.width(below)
    return not near or len(bare) >= _TELLING


def squeezed(line: str) -> str:
    """What two lines have in common that differ in blanks, quote marks and a trailing comma."""
    return re.sub(r"\s+", "", line).replace("'", '"').rstrip(",;")


def cut_rest_of_line(text: str, end: Ending) -> str:
    """Without the end of the current line, which the file already has."""
    rest = end.rest.strip()
    if not rest:
        return text
    first = text.partition("\n")[0].rstrip()
    code = rest.translate(_FULL)
    for tail in (rest, code):
        if first.endswith(tail) and (end.balanced(first[: -len(tail)]) or not end.balanced(first)):
            return first[: -len(tail)]
    at = _overlap(first, code)
    return first[:at] if at and end.balanced(first[:at]) else first


def _overlap(first: str, rest: str) -> int:
    """Where in `first` the longest start of `rest` begins that ends it, at least two characters; 0 for none."""
    for size in range(min(len(first), len(rest)), 1, -1):
        if first.endswith(rest[:size]):
            return len(first) - size
    return 0


def cut_surplus_closers(text: str, end: Ending) -> str:
    """Up to the closing bracket that closes what the text after the cursor closes, when only closers follow it."""
    if not end.code or end.balanced(text):
        return text
    at = _first_surplus(text, end)
    if at is None or re.search(r"\w", text[at:]):
        return text
    kept = text[:at]
    return kept if not end.lacking(kept)[1] or end.balanced(kept) else text


def _first_surplus(text: str, end: Ending) -> int | None:
    """The first closer that leaves more closers behind the cursor than openers before it."""
    before = end.lacking("")[1]
    for token in tokens(text, end.language):
        if (
            token.kind == "bracket"
            and token.text in PAIRS
            and len(end.lacking(text[: token.end])[1]) > len(before)
        ):
            return token.start
    return None


def cut_copy_of_above(text: str, end: Ending) -> str:
    """Nothing, when the answer's first line is the line above once more; a telling line, not a bracket."""
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None or not end.code:
        return text
    whole = end.line_head + lines[first] if first == 0 else lines[first]
    own = end.line_head if first and end.line_head.strip() else ""
    above = own or next(iter(end.above[-1:]), "")
    copied = squeezed(whole) == squeezed(above) and len(squeezed(whole)) >= _TELLING
    return "" if copied and re.search(r"\w", whole) else text
