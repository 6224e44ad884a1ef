"""Signatures of Python, JavaScript and TypeScript.

Knows the node names of their parameter lists. Must not know docstrings. Total: half-written code gives what is there.
"""

import re
from dataclasses import replace
from typing import Final

from tree_sitter import Node

from abacus_lsp.docstrings import flow
from abacus_lsp.docstrings.item import Parameter, Result, Signature
from abacus_lsp.docstrings.source import Source, named

_NOTHING = frozenset(("None", "NoReturn", "Never", "typing.NoReturn", "typing.Never", '"None"', "'None'"))
_VOID = frozenset(("void", "never", "undefined", "Promise<void>", "Promise<undefined>", "Promise<never>"))
_GENERATORS = ("Iterator", "Iterable", "Generator", "AsyncIterator", "AsyncIterable", "AsyncGenerator")
_UNNAMED = re.compile(r"root\d+")
_DEFAULT_TYPES = {
    "number": "number",
    "string": "string",
    "template_string": "string",
    "true": "boolean",
    "false": "boolean",
    "array": "Array",
    "object": "Object",
    "arrow_function": "Function",
}

# Of React, lodash, MobX, Express and their like. `map`, `then`, `useMemo`, `setTimeout` give something else.
MAKERS: Final = frozenset(
    (
        *("memo", "forwardRef", "useCallback", "useEvent", "useEffectEvent", "cache", "observer"),
        *("debounce", "throttle", "once", "memoize", "memoizeOne", "curry", "partial", "promisify"),
        *("asyncHandler", "catchAsync", "middy", "action", "wrap", "defineComponent", "callback"),
    )
)
"""Calls that make a function of the one they are given."""


# --- Python


def python(source: Source, node: Node) -> Signature:
    """Of a `function_definition`."""
    parameters = node.child_by_field_name("parameters")
    found = [_python_parameter(source, one) for one in parameters.named_children] if parameters else []
    kept = [one for one in found if one is not None]
    if kept and _bound(source, node) and not kept[0].star:
        kept = kept[1:]
    body = node.child_by_field_name("body")
    annotation = _unquoted(source.field(node, "return_type"))
    if body is None:
        return Signature(tuple(kept), _annotated(annotation))
    generator = flow.yields(body, flow.PYTHON)
    valued = flow.gives_value(source, body, flow.PYTHON)
    if generator:
        returns = (Result(_generator_types(annotation)[2]),) if valued else ()
        yields = Result(_generator_types(annotation)[0])
    else:
        returns = _annotated(annotation) if annotation else (Result(),) if valued else ()
        yields = None
    return Signature(tuple(kept), returns, yields, flow.raised(source, body, flow.PYTHON))


def _unquoted(annotation: str) -> str:
    """`"list[int]"`, an annotation that waits, is the type `list[int]`."""
    quoted = len(annotation) > 1 and annotation[0] == annotation[-1] and annotation[0] in "\"'"
    return annotation[1:-1] if quoted and annotation[0] not in annotation[1:-1] else annotation


def _annotated(annotation: str) -> tuple[Result, ...]:
    return (Result(annotation),) if annotation and annotation not in _NOTHING else ()


def _generator_types(annotation: str) -> tuple[str, str, str]:
    """`Iterator[int]` → ("int", "", ""), of `Generator` all three; "" when the annotation is no generator's."""
    outer, bracket, rest = annotation.partition("[")
    if not bracket or outer.rpartition(".")[2] not in _GENERATORS:
        return "", "", ""
    types, depth = [""], 0
    for char in rest.rstrip().removesuffix("]"):
        depth += (char in "[(") - (char in "])")
        if char == "," and depth == 0:
            types.append("")
        else:
            types[-1] += char
    first, second, third = ([one.strip() for one in types] + ["", ""])[:3]
    return first, second, third


_WITHIN: Final = frozenset(
    ("block", "if_statement", "elif_clause", "else_clause", "try_statement", "except_clause", "finally_clause",
     "with_statement")
)  # fmt: skip


def _bound(source: Source, node: Node) -> bool:
    """Whether the first parameter is the object or the class."""
    holder = node.parent
    if holder is not None and holder.type == "decorated_definition":
        if any(source.of(one).startswith("@staticmethod") for one in named(holder, "decorator")):
            return False
        holder = holder.parent
    while holder is not None and holder.type in _WITHIN:
        holder = holder.parent
    return holder is not None and holder.type == "class_definition"


def _python_parameter(source: Source, node: Node) -> Parameter | None:
    default_node = node.child_by_field_name("value")
    default = source.short(default_node)
    name, kind = node.child_by_field_name("name"), _unquoted(source.field(node, "type"))
    if node.type == "typed_parameter":
        name = node.named_children[0] if node.named_children else None
    elif node.type in ("identifier", "list_splat_pattern", "dictionary_splat_pattern"):
        name = node
    if name is None or name.type not in ("identifier", "list_splat_pattern", "dictionary_splat_pattern"):
        return None
    text = source.of(name)
    bare = text.lstrip("* ")
    if not bare:
        return None
    return Parameter(bare, kind, default, "*" * text.count("*"), default_node is not None)


