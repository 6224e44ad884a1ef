"""Text to syntax tree without holding everybody up.

Knows: tree-sitter and its lock. Must not know: what trees are read for. The parser keeps Python's global
lock; its progress callback (tree-sitter >= 0.26.1) gives it up every few milliseconds, so that typing is
answered while a file is read in the background, and ends parses that take too long.
"""

import ctypes
import importlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, cast

import tree_sitter
from tree_sitter import Parser, Query, QueryCursor, Tree

from retrieval.languages import Language

_YIELD_SECONDS = 0.003
_PIECE = 1 << 14
_SMALL = 1 << 15  # bytes that parse within a few milliseconds, whatever is in them


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


def parse(grammar: Grammar, data: bytes, *, seconds: float) -> Tree | None:
    """The tree of UTF-8 `data`, or None when a large text took more than `seconds`."""
    parser = Parser(grammar.language)  # a fresh one is cheap (20 µs), belongs to one thread, has no old state
    try:
        return parse_in_turns(parser, data, deadline(seconds))
    except ValueError:
        return None


def parse_in_turns(
    parser: Parser, data: bytes, progress: Callable[[int, bool], bool], old: Tree | None = None
) -> Tree:
    """Parse UTF-8 `data` (from the edited tree `old`, if any); a large text calls `progress` now and then.

    Raises:
        ValueError: `progress` said stop.
    """
    given = () if old is None else (old,)  # None in its place is a TypeError
    untyped = cast("Any", parser)  # the stubs do not know progress_callback
    if len(data) <= _SMALL:
        return untyped.parse(data, *given)
    pieces: list[bytes] = []

    def read(offset: int, _point: object) -> bytes:
        pieces.append(data[offset : offset + _PIECE])
        return pieces[-1]

    try:
        return untyped.parse(read, *given, progress_callback=progress)
    finally:
        _release(pieces)


def deadline(seconds: float) -> Callable[[int, bool], bool]:
    """A progress callback that lets other threads run every few milliseconds, and says stop after `seconds`."""
    started = turn = time.monotonic()

    def progress(_offset: int, _error: bool) -> bool:
        nonlocal turn
        now = time.monotonic()
        if now - turn > _YIELD_SECONDS:
            time.sleep(0.0002)
            turn = time.monotonic()
        return now - started > seconds

    return progress


def _release(pieces: list[bytes]) -> None:
    """Drop the references to the callback's answers that tree-sitter 0.26.1 forgets to drop.

    Without this every parse of a large file leaks its text. They are counted, not assumed: a version
    without the fault is left alone.
    """
    if sys.implementation.name != "cpython":
        return
    while pieces:  # not `for`: its iterator would hold a reference of its own
        piece = pieces.pop()
        own = 2 if len(piece) > 1 else sys.getrefcount(piece)  # ours and the call's; short ones are shared
        for _ in range(sys.getrefcount(piece) - own):
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(piece))


def matches(query: Query, tree: Tree) -> list[dict[str, list[tree_sitter.Node]]]:
    """The captures of every match, in the order of the text."""
    return [captures for _, captures in QueryCursor(query).matches(tree.root_node)]
