"""What the file has already: the lines below, the rest of the line, closing brackets, the line above.

Knows the answer and its `Ending`. Must not know how it was made.
"""

import re
from typing import Final

from abacus_lsp import indentation
from abacus_lsp.brackets import PAIRS, tokens
from abacus_lsp.completion.ending import Ending

_FAR: Final = 2000  # characters below in which the next lines are looked for
_SHORT: Final = 2
_WORDS = re.compile(r"\w+")
_MANY: Final = 4  # words from which on two lines with the same words are no coincidence
_NAME: Final = 4  # letters of a name in which one more is a slip
_TELLING: Final = 8  # characters from which on a repeated line is no coincidence
_WIDE: Final = {"）": "（", "」": "「", "』": "『", "】": "【", "》": "《", "〉": "〈", "”": "“", "’": "‘"}
_FULL = str.maketrans("，；：（）【】“”‘’。", ",;:()[]\"\"''.")
_UNFINISHED = re.compile(r"(?:[^=!<>]=|\breturn)$")


def cut_what_follows(text: str, end: Ending) -> str:
    """Up to the line that already stands below the cursor, or the two that stand a line further down."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        whole = end.line_head + line if number == 0 else line
        copied = (number or line.strip()) and (is_below(whole, end) or _are_below(lines[number:], end))
        # Inside a bracket or a string of its own it is another place than the one below.
        start = "\n".join(lines[:number])
        if copied and not end.opened(start) and not (number and end.brackets(start).inside):
            return "\n".join(lines[:number])
    return text


def is_below(line: str, end: Ending) -> bool:
    """Whether the first line below the cursor is this one, or nearly so (`alike`)."""
    below = _below(end)[:1]
    if not below or not line.strip() or not alike(line, below[0]):
        return False
    # Where indentation has a meaning, and of closing brackets, only the same depth is the same line.
    if end.language.indented or len(line.strip()) < _SHORT or not re.search(r"\w", line):
        return indentation.width(line) == indentation.width(below[0])
    return True


def _are_below(lines: list[str], end: Ending) -> bool:
    """One line alike may be chance, two in a row are not."""
    here = [squeezed(line) for line in lines if line.strip()][:2]
    below = _below(end)[:3]
    if not below or any(indentation.width(line) > indentation.width(below[0]) for line in below):
        return False  # the inside of another block may well begin alike
    there = [squeezed(line) for line in below[1:]]
    return len(here) == len(there) == 2 and here == there and len(here[0]) >= _TELLING


def _below(end: Ending) -> list[str]:
    return [line for line in end.below[:_FAR].split("\n") if line.strip()]


def squeezed(line: str) -> str:
    """What two lines have in common that differ in blanks, quote marks and a trailing comma."""
    return re.sub(r"\s+", "", line).replace("'", '"').rstrip(",;")


def alike(first: str, second: str) -> bool:
    """Whether two lines are one, written twice: blanks, quote marks and a trailing comma apart.

    Of long lines also when their words are the same, or all but one that has a letter more or less ("item", "items").
    """
    if squeezed(first) == squeezed(second):
        return True
    here, there = _WORDS.findall(first), _WORDS.findall(second)
    if len(here) != len(there) or len(here) < _MANY:
        return False
    differ = [pair for pair in zip(here, there, strict=True) if pair[0] != pair[1]]
    return not differ or (len(differ) == 1 and _slip(*differ[0]))


def _slip(first: str, second: str) -> bool:
    """A letter more at the end; of numbers and short names that is a difference that counts."""
    short, long = sorted((first, second), key=len)
    return len(short) >= _NAME and long[:-1] == short and long[-1].isalpha()


def cut_rest_of_line(text: str, end: Ending) -> str:
    """Without the end of the current line, which the file already has."""
    rest = end.rest.strip()
    if not rest:
        return text
    above, newline, last = text.rpartition("\n")
    last, above = last.rstrip(), above + newline
    code = rest.translate(_FULL)
    for tail in (rest, code):
        kept = above + last[: -len(tail)]
        if last.endswith(tail) and (end.balanced(kept) or not end.balanced(above + last)):
            return kept
    at = _overlap(last, code)
    return above + last[:at] if at and end.balanced(above + last[:at]) else above + last


def cut_wide_closers(text: str, end: Ending) -> str:
    """In a comment or a string: up to the full-width closer that the rest of the line has already."""
    closer = end.rest.lstrip()[:1]
    if end.code or closer not in _WIDE or end.rest == "":
        return text
    depth = end.line_head.count(_WIDE[closer]) - end.line_head.count(closer)
    for place, char in enumerate(text.partition("\n")[0]):
        depth += (char == _WIDE[closer]) - (char == closer)
        if char == closer and depth < 1:
            return text[:place]
    return text


def _overlap(first: str, rest: str) -> int:
    """Where in `first` the longest start of `rest` begins that ends it, at least two characters or a brace; 0 for none."""
    for size in range(min(len(first), len(rest)), 0 if rest[0] == "{" else 1, -1):
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
    return text if end.surplus(kept) else kept


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


def cut_line_head(text: str, end: Ending) -> str:
    """Without the beginning of the line, where the answer writes the line anew: nothing is assigned to itself twice."""
    head = end.line_head.strip()
    bare = text.lstrip()
    rest = bare[len(head) :]
    if not (end.code and _UNFINISHED.search(head) and bare.startswith(head)):
        return text
    if head[-1].isalpha() and _WORDS.match(rest):  # "returned" behind "return"
        return text
    return rest.lstrip(" \t") if end.line_head[-1:].isspace() else rest