# --- JavaScript and TypeScript


def javascript(source: Source, node: Node) -> Signature:
    """Of anything callable: declaration, arrow, method, signature."""
    parameters = _script_parameters(source, node)
    body = node.child_by_field_name("body")
    if body is None:
        return Signature(parameters, _promised(source.field(node, "return_type")))
    name = source.field(node, "name")
    setter = any(child.type == "set" for child in node.children)
    annotation = source.field(node, "return_type")
    generator = any(child.type == "*" for child in node.children) or flow.yields(body, flow.JAVASCRIPT)
    raises = flow.raised(source, body, flow.JAVASCRIPT) if body.type == "statement_block" else ()
    returns: tuple[Result, ...] = ()
    if node.type == "method_definition" and (name == "constructor" or setter):
        pass
    elif generator:
        returns = (Result(),) if flow.gives_value(source, body, flow.JAVASCRIPT) else ()
    elif annotation:
        returns = _promised(annotation)
    elif body.type != "statement_block" or flow.gives_value(source, body, flow.JAVASCRIPT):
        asynchronous = any(child.type == "async" for child in node.children)
        returns = (Result("Promise<*>" if asynchronous else ""),)
    return Signature(parameters, returns, Result() if generator else None, raises)


def _promised(annotation: str) -> tuple[Result, ...]:
    kind = annotation.removeprefix(":").strip()
    return (Result(kind),) if kind and kind not in _VOID and not kind.startswith("asserts ") else ()


def _script_parameters(source: Source, node: Node) -> tuple[Parameter, ...]:
    single = node.child_by_field_name("parameter")
    if single is not None:
        return (Parameter(source.of(single)),)
    held = node.child_by_field_name("parameters")
    found: list[Parameter] = []
    for one in held.named_children if held is not None else ():
        parameter = _script_parameter(source, one)
        if parameter is None:
            continue
        if not parameter.name:
            number = sum(_UNNAMED.fullmatch(each.name) is not None for each in found)
            parameter = replace(parameter, name=f"root{number}")
        found.append(parameter)
    return tuple(found)


def _script_parameter(source: Source, node: Node) -> Parameter | None:
    if node.type in ("comment", "decorator", "ERROR"):
        return None
    pattern = node.child_by_field_name("pattern") or node.child_by_field_name("left") or node
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    kind = source.field(node, "type").removeprefix(":").strip()
    star = ""
    if pattern.type == "rest_pattern":
        star = "..."
        inner = pattern.named_children
        if not inner:
            return None
        pattern = inner[0]
    optional = value is not None or node.type == "optional_parameter"
    if pattern.type in ("object_pattern", "array_pattern"):
        fields = tuple(dict.fromkeys(_taken_apart(source, pattern, "")))
        guess = "Object" if pattern.type == "object_pattern" else "Array"
        return Parameter("", kind or guess, "", star, optional, fields)
    if pattern.type != "identifier":  # `this: T` is no parameter
        return None
    guess = _DEFAULT_TYPES.get(value.type, "") if value is not None else ""
    return Parameter(source.of(pattern), kind or guess, source.short(value), star, optional)


def _taken_apart(source: Source, pattern: Node, at: str) -> list[str]:
    """Dotted names of the properties that an object pattern names; array elements have none."""
    names: list[str] = []
    if pattern.type != "object_pattern":
        return names
    for child in pattern.named_children:
        if child.type == "shorthand_property_identifier_pattern":
            names.append(at + source.of(child))
        elif child.type == "object_assignment_pattern":
            left = child.child_by_field_name("left")
            if left is not None and left.type == "shorthand_property_identifier_pattern":
                names.append(at + source.of(left))
        elif child.type == "pair_pattern":
            names += _pair(source, child, at)
    return names


def _pair(source: Source, child: Node, at: str) -> list[str]:
    key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
    if key is None or key.type != "property_identifier":
        return []
    name = at + source.of(key)
    inner = value.child_by_field_name("left") if value and value.type == "assignment_pattern" else value
    return [name, *(_taken_apart(source, inner, f"{name}.") if inner is not None else [])]


# --- calls that make a function of a function


def makes(source: Source, call: Node, makers: frozenset[str]) -> bool:
    """Whether this call gives its first argument back as a function of the same kind."""
    if not makers or call.type != "call_expression":
        return False
    name = source.field(call, "function").rpartition(".")[2]
    return name in makers or (name.startswith("with") and name[4:5].isupper())


def holder_of(source: Source, node: Node, makers: frozenset[str]) -> tuple[Node, Node | None]:
    """(the value that an anonymous function is or is made into, what holds it)."""
    value, holder = node, node.parent
    while holder is not None and holder.type == "arguments" and holder.named_children[0] == value:
        call = holder.parent
        if call is None or not makes(source, call, makers):
            break
        value, holder = call, call.parent
    return value, holder
