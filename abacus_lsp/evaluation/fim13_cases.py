"""The thirteen kinds of places at which code is completed, cut out of real files by their syntax trees.

Knows files, trees, the table of node names below. Must not know models. The same files and seed give the same cases.
A case is a file with a hole: what stood there is the truth. Holes are of a size that one completion may have.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from tree_sitter import Node

from abacus_lsp import languages
from abacus_lsp.document import line_of
from abacus_lsp.evaluation.places import read_text
from abacus_lsp.evaluation.route import Spot
from abacus_lsp.parsing import Parsed, Trees
from abacus_lsp.site import Span

MOST_LINES: Final = 12  # of a hole; an answer may have 16
MOST_CHARACTERS: Final = 320  # about 96 tokens, the default limit of an answer
PER_FILE: Final = 2  # cases of one category from one file, while there are more files to look at

SIGNATURE, BODY, LINE, COMMENTED, EMPTY = (
    "method signature", "method body", "single line", "method with comment", "empty",
)  # fmt: skip
TOP, MIDDLE, BOTTOM = "body top", "body mid", "body bottom"
CATEGORIES: Final = (
    SIGNATURE, BODY, LINE, COMMENTED, EMPTY, TOP, MIDDLE, BOTTOM, "if", "for", "while", "try", "switch",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A file with a hole.

    Attributes:
        category: one of `CATEGORIES`.
        path: of the file, absolute.
        text: the whole file, the truth included.
        hole: what is cut out; empty where nothing is due.
    """

    category: str
    path: Path
    text: str
    hole: Span

    @property
    def truth(self) -> str:
        """What stood in the hole."""
        return self.hole.of(self.text)

    @property
    def spot(self) -> Spot:
        """The cursor in the file without it."""
        return Spot(self.path, self.text[: self.hole.start] + self.text[self.hole.end :], self.hole.start)

    @property
    def key(self) -> str:
        """Names the case within one run."""
        return f"{self.category}:{self.path.as_posix()}:{self.hole.start}"


@dataclass(frozen=True, slots=True)
class _Names:
    """What one grammar calls things."""

    functions: frozenset[str]
    statements: dict[str, frozenset[str]]
    blocks: frozenset[str]


def _names(functions: str, blocks: str, **statements: str) -> _Names:
    kinds = {category: frozenset(names.split()) for category, names in statements.items()}
    return _Names(frozenset(functions.split()), kinds, frozenset(blocks.split()))


_IF = {"if": "if_statement"}
_C = _names(
    "function_definition", "compound_statement", **_IF, **{"for": "for_statement for_range_loop"},
    **{"while": "while_statement do_statement", "try": "try_statement"}, switch="switch_statement",
)  # fmt: skip
_SCRIPT = _names(
    "function_declaration generator_function_declaration method_definition", "statement_block", **_IF,
    **{"for": "for_statement for_in_statement", "while": "while_statement do_statement", "try": "try_statement"},
    switch="switch_statement",
)  # fmt: skip
_TABLE: Final[dict[str, _Names]] = {
    "python": _names(
        "function_definition", "block", **_IF,
        **{"for": "for_statement", "while": "while_statement", "try": "try_statement"}, switch="match_statement",
    ),
    "java": _names(
        "method_declaration constructor_declaration", "block constructor_body", **_IF,
        **{"for": "for_statement enhanced_for_statement", "while": "while_statement do_statement"},
        **{"try": "try_statement try_with_resources_statement"}, switch="switch_expression switch_statement",
    ),
    "c": _C,
    "cpp": _C,
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "typescriptreact": _SCRIPT,
    "csharp": _names(
        "method_declaration constructor_declaration local_function_statement", "block", **_IF,
        **{"for": "for_statement foreach_statement", "while": "while_statement do_statement"},
        **{"try": "try_statement"}, switch="switch_statement",
    ),
    "go": _names(
        "function_declaration method_declaration", "block", **_IF, **{"for": "for_statement"},
        switch="expression_switch_statement type_switch_statement select_statement",
    ),
    "rust": _names(
        "function_item", "block", **{"if": "if_expression", "for": "for_expression"},
        **{"while": "while_expression loop_expression"}, switch="match_expression",
    ),
}  # fmt: skip


def build(files: Sequence[Path], limit: int, seed: int) -> list[Case]:
    """Up to `limit` cases of each category, in the order of `CATEGORIES`; fewer where the files have no more."""
    chosen = random.Random(seed)  # noqa: S311  (a sample, not a secret)
    order = list(files)
    chosen.shuffle(order)
    found: dict[str, list[list[Case]]] = {category: [] for category in CATEGORIES}
    for path in order:
        if all(sum(len(some[:PER_FILE]) for some in some_files) >= limit for some_files in found.values()):
            break
        here = cases_of(path, read_text(path))
        for category, by_file in found.items():
            some = [case for case in here if case.category == category]
            chosen.shuffle(some)
            by_file.append(some)
    return [case for by_file in found.values() for case in _dealt(by_file, limit)]


