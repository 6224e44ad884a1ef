"""What leaves a function besides by falling off its end: values, items, errors.

Knows the node names of `return`, `yield`, `raise` and `try` by language (a table). Nested functions are not
entered: what they raise is theirs. An error raised where the same function catches it does not count.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from abacus_lsp.docstrings.item import Raise
from abacus_lsp.docstrings.source import Source, named, within


@dataclass(frozen=True, slots=True)
class Flow:
    """The node names of one language.

    Attributes:
        nested: nodes with a flow of their own.
        returns, yields, raises: statements (Python's and JavaScript's `yield` is an expression).
        catch: a handler; it stands beside the body it guards, under one `try`.
        guarded: the field of `try` that holds that body.
        everything: names that catch all; "" is a handler that names nothing.
        unknown: what to call an error whose type the source does not show.
        branch: statements with a condition.
        text: the type of a text that is thrown; "" where none can be.
        modules: errors may be named through a module, in lower case: `struct.error`.
    """

    nested: frozenset[str]
    returns: frozenset[str] = frozenset(("return_statement",))
    yields: frozenset[str] = frozenset()
    raises: frozenset[str] = frozenset(("throw_statement",))
    catch: str = "catch_clause"
    guarded: str = "body"
    everything: frozenset[str] = frozenset(("",))
    unknown: str = "Error"
    branch: frozenset[str] = frozenset(("if_statement",))
    modules: bool = False
    text: str = ""


PYTHON = Flow(
    frozenset(("function_definition", "class_definition", "lambda")),
    yields=frozenset(("yield",)),
    raises=frozenset(("raise_statement",)),
    catch="except_clause",
    everything=frozenset(("", "Exception", "BaseException")),
    unknown="Exception",
    modules=True,
)
JAVASCRIPT = Flow(
    frozenset(
        (
            "function_declaration",
            "function_expression",
            "generator_function",
            "generator_function_declaration",
            "arrow_function",
            "method_definition",
            "class",
            "class_declaration",
        )
    ),
    yields=frozenset(("yield_expression",)),
    text="string",
)
JAVA = Flow(
    frozenset(("lambda_expression", "class_body", "class_declaration", "interface_declaration")),
    everything=frozenset(("Throwable", "Exception")),
    unknown="RuntimeException",
)
CPP = Flow(
    frozenset(("lambda_expression", "class_specifier", "struct_specifier", "function_definition")),
    unknown="std::exception",
)


@dataclass(frozen=True, slots=True)
class _At:
    """Where the walk is: what is caught here, and what a handler around it holds."""

    node: Node
    caught: frozenset[str] = frozenset()
    held: tuple[str, ...] = ()
    variable: str = ""


def gives_value(source: Source, body: Node, flow: Flow) -> bool:
    """Whether some `return` hands out more than None."""
    for node in within(body, flow.returns, but=flow.nested):
        values = [child for child in node.named_children if child.type != "comment"]
        if values and source.of(values[0]) not in ("None", "undefined"):
            return True
    return False


def yields(body: Node, flow: Flow) -> bool:
    """Whether the function is a generator."""
    return next(within(body, flow.yields, but=flow.nested), None) is not None


def raised(source: Source, body: Node, flow: Flow) -> tuple[Raise, ...]:
    """The errors that leave the body, in order, each type once; without a condition if it has more than one."""
    found: dict[str, Raise] = {}
    stack = [_At(body)]
    while stack:
        at = stack.pop()
        if at.node.type in flow.raises:
            for name in _types(source, at, flow):
                if name not in at.caught and not (at.caught & flow.everything):
                    new = Raise(name, _condition(source, at.node, flow))
                    found[name] = new if found.get(name, new) == new else Raise(name)
            continue
        inner = [one for one in _below(source, at, flow) if one.node.type not in flow.nested]
        stack.extend(reversed(inner))
    return tuple(found.values())


def _below(source: Source, at: _At, flow: Flow) -> Iterator[_At]:
    node = at.node
    handlers = [one for one in named(node, flow.catch) if not _lets_pass(source, one, flow)]
    guarded = node.child_by_field_name(flow.guarded) if handlers else None
    for child in node.children:
        if guarded is not None and child == guarded:
            names = frozenset(name for one in handlers for name in _caught(source, one)[0] or ("",))
            yield _At(child, at.caught | names, at.held, at.variable)
        elif child.type == flow.catch:
            names_held, variable = _caught(source, child)
            yield _At(child, at.caught, names_held, variable)
        else:
            yield _At(child, at.caught, at.held, at.variable)


def _lets_pass(source: Source, handler: Node, flow: Flow) -> bool:
    """Whether the handler raises again what it caught."""
    variable = _caught(source, handler)[1]
    for node in within(handler, flow.raises, but=flow.nested | {flow.catch}):
        values = [child for child in node.named_children if child.type != "comment"]
        if not values or (variable and source.of(values[0]) == variable):
            return True
    return False


def _caught(source: Source, handler: Node) -> tuple[tuple[str, ...], str]:
    """(types, variable) of a handler; no types: it takes everything."""
    head = [child for child in handler.named_children if child.type not in ("block", "statement_block")]
    head = [child for child in head if child.type not in ("comment", "compound_statement")]
    if not head:
        return (), ""
    one = head[0]
    if one.type == "catch_formal_parameter":  # Java
        types = tuple(source.of(each) for kind in named(one, "catch_type") for each in kind.named_children)
        return types, source.field(one, "name")
    if one.type == "parameter_list":  # C++
        declared = named(one, "parameter_declaration")
        if not declared:
            return (), ""
        variable = source.field(declared[0], "declarator").lstrip("&* ")
        return (source.field(declared[0], "type"),), variable
    if handler.type == "catch_clause":  # JavaScript: the variable
        return (), source.of(one)
    variable = ""
    if one.type == "as_pattern":
        variable = source.field(one, "alias")
        one = one.named_children[0]
    names = one.named_children if one.type == "tuple" else [one]
    return tuple(source.of(name) for name in names), variable


def _types(source: Source, at: _At, flow: Flow) -> tuple[str, ...]:
    """What this statement raises; nothing for one that only lets an error of any kind pass."""
    values = [child for child in at.node.named_children if child.type != "comment"]
    cause = at.node.child_by_field_name("cause")
    if cause is not None:
        values = [child for child in values if child != cause]
    passed_on = not values or (at.variable and source.of(values[0]) == at.variable)
    if passed_on:
        known = tuple(name for name in at.held if name not in flow.everything)
        return known or ((flow.unknown,) if values and not at.held else ())
    return (_type_of(source, values[0], flow),)


_TAKES_NAMES = frozenset(
    ("parameters", "typed_parameter", "default_parameter", "typed_default_parameter", "as_pattern_target")
)


def _through_module(source: Source, value: Node, flow: Flow) -> bool:
    """Whether `a.b` may be an error `b` of a module `a`: `a` is no variable here, `b` no maker of errors."""
    root, dot, rest = source.of(value).partition(".")
    if not flow.modules or not dot or "_" in rest.rpartition(".")[2].strip("_"):
        return False
    function: Node | None = value
    while function is not None and function.type not in flow.nested:
        function = function.parent
    for name in within(function, frozenset(("identifier",)), but=frozenset()) if function else ():
        holder = name.parent
        bound = holder is not None and (
            holder.type in _TAKES_NAMES or holder.child_by_field_name("left") == name
        )
        if bound and source.of(name) == root:
            return False
    return True


def _type_of(source: Source, value: Node, flow: Flow) -> str:
    if value.type in ("new_expression", "object_creation_expression"):
        named_type = value.child_by_field_name("constructor") or value.child_by_field_name("type")
        return source.of(named_type).split("<", 1)[0] or flow.unknown
    if value.type in ("call", "call_expression"):
        value = value.child_by_field_name("function") or value
    if value.type in ("string", "template_string", "string_literal"):
        return flow.text or flow.unknown
    name = source.of(value)
    last = name.replace("::", ".").rpartition(".")[2]
    dotted = all(part.isidentifier() for part in name.replace("::", ".").split("."))
    looks_like_type = last.lstrip("_")[:1].isupper() or name.startswith("std::")
    return name if dotted and (looks_like_type or _through_module(source, value, flow)) else flow.unknown


def _condition(source: Source, node: Node, flow: Flow) -> str:
    """The condition of the `if` whose first branch this statement is in directly."""
    block = node.parent
    branch = block.parent if block is not None and block.type not in flow.branch else block
    if branch is None or branch.type not in flow.branch:
        return ""
    taken = branch.child_by_field_name("consequence")
    if taken is None or not taken.start_byte <= node.start_byte < taken.end_byte:
        return ""
    text = source.short(branch.child_by_field_name("condition"))
    while text.startswith("(") and text.endswith(")") and _outer(text):
        text = text[1:-1].strip()
    return text


def _outer(text: str) -> bool:
    """Whether the first bracket closes with the last one."""
    depth = 0
    for index, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return index == len(text) - 1
    return False
