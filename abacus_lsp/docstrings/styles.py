"""STYLES: how each docstring style writes a parameter, a result, an error. One row a style.

Knows layouts. Must not know where a docstring stands or who wrote its prose; what it is given is one line each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from abacus_lsp.docstrings.item import Field, FieldKind

ORDER: Final[tuple[FieldKind, ...]] = (
    "tparam",
    "param",
    "yield",
    "return",
    "raise",
    "panic",
    "safety",
)
_SIMPLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-'\"")


@dataclass(frozen=True, slots=True)
class Style:
    """One way to write docstrings.

    Attributes:
        name: as the setting calls it.
        shape: how `sections` tells its sections: "google", "numpy", "hash" or "tag".
        entry: the lines of one field, not indented.
        titles: the heading lines of each kind's section; none for tags.
        inner: the indentation of entries below a heading.
        code: what stands around code in prose.
        summary: the first line.
    """

    name: str
    shape: str
    entry: Callable[[Field], list[str]]
    titles: tuple[tuple[FieldKind, tuple[str, ...]], ...] = ()
    inner: str = ""
    code: tuple[str, str] = ("`", "`")
    summary: str = "{text}"

    def title(self, kind: FieldKind) -> tuple[str, ...]:
        """The heading lines of this kind's section."""
        return next((lines for one, lines in self.titles if one == kind), ())


Titles = tuple[tuple[FieldKind, tuple[str, ...]], ...]


def _type(text: str) -> str:
    """A type as it may stand in a docstring: "" for one that would break it."""
    return "" if any(mark in text for mark in ("\\", '"""', "*/", "/*")) else text


# --- Python


def _google(field: Field) -> list[str]:
    kind = _type(field.type)
    if field.kind in ("return", "yield"):
        return [f"{kind}: {field.text}" if kind else field.text]
    if field.kind == "raise":
        return [f"{field.name}: {field.text}"]
    told = ", ".join([*([kind] if kind else []), *(["optional"] if field.optional else [])])
    return [f"{field.star}{field.name}{f' ({told})' if told else ''}: {field.text}"]


def _numpy(field: Field) -> list[str]:
    kind = _type(field.type)
    if field.kind in ("return", "yield"):
        return [kind or "object", f"    {field.text}"]
    if field.kind == "raise":
        return [field.name, f"    {field.text}"]
    told = ", ".join([*([kind] if kind else []), *(["optional"] if field.optional else [])])
    return [f"{field.star}{field.name}{f' : {told}' if told else ''}", f"    {field.text}"]


def _rest(field: Field) -> list[str]:
    kind = _type(field.type)
    if field.kind in ("return", "yield"):
        tag = "returns" if field.kind == "return" else "yields"
        typed = [f":rtype: {kind}"] if kind and field.kind == "return" else []
        return [f":{tag}: {field.text}", *typed]
    if field.kind == "raise":
        return [f":raises {field.name}: {field.text}"]
    typed = [f":type {field.name}: {kind}"] if kind else []
    return [f":param {field.name}: {field.text}", *typed]


# --- tags


def _jsdoc(field: Field) -> list[str]:
    kind = _type(field.type) or "*"
    if field.kind in ("return", "yield"):
        return [f"@{'returns' if field.kind == 'return' else 'yields'} {{{kind}}} {field.text}"]
    if field.kind == "raise":
        return [f"@throws {{{field.name}}} {field.text}"]
    name = field.name
    if field.optional:
        default = field.default if field.default and set(field.default) <= _SIMPLE else ""
        name = f"[{name}={default}]" if default else f"[{name}]"
    return [f"@param {{{field.star}{kind}}} {name} - {field.text}"]


def _tsdoc(field: Field) -> list[str]:
    """TypeScript says the types itself."""
    if field.kind in ("return", "yield"):
        return [f"@{'returns' if field.kind == 'return' else 'yields'} {field.text}"]
    if field.kind == "raise":
        return [f"@throws {{{field.name}}} {field.text}"]
    return [f"@param {field.name} - {field.text}"]


def _javadoc(field: Field) -> list[str]:
    name = {"return": "@return", "yield": "@return", "raise": f"@throws {field.name}"}.get(field.kind)
    if field.kind == "tparam":
        name = f"@param <{field.name}>"
    return [f"{name or f'@param {field.name}'} {field.text}"]


def _doxygen(field: Field) -> list[str]:
    name = {"return": "@return", "raise": f"@throws {field.name}", "tparam": f"@tparam {field.name}"}
    return [f"{name.get(field.kind, f'@param {field.name}')} {field.text}"]


# --- Markdown and Go


def _rustdoc(field: Field) -> list[str]:
    return [f"* `{field.name}` - {field.text}" if field.kind in ("param", "tparam") else field.text]


def _godoc(field: Field) -> list[str]:
    name = field.name or field.type
    return [f"- {name}: {field.text}" if name else f"- {field.text}"]


def _titles(**names: str) -> Titles:
    kinds: dict[str, FieldKind] = {
        "params": "param",
        "yields": "yield",
        "returns": "return",
        "raises": "raise",
        "panics": "panic",
        "safety": "safety",
    }
    return tuple((kinds[key], tuple(name.split("\n"))) for key, name in names.items())


_GOOGLE = _titles(params="Args:", yields="Yields:", returns="Returns:", raises="Raises:")
_NUMPY = _titles(
    params="Parameters\n----------",
    yields="Yields\n------",
    returns="Returns\n-------",
    raises="Raises\n------",
)
_RUST = _titles(
    params="# Arguments\n",
    returns="# Returns\n",
    raises="# Errors\n",
    panics="# Panics\n",
    safety="# Safety\n",
)
_GO = _titles(params="Parameters:", returns="Returns:")

STYLES: Final[Mapping[str, Style]] = MappingProxyType(
    {
        style.name: style
        for style in (
            Style("google", "google", _google, _GOOGLE, "    ", ("``", "``")),
            Style("numpy", "numpy", _numpy, _NUMPY, "", ("``", "``")),
            Style("rest", "tag", _rest, code=("``", "``")),
            Style("jsdoc", "tag", _jsdoc),
            Style("tsdoc", "tag", _tsdoc),
            Style("javadoc", "tag", _javadoc, code=("{@code ", "}")),
            Style("doxygen", "tag", _doxygen, summary="@brief {text}"),
            Style("rustdoc", "hash", _rustdoc, _RUST),
            Style("godoc", "google", _godoc, _GO, "  ", ("", "")),
        )
    }
)
STYLE_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "javascript": "jsdoc",
        "typescript": "tsdoc",
        "typescriptreact": "tsdoc",
        "java": "javadoc",
        "c": "doxygen",
        "cpp": "doxygen",
        "rust": "rustdoc",
        "go": "godoc",
    }
)
"""The style of every language that has one; Python has three."""

PYTHON_SHAPES: Final[Mapping[str, str]] = MappingProxyType(
    {"google": "google", "numpy": "numpy", "tag": "rest"}
)
"""Which of Python's styles a section of this shape is."""
