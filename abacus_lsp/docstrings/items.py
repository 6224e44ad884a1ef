"""What can be documented in a text: `item_at` an offset, `items_in` all of it.

Knows trees and the rows of `grammars`. Must not know styles or models. Total: any text gives an answer, if only
None; broken code gives what the parser could still tell.
"""

from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from abacus_lsp.docstrings.declared import declarator_of, written_templates
from abacus_lsp.docstrings.existing import Found, above, inside, of_file
from abacus_lsp.docstrings.grammars import GRAMMARS, Grammar
from abacus_lsp.docstrings.item import Item, ItemKind, Place, Signature
from abacus_lsp.docstrings.macros import begin, sure_start
from abacus_lsp.docstrings.scripts import holder_of, makes
from abacus_lsp.docstrings.source import Source
from abacus_lsp.document import Snapshot
from abacus_lsp.languages import Language, by_id
from abacus_lsp.parsing import Trees, parseable
from abacus_lsp.site import Span

_NAMES = ("name", "key", "property", "left", "declarator")
_DECLARATIONS = frozenset(("lexical_declaration", "variable_declaration"))
_RESERVED = frozenset(("if", "for", "while", "switch", "catch", "return", "else", "with", "do", "function"))
_PROPERTIES = frozenset(("pair", "field_definition", "public_field_definition"))
_STATEMENTS = _DECLARATIONS | _PROPERTIES | {"expression_statement"}
_NAMELESS = ("arrow_function", "function_expression", "generator_function")
_NAMED = frozenset(("identifier", "property_identifier", "type_identifier", "field_identifier"))


def source_of(snapshot: Snapshot, trees: Trees | None = None) -> Source | None:
    """The parsed text; None without a grammar or when parsing takes too long."""
    if by_id(snapshot.language).id not in GRAMMARS:
        return None
    parsed = (trees or Trees()).parse(snapshot.uri, by_id(snapshot.language), parseable(snapshot.text))
    return None if parsed is None else Source(parseable(snapshot.text), parsed)


def item_at(snapshot: Snapshot, offset: int, trees: Trees | None = None) -> Item | None:
    """The innermost thing around `offset` that can be documented, else the file; None if that cannot be.

    On a docstring's or a decorator's line it is what they belong to.
    """
    source = source_of(snapshot, trees)
    if source is None:
        return None
    language = by_id(snapshot.language)
    node: Node | None = _node_at(source, offset, GRAMMARS[language.id])
    while node is not None:
        item = _item(source, language, node)
        if item is not None:
            return item
        node = node.parent
    return _file(source, language)


def items_in(snapshot: Snapshot, trees: Trees | None = None) -> tuple[Item, ...]:
    """Every function, method and class of the text, in order."""
    source = source_of(snapshot, trees)
    if source is None:
        return ()
    language = by_id(snapshot.language)
    found: dict[tuple[int, int], Item] = {}
    for node in _nodes(source.parsed.root, GRAMMARS[language.id]):
        item = _item(source, language, node)
        if item is not None:
            found.setdefault((item.span.start, item.span.end), item)
    return tuple(sorted(found.values(), key=lambda item: item.span.start))


def _nodes(root: Node, grammar: Grammar) -> Iterator[Node]:
    stack = [root]
    wanted = grammar.functions | grammar.classes
    while stack:
        node = stack.pop()
        if node.type in wanted:
            yield node
        stack.extend(reversed(node.named_children))


def _node_at(source: Source, offset: int, grammar: Grammar) -> Node | None:
    """The leaf at the line's first word when the cursor is before it; what follows for a comment above."""
    start, end = source.line_start(offset), source.line_end(offset)
    line = source.text[start:end]
    # Behind the last character the line's own leaf is over: one step back.
    offset = min(max(offset, start + len(line) - len(line.lstrip())), max(start, end - 1))
    byte = source.parsed.offsets.to_byte(offset)
    node = source.parsed.root.descendant_for_byte_range(byte, byte)
    passed: Node | None = node
    while passed is not None and "comment" not in passed.type and passed.type not in grammar.between:
        passed = passed.parent
    while passed is not None and passed.parent is not None and "comment" in passed.parent.type:
        passed = passed.parent
    while passed is not None and ("comment" in passed.type or passed.type in grammar.between):
        node = passed = passed.next_named_sibling
    if node is not None and node.type in grammar.wrappers:
        inner = [each for each in node.named_children if each.type in grammar.functions | grammar.classes]
        return inner[0] if inner else _first_item(source, node, grammar)
    return _first_item(source, node, grammar) if node is not None else None


def _first_item(source: Source, node: Node, grammar: Grammar) -> Node:
    """A decorator's or declaration's own item: `const f = () => 1` for its first word."""
    one = node
    while one.type not in _STATEMENTS:
        if one.type in grammar.functions | grammar.classes or one.parent is None:
            return node
        if one.type in grammar.wrappers:
            held = grammar.functions | grammar.classes | grammar.wrappers | _DECLARATIONS
            inner = [each for each in one.named_children if each.type in held]
            if not inner:
                return _passed(source, one.child_by_field_name("value"), grammar) or node
            if inner[0].type in grammar.wrappers - grammar.functions - _DECLARATIONS:
                return _first_item(source, inner[0], grammar)
            if inner[0].type not in _DECLARATIONS:
                return inner[0]
            one = inner[0]
            break
        one = one.parent
    declared = [each for each in one.named_children if each.type == "variable_declarator"]
    value = (declared[0] if declared else one).child_by_field_name("value")
    if one.type == "expression_statement" and one.named_children:
        value = one.named_children[0].child_by_field_name("right")
    return _passed(source, value, grammar) or node


