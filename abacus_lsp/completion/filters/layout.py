"""Blanks, indentation and punctuation, fitted to the file.

Knows the answer and its `Ending`. Must not know what the code means.
"""

import re
from functools import reduce
from math import gcd
from typing import Final

from abacus_lsp.brackets import tokens
from abacus_lsp.completion.ending import Ending

_FULL_WIDTH: Final = str.maketrans("，；：（）【】。！\u3000", ",;:()[].! ")
_QUOTED = re.compile("“([^“”\n]*)”|‘([^‘’\n]*)’")
_TAB: Final = 4  # blanks a tab stands for when an answer is converted


def strip_end(text: str, _end: Ending) -> str:
    """Without blanks at the end."""
    return text.rstrip()


def start_on_this_line(text: str, end: Ending) -> str:
    """On a fresh line the answer begins on that line, and not with the blanks it has already."""
    if end.line_head.strip() or not end.code:
        return text
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if first == 0:
        return text
    start = lines[first]
    return "\n".join([start[_shared(start, end.line_head) :], *lines[first + 1 :]])


def _shared(line: str, head: str) -> int:
    count = 0
    while count < min(len(line), len(head)) and line[count] == head[count]:
        count += 1
    return count


def fit_indentation(text: str, end: Ending) -> str:
    """Lines after the first indented as the file is: tabs or blanks, its width. Depths stay as they are."""
    first, *more = text.split("\n")
    filled = [line for line in more if line.strip()]
    if not end.unit or not filled or not end.code:
        return text
    head = end.line_head + first if end.line_head.strip() or first.strip() else ""
    base = _columns(head) if head else min(_columns(line) for line in filled)
    steps = [_columns(line) - base for line in filled]
    own = reduce(gcd, (step for step in steps if step > 0), 0)
    tabbed = any("\t" in _blank(line) for line in filled)
    file_tabs = end.unit == "\t"
    width = _TAB if file_tabs else len(end.unit)
    # Right under its header the first line is one step deeper: there the answer's own step is known.
    sure = bool(own and steps[0] == own and re.search(end.language.opens, head.rstrip()))
    fits = own % width == 0 and not (sure and own != width)
    if (tabbed == file_tabs and fits) or min(steps) < 0 or own == 1:
        return text
    start = _blank(head or filled[0])
    return "\n".join([first, *(_moved(line, base, own, start, end.unit) for line in more)])


def _moved(line: str, base: int, own: int, start: str, unit: str) -> str:
    if not line.strip():
        return ""
    depth = (_columns(line) - base) // own if own else 0
    return start + unit * depth + line.lstrip(" \t")


def _columns(line: str) -> int:
    return len(_blank(line).expandtabs(_TAB))


def _blank(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def narrow_punctuation(text: str, end: Ending) -> str:
    """Full-width punctuation as code wants it, outside strings and comments."""
    if not end.code or text.isascii():
        return text
    head = end.before.inside + end.line_head
    whole = head + text
    out, at = "", 0
    for token in tokens(whole, end.language):
        if token.kind == "bracket" or token.start < at:
            continue
        out += _narrowed(whole[at : token.start]) + token.text
        at = token.end
    out += _narrowed(whole[at:])
    return out[len(head) :] if out.startswith(head) else text


def _narrowed(code: str) -> str:
    """Quoted text keeps what is between its quotes."""
    out, at = "", 0
    for match in _QUOTED.finditer(code):
        inner = match[1] if match[1] is not None else match[2]
        quote = '"' if match[1] is not None else "'"
        if quote in inner or "\\" in inner:
            continue
        out += code[at : match.start()].translate(_FULL_WIDTH) + quote + inner + quote
        at = match.end()
    return out + code[at:].translate(_FULL_WIDTH)


def drop_half_statement(text: str, end: Ending) -> str:
    """Of a block that the budget cut off: without the last lines whose brackets the answer left open."""
    lines = text.split("\n")
    whole = len(lines)
    while whole > 1:
        state = end.brackets("\n".join(lines[:whole]))
        if not state.inside and not state.open.endswith(("(", "[")):
            break
        whole -= 1
    return "\n".join(lines[:whole]) if whole > 1 else text
