"""Where an answer ends while it streams: at the end of its statement or of its block.

Core: pure functions of the text so far. Only complete lines are looked at, and of the line after them its first
two characters, so that one piece and a hundred end at the same place.

A statement ends at the first line end at which the brackets around the cursor are in balance (with what the text
after the cursor closes: the body below a half-typed `for (` waits for its "{"), unless an operator there or on
the next line says that it goes on.
"""

import re
from typing import Final

from abacus_lsp import indentation
from abacus_lsp.brackets import code_only
from abacus_lsp.completion.depth import width
from abacus_lsp.completion.ending import Ending
from abacus_lsp.completion.filters.duplicates import is_below

_REACH: Final = 4  # lines after a statement in which what a broken file lacks may still come
_BLANK: Final = 3  # blank lines at the start after which nothing is expected
_ON: Final = -1  # in place of an offset: the statement surely goes on
_PEEK: Final = 2  # characters of the next line that tell whether the statement goes on

_WAITS = re.compile(
    r"(?:[=*/%&|^?,(\[~]|(?<!\+)\+|(?<!-)-|=>|->|(?<![.\d])\.|<|\b(?:and|or|extends|implements))$"
)
# Alone on its line it belongs to what follows: a header without braces, a decorator, an attribute.
_LEADS = re.compile(
    r"\s*(?:(?:\}\s*)?(?:else\s+)?(?:if|for|foreach|while|using|lock|with)\b.*\)|(?:\}\s*)?else|do"
    r"|@[\w.]+(?:\(.*\))?|\[[A-Z].*\]|template\s*<.*>)$"
)
# At its header's depth it continues the statement.
_BRANCH = re.compile(r"(?:else|elif|except|finally|catch|elsif|rescue|ensure)\b")
_ACCESS = re.compile(r"(?:public|private|protected)\s*:(?!:)")
_CASE = re.compile(r"(?:case\b.*|default\s*):(?!:)")
_GOES_ON = re.compile(r"\.(?!\.)|\?[.\s]|&&|\|\||[:+*/%|&=]\s|-\s|->|=>|<<|>>|\{")
_JUMP = re.compile(r"\s*(?:return|raise|break|continue|throw|goto)\b")
_CLOSER = re.compile(r"\s*(?:[)}\]]+[;,]?|end\b|fi\b|done\b|esac\b|</)")


def extent(text: str, end: Ending) -> int | None:
    """Offset where the answer surely ends, None while it may go on."""
    lines = text.split("\n")
    if len(lines) == 1:
        return None
    if not (end.code or end.block):
        return len(lines[0])
    if end.rest.strip():
        return _rest_of_line(lines, end)
    if end.block:
        return _block_end(lines, end, 0, end.floor)
    return _statement_end(lines, end)


def last_whole(text: str, end: Ending) -> int:
    """Where to cut a text that ended (or was cut off by the budget) before `extent` was sure."""
    if end.block or not end.code or end.rest.strip() or end.balanced(text):
        return len(text)
    if end.balanced(""):
        return len(text)
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.strip() and _closed_here(lines, number, end):
            return _end_of(lines, number)
    return len(lines[0])


def _rest_of_line(lines: list[str], end: Ending) -> int | None:
    """One line, or as many as its own brackets need: the rest of a line stands behind the cursor."""
    for number in range(min(len(lines) - 1, end.max_lines)):
        if not lines[number].strip():
            break
        opened = end.opened("\n".join(lines[: number + 1]))
        leads = end.code and _LEADS.match(_code_line(lines, number, end))
        if not leads and (not opened or opened.endswith("{")):
            return _end_of(lines, number)
    return len(lines[0]) if len(lines) > end.max_lines or not lines[0].strip() else None


# --- a statement


def _statement_end(lines: list[str], end: Ending) -> int | None:
    complete = lines[:-1]
    first = next((number for number, line in enumerate(complete) if line.strip()), None)
    if not complete[0].strip() and end.line_head.strip() and end.complete:
        at = _next_statement(complete, first, end)
        if at is not None:
            return at
    blank = len(complete) if first is None else first
    if first is None or blank > _BLANK:
        return 0 if blank > _BLANK else None
    whole = end.balanced("")
    fallback: int | None = None
    for number in range(first, len(complete)):
        if not complete[number].strip():
            continue
        if fallback is not None and number - fallback > _REACH:
            return _end_of(lines, fallback)
        verdict = _at_line(lines, number, end, whole=whole)
        if verdict != _ON:
            return verdict
        if not whole and fallback is None and _closed_here(lines, number, end):
            fallback = number
        if number - first + 1 >= end.max_lines:
            return _end_of(lines, fallback if fallback is not None else number)
    return None


def _next_statement(complete: list[str], first: int | None, end: Ending) -> int | None:
    """After a complete line: 0 when nothing is due, None when the next statement is."""
    if not end.room or _JUMP.match(end.line_head):
        return 0
    if first is None:
        return None
    line = complete[first]
    deeper = indentation.width(line) >= indentation.width(end.line_head)
    return None if deeper and not _CLOSER.match(line) else 0


def _at_line(lines: list[str], number: int, end: Ending, *, whole: bool) -> int | None:
    """The offset of the end, None for "more must come to tell", or `_ON`."""
    text = "\n".join(lines[: number + 1])
    state = end.brackets(text)
    if state.inside:
        return _ON
    if end.balanced(text):
        return _after_balance(lines, number, end)
    if not whole:
        return _ON
    if end.surplus(text):  # the filters will see
        return _end_of(lines, number)
    if state.open.endswith("{") and end.blocks and _opens(lines, number, end):
        return _block_end(lines, end, number, _header_width(lines, number, end) + 1)
    return _ON


