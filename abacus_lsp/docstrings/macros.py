"""Where an item begins when the tree could only guess: C's macros, mostly.

Knows lines of source and the rows of `grammars`. Must not know what a docstring says.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from abacus_lsp.docstrings.grammars import Grammar
from abacus_lsp.docstrings.source import Source

_MOST_LINES = 3  # of macros above a function
_CALLS = re.compile(r"(?:\b(?:new|return|await|typeof)|=|=>)$")
_OTHER_LINES = (
    "return",
    "else",
    "do",
    "case",
    "default",
    "public",
    "private",
    "protected",
    "using",
    "typedef",
)


def begin(source: Source, start: int) -> int:
    """Where a C item begins whose tree begins at `start`: before the words above it that the tree could not place.

    `API_DEPRECATED_FOR(g)` and `static FORCE_INLINE` on a line of their own are the function's. So is what stands
    before it on its line.
    """
    at = source.line_start(start)
    if source.text[at:start].strip():
        if not _only_words(source.text[at:start]):
            return start
        start = at + len(source.indent(start))
    for _ in range(_MOST_LINES):
        above = source.line_start(max(at - 1, 0))
        line = source.text[above : max(at - 1, 0)]
        if at == 0 or not _only_words(line):
            break
        at, start = above, above + len(line) - len(line.lstrip())
    return start


def _only_words(line: str) -> bool:
    """Whether it is words and brackets, without an end: macros, modifiers, `template<…>`."""
    text = line.strip()
    if not text or not (text[0].isalpha() or text[0] == "_") or not (text[-1].isalnum() or text[-1] in "_)>"):
        return False
    plain = not any(mark in text.replace("::", "") for mark in (*';:{}#\\"=', "//", "/*", "*/"))
    return plain and text.count("(") == text.count(")") and text.split()[0] not in _OTHER_LINES


def comments_before(source: Source, start: int) -> Iterator[Node]:
    """The comments above `start`, nearest first, wherever the tree put them."""
    while start > 0:
        before = len(source.text[:start].rstrip()) - 1
        byte = source.parsed.offsets.to_byte(max(before, 0))
        node = source.parsed.root.descendant_for_byte_range(byte, byte)
        if node is None or "comment" not in node.type:
            return
        yield node
        start = source.span(node).start


def sure_start(source: Source, node: Node, start: int, grammar: Grammar) -> bool:
    """Whether an item may begin here, where the tree is a guess.

    A method does not begin behind `new`; a C function not inside a macro's lines, nor as `MACRO(x)` behind a
    variable.
    """
    line = source.line_start(start)
    if not grammar.macros:
        behind = source.text[line:start].rstrip()
        return node.type not in grammar.methods or _CALLS.search(behind) is None
    if source.text[: max(line - 1, 0)].endswith("\\"):
        return False
    before = source.text[line:start].rstrip()
    typed = node.child_by_field_name("type") is not None
    if before.lstrip().startswith("template") and not before.endswith(">"):
        return False  # the tree took `template <` for something else
    return typed or not (before[-1:].isalnum() or before[-1:] in ("_", ">", "*", "&", ")"))