def _passed(source: Source, value: Node | None, grammar: Grammar) -> Node | None:
    """The function or class that a value is, past calls that make one of it: `memo(forwardRef((props, ref) => …))`."""
    while value is not None and value.type not in grammar.functions | grammar.classes:
        given = value.child_by_field_name("arguments") if makes(source, value, grammar.makers) else None
        value = given.named_children[0] if given is not None and given.named_children else None
    return value


# --- one item


def _item(source: Source, language: Language, node: Node) -> Item | None:
    grammar = GRAMMARS[language.id]
    outer = _outer(source, node, grammar)
    if outer is None:
        return None
    name, kind = _name(source, node, outer, grammar), _kind(node, grammar)
    callable_here = node.type in grammar.functions or node.type in grammar.recorded
    signature = grammar.signature(source, node) if callable_here else Signature()
    span = source.span(outer)
    if name in _RESERVED or not sure_start(source, node, span.start, grammar):
        return None
    if grammar.macros:
        started = begin(source, span.start)
        torn = written_templates(source.text[started : span.start])
        signature = replace(signature, parameters=(*torn, *signature.parameters))
        span = Span(started, span.end)
    if grammar.frame == "quotes":
        body = node.child_by_field_name("body")
        found = inside(source, node, body) if body is not None else None
    else:
        found = above(source, outer, grammar)
    if found is None:
        return None
    return Item(
        kind,
        name,
        language,
        span,
        signature,
        found.frame,
        found.doc,
        found.place,
        found.indent,
        fixed=found.fixed,
    )


def _outer(source: Source, node: Node, grammar: Grammar) -> Node | None:
    """The whole item whose heart is `node`; None if `node` is no item."""
    if node.type in grammar.classes:
        if node.type.endswith("_specifier") and node.child_by_field_name("body") is None:
            return None  # `struct point` as a type
        return _held(source, node, grammar) if node.type == "class" else _wrapped(node, grammar)
    if node.type not in grammar.functions:
        return None
    if grammar.unless and (_below(node, grammar.unless) or not _declares(node)):
        return None
    if node.type not in _NAMELESS:
        return _wrapped(node, grammar)
    return _held(source, node, grammar)


def _declares(node: Node) -> bool:
    """Whether a C declaration is a function's, and read without guessing (macros make trees guess)."""
    sure = node.type == "function_definition" or not node.has_error
    return sure and declarator_of(node) is not None


def _held(source: Source, node: Node, grammar: Grammar) -> Node | None:
    """The declaration, property or assignment that gives an anonymous function or class its name."""
    value, holder = holder_of(source, node, grammar.makers)
    if holder is None:
        return None
    if holder.type == "export_statement":
        return holder
    if not any(holder.child_by_field_name(field) == value for field in grammar.values):
        return None
    if holder.type in _PROPERTIES:
        return holder
    statement = holder.parent
    if statement is None or holder.type not in ("variable_declarator", "assignment_expression"):
        return None
    wanted = ("lexical_declaration", "variable_declaration", "expression_statement")
    if statement.type not in wanted or len(statement.named_children) > 1:
        return None
    return _wrapped(statement, grammar)


def _wrapped(node: Node, grammar: Grammar) -> Node:
    """With the wrappers around it, but for Go's brackets: each in a group stands for itself."""
    while node.parent is not None and node.parent.type in grammar.wrappers:
        if any(child.type == "(" for child in node.parent.children):
            break
        node = node.parent
    return node


def _below(node: Node, types: frozenset[str]) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.type in types:
            return True
        parent = parent.parent
    return False


def _kind(node: Node, grammar: Grammar) -> ItemKind:
    if node.type in grammar.classes:
        return "module" if node.type == "mod_item" else "class"
    if node.type in grammar.methods:
        return "method"
    parent = node.parent
    while parent is not None and parent.type not in grammar.functions:
        if parent.type in grammar.classes or parent.type in ("impl_item", "class_body"):
            return "method"
        parent = parent.parent
    return "function"


def _name(source: Source, node: Node, outer: Node, grammar: Grammar) -> str:
    for holder in (node, holder_of(source, node, grammar.makers)[1] if node != outer else None):
        for field in _NAMES if holder is not None else ():
            child = holder.child_by_field_name(field) if holder is not None else None
            if child is not None:
                return _last_name(source, child)
    return ""


def _last_name(source: Source, node: Node) -> str:
    """Of `a.b.c` and of a C declarator: what is defined."""
    one = node
    while one.type not in _NAMED:
        deeper = one.child_by_field_name("declarator") or one.child_by_field_name("property")
        deeper = deeper or one.child_by_field_name("name")
        if deeper is None and one.type in ("reference_declarator", "destructor_name") and one.named_children:
            deeper = one.named_children[-1]
        if deeper is None:
            break
        one = deeper
    return source.of(one)[:80]


# --- the file


def _file(source: Source, language: Language) -> Item | None:
    grammar = GRAMMARS[language.id]
    if not grammar.module_frame:
        return None
    found: Found | None = of_file(source, grammar)
    if found is None:
        return None
    name = ""
    if grammar.frame == "go":
        clause = [one for one in source.parsed.root.named_children if one.type == "package_clause"]
        if not clause:
            return None
        name = source.of(clause[0].named_children[0]) if clause[0].named_children else ""
    place: Place = found.place
    return Item(
        "module",
        name,
        language,
        Span(0, len(source.text)),
        Signature(),
        found.frame,
        found.doc,
        place,
        found.indent,
        fixed=found.fixed,
    )
