"""Where an item's docstring is, or where one would go.

Knows nodes and the rows of `grammars`. Must not know what a docstring says.
"""

import re
from dataclasses import dataclass

from tree_sitter import Node

from abacus_lsp.docstrings.grammars import Grammar
from abacus_lsp.docstrings.item import Place
from abacus_lsp.docstrings.macros import begin, comments_before
from abacus_lsp.docstrings.source import Source
from abacus_lsp.indentation import step_of
from abacus_lsp.site import Span

_OF_FILE = ("@file", "\\file", "@module", "@packageDocumentation", "@license", "@preserve", "@copyright")
_NEAR = 5_000  # characters in which one line functions are asked how a body would be indented


@dataclass(frozen=True, slots=True)
class Found:
    """The same-named fields of `Item`."""

    frame: str
    doc: Span | None
    place: Place
    indent: str
    fixed: bool = False


# --- Python: inside


def inside(source: Source, node: Node, body: Node) -> Found | None:
    """Of a function or class whose docstring stands first in its body."""
    start = _header_end(source, node, body)
    if start is None:
        return None
    end = source.line_end(start)
    first = source.span(body).start
    header_indent = source.indent(source.span(node).start)
    if first <= end:  # def f(): return 1
        near = source.text[max(0, start - _NEAR) : start + _NEAR]
        indent = header_indent + step_of(near, header_indent)
        place = Place(start, first, f"\n{indent}", f"\n{indent}")
    else:
        # A comment may stand deeper or flatter than the body: the body's own column counts.
        indent = source.indent(first)
        place = Place(end, end, f"\n{indent}", "")
    statement = next((child for child in body.named_children if child.type != "comment"), None)
    doc, fixed = _string_in(source, statement)
    return Found("quotes", doc, place, indent, fixed=fixed)


def _header_end(source: Source, node: Node, body: Node) -> int | None:
    colons = [child for child in node.children if child.type == ":" and child.end_byte <= body.start_byte]
    return source.span(colons[-1]).end if colons else None


def _string_in(source: Source, statement: Node | None) -> tuple[Span | None, bool]:
    """(docstring, it cannot be changed)."""
    if statement is None or statement.type != "expression_statement":
        return None, False
    value = statement.named_children[0] if statement.named_children else None
    if value is None or value.type not in ("string", "concatenated_string"):
        return None, False
    span = source.span(value)
    text = span.of(source.text)
    plain = value.type == "string" and text[:1] in "rRuU\"'" and not text[:3].lower().startswith("rb")
    return span, not plain


# --- elsewhere: above


def above(source: Source, outer: Node, grammar: Grammar) -> Found:
    """Of an item whose docstring is a comment before it."""
    first, comments, fixed = _leading(source, outer, grammar)
    start = source.span(first).start
    if grammar.macros:  # among them the tree may hold a comment anywhere
        start = begin(source, start)
        comments = list(comments_before(source, start))
    indent = source.indent(start)
    doc = _run(source, comments, start, grammar.frame)
    directives = _directives(source, comments, start, grammar.frame)
    at = source.line_start(directives)
    if source.text[at:directives].strip():
        place = Place(start, start, f"\n{indent}", f"\n{indent}")
    else:
        # gofmt sets directives apart from the text.
        apart = grammar.frame == "go" and directives < start
        place = Place(at, at, indent, f"\n{indent}//\n" if apart else "\n")
    frame = _frame_of(source, doc, grammar.frame)
    return Found(frame, doc, place, indent, fixed=fixed)


def _leading(source: Source, outer: Node, grammar: Grammar) -> tuple[Node, list[Node], bool]:
    """(the item's first node, the comments before it, it is documented by an attribute)."""
    first, fixed = outer, False
    comments: list[Node] = []
    before = outer.prev_sibling
    if before is None and outer.parent is not None and outer.parent.type == "statement_list":
        before = outer.parent.prev_sibling  # Go's tree has the comment in front of the list
    while before is not None:
        if before.type in grammar.between:
            fixed = fixed or source.of(before).startswith(("#[doc", "#[cfg_attr(doc"))
            first = before
        elif "comment" in before.type:
            comments.append(before)
        else:
            break
        before = before.prev_sibling
    # Comments above the attributes count as well as those below them; the text decides what is next to what.
    return first, comments, fixed


def _run(source: Source, comments: list[Node], start: int, frame: str) -> Span | None:
    """The docstring among the comments (nearest first): one block, or consecutive lines."""
    run: Span | None = None
    for node in comments:
        span = source.span(node)
        span = Span(span.start, span.start + len(span.of(source.text).rstrip("\r\n")))
        text = span.of(source.text)
        if source.text[source.line_start(span.start) : span.start].strip():
            if run is None:
                continue  # it trails an attribute, or the code before
            break
        if run is None:
            if frame == "go" and _directive(text):
                continue
            if not _documents(text, frame) or not _next_to(source, span.end, start, frame):
                continue
            run = span
            if text.startswith("/*"):
                break
        elif not _joins(source, span, run, frame):
            break
        else:
            run = Span(span.start, run.end)
    return run