def _after_balance(lines: list[str], number: int, end: Ending) -> int | None:
    at = _end_of(lines, number)
    if _opens(lines, number, end):
        header = _header_width(lines, number, end)
        if not end.blocks or not end.language.indented or _body_below(header, end.below):
            return at
        return _block_end(lines, end, number, header + 1)
    code = _code_line(lines, number, end)
    if end.language.indented:
        return _ON if code.endswith("\\") or code.lstrip().startswith("@") else at
    if code.endswith(("}", *end.language.terminators)):
        return at
    if _WAITS.search(code) or _LEADS.match(code):
        return _ON
    following = lines[number + 1] if number + 1 < len(lines) else ""
    bare = following.lstrip()
    if number + 1 == len(lines) - 1 and len(bare) < _PEEK:
        return None
    return _ON if _GOES_ON.match(bare) else at


def _closed_here(lines: list[str], number: int, end: Ending) -> bool:
    """No parenthesis or square bracket is open at this line's end: a statement, a header or a property ends."""
    state = end.brackets("\n".join(lines[: number + 1]))
    return not state.inside and not state.open.endswith(("(", "["))


def _opens(lines: list[str], number: int, end: Ending) -> bool:
    return re.search(end.language.opens, _code_line(lines, number, end)) is not None


def _code_line(lines: list[str], number: int, end: Ending) -> str:
    """Line `number` as it will stand in the file, strings and comments as blanks."""
    text = end.line_head + "\n".join(lines[: number + 1])
    return code_only(text, end.language, end.before.inside).rpartition("\n")[2].rstrip()


def _header_width(lines: list[str], number: int, end: Ending) -> int:
    """Columns before the statement whose last line this is."""
    line = end.line_head + lines[0] if number == 0 else lines[number]
    if line.lstrip()[:1] in tuple("){]}"):
        first = next((n for n, one in enumerate(lines) if one.strip()), 0)
        line = end.line_head if end.line_head.strip() or first == 0 else lines[first]
    return indentation.width(line)


def _body_below(header: int, below: str) -> bool:
    following = next((line for line in below.split("\n") if line.strip()), "")
    return indentation.width(following) > header if following else False


# --- a block


def _block_end(lines: list[str], end: Ending, start: int, floor: int) -> int | None:
    """The end of the block whose first line is `start`; its other lines have at least `floor` columns."""
    complete = lines[:-1]
    used, whole = _end_of(lines, start), 0
    shown, blank = 1, False
    for number in range(start + 1, len(complete)):
        line = complete[number]
        if not line.strip():
            blank = True
            continue
        if _goes_on(lines, number, end):
            if shown >= end.max_lines:
                return whole or used  # half a statement is none
            shown, blank, used = shown + 1, False, _end_of(lines, number)
            continue
        whole = used
        depth = width(lines, number, end)
        if depth < floor and not (
            _labels(lines, number, end, depth == floor - 1)
            or (depth == floor - 1 and _belongs(lines, number, end))
        ):
            return used
        if depth < floor and _pure_closer(line):
            return _end_of(lines, number)
        if blank and end.paragraph and start == 0 and depth <= floor:
            return used
        if shown >= end.max_lines or _copies(lines, number, end) or _closes_too_much(lines, number, end):
            return used
        shown, blank = shown + 1, False
        used = _end_of(lines, number)
    return None


def _goes_on(lines: list[str], number: int, end: Ending) -> bool:
    """Inside a string or a bracket of the answer's own: how deep the line stands says nothing."""
    above = "\n".join(lines[:number])
    return bool(end.brackets(above).inside) or end.opened(above).endswith(("(", "["))


def _belongs(lines: list[str], number: int, end: Ending) -> bool:
    """A line as shallow as the header is part of the block when it closes (or opens, "{") what the file lacks."""
    line = lines[number].strip()
    if line[0] == "{":
        return not any(lines[n].strip() for n in range(1, number))
    if line[0] in ")]}":
        # In balance, or another bracket opened behind it: "} else {".
        return not end.surplus("\n".join(lines[: number + 1]))
    if _BRANCH.match(line):
        return any(one.strip() for one in lines[:1]) or end.line_head.strip() == ""
    following = next((one.strip() for one in end.below.split("\n") if one.strip()), "")
    return _CLOSER.match(line) is not None and following != line


def _labels(lines: list[str], number: int, end: Ending, at_header: bool) -> bool:
    """A label is part of the braces it stands in, however shallow; a `case` that of the switch it is as deep as."""
    line = lines[number].strip()
    label = _ACCESS.match(line) or (at_header and _CASE.match(line))
    return bool(label) and not end.language.indented and not end.surplus("\n".join(lines[: number + 1]))


def _pure_closer(line: str) -> bool:
    match = _CLOSER.match(line)
    return match is not None and not line[match.end() :].strip()


def _copies(lines: list[str], number: int, end: Ending) -> bool:
    """It is the line below the cursor, and not inside a bracket of the answer's own."""
    return is_below(lines[number], end) and not end.opened("\n".join(lines[:number]))


def _closes_too_much(lines: list[str], number: int, end: Ending) -> bool:
    """It closes what the text after the cursor closes."""
    if lines[number].strip()[0] not in ")]}":
        return False
    return end.surplus("\n".join(lines[: number + 1])) > end.surplus("\n".join(lines[:number]))


def _end_of(lines: list[str], number: int) -> int:
    return sum(len(line) + 1 for line in lines[: number + 1]) - 1
