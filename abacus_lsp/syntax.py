"""Where a cursor stands in its program: `site_at`.

Knows snapshots, syntax trees and the rows of `languages`. Must not know prompts, tokens or the editor; bytes
never leave `parsing`. Never fails: what the tree cannot tell is read from the indentation.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tree_sitter import Node

from abacus_lsp import indentation, leaves, offside
from abacus_lsp.document import Cursor
from abacus_lsp.intent.comment import purpose
from abacus_lsp.languages import Language, by_id
from abacus_lsp.parsing import Parsed, Trees, parseable
from abacus_lsp.site import Scope, ScopeKind, Site, Span

_MOST_ERRORS = 64  # a file with more is not understood anyway
_COLON = re.compile(r":[ \t]*(?:#.*)?$", re.MULTILINE)
_KINDS: tuple[tuple[str, ScopeKind], ...] = (
    ("definition.function", "function"),
    ("definition.class", "class"),
    ("definition.module", "module"),
)


def site_at(cursor: Cursor, trees: Trees | None = None) -> Site:
    """What surrounds the cursor. Total: any text gives a site.

    Args:
        cursor: the place.
        trees: parsers and last trees, kept by the caller for one thread; without them every call parses anew.
    """
    language = by_id(cursor.snapshot.language)
    text = parseable(cursor.snapshot.text)
    trees = trees or Trees()
    parsed = trees.parse(cursor.snapshot.uri, language, text)
    if parsed is None:
        site = _plain(text, cursor.offset, language)
    else:
        site = _from_tree(text, cursor.offset, language, parsed)
    if site.comment is None:
        return site
    heads = not text[: site.comment.span.start].strip()
    kind = purpose(site.comment, language, trees, heads=heads)
    announces = kind == "remark" and site.comment.doc and _nothing_below(text, cursor.offset, site)
    return replace(site, asks=kind == "request" or announces)


def _nothing_below(text: str, offset: int, site: Site) -> bool:
    """On a fresh line under a comment that documents, and nothing there yet that it could document."""
    if site.place != "code" or site.language.indented:  # there, what a docstring documents stands above it
        return False
    rest, _, below = text[offset:].partition("\n")
    following = below.split("\n", 1)[0].strip()
    return not rest.strip() and (not following or following[0] in ")]}")


def _plain(text: str, offset: int, language: Language) -> Site:
    place = indentation.place(text, offset, language)
    comments = leaves.line_comments(text, offset, language)
    after, empty = (
        leaves.block_due(text, offset, language, comments, None) if place == "code" else (False, False)
    )
    return Site(
        language,
        parsed=False,
        broken=False,
        place=place,
        scopes=indentation.scopes(text, offset, language),
        imports=tuple(_trimmed(text, span) for span in indentation.imports(text)),
        tops=(),
        comment=leaves.comment_at(text, offset, language, comments),
        after_header=after,
        empty_body=empty,
    )


def _from_tree(text: str, offset: int, language: Language, parsed: Parsed) -> Site:
    broken = parsed.root.has_error
    definitions, imports = _outline(text, offset, parsed)
    near = leaves.leaves(text, offset, parsed)
    place = leaves.place(text, offset, language, near, broken=broken)
    comments = [leaf.span for leaf in near if leaf.capture in {"comment", "docstring"}]
    scopes = tuple(scope for scope in definitions if _encloses(text, offset, language, scope))
    if broken:
        scopes = _with_lost(scopes, indentation.scopes(text, offset, language))
    after, empty = (
        leaves.block_due(text, offset, language, comments, parsed) if place == "code" else (False, False)
    )
    return Site(
        language,
        parsed=True,
        broken=broken,
        place=place,
        scopes=scopes,
        imports=imports,
        tops=tuple(
            indentation.line_start(text, scope.span.start) for scope in _outside_functions(definitions)
        ),
        comment=leaves.comment_at(text, offset, language, comments),
        after_header=after,
        empty_body=empty,
    )


# --- definitions and imports


def _outline(text: str, offset: int, parsed: Parsed) -> tuple[list[Scope], tuple[Span, ...]]:
    """The definitions before the cursor and some after, in order, and the imports that are not in a function."""
    found: dict[int, Scope] = {}
    imports: set[Span] = set()
    for captures in parsed.outline(offset):
        imports.update(_trimmed(text, parsed.span(node)) for node in captures.get("import", ()))
        if (scope := _scope(text, parsed, captures)) is not None:
            key = captures["name"][0].start_byte if "name" in captures else scope.span.start
            if key not in found or scope.span.start < found[key].span.start:
                found[key] = scope
    definitions = sorted(found.values(), key=lambda scope: (scope.span.start, -scope.span.end))
    functions = [scope.span for scope in _outside_functions(definitions) if scope.kind == "function"]
    outside = [span for span in imports if not any(one.start < span.start < one.end for one in functions)]
    return definitions, tuple(sorted(outside, key=lambda span: span.start))


def _trimmed(text: str, span: Span) -> Span:
    """Without the line break that some grammars add."""
    return Span(span.start, span.start + len(span.of(text).rstrip()))


def _scope(text: str, parsed: Parsed, captures: dict[str, list[Node]]) -> Scope | None:
    for capture, kind in _KINDS:
        for node in captures.get(capture, ()):
            span = parsed.span(node)
            name = parsed.span(captures["name"][0]).of(text) if "name" in captures else ""
            return Scope(kind, name, _header(text, parsed, span, captures.get("body", ())), span)
    return None


def _header(text: str, parsed: Parsed, span: Span, bodies: list[Node] | tuple[()]) -> Span:
    """From the start of a definition to what opens its body; its first line when it has none."""
    if not bodies:
        end = text.find("\n", span.start, span.end)
        return Span(span.start, span.end if end < 0 else end)
    start = parsed.span(bodies[0]).start
    if text.startswith("{", start):
        return Span(span.start, start + 1)
    if colon := _COLON.search(text, span.start, start):  # comments may stand between it and the body
        start = colon.start() + 1
    return Span(span.start, max(span.start, span.start + len(text[span.start : start].rstrip())))


def _outside_functions(definitions: list[Scope]) -> list[Scope]:
    outside: list[Scope] = []
    end = -1
    for scope in definitions:
        if scope.span.start >= end:
            outside.append(scope)
            if scope.kind == "function":
                end = scope.span.end
    return outside


def _encloses(text: str, offset: int, language: Language, scope: Scope) -> bool:
    if offset <= scope.span.start:
        return False
    if offset < scope.span.end:
        return True
    if text[scope.span.end : min(offset, scope.span.end + 80)].strip():
        return False  # most definitions end here, without a copy of all that follows them
    gap = text[scope.span.end : offset]
    if not language.indented:
        return offset == scope.span.end and not text[:offset].endswith(("}", "end"))
    if gap.strip():
        return False
    header_line = indentation.line_start(text, scope.span.start)
    deeper = indentation.depth_at(text, offset) > indentation.width(text[header_line : scope.span.start])
    return deeper or "\n" not in gap


def _with_lost(known: tuple[Scope, ...], guessed: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """The scopes of a broken tree with those that only the indentation still shows."""
    lost = [
        guess
        for guess in guessed
        if not any(scope.span.start <= guess.span.start <= scope.header.end for scope in known)
    ]
    return tuple(sorted([*known, *lost], key=lambda scope: scope.span.start))


# --- is a text sound


def errors_with(cursor: Cursor, trees: Trees) -> Callable[[str], int | None]:
    """A function that counts the errors of the file with a text at the cursor; None when nothing can be told: no
    grammar, no time, too many errors. The text's line endings may be any.
    """
    language = by_id(cursor.snapshot.language)
    uri, text = cursor.snapshot.uri, parseable(cursor.snapshot.text)
    before, after = text[: cursor.offset], text[cursor.offset :]

    def errors(insert: str) -> int | None:
        parsed = trees.parse(uri, language, before + insert + after, keep=False)
        found = None if parsed is None else _errors(parsed.root)
        return None if found is None or found >= _MOST_ERRORS else found

    return errors


def soundness(cursor: Cursor, trees: Trees) -> Callable[[str], bool]:
    """A function that tells whether the file with a text at the cursor is no worse than without it.

    "Without" is the better of two: the file as it stands, and the file without the cursor's line, which may be
    half typed. True when nothing can be told. In Python depths must agree, too.
    """
    errors = errors_with(cursor, trees)
    text = cursor.snapshot.text
    start, end = cursor.offset - len(cursor.line_head), cursor.offset + len(cursor.line_rest)
    bare = errors_with(Cursor(replace(cursor.snapshot, text=text[:start] + text[end:]), start), trees)
    language, whole = by_id(cursor.snapshot.language), parseable(text)
    known: list[int | None] = []

    def bound() -> int | None:
        if not known:
            as_is, without = errors(""), bare("")
            known.append(None if as_is is None or without is None else min(as_is, without))
        return known[0]

    def sound(insert: str) -> bool:
        made = insert.replace("\r\n", "\n")
        if not offside.agrees(whole[: cursor.offset], made, whole[cursor.offset :], language):
            return False
        most, found = bound(), errors(insert)
        return most is None or (found is not None and found <= most)

    return sound


def _errors(root: Node) -> int:
    """Nodes that the parser could not place or had to make up."""
    count, todo = 0, [root]
    while todo and count < _MOST_ERRORS:
        node = todo.pop()
        if node.is_error or node.is_missing:
            count += 1
        if node.has_error:
            todo += node.children
    return count
