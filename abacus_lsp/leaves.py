"""What lies right around the cursor: comments, strings, braces, and whether a block is due.

Knows text, rows and the leaves of a tree. Must not know definitions (`syntax`) or windows.
"""

from dataclasses import dataclass

from abacus_lsp import indentation
from abacus_lsp.languages import Language
from abacus_lsp.parsing import Parsed
from abacus_lsp.site import Comment, Place, Span

_NEAR = 6000  # characters before the cursor in which its comments are looked for; half of it after


@dataclass(frozen=True, slots=True)
class Leaf:
    """A comment, string or block near the cursor."""

    capture: str
    span: Span


def leaves(text: str, offset: int, parsed: Parsed) -> list[Leaf]:
    """What lies near the cursor, in the order of the text; spans without the line break some grammars add."""
    nodes = parsed.leaves(max(0, offset - _NEAR), min(len(text), offset + _NEAR // 2))
    leaves: list[Leaf] = []
    for capture, node in nodes:
        span = parsed.span(node)
        if capture == "comment":
            span = Span(span.start, span.start + len(span.of(text).rstrip("\r\n")))
        leaves.append(Leaf(capture, span))
    return sorted(leaves, key=lambda leaf: (leaf.span.start, -leaf.span.end))


def place(text: str, offset: int, language: Language, leaves: list[Leaf], *, broken: bool) -> Place:
    place: Place = "code"
    for leaf in leaves:
        if leaf.capture == "string.open" and leaf.span.start < offset:
            mark = leaf.span.of(text)
            if "\n" not in text[leaf.span.end : offset] or mark.endswith(language.doc_comments or "\0"):
                place = "string"
        elif leaf.capture != "block" and _within(text, offset, language, leaf):
            place = _place_in(text, language, leaf)
    if place == "code" and broken:
        return indentation.place(text, offset, language)
    return place


def _place_in(text: str, language: Language, leaf: Leaf) -> Place:
    if leaf.capture == "comment":
        return "docstring" if _is_doc(leaf.span.of(text), language) else "comment"
    if leaf.capture == "interpolation":
        return "code"
    return "docstring" if leaf.capture == "docstring" else "string"


def _within(text: str, offset: int, language: Language, leaf: Leaf) -> bool:
    """Whether what is typed at `offset` becomes part of the leaf."""
    if leaf.span.start < offset < leaf.span.end:
        return True
    if offset != leaf.span.end or leaf.capture != "comment":
        return False
    pair = language.block_comment
    source = leaf.span.of(text)
    return not (pair and source.startswith(pair[0]) and source.endswith(pair[1]))


def _is_doc(source: str, language: Language) -> bool:
    return source.startswith(language.doc_comments) if language.doc_comments else False


def line_comments(text: str, offset: int, language: Language) -> list[Span]:
    """Without a tree: the line comments right above the cursor and on its line."""
    found: list[Span] = []
    own = indentation.line_start(text, offset)
    end = text.find("\n", offset)
    lines = [(own, text[own : end if end >= 0 else len(text)]), *indentation.lines_above(text, offset)]
    for index, (start, line) in enumerate(lines[:200]):
        bare = line.strip()
        if language.line_comment and bare.startswith(language.line_comment):
            at = start + len(line) - len(line.lstrip())
            found.append(Span(at, at + len(bare)))
        elif index:
            break
    return found[::-1]


def comment_at(text: str, offset: int, language: Language, comments: list[Span]) -> Comment | None:
    """The run of comments that the cursor is in or that ends right above it."""
    near = [span for span in comments if span.start < offset and _leads(text, span)]
    last = near[-1] if near else None
    if last is None:
        return None
    gap = text[last.end : offset]
    if gap.strip() or gap.count("\n") > 1:
        return None
    start = last.start
    for span in reversed(near[:-1]):
        between = text[span.end : start]
        joins = language.line_comment and span.of(text).startswith(language.line_comment)
        if not joins or between.strip() or between.count("\n") > 1:
            break
        start = span.start
    run = Span(start, last.end)
    source = run.of(text)
    return Comment(run, source, _is_doc(source, language))


def _leads(text: str, span: Span) -> bool:
    """Whether nothing but blank space stands before it on its line."""
    return not text[indentation.line_start(text, span.start) : span.start].strip()


def block_due(
    text: str, offset: int, language: Language, comments: list[Span], parsed: Parsed | None
) -> tuple[bool, bool]:
    """(the last code before the cursor opens a block, and nothing is in that block yet)."""
    before, after = _skip_back(text, offset, comments), _skip_on(text, offset, comments)
    if not indentation.opens_before(text, before, language):
        return False, False
    if text.startswith("{", before - 1) and parsed and not _opens_block(text, before - 1, parsed):
        return False, False
    rest = text[after : after + 8]
    if not rest or rest[0] in ")]}":
        return True, True
    start = indentation.line_start(text, after)
    if start <= offset:
        return True, False
    header = indentation.line_start(text, before)
    closed = indentation.width(text[start:after]) <= indentation.width(text[header:before])
    return True, closed


def _skip_back(text: str, offset: int, comments: list[Span]) -> int:
    """The end of the code before the cursor: blank space and comments left out."""
    for span in reversed(comments):
        if span.end <= offset and text[span.end : offset].strip():
            break
        if span.end <= offset:
            offset = span.start
    low = max(0, offset - _NEAR)
    return low + len(text[low:offset].rstrip())


def _skip_on(text: str, offset: int, comments: list[Span]) -> int:
    for span in comments:
        if span.start >= offset and text[offset : span.start].strip():
            break
        if span.start >= offset:
            offset = span.end
    rest = text[offset : offset + _NEAR]
    return offset + len(rest) - len(rest.lstrip())


def _opens_block(text: str, brace: int, parsed: Parsed) -> bool:
    """Whether this "{" begins statements or members, as opposed to data."""
    for capture, node in parsed.leaves(brace, brace + 1):
        if capture == "block" and parsed.offsets.to_point(node.start_byte) == brace:
            return True
    byte = parsed.offsets.to_byte(brace)
    leaf = parsed.root.descendant_for_byte_range(byte, byte + 1)
    parent = leaf.parent if leaf else None
    if parent and parent.type != "ERROR" and not any(child.is_missing for child in parent.children[-1:]):
        return False
    head = text[max(0, brace - 200) : brace].rstrip()
    return bool(head) and head[-1] not in "=(,[:?&|" and not head.endswith("return")
