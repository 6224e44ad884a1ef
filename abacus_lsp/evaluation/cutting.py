"""A function's text cut up, by words and brackets: head, parameters, what follows them, body.

Knows where a body begins in seven languages. Must not know trees or `docstrings`.
"""

import re
from dataclasses import dataclass

from abacus_lsp.evaluation.masked import matching


@dataclass(frozen=True, slots=True)
class Parts:
    """A function cut up: before its name, `<…>` behind it, inside the brackets, up to the body, the body."""

    head: str
    generics: str
    inside: str
    tail: str
    body: str


def cut_up(language: str, code: str, name: str) -> Parts | None:
    """The parts of the function of that name that begins `code` (masked); None without a plain name or brackets."""
    script = language in ("javascript", "typescript", "typescriptreact")
    at = _name_end(code, name, script=script)
    if at is None:
        return None
    head_end, at = at
    generics = ""
    if code[at : at + 1] in ("<", "["):
        end = matching(code, at, angles=code[at] == "<")
        if end < 0:
            return None
        generics, at = code[at + 1 : end], end + 1
        at += len(code[at:]) - len(code[at:].lstrip())
    if script and (single := re.match(r"([\w$]+)\s*=>\s*", code[at:])):
        return Parts(code[:head_end], "", single.group(1), "=>", _body(code, at + single.end()))
    close = matching(code, at) if code[at : at + 1] == "(" else -1
    if close < 0:
        return None
    end = _tail_end(code, close + 1, script=script)
    return Parts(code[:head_end], generics, code[at + 1 : close], code[close + 1 : end], _body(code, end))


def _body(code: str, at: int) -> str:
    """The block at `at`; an arrow's expression as far as its line; "" without either."""
    if code[at : at + 1] != "{":
        return code[at:].split("\n", 1)[0] if code[at : at + 1] not in (";", "") else ""
    end = matching(code, at)
    return code[at : end + 1] if end >= 0 else ""


_ASIDE = re.compile(r"(?:@[\w.$]+|#\s*!?(?=\[)|template\s*(?=<)|\[(?=\[))\s*")


def declaration(code: str) -> int:
    """Behind annotations, decorators, attributes, `template<…>`."""
    at = len(code) - len(code.lstrip())
    while (match := _ASIDE.match(code, at)) and not code.startswith("@interface", at):
        at = match.end()
        if code[at : at + 1] in ("(", "[", "<"):
            end = matching(code, at, angles=code[at] == "<")
            if end < 0:
                break
            at = end + 1
        at += len(code[at:]) - len(code[at:].lstrip(" \t\n]"))
    return at


def _name_end(code: str, name: str, *, script: bool) -> tuple[int, int] | None:
    """(where the name begins, where its generics or brackets do)."""
    first = declaration(code)
    if name and not re.fullmatch(r"[\w$]+", name):
        return None
    shown = re.escape(name) if name else r"(?:function\s*\*?|(?=\(|<))"
    for match in re.finditer(rf"(?<![\w$]){shown}(?![\w$])\s*(?P<next>[?!]?)\s*(?=[(<\[=:])", code[first:]):
        start, at = first + match.start(), first + match.end()
        if code[at] in "=:":
            value = _value(code, at) if script else None
            return None if value is None else (start, value)
        return start, at
    return None


def _value(code: str, at: int) -> int | None:
    """Where the brackets of the function begin that is assigned behind "=" or ":"."""
    typed = code[at] == ":"
    while typed:
        # `name: Type = value`, or the `name: value` of an object.
        match = re.compile(r"[=;{(]").search(code, at)
        if match is None or match.group() in ";(" or code.startswith("=>", match.start()):
            break
        if match.group() == "=":
            at = match.start()
            break
        return None
    found = re.compile(r"\s*(?:async\b\s*)?(?:function\b\s*\*?\s*[\w$]*\s*)?(?=[(<]|[\w$]+\s*=>)").match(
        code, at + 1
    )
    return found.end() if found else None


def _tail_end(code: str, at: int, *, script: bool) -> int:
    """Where what follows the parameters ends: at the body or the end of the declaration."""
    if not script:
        found = re.compile(r"[{;]|\n[ \t]*\n").search(code, at)
        return found.start() if found else len(code)
    while at < len(code):
        char = code[at]
        before = code[:at].rstrip()
        typed = before.endswith((":", "|", "&", "=>", "<", ",", "is", "extends", "?"))
        if char in "([{" and (char != "{" or typed) and not before.endswith("=>"):
            end = matching(code, at)
            if end < 0:
                return at
            at = end
        elif char in "{;}" or (char == "\n" and not typed and not re.match(r"\s*(?:[|&:{]|=>)", code[at:])):
            return at
        elif code.startswith("=>", at) and not re.search(r"[:|&(<,]\s*\([^()]*\)\s*$", before):
            at += 2
            return at + len(code[at:]) - len(code[at:].lstrip())
        at += 1
    return at
