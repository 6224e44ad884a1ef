"""Signatures of Java, Go, Rust, C and C++: the languages that declare their types.

Knows the node names of their parameter lists. Must not know docstrings. Total: half-written code gives what is there.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from tree_sitter import Node

from abacus_lsp.docstrings import flow
from abacus_lsp.docstrings.item import Parameter, Raise, Result, Signature
from abacus_lsp.docstrings.source import Source, named, within

_PANICS = frozenset(("panic", "assert", "assert_eq", "assert_ne"))
_MACRO = frozenset(("macro_invocation",))
_RUST_NESTED = frozenset(("function_item", "closure_expression", "impl_item", "trait_item"))
_RESULT = re.compile(r"(?:\w+::)*(?:Result|IoResult)\b(?:<(?P<inner>.*)>)?$")

_TEMPLATE = re.compile(r"template\s*<([^()<>]*)>")
_TYPENAME = re.compile(r"(?:typename|class|int|bool)\s*(?:\.\.\.)?\s*(\w+)\s*(?=[,=]|\Z)")


# --- Java


def java(source: Source, node: Node) -> Signature:
    """Of a method, a constructor, or a record (its components are its parameters)."""
    held = node.child_by_field_name("parameters")
    taken = named(held, "formal_parameter", "spread_parameter") if held is not None else []
    parameters = [*_java_generics(source, node), *(_java_parameter(source, one) for one in taken)]
    kind = source.field(node, "type") + source.field(node, "dimensions")
    returns = (Result(kind),) if kind and kind != "void" else ()
    return Signature(tuple(one for one in parameters if one.name), returns, None, _java_raises(source, node))


def _java_generics(source: Source, node: Node) -> list[Parameter]:
    held = node.child_by_field_name("type_parameters")
    found = within(held, frozenset(("type_parameter",)), but=frozenset()) if held is not None else ()
    names = [named(one, "type_identifier", "identifier") for one in found]
    return [Parameter(source.of(one[0]), generic=True) for one in names if one]


def _java_parameter(source: Source, node: Node) -> Parameter:
    if node.type == "formal_parameter":
        return Parameter(source.field(node, "name"), source.field(node, "type"))
    declared = named(node, "variable_declarator")
    kinds = [one for one in node.named_children if one.type not in ("modifiers", "variable_declarator")]
    name = source.field(declared[0], "name") if declared else ""
    return Parameter(name, source.of(kinds[0]) if kinds else "", star="...")


def _java_raises(source: Source, node: Node) -> tuple[Raise, ...]:
    body = node.child_by_field_name("body")
    is_callable = node.type in (
        "method_declaration",
        "constructor_declaration",
        "compact_constructor_declaration",
    )
    own = flow.raised(source, body, flow.JAVA) if body is not None and is_callable else ()
    found = {one.type: one for one in own}
    declared = [source.of(one) for held in named(node, "throws") for one in held.named_children]
    if declared and body is not None and f"new {flow.JAVA.unknown}" not in source.of(body):
        found.pop(flow.JAVA.unknown, None)  # what is thrown without a type is most likely among the declared
    last = {name.rpartition(".")[2] for name in found}
    missing = [Raise(name) for name in declared if name.rpartition(".")[2] not in last]
    return (*missing, *found.values())


# --- Go


def go(source: Source, node: Node) -> Signature:
    """Of a function, a method, or a method of an interface."""
    held = node.child_by_field_name("parameters")
    given = held.named_children if held is not None else []
    parameters = [
        Parameter(source.of(name), source.field(one, "type"), star=star)
        for number, one in enumerate(given)
        for star in ("..." if one.type == "variadic_parameter_declaration" else "",)
        for name in _go_names(given, number)
        if source.of(name) != "_"
    ]
    return Signature(tuple(parameters), tuple(_go_results(source, node.child_by_field_name("result"))))


def _go_names(given: Sequence[Node], number: int) -> list[Node]:
    """The names of a parameter; of `a` in `(a, b, … z int)` too, which the tree takes for a type in a long list.

    Go allows a list with names or one without, none that mixes them.
    """
    names = given[number].children_by_field_name("name")
    kind = given[number].child_by_field_name("type")
    mixed = any(one.children_by_field_name("name") for one in given)
    return names or ([kind] if mixed and kind is not None and kind.type == "type_identifier" else [])


def _go_results(source: Source, result: Node | None) -> list[Result]:
    if result is None:
        return []
    if result.type != "parameter_list":
        return [Result(source.of(result))]
    found: list[Result] = []
    for one in result.named_children:
        kind = source.field(one, "type") or source.of(one)
        names = [source.of(name) for name in one.children_by_field_name("name")]
        found += [Result(kind, "" if name == "_" else name) for name in names or [""]]
    return found


# --- Rust


def rust(source: Source, node: Node) -> Signature:
    """Of a function, with or without a body."""
    held = node.child_by_field_name("parameters")
    parameters: list[Parameter] = []
    for one in named(held, "parameter") if held is not None else ():
        pattern = one.child_by_field_name("pattern")
        if pattern is None or source.of(pattern) in ("self", "_"):
            continue
        kind = source.field(one, "type")
        if pattern.type == "identifier":
            parameters.append(Parameter(source.of(pattern), kind))
        else:
            leaves = within(one, frozenset(("identifier", "shorthand_field_identifier")), but=frozenset())
            names = [source.of(leaf) for leaf in leaves if leaf.end_byte <= pattern.end_byte]
            names = [name for name in names if not name[:1].isupper()]  # `Path(id): Path<u32>` names a type
            parameters += [Parameter(name, kind if len(names) == 1 else "") for name in dict.fromkeys(names)]
    kind = source.field(node, "return_type")
    returns = (Result(kind),) if kind and kind not in ("()", "!") else ()
    modifiers = " ".join(source.of(one) for one in named(node, "function_modifiers"))
    fails = _RESULT.match(kind)
    raises = (Raise(_error_type(fails["inner"] or "")),) if fails else ()
    if fails and (_first_type(fails["inner"] or "") == "()" or kind.endswith("fmt::Result")):
        returns = ()
    return Signature(
        tuple(parameters),
        returns,
        None,
        raises,
        _rust_panics(source, node),
        unsafe="unsafe" in modifiers.split(),
    )


def _split(types: str) -> list[str]:
    """At the commas that are not inside brackets."""
    parts, depth = [""], 0
    for char in types:
        depth += (char in "<([") - (char in ">)]")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def _first_type(types: str) -> str:
    return next(iter(_split(types)), "")


def _error_type(types: str) -> str:
    parts = _split(types)
    return parts[1] if len(parts) > 1 else "Err"


def _rust_panics(source: Source, node: Node) -> tuple[Raise, ...]:
    body = node.child_by_field_name("body")
    if body is None:
        return ()
    macros = within(body, _MACRO, but=_RUST_NESTED)
    return tuple(Raise("panic") for one in macros if source.field(one, "macro") in _PANICS)[:1]


# --- C and C++


def cpp(source: Source, node: Node) -> Signature:
    """Of a function or its declaration."""
    declarator = declarator_of(node)
    if declarator is None:
        return Signature()
    parameters = _templates(source, node)
    held = declarator.child_by_field_name("parameters")
    for one in held.named_children if held is not None else ():
        parameter = _cpp_parameter(source, one)
        if parameter.name:
            parameters.append(parameter)
    body = node.child_by_field_name("body")
    raises = flow.raised(source, body, flow.CPP) if body is not None else ()
    kind = _cpp_result(source, node, declarator)
    return Signature(tuple(parameters), (Result(kind),) if kind else (), None, raises)


def declarator_of(node: Node) -> Node | None:
    """The function's own declarator, past `*` and `&`; None when this declares no function."""
    one = node.child_by_field_name("declarator")
    while one is not None and one.type in ("pointer_declarator", "reference_declarator"):
        one = one.child_by_field_name("declarator") or (
            one.named_children[-1] if one.named_children else None
        )
    if one is None or one.type != "function_declarator":
        return None
    inner = one.child_by_field_name("declarator")
    return None if inner is None or inner.type == "parenthesized_declarator" else one