def _joins(source: Source, span: Span, run: Span, frame: str) -> bool:
    """Whether this line comment is the line above the run, and of its kind."""
    text, gap = span.of(source.text), source.text[span.end : run.start]
    alike = frame == "go" or text[:3] == run.of(source.text)[:3]
    return alike and not text.startswith("/*") and gap.count("\n") <= 1 and not gap.strip()


def _documents(text: str, frame: str) -> bool:
    if frame == "go":
        return text.startswith(("//", "/*"))
    if frame == "bang":
        return text.startswith(("//!", "/*!"))
    if frame == "slashes":
        return (text.startswith("///") and not text.startswith("////")) or (
            text.startswith("/**") and not text.startswith("/***")
        )
    return text.startswith(("/**", "/*!", "///", "//!")) and not text.startswith(("/***", "/**/", "////"))


def _next_to(source: Source, end: int, start: int, frame: str) -> bool:
    """Whether only blank space, attributes or directives lie between; Go allows no blank line."""
    between = source.text[end:start] if end <= start else ""
    if frame == "go":
        lines = between.strip().splitlines()
        return between.count("\n") == len(lines) + 1 and all(_directive(line.strip()) for line in lines)
    return between.count("\n") <= 2 or bool(between.strip())


def _directive(text: str) -> bool:
    """`//go:embed`, `//nolint`, `//export f`: for tools, not for readers."""
    return (
        text.startswith("//")
        and len(text) > 2
        and text[2].isalpha()
        and (":" in text or text.startswith("//export"))
    )


_NEXT_LINE = re.compile(
    r"/[/*]\s*(?:(?:es|ts|ox)lint[-:]disable-next-line|@ts-(?:ignore|expect-error)|prettier-ignore|biome-ignore"
    r"|deno-lint-ignore|(?:istanbul|c8|v8) ignore|noinspection|NOLINTNEXTLINE|clang-format|cppcheck-suppress)"
)


def _directives(source: Source, comments: list[Node], start: int, frame: str) -> int:
    """Where the directives right above the item begin, which hold for the next line and must stay there."""
    for node in comments:
        span = source.span(node)
        text = span.of(source.text)
        holds = _directive(text) if frame == "go" else _NEXT_LINE.match(text) is not None
        own_line = not source.text[source.line_start(span.start) : span.start].strip()
        if not holds or not own_line or source.text[span.end : start].count("\n") > 1:
            break
        start = span.start
    return start


def _frame_of(source: Source, doc: Span | None, usual: str) -> str:
    """The frame an existing comment is in."""
    if doc is None:
        return usual
    text = doc.of(source.text)
    if text.startswith("/*"):
        return "block"
    if text.startswith("///"):
        return "slashes"
    return "bang" if text.startswith("//!") else "go"


# --- the file


def of_file(source: Source, grammar: Grammar) -> Found | None:
    """Of the file as a whole: after a `#!` line, before everything else."""
    root = source.parsed.root
    children = [child for child in root.named_children if child.type not in ("hash_bang_line", "shebang")]
    if grammar.frame == "go":
        clause = [child for child in children if child.type == "package_clause"]
        return above(source, clause[0], grammar) if clause else None
    at = _after_preamble(source, root, grammar)
    if grammar.module_frame == "quotes":
        statement = next((child for child in children if child.type != "comment"), None)
        doc, fixed = _string_in(source, statement)
        return Found("quotes", doc, Place(at, at, "", "\n\n"), "", fixed=fixed)
    comments = [child for child in children[:8] if "comment" in child.type]
    if grammar.module_frame == "bang":
        doc = None
        for node in comments:
            span = source.span(node)
            if span.of(source.text).startswith(("//!", "/*!")):
                doc = Span(doc.start if doc else span.start, span.start + len(span.of(source.text).rstrip()))
        return Found(_frame_of(source, doc, "bang"), doc, Place(at, at, "", "\n\n"), "")
    told = [node for node in comments if any(mark in source.of(node) for mark in _OF_FILE)]
    doc = source.span(told[0]) if told else None
    return Found("block", doc, Place(at, at, "", "\n\n"), "", fixed=bool(told))


def _after_preamble(source: Source, root: Node, grammar: Grammar) -> int:
    """Behind a BOM, a `#!` line and, in Python, the comment lines that begin the file."""
    at = 1 if source.text.startswith("\ufeff") else 0
    for child in root.children:
        leading = child.type in ("hash_bang_line", "shebang") or (
            grammar.module_frame == "quotes" and child.type == "comment"
        )
        if not leading:
            break
        end = source.text.find("\n", source.span(child).start)
        at = len(source.text) if end < 0 else end + 1
    return at
