"""Text to syntax tree without holding everybody up.

Knows: tree-sitter and its lock. Must not know: what trees are read for. The parser keeps Python's global
lock; its progress callback (tree-sitter >= 0.26.1) gives it up every few milliseconds, so that typing is
answered while a file is read in the background, and ends parses that take too long.
"""

import importlib
import time
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, cast

import tree_sitter
from tree_sitter import Parser, Query, QueryCursor, Tree

from retrieval.languages import Language

_YIELD_SECONDS = 0.003
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Grammar:
    """A loaded grammar and its definitions query."""

    language: tree_sitter.Language
    definitions: Query


@cache
def grammar_of(row: Language) -> Grammar | None:
    """The grammar of a language; None where it has none or its wheel is not installed."""
    if row.grammar is None:
        return None
    module, function = row.grammar
    make: Any = tree_sitter.Language  # taking a capsule is right; the stubs know only the old integer
    try:
        loaded: tree_sitter.Language = make(getattr(importlib.import_module(module), function)())
    except ImportError:
        return None
    source = resources.files("retrieval").joinpath("queries", f"{row.query}.scm").read_text("utf-8")
    return Grammar(loaded, Query(loaded, source))


def parse(grammar: Grammar, data: bytes, *, seconds: float, polite: bool = True) -> Tree | None:
    """The tree of UTF-8 `data`, or None when `seconds` were not enough. `polite` parses let others run."""
    started = yielded = time.monotonic()

    def progress(*_: object) -> bool:
        nonlocal yielded
        now = time.monotonic()
        if polite and now - yielded > _YIELD_SECONDS:
            time.sleep(0.0002)
            yielded = now
        return now - started > seconds

    def read(offset: int, _point: object) -> bytes:
        return data[offset : offset + _PIECE]

    # A fresh parser: cheap (20 µs), one per thread for free, and no state left over from an aborted parse.
    parser = cast("Any", Parser(grammar.language))  # the stubs do not know progress_callback
    try:
        return cast("Tree | None", parser.parse(read, progress_callback=progress))
    except ValueError:  # how an aborted parse is reported
        return None


def matches(query: Query, tree: Tree) -> list[dict[str, list[tree_sitter.Node]]]:
    """The captures of every match, in the order of the text."""
    return [captures for _, captures in QueryCursor(query).matches(tree.root_node)]