def _cpp_result(source: Source, node: Node, declarator: Node) -> str:
    kind = source.field(node, "type")
    trailing = named(declarator, "trailing_return_type")
    if trailing:
        kind = source.of(trailing[0]).removeprefix("->").strip()
    outer = node.child_by_field_name("declarator")
    pointed = outer is not None and outer.type != "function_declarator"
    if pointed and outer is not None:
        kind += source.of(outer)[:1]
    written = source.text[source.span(node).start : source.span(declarator).start]
    # A macro before the type may have been taken for it: `RAISES static void f()`.
    return "" if kind == "void" or (not trailing and re.search(r"\bvoid\s*\Z", written)) else kind


def _templates(source: Source, node: Node) -> list[Parameter]:
    parent = node.parent
    if parent is None or parent.type != "template_declaration":
        return []
    held = parent.child_by_field_name("parameters")
    found: list[Parameter] = []
    for one in held.named_children if held is not None else ():
        typed = named(one, "type_identifier") if "type_parameter" in one.type else []
        name = source.of(typed[0]) if typed else source.field(one, "name")
        found.append(
            Parameter(name, generic=True) if name else replace(_cpp_parameter(source, one), generic=True)
        )
    return [replace(one, type="", default="") for one in found if one.name]


def written_templates(text: str) -> tuple[Parameter, ...]:
    """Type parameters of a `template<…>` that macros tore off its function: read from the text."""
    found = _TEMPLATE.search(text)
    names = _TYPENAME.findall(found.group(1)) if found else []
    return tuple(Parameter(name, generic=True) for name in names)


def _cpp_parameter(source: Source, node: Node) -> Parameter:
    kind = source.field(node, "type")
    one = node.child_by_field_name("declarator")
    names = [one] if one is not None and one.type == "identifier" else []
    if one is not None and not names:
        skipped = frozenset(("parameter_list", "template_argument_list"))
        names = list(within(one, frozenset(("identifier", "field_identifier")), but=skipped))
        if not names:  # `R (Class::*method)(int)`
            pointers = within(one, frozenset(("pointer_type_declarator",)), but=skipped)
            names = [name for pointer in pointers for name in named(pointer, "type_identifier")]
    default = source.short(node.child_by_field_name("default_value"))
    optional = node.type == "optional_parameter_declaration"
    return Parameter(source.of(names[0]) if names else "", kind, default, optional=optional)
