"""Python's rule of indentation, where a text is put into a file: what its grammar forgives and its compiler does not.

Knows text, brackets, widths. Must not know trees: they place a body under any header, however it is indented.
"""

from typing import Final

from abacus_lsp.brackets import CLOSING, tokens
from abacus_lsp.indentation import line_start, width
from abacus_lsp.languages import Language

_FAR: Final = 200_000  # characters; in a longer file nothing is judged
_BELOW: Final = 4000  # characters after the text that are looked at
_TOUCHED: Final = 2  # statements after the text that must agree with it


def agrees(before: str, text: str, after: str, language: Language) -> bool:
    """Whether `text` and the next statements below it stand at depths that Python allows.

    A line is deeper only under a header, a header has a body, and a line that is less deep has the depth of an
    enclosing block. What is wrong above or further down is not the text's fault. True for other languages.
    """
    if language.id != "python" or len(before) > _FAR:
        return True
    own = line_start(before, len(before))
    end = len(before) + len(text) + max(after.find("\n"), 0)
    depths: list[int] = []
    header, at, touched = False, 0, 0
    for line in _logical(before + text + after[:_BELOW], language).split("\n"):
        start, at = at, at + len(line) + 1
        code = line.strip()
        if not code:
            continue
        depth = width(line)
        if start >= own and depths and not _fits(depth, depths, header=header):
            return False
        while depths and depths[-1] > depth:
            depths.pop()
        if not depths or depths[-1] < depth:
            depths.append(depth)
        header = code.endswith(":")
        touched += start > end
        if touched == _TOUCHED:
            break
    return True


def _fits(depth: int, depths: list[int], *, header: bool) -> bool:
    """Whether a statement may stand at `depth` inside blocks at `depths`; `header`: the line above opens one."""
    if header or depth > depths[-1]:
        return header and depth > depths[-1]
    return depth in depths or depth < depths[0]


def _logical(text: str, language: Language) -> str:
    """The text with one line for each statement: same length, comments blank, strings without their content."""
    chars, depth, opened = list(text), 0, 0

    def join(end: int) -> None:
        chars[opened:end] = ["x" if char == "\n" else char for char in chars[opened:end]]

    for token in tokens(text, language):
        if token.kind == "comment":
            chars[token.start : token.end] = " " * len(token.text)
        elif token.kind == "string":
            chars[token.start : token.end] = "x" * len(token.text)
        elif token.text in CLOSING:
            opened = opened if depth else token.start
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                join(token.end)
    if depth:  # its end is further down
        join(len(text))
    return "".join(chars).replace("\\\n", "  ")
