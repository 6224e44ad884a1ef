"""What can be said without a model: sentences made from names, defaults and conditions. In English and Chinese.

Knows fields and the code marks of a style. Must not know models.
"""

import re
from typing import Final, Literal

from abacus_lsp.docstrings.item import Field, Item
from abacus_lsp.docstrings.styles import Style

Tongue = Literal["en", "zh"]
"""The language of prose."""

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_a-zA-Z]+")
_KIND_ZH: Final = {"function": "函数", "method": "方法", "class": "类", "module": "模块"}
_KIND_GO: Final = {
    "function": ("a function", "一个函数"),
    "method": ("a method", "一个方法"),
    "class": ("a type", "一个类型"),
    "module": ("a package", "一个包"),
}
_MAKERS = frozenset(("__init__", "constructor", "new", "__new__"))


def words(name: str) -> str:
    """`fetchUserByID` and `fetch_user_by_id` → "fetch user by id"."""
    if len(name) < 3:
        return name
    found = [word if word.isupper() and len(word) > 1 else word.lower() for word in _WORD.findall(name)]
    return " ".join(found) or name


def summary(item: Item, tongue: Tongue, style: Style) -> str:
    """The first line; Go's begins with the name, as its readers expect."""
    if style.name == "godoc":
        what = _KIND_GO[item.kind][tongue == "zh"]
        name = f"Package {item.name}" if item.kind == "module" else item.name
        return f"{name} 是{what}。" if tongue == "zh" else f"{name} is {what}."
    return _summary_zh(item, style) if tongue == "zh" else _summary_en(item)


def named_first(item: Item, text: str) -> str:
    """Go: "Add adds …", "Package x …"."""
    name = f"Package {item.name}" if item.kind == "module" else item.name
    head = f"{name} " if name else ""
    if not head or text.startswith(head):
        return text
    rest = text.removeprefix(item.name).lstrip() if text.startswith(f"{item.name} ") else text
    rest = rest[:1].lower() + rest[1:] if rest[1:2].islower() else rest
    return head + rest


def _summary_en(item: Item) -> str:
    said = words(item.name)
    if item.name in _MAKERS:
        return "Create an instance."
    if item.kind == "module":
        return f"The module {said}." if said else "This module."
    text = said or f"This {item.kind}"
    return f"{text[:1].upper()}{text[1:]}."


def _summary_zh(item: Item, style: Style) -> str:
    if item.name in _MAKERS:
        return "创建实例。"
    if not item.name:
        return f"本{_KIND_ZH[item.kind]}。"
    before, after = style.code
    return f"{_KIND_ZH[item.kind]} {before}{item.name}{after}。"


def phrase(field: Field, tongue: Tongue, style: Style) -> str:
    """One line about a field."""
    return _zh(field, style) if tongue == "zh" else _en(field, style)


def _code(text: str, style: Style) -> str:
    before, after = style.code
    return f"{before}{text}{after}" if not (after == "}" and ("{" in text or "}" in text)) else f"<{text}>"


def _en(field: Field, style: Style) -> str:
    if field.kind == "param":
        if field.star in ("*", "**"):
            return f"Further {'positional' if field.star == '*' else 'keyword'} arguments."
        last = field.name.rpartition(".")[2]
        said = "The destructured argument" if re.fullmatch(r"root\d+", last) else f"The {words(last)}"
        default = f" Defaults to {_code(field.default, style)}." if field.default else ""
        return f"{said}.{default}"
    return {
        "tparam": "The type parameter.",
        "return": "An error if it fails." if field.type == "error" else _named_result(field),
        "yield": "The next item.",
        "raise": f"If {_code(field.when, style)}." if field.when else "If it cannot be done.",
        "panic": "Panics if an assumption does not hold.",
        "safety": "The caller must uphold what the function relies on.",
    }[field.kind]


def _named_result(field: Field) -> str:
    return f"The {words(field.name)}." if field.name else "The result."


def _zh(field: Field, style: Style) -> str:
    if field.kind == "param":
        if field.star in ("*", "**"):
            return "其余位置参数。" if field.star == "*" else "其余关键字参数。"
        last = field.name.rpartition(".")[2]
        said = "解构的参数" if re.fullmatch(r"root\d+", last) else f"参数 {words(last)}"
        default = f"，默认为 {_code(field.default, style)}" if field.default else ""
        return f"{said}{default}。"
    return {
        "tparam": "类型参数。",
        "return": "失败时的错误。"
        if field.type == "error"
        else f"返回 {field.name}。"
        if field.name
        else "返回结果。",
        "yield": "下一项。",
        "raise": f"当 {_code(field.when, style)} 时。" if field.when else "无法完成时。",
        "panic": "前提条件不成立时 panic。",
        "safety": "调用者须保证函数所依赖的条件成立。",
    }[field.kind]
