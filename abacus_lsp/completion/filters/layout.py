"""Blanks, indentation and punctuation, fitted to the file.

Knows the answer and its `Ending`. Must not know what the code means.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from abacus_lsp.brackets import code_only, tokens
from abacus_lsp.completion.depth import refitted
from abacus_lsp.completion.ending import Ending

_FULL_WIDTH: Final = str.maketrans("，；：（）【】。！、？“”‘’｛｝＝\u3000", ",;:()[].!,?\"\"''{}= ")
_KEPT = re.compile(
    r"(?P<quoted>“(?P<double>[^“”\n]*)”|‘(?P<single>[^‘’\n]*)’)"
    r"|(?<=>)(?<!=>)(?<!->)[^<>{}()=;“”‘’（）]*[\u3400-\u9fff](?:[^<>{}()=;“”‘’]*(?=<)|[^<>{}()=;“”‘’（）]*$)"
)
_BARE_TEXT: Final = frozenset(
    ("yaml", "shellscript", "ini", "dockerfile", "makefile")
)  # words without quotes are text
_HOLE = re.compile(r"`[^`]*\$\{[^{}`]*$|\b[fF][rR]?[\"'](?:[^{}]|\{\{|\{[^{}]*\})*\{[^{}]*$")
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
    """Lines after the first indented as the file is: tabs or blanks, its width. Depths stay as they are.

    What an answer takes for one step shows where a line follows one that opens a block.
    """
    lines = text.split("\n")
    if not end.unit or not end.code or not any(line.strip() for line in lines[1:]):
        return text
    fitted = [
        line if number and end.brackets("\n".join(lines[:number])).inside else refitted(lines, number, end)
        for number, line in enumerate(lines)
    ]
    # The first line as it stands in the file; on an empty line under a header its depth is the answer's own.
    whole = [end.line_head + fitted[0], *fitted[1:]]
    step = _step(whole, end)
    width = _TAB if end.unit == "\t" else len(end.unit)
    if step in {0, width}:
        return "\n".join(fitted)
    return "\n".join([fitted[0], *_moved(whole, step, end)])


def _step(whole: list[str], end: Ending) -> int:
    """Columns by which lines are deeper than the header above them; 0 when there is none or they differ."""
    steps: set[int] = set()
    for above, line in pairwise(line for line in whole if line.strip()):
        if re.search(end.language.opens, above.rstrip()):
            steps.add(_columns(line) - _columns(above))
    return steps.pop() if len(steps) == 1 and min(steps) > 1 else 0


def _moved(whole: list[str], step: int, end: Ending) -> Iterator[str]:
    """The lines after the first; those inside parentheses move along with their statement."""
    base = _columns(whole[0])
    start = _blank(whole[0])
    shift = 0
    for number, line in enumerate(whole[1:], start=1):
        bare = line.lstrip(" \t")
        if not bare:
            yield ""
            continue
        columns = _columns(line)
        text = "\n".join([whole[0][len(end.line_head) :], *whole[1:number]])
        if end.brackets(text).inside:  # a string's blanks are its own
            yield line
            continue
        if end.opened(text).endswith(("(", "[")):
            yield _blank_of(columns + shift, end.unit) + bare
            continue
        depth, more = divmod(columns - base, step)
        blank = start + end.unit * depth + " " * more if columns >= base else _blank_of(columns, end.unit)
        shift = _columns(blank + "x") - columns
        yield blank + bare


def _blank_of(columns: int, unit: str) -> str:
    if unit != "\t":
        return " " * max(columns, 0)
    return "\t" * (max(columns, 0) // _TAB) + " " * (max(columns, 0) % _TAB)


def _columns(line: str) -> int:
    return len(_blank(line).expandtabs(_TAB))


def _blank(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def narrow_punctuation(text: str, end: Ending) -> str:
    """Full-width punctuation as code wants it, outside strings and comments, and in the holes of templates."""
    if text.isascii() or end.language.id in _BARE_TEXT:
        return text
    if end.place == "string" and _HOLE.search(end.line_head):
        inside, brace, behind = text.partition("}")
        return inside.translate(_FULL_WIDTH) + brace + behind
    if not end.code:
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
    for match in _KEPT.finditer(code):
        if match["quoted"] is None:  # what stands between tags
            out += code[at : match.start()].translate(_FULL_WIDTH) + match[0]
            at = match.end()
            continue
        double, single = match["double"], match["single"]
        inner = double if double is not None else single
        quote = '"' if double is not None else "'"
        inner = re.sub(rf"(?<!\\){quote}", rf"\\{quote}", inner)
        out += code[at : match.start()].translate(_FULL_WIDTH) + quote + inner + quote
        at = match.end()
    return out + code[at:].translate(_FULL_WIDTH)


def start_depth(text: str, end: Ending) -> str:
    """Where indentation makes blocks: the first line as deep as its body is, and those as deep as it was with it."""
    lines = text.split("\n")
    if not (end.block and end.code and end.language.indented and end.inner and lines[0].strip()):
        return text
    stood = _columns(end.line_head + lines[0])
    depth = _columns(end.inner)
    moved = depth - stood
    if not moved:
        return text
    alike = any(line.strip() and _columns(line) == stood for line in lines[1:])
    shifted = [
        line
        if end.brackets("\n".join(lines[:number])).inside
        else _blank_of(_columns(line) + moved, end.unit) + line.lstrip(" \t")
        for number, line in enumerate(lines[1:], start=1)
        if alike
    ]
    first = ("" if end.line_head else end.inner) + lines[0].lstrip(" \t")
    return "\n".join([first, *(shifted or lines[1:])])


def drop_bodyless(text: str, end: Ending) -> str:
    """Where indentation makes blocks: up to a line that opens one and has no body."""
    if not (end.block and end.code and end.language.indented):
        return text
    lines = text.rstrip().split("\n")
    below = next((line for line in end.below.split("\n") if line.strip()), "")
    code = code_only(end.line_head + "\n".join(lines), end.language, end.before.inside).split("\n")
    filled = [number for number, line in enumerate(code) if line.strip()]
    for number, following in pairwise([*filled, len(lines)]):
        if re.search(end.language.opens, code[number].rstrip()):
            header = code[number] if number else end.line_head + lines[0]
            body = lines[following] if following < len(lines) else below
            if _columns(body) <= _columns(header):
                # The header above may have had nothing but this one.
                return drop_bodyless("\n".join(lines[:number]).rstrip(), end)
    return text


def drop_last_comments(text: str, end: Ending) -> str:
    """A block of code without the comments at its end: they announce what did not come."""
    mark, lines = end.language.line_comment, text.rstrip().split("\n")
    if not (end.block and end.code and mark):
        return text
    size = len(lines)
    while size > 1 and (not lines[size - 1].strip() or lines[size - 1].lstrip().startswith(mark)):
        size -= 1
    return "\n".join(lines[:size]) if size < len(lines) else text


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