def _dealt(by_file: Sequence[Sequence[Case]], limit: int) -> list[Case]:
    """One of each file, then another of each: many files rather than one long one."""
    longest = max(map(len, by_file), default=0)
    dealt = (some[turn] for turn in range(longest) for some in by_file if turn < len(some))
    return list(islice(dealt, limit))


def cases_of(path: Path, text: str) -> list[Case]:
    """Every case of a file; none of one that has no grammar, or errors."""
    language = languages.by_path(path)
    names = _TABLE.get(language.id)
    parsed = Trees().parse("", language, text) if names and text else None
    if parsed is None or names is None or parsed.root.has_error:
        return []
    file = _File(path, text, parsed, names)
    return [
        Case(category, path, text, hole)
        for node in _nodes(parsed.root)
        for category, hole in file.holes(node)
        if category == EMPTY or _fits(hole.of(text))
    ]


def _fits(truth: str) -> bool:
    size = len(truth.strip())
    return 0 < size <= MOST_CHARACTERS and truth.count("\n") < MOST_LINES


def _nodes(root: Node) -> Iterator[Node]:
    """All nodes in the order of the text, without recursion: trees of generated code are deep."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.named_children))


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    text: str
    parsed: Parsed
    names: _Names

    def holes(self, node: Node) -> Iterator[tuple[str, Span]]:
        """The holes that begin at this node."""
        if node.type in self.names.functions:
            yield from self._in_function(node)
        if node.parent is not None and node.parent.type in self.names.blocks and not _is_comment(node):
            yield from self._at_statement(node)

    def _in_function(self, node: Node) -> Iterator[tuple[str, Span]]:
        body = node.child_by_field_name("body")
        if body is None or body.type not in self.names.blocks:
            return
        span, inner = self.parsed.span(node), self.parsed.span(body)
        if not self.text[self._line_start(span.start) : span.start].strip():
            signature = self.text[span.start : inner.start].rstrip()
            yield SIGNATURE, Span(span.start, span.start + len(signature))
            if self._under_comment(node):
                yield COMMENTED, span
        statements = [child for child in body.named_children if not _is_comment(child)]
        if statements and _is_docstring(statements[0]):
            yield from self._stretch(COMMENTED, statements[1:])
            return
        yield from self._stretch(BODY, statements)
        share = len(statements) // 3
        if share:
            yield from self._stretch(TOP, statements[:share])
            yield from self._stretch(MIDDLE, statements[share:-share])
            yield from self._stretch(BOTTOM, statements[-share:])

    def _at_statement(self, node: Node) -> Iterator[tuple[str, Span]]:
        for category, kinds in self.names.statements.items():
            if _inner(node).type in kinds:
                yield from self._stretch(category, [node])
        previous = node.prev_named_sibling
        if node.start_point.row != node.end_point.row or _is_docstring(node):
            return
        for _, hole in self._stretch(LINE, [node]):
            if previous is not None and not (_is_comment(previous) or _is_docstring(previous)):
                yield LINE, hole
            if self.text[hole.end :].strip():
                yield EMPTY, Span(hole.end, hole.end)

    def _stretch(self, category: str, nodes: Sequence[Node]) -> Iterator[tuple[str, Span]]:
        """From the first node's start to the last one's end, if they have their lines to themselves."""
        if not nodes:
            return
        start, end = self.parsed.span(nodes[0]).start, self.parsed.span(nodes[-1]).end
        end = start + len(self.text[start:end].rstrip())
        if self.text[self._line_start(start) : start].strip() or line_of(self.text, end).strip():
            return
        yield category, Span(start, end)

    def _line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def _under_comment(self, node: Node) -> bool:
        """A comment ends on the line above."""
        previous = node.prev_named_sibling
        return previous is not None and _is_comment(previous) and self._above(previous, node)

    def _above(self, comment: Node, node: Node) -> bool:
        between = self.text[self.parsed.span(comment).end : self.parsed.span(node).start]
        before = self.text[: self.parsed.span(node).start]
        lines = between.count("\n") + (not between.strip() and comment.end_point.column == 0)
        return not between.strip() and lines == 1 and before.rstrip() != ""


def _inner(node: Node) -> Node:
    """Rust wraps its control flow in expression statements."""
    if node.type == "expression_statement" and node.named_child_count == 1:
        return node.named_children[0]
    return node


def _is_comment(node: Node) -> bool:
    return "comment" in node.type


def _is_docstring(node: Node) -> bool:
    return (
        node.type == "expression_statement"
        and node.named_child_count == 1
        and node.named_children[0].type == "string"
    )
