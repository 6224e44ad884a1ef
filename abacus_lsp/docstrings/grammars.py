"""GRAMMARS: what can be documented in each language, and how its signature is read. One row a language.

Knows node names. Must not know styles or models.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tree_sitter import Node

from abacus_lsp.docstrings import declared, scripts
from abacus_lsp.docstrings.item import Signature
from abacus_lsp.docstrings.source import Source


@dataclass(frozen=True, slots=True)
class Grammar:
    """The node names of one language.

    Attributes:
        functions: functions, methods, their declarations.
        classes: classes, structs, traits, interfaces, enumerations, type declarations.
        signature: reads one of `functions` (and of `recorded`).
        wrappers: parents that belong to what they hold: decorators, `export`, `template<…>`, `typedef`.
        between: siblings that stand between a docstring and its item.
        methods: functions that are always methods.
        values: fields under which something else holds the function: `const f = () => 1`.
        recorded: classes that have parameters.
        unless: a function below one of these is no item (a variable that looks like a declaration).
        macros: words that the tree cannot read may stand before a function: `API_EXPORT(1) void f();`.
        makers: calls that make a function of the one they are given: its docstring is that of what they give.
        frame: how docstrings are marked.
        module_frame: the same for the whole file; "" when files are not documented.
    """

    functions: frozenset[str]
    classes: frozenset[str]
    signature: Callable[[Source, Node], Signature]
    wrappers: frozenset[str] = frozenset()
    between: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    values: tuple[str, ...] = ()
    recorded: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    macros: bool = False
    makers: frozenset[str] = frozenset()
    frame: str = "block"
    module_frame: str = "block"


_PYTHON = Grammar(
    frozenset(("function_definition",)),
    frozenset(("class_definition",)),
    scripts.python,
    wrappers=frozenset(("decorated_definition",)),
    frame="quotes",
    module_frame="quotes",
)
_SCRIPT = Grammar(
    frozenset(
        (
            "function_declaration",
            "generator_function_declaration",
            "function_signature",
            "method_definition",
            "method_signature",
            "abstract_method_signature",
            "arrow_function",
            "function_expression",
            "generator_function",
        )
    ),
    frozenset(
        (
            "class_declaration",
            "abstract_class_declaration",
            "class",
            "interface_declaration",
            "enum_declaration",
            "type_alias_declaration",
        )
    ),
    scripts.javascript,
    wrappers=frozenset(("export_statement", "ambient_declaration")),
    between=frozenset(("decorator",)),
    methods=frozenset(("method_definition", "method_signature", "abstract_method_signature")),
    values=("value", "right"),
    makers=scripts.MAKERS,
)
_JAVA = Grammar(
    frozenset(("method_declaration", "constructor_declaration", "compact_constructor_declaration")),
    frozenset(
        (
            "class_declaration",
            "interface_declaration",
            "enum_declaration",
            "record_declaration",
            "annotation_type_declaration",
        )
    ),
    declared.java,
    methods=frozenset(("method_declaration", "constructor_declaration")),
    recorded=frozenset(("record_declaration",)),
    module_frame="",
)
_GO = Grammar(
    frozenset(("function_declaration", "method_declaration", "method_elem")),
    frozenset(("type_spec", "type_alias")),
    declared.go,
    wrappers=frozenset(("type_declaration",)),
    methods=frozenset(("method_declaration", "method_elem")),
    frame="go",
    module_frame="go",
)
_RUST = Grammar(
    frozenset(("function_item", "function_signature_item", "macro_definition")),
    frozenset(("struct_item", "enum_item", "union_item", "trait_item", "mod_item", "type_item")),
    declared.rust,
    between=frozenset(("attribute_item",)),
    frame="slashes",
    module_frame="bang",
)
_CPP = Grammar(
    frozenset(("function_definition", "declaration", "field_declaration")),
    frozenset(("class_specifier", "struct_specifier", "union_specifier", "enum_specifier")),
    declared.cpp,
    wrappers=frozenset(
        (
            "template_declaration",
            "type_definition",
            "linkage_specification",
            "declaration",
            "field_declaration",
        )
    ),
    unless=frozenset(("compound_statement", "parameter_list")),
    macros=True,
)

GRAMMARS: Final[dict[str, Grammar]] = {
    "python": _PYTHON,
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "typescriptreact": _SCRIPT,
    "java": _JAVA,
    "go": _GO,
    "rust": _RUST,
    "c": _CPP,
    "cpp": _CPP,
}
