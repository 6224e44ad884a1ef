"""Import statements of a text, whatever state the rest of it is in.

Knows: how each language writes imports. Must not know: which files there are. Statements are read with
patterns, not trees: they stand on lines of their own, and must be found while the line being typed breaks
the tree. A module is given as its path parts; leading "." and ".." parts are relative to the file.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Import:
    """`names` are (name in the module, name in this file); without names the module itself is bound to
    `alias`. `star` brings in everything; `reexport` hands names on without binding them here.
    """

    module: tuple[str, ...]
    names: tuple[tuple[str, str], ...] = ()
    alias: str = ""
    star: bool = False
    reexport: bool = False


_PY_FROM = re.compile(r"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)?|[^\n#;(]+)", re.MULTILINE)
_PY_IMPORT = re.compile(r"^[ \t]*import[ \t]+([\w., \t]+)", re.MULTILINE)
_PY_COMMENT = re.compile(r"#[^\n]*")
_NAME_AS = re.compile(r"(\w+)(?:\s+as\s+(\w+))?")
_JS_FROM = re.compile(
    r"^[ \t]*(import|export)\s+(?:type\s+)?([\w*{}\s,$]*?)\s*from\s*['\"]([^'\"\n]+)['\"]", re.MULTILINE
)
_JS_REQUIRE = re.compile(
    r"(?:const|let|var)\s+(\w+|\{[^}]*\})\s*=\s*(?:await\s+import|require)\(\s*['\"]([^'\"\n]+)['\"]"
)
_JVM = re.compile(
    r"^[ \t]*import[ \t]+(?:static[ \t]+)?([\w.]+?)(\.\*)?(?:[ \t]+as[ \t]+(\w+))?[ \t]*;?[ \t]*$",
    re.MULTILINE,
)
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*(?:include|import)[ \t]*[\"<]([^\">\n]+)[\">]", re.MULTILINE)
_GO = re.compile(r"^[ \t]*(?:import[ \t]+)?([\w.]+[ \t]+)?\"([\w./~-]+)\"[ \t]*(?://.*)?$", re.MULTILINE)
_RUST_USE = re.compile(r"^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?use[ \t]+([^;]+);", re.MULTILINE)
_RUST_MOD = re.compile(r"(?:^|(?<=;))[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?mod[ \t]+(\w+)[ \t]*;", re.MULTILINE)
_CSHARP = re.compile(
    r"^[ \t]*(?:global[ \t]+)?using[ \t]+(?:static[ \t]+)?(?:(\w+)[ \t]*=[ \t]*)?([\w.]+)[ \t]*;",
    re.MULTILINE,
)
_PHP_USE = re.compile(
    r"^[ \t]*use[ \t]+(?:function[ \t]+|const[ \t]+)?\\?([\w\\]+)(?:[ \t]+as[ \t]+(\w+))?[ \t]*;",
    re.MULTILINE,
)
_PHP_FILE = re.compile(r"\b(?:require|include)(?:_once)?\b[^;'\"\n]*['\"]([^'\"\n]+)['\"]")
_RUBY = re.compile(r"^[ \t]*require(_relative)?[ (]+['\"]([^'\"\n]+)['\"]", re.MULTILINE)


def imports_of(family: str, text: str) -> list[Import]:
    """All imports of a text, in order; none for a family without a reader."""
    reader = READERS.get(family)
    return list(reader(text)) if reader else []


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, alias or name) for name, alias in _NAME_AS.findall(text))


def _python(text: str) -> Iterator[Import]:
    text = text.replace("\\\n", " ")
    for module, names in _PY_FROM.findall(text):
        dots = len(module) - len(module.lstrip("."))
        parts = (
            (".",) * min(dots, 1)
            + ("..",) * (dots - 1)
            + tuple(module.strip(".").split(".") if module.strip(".") else ())
        )
        if names.strip() == "*":
            yield Import(parts, star=True)
        else:
            yield Import(parts, _pairs(_PY_COMMENT.sub("", names).strip("()")))
    for modules in _PY_IMPORT.findall(text):
        for module in modules.split(","):
            name, _, alias = (part.strip() for part in module.partition(" as "))
            if name:
                # `import a.b` binds a, but what is written later is mostly a.b: both are names.
                yield Import(tuple(name.split(".")), alias=alias or name)
                if "." in name and not alias:
                    top = name.partition(".")[0]
                    yield Import((top,), alias=top)


def _javascript(text: str) -> Iterator[Import]:
    for word, clause, module in _JS_FROM.findall(text):
        yield from _js_clause(clause, _js_parts(module), reexport=word == "export")
    for clause, module in _JS_REQUIRE.findall(text):
        if clause.startswith("{"):
            yield Import(_js_parts(module), _pairs(clause.replace(":", " as ")))
        else:
            yield Import(_js_parts(module), (("default", clause),), alias=clause)


def _js_clause(clause: str, parts: tuple[str, ...], *, reexport: bool) -> Iterator[Import]:
    outside, _, inside = clause.partition("{")
    pairs = _pairs(re.sub(r"\btype\s+", "", inside.partition("}")[0]))
    outside = outside.strip().rstrip(",").strip()
    star, _, alias = outside.partition(" as ")
    if star.strip() == "*":
        yield Import(parts, alias=alias.strip(), star=not alias, reexport=reexport)
    elif outside and re.fullmatch(r"[\w$]+", outside):
        pairs = (("default", outside), *pairs)
    if pairs:
        yield Import(parts, pairs, reexport=reexport)


def _js_parts(module: str) -> tuple[str, ...]:
    return tuple(part for part in module.split("/") if part)


def _jvm(text: str) -> Iterator[Import]:
    for path, star, alias in _JVM.findall(text):
        parts = tuple(path.split("."))
        if star:
            yield Import(parts, star=True)
        elif len(parts) > 1:
            yield Import(parts[:-1], ((parts[-1], alias or parts[-1]),))


def _c(text: str) -> Iterator[Import]:
    for path in _INCLUDE.findall(text):
        yield Import(tuple(path.split("/")), star=True)


def _go(text: str) -> Iterator[Import]:
    head = text[: text.find("\nfunc ")] if "\nfunc " in text else text
    for alias, path in _GO.findall(head):
        parts = tuple(path.split("/"))
        yield Import(parts, alias=alias.strip() or parts[-1])


def _rust(text: str) -> Iterator[Import]:
    for path in _RUST_USE.findall(text):
        branches = re.sub(r"\s+as\s+", "\0", path)
        yield from _rust_tree("".join(branches.split()).replace("\0", " as "), ())
    for module in _RUST_MOD.findall(text):
        yield Import((".", module), alias=module)


def _rust_tree(tree: str, base: tuple[str, ...]) -> Iterator[Import]:
    head, brace, rest = tree.partition("{")
    parts = (*base, *(part for part in head.split("::") if part))
    if brace:
        for branch in _branches(rest.rpartition("}")[0]):
            yield from _rust_tree(branch, parts)
        return
    if not parts:
        return
    last, _, alias = parts[-1].partition(" as ")
    if last == "*":
        yield Import(_rust_base(parts[:-1]), star=True)
    elif last == "self":
        yield Import(_rust_base(parts[:-1]), alias=alias or parts[-2] if len(parts) > 1 else "")
    else:
        yield Import(_rust_base(parts[:-1]), ((last.strip(), alias.strip() or last.strip()),))


def _rust_base(parts: tuple[str, ...]) -> tuple[str, ...]:
    if parts and parts[0] == "crate":
        return parts[1:]
    return tuple({"super": "..", "self": "."}.get(part, part) for part in parts)


def _branches(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for place, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            yield text[start:place]
            start = place + 1
    if text[start:]:
        yield text[start:]


def _csharp(text: str) -> Iterator[Import]:
    for alias, path in _CSHARP.findall(text):
        parts = tuple(path.split("."))
        yield Import(parts[:-1], ((parts[-1], alias),)) if alias else Import(parts, star=True)


def _php(text: str) -> Iterator[Import]:
    for path, alias in _PHP_USE.findall(text):
        parts = tuple(part for part in path.split("\\") if part)
        if parts:
            yield Import(parts[:-1], ((parts[-1], alias or parts[-1]),))
    for path in _PHP_FILE.findall(text):
        yield Import(tuple(part for part in path.split("/") if part), star=True)


def _ruby(text: str) -> Iterator[Import]:
    for relative, path in _RUBY.findall(text):
        parts = tuple(part for part in path.split("/") if part)
        yield Import((".", *parts) if relative and parts[:1] not in {(".",), ("..",)} else parts, star=True)


READERS: Final[Mapping[str, Callable[[str], Iterator[Import]]]] = MappingProxyType(
    {
        "python": _python,
        "js": _javascript,
        "jvm": _jvm,
        "c": _c,
        "go": _go,
        "rust": _rust,
        "csharp": _csharp,
        "php": _php,
        "ruby": _ruby,
    }
)
