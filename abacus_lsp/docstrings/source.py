"""A parsed text and the few questions that readers of signatures ask its nodes.

Knows nodes and code points. Must not know languages.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from abacus_lsp.parsing import Parsed
from abacus_lsp.site import Span

_LONGEST = 60  # characters of a condition or default worth showing


@dataclass(frozen=True, slots=True)
class Source:
    """One text and its tree."""

    text: str
    parsed: Parsed

    def span(self, node: Node) -> Span:
        return self.parsed.span(node)

    def of(self, node: Node | None) -> str:
        """The node's text, on one line; "" for no node."""
        return " ".join(self.span(node).of(self.text).split()) if node is not None else ""

    def field(self, node: Node, name: str) -> str:
        """The text of a child, on one line; "" if there is none."""
        return self.of(node.child_by_field_name(name))

    def short(self, node: Node | None) -> str:
        """As `of`, but "" for what is long or would not survive in a comment."""
        text = self.of(node)
        unfit = len(text) > _LONGEST or any(mark in text for mark in ("\\", '"""', "'''", "*/", "/*", "`"))
        return "" if unfit else text

    def line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        r"""Where the line of `offset` ends, before its "\r\n" or "\n"."""
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > offset and self.text[end - 1] == "\r" else end

    def indent(self, offset: int) -> str:
        """The blank space that the line of `offset` begins with."""
        line = self.text[self.line_start(offset) : offset]
        return line[: len(line) - len(line.lstrip(" \t"))]


def within(node: Node, types: frozenset[str], *, but: frozenset[str]) -> Iterator[Node]:
    """Nodes of these types below `node`, in order, not looking into those in `but`."""
    stack = list(reversed(node.children))
    while stack:
        one = stack.pop()
        if one.type in types:
            yield one
        if one.type not in but:
            stack.extend(reversed(one.children))


def named(node: Node, *types: str) -> list[Node]:
    """The named children of these types (of every type when none is given)."""
    return [child for child in node.named_children if not types or child.type in types]
