"""Text to syntax tree, in bounded time, leaving other threads their turn.

The edge of the syntax layer: it imports grammars, reads the clock, keeps parsers. Knows tree-sitter and UTF-8;
must not know cursors or what a scope is. Bytes end in `Offsets`: callers speak code points.
"""

import re
import time
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from itertools import accumulate

from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser, Point, Query, QueryCursor, QueryError, Tree

from abacus_lsp.languages import Language
from abacus_lsp.site import Span
from retrieval.parse import deadline, parse_in_turns

# The closed set: what a query file may call a node (`languages/queries/README.md` says what each means).
OUTLINE_CAPTURES = frozenset(
    ("definition.function", "definition.class", "definition.module", "name", "body", "import")
)
LEAF_CAPTURES = frozenset(("comment", "string", "string.open", "docstring", "interpolation", "block"))

_CONTINUATION = bytes(range(0x80, 0xC0))
_PAGE = 4096  # bytes between two remembered offsets
_READ = 1 << 16  # bytes a query is asked about at once
_LONGEST = 2_000_000  # characters; beyond it even an incremental parse costs more than it tells
_PAUSE = 0.0002  # seconds given to other threads between two slices of a query


class Offsets:
    """Code points to UTF-8 bytes and back, for one text."""

    def __init__(self, text: str, data: bytes) -> None:
        self._text, self._data = text, data
        self._ascii = len(text) == len(data)
        pages = range(0, 0 if self._ascii else len(data), _PAGE)
        counts = (len(data[at : at + _PAGE].translate(None, _CONTINUATION)) for at in pages)
        self._points = list(accumulate(counts, initial=0))

    def to_point(self, byte: int) -> int:
        """The code point that begins at or before `byte`."""
        if self._ascii:
            return byte
        page = min(byte // _PAGE, len(self._points) - 1)
        return self._points[page] + len(self._data[page * _PAGE : byte].translate(None, _CONTINUATION))

    def to_byte(self, point: int) -> int:
        """Where code point number `point` begins."""
        if self._ascii:
            return point
        page = max(bisect_right(self._points, point) - 1, 0)
        start = self._points[page]
        byte = min(page * _PAGE, len(self._data))
        while byte < len(self._data) and self._data[byte] & 0xC0 == 0x80:
            byte += 1  # the page begins inside a character, which the page before has counted
        return byte + len(self._text[start:point].encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class Queries:
    """A grammar ready for use: what is asked of a whole file, and what is asked around the cursor."""

    grammar: Grammar
    outline: Query
    leaves: Query


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree and the means to ask it."""

    root: Node
    offsets: Offsets
    queries: Queries

    def span(self, node: Node) -> Span:
        """Where the node is, in code points."""
        return Span(self.offsets.to_point(node.start_byte), self.offsets.to_point(node.end_byte))

    def outline(self, until: int) -> list[dict[str, list[Node]]]:
        """The definitions and imports that begin before code point `until`, and some after: capture name → nodes.

        One that spans several stretches comes several times. Asked stretch by stretch, with a pause between,
        because a query holds the GIL. (Queries take a progress callback too, but with tree-sitter 0.26.1 it
        crashes the process.)
        """
        cursor = QueryCursor(self.queries.outline)
        found: list[dict[str, list[Node]]] = []
        for start in range(0, self.offsets.to_byte(until) + 1, _READ):
            if start:
                time.sleep(_PAUSE)
            cursor.set_byte_range(start, start + _READ)
            found += [captures for _, captures in cursor.matches(self.root)]
        return found

    def leaves(self, start: int, end: int) -> list[tuple[str, Node]]:
        """Comments, strings and blocks that touch code points `start` to `end`, with their capture names."""
        cursor = QueryCursor(self.queries.leaves)
        cursor.set_byte_range(self.offsets.to_byte(start), self.offsets.to_byte(end))
        found = cursor.captures(self.root)
        return [(name, node) for name, nodes in found.items() for node in nodes]


def load(language: Language) -> Queries:
    """Import a grammar and compile its queries.

    Raises:
        ImportError: the grammar's package is not installed.
        QueryError: the query file names nodes which the installed grammar does not have.
    """
    module, _, function = language.grammar.partition(":")
    capsule: object = getattr(import_module(module), function)()
    grammar = Grammar(capsule)
    folder = resources.files("abacus_lsp.languages") / "queries"
    source = (folder / language.query_file).read_text(encoding="utf-8")
    return Queries(grammar, _part(grammar, source, OUTLINE_CAPTURES), _part(grammar, source, LEAF_CAPTURES))


def _part(grammar: Grammar, source: str, wanted: frozenset[str]) -> Query:
    """The patterns of `source` that have a capture in `wanted`; the others cost nothing when it runs."""
    query = Query(grammar, source)
    data = source.encode()
    for pattern in range(query.pattern_count):
        text = data[query.start_byte_for_pattern(pattern) : query.end_byte_for_pattern(pattern)].decode()
        if wanted.isdisjoint(re.findall(r"@([a-z.]+)", text)):
            query.disable_pattern(pattern)
    return query


@cache
def queries_for(language: Language) -> Queries | None:
    """As `load`, once per language; None when there is no grammar or it does not fit ours."""
    if not language.grammar:
        return None
    try:
        return load(language)
    except (ImportError, AttributeError, QueryError):
        return None


class Trees:
    """Parsers, and the last trees of a few documents to parse the next version from. For one thread.

    Args:
        first: seconds a document's first parse may take; one that takes longer is not tried again until the
            document has become a good deal shorter.
        budget: seconds every later parse may take.
        keep: how many documents are remembered.
    """

    def __init__(self, first: float = 1.0, budget: float = 0.25, keep: int = 4) -> None:
        self._first, self._budget, self._keep = first, budget, keep
        self._parsers: dict[str, Parser] = {}
        self._last: OrderedDict[tuple[str, str], tuple[bytes, Tree | None]] = OrderedDict()

    def parse(self, key: str, language: Language, text: str, *, keep: bool = True) -> Parsed | None:
        """The tree of `text`; `key` names the document whose last tree to start from ("" for none).

        `keep`: this is the document as it is now, remember it; else a text that might come to be.

        None: no grammar, a text too long, or the budget is spent.
        """
        queries = queries_for(language)
        if queries is None or len(text) > _LONGEST:
            return None
        data = parseable(text).encode("utf-8", "surrogatepass")
        place = (key, language.id)
        old, last = self._last.get(place, (b"", None))
        if old and last is None and len(data) > len(old) * 3 // 4:
            return None
        tree = self._tree(self._parser(language, queries), data, old, last)
        if keep and key and (tree is not None or last is None):
            self._last[place] = data, tree
            self._last.move_to_end(place)
            while len(self._last) > self._keep:
                self._last.popitem(last=False)
        return None if tree is None else Parsed(tree.root_node, Offsets(text, data), queries)

    def forget(self) -> None:
        """Keep the tree of the last document only: memory is short."""
        while len(self._last) > 1:
            self._last.popitem(last=False)

    def _parser(self, language: Language, queries: Queries) -> Parser:
        if language.id not in self._parsers:
            self._parsers[language.id] = Parser(queries.grammar)
        return self._parsers[language.id]

    def _tree(self, parser: Parser, data: bytes, old: bytes, last: Tree | None) -> Tree | None:
        try:
            if last is None:
                return parse_in_turns(parser, data, deadline(self._first))
            edited = last.copy()
            _edit(edited, old, data)
            return parse_in_turns(parser, data, deadline(self._budget), edited)
        except ValueError:  # the budget is spent
            parser.reset()
            return None


def parseable(text: str) -> str:
    """The same text, character for character, without what grammars take for the end or do not know."""
    text = text.replace("\0", " ")
    return re.sub(r"\r(?!\n)", "\n", text) if "\r" in text else text


def _edit(tree: Tree, old: bytes, new: bytes) -> None:
    """Tell `tree` what changed between the two texts: the part between their common start and common end."""
    start = _common(old, new)
    while start and start < len(new) and new[start] & 0xC0 == 0x80:
        start -= 1
    tail = _common_end(old[start:], new[start:])
    while tail and new[len(new) - tail] & 0xC0 == 0x80:
        tail -= 1
    old_end, new_end = len(old) - tail, len(new) - tail
    tree.edit(start, old_end, new_end, _point(old, start), _point(old, old_end), _point(new, new_end))


def _common(left: bytes, right: bytes) -> int:
    """Length of the common start, by halving: comparing slices is far faster than comparing bytes."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(left: bytes, right: bytes) -> int:
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[len(left) - middle : len(left) - low] == right[len(right) - middle : len(right) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _point(data: bytes, offset: int) -> Point:
    return Point(data.count(b"\n", 0, offset), offset - (data.rfind(b"\n", 0, offset) + 1))
