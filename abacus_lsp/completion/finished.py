"""Whether a line is finished: nothing is due behind it, so the model need not be asked.

Core: text, brackets, the language's row. Names and numbers may go on ("foo" becomes "foo_bar"), so a line that ends
in one is never finished for us: the model is asked there, and when it begins a new line, nothing was due either.
"""

import re
from typing import Final

from abacus_lsp.brackets import Brackets, code_only, scan
from abacus_lsp.document import Cursor, to_newlines
from abacus_lsp.indentation import continues_below, width
from abacus_lsp.languages import Language
from abacus_lsp.site import Site

_FAR: Final = 60_000  # characters before the cursor in which brackets are counted
_STYLE: Final = 4000  # characters around the cursor that show whether statements end with a terminator
_SHARE: Final = 3  # one line in so many ends with one where that is the habit

_ENDS = re.compile(r"""[)\]}"'`]$|^\s*(?:pass|break|continue)$""")
_HEADER = re.compile(
    r"\s*(?:async\s+)?(?:def|class|if|elif|else|for|while|try|except|finally|with|match|case|lambda)\b"
)
_ATTRIBUTE = re.compile(r"\s*(?:@[\w.]+(?:\(.*\))?|\[[A-Za-z].*\])$")
_NO_STATEMENT = re.compile(r"\s*(?:[*#@\[]|//|/\*|.*[{},(\[]$)")


def finished(cursor: Cursor, site: Site) -> bool:
    """A statement, header or element ends at the cursor, and code comes below it.

    At the end of a file nothing is finished: the next statement is due.
    """
    head = cursor.line_head
    if site.place != "code" or cursor.line_rest.strip() or not head.strip() or head[-1].isspace():
        return False
    below = to_newlines(cursor.snapshot.text[cursor.offset : cursor.offset + _STYLE])
    if not below.strip():
        return False
    text = to_newlines(cursor.before)
    line = len(text) - len(head)
    start = text.rfind("\n", 0, max(0, line - _FAR)) + 1
    before = scan(text[start:line], site.language)
    state = scan(head + "\n", site.language, before)
    code = code_only(head, site.language, before.inside).rstrip()
    if state.inside or not code:
        return False
    if code.endswith(",") and before.open and state.open == before.open:
        return continues_below(head, below)  # an element of a list, and the next one is there
    if re.search(site.language.opens, code):
        return continues_below(head, below) and _deeper(head, below)  # a header, and its body is there
    if not _whole(before, state):
        return False
    return _ended(head, code, site.language, text[max(0, line - _STYLE) : line] + below)


def _deeper(head: str, below: str) -> bool:
    return width(below[1:].partition("\n")[0]) > width(head)


def _whole(before: Brackets, state: Brackets) -> bool:
    """The line opens and closes its own brackets, and is not inside of parentheses."""
    return len(state.open) == len(before.open) and not state.open.endswith(("(", "["))


def _ended(head: str, code: str, language: Language, around: str) -> bool:
    if not language.indented and code.endswith(tuple(language.terminators)):
        return True
    if _ATTRIBUTE.match(code) or (language.indented and _HEADER.match(code)):
        return False
    if not code.endswith("}") and _terminated(around, language):
        return False
    return _ENDS.search(head) is not None


def _terminated(around: str, language: Language) -> bool:
    """Statements around here end with a terminator; where that is the habit, its absence means unfinished."""
    if language.indented or not language.terminators:
        return False
    lines = [
        line.rstrip()
        for line in around.split("\n")
        if line.strip() and not _NO_STATEMENT.match(line.rstrip())
    ]
    return sum(line.endswith(tuple(language.terminators)) for line in lines) * _SHARE >= len(lines)
