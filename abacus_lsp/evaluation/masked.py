"""Code as words and brackets: strings and comments blanked, brackets matched, nested functions cut out.

Knows how strings, comments and brackets look in seven languages. Must not know trees, and shares no code with
`docstrings`: it is half of the second opinion on it. Where it cannot be sure it says too little rather than too much.
"""

import re
from collections.abc import Sequence
from typing import Final

_SLASHES = r"//[^\n]*|/\*.*?\*/"
_QUOTED = r'"(?:\\.|[^"\\\n])*"'
_CHAR = r"'(?:\\[^'\n]*|[^'\\\n])'"
_TEMPLATE = r"`(?:\\.|\$\{(?:[^{}`]|\{[^{}]*\}|`[^`]*`)*\}|[^`\\])*`"
_PATTERN = r"(?<=[(,=:\[!&|?{;+>])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*"
_SCRIPT = rf"{_SLASHES}|{_QUOTED}|'(?:\\.|[^'\\\n])*'|{_TEMPLATE}|{_PATTERN}|(?<=return) /(?:\\.|[^/\\\n])+/"
_UNREAD: Final = {
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "typescriptreact": _SCRIPT,
    "java": rf'{_SLASHES}|""".*?"""|{_QUOTED}|{_CHAR}',
    "go": rf"{_SLASHES}|{_QUOTED}|`[^`]*`|{_CHAR}",
    "rust": rf'{_SLASHES}|\bb?r(?P<hash>#*)".*?"(?P=hash)|b?"(?:\\.|[^"\\])*"|{_CHAR}',
    "c": rf"{_SLASHES}|{_QUOTED}|{_CHAR}|^[ \t]*#(?:\\\n|[^\n])*",
    "cpp": rf'{_SLASHES}|R"(?P<raw>\w*)\(.*?\)(?P=raw)"|{_QUOTED}|{_CHAR}|^[ \t]*#(?:\\\n|[^\n])*',
}
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
_ARROWS = re.compile(r"=>|->|>=|<=|<<")
_LOOK_BACK = 2000  # characters before a block that may be the head of its function
# A block of one of these is the function's own; that of any other `word(…) {` is a nested function's.
_CONTROL: Final = frozenset(
    [
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "with",
        "synchronized",
        "try",
        "using",
        "constexpr",
        "loop",
        "match",
    ]
)


def masked(text: str, language: str) -> str:
    """The text, as long as it was, with blanks for comments and preprocessor lines; a string or pattern is one `"`."""
    found = re.compile(_UNREAD[language], re.DOTALL | re.MULTILINE)
    return found.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    whole = match.group()
    blank = re.sub(r"[^\n]", " ", whole)
    at = len(whole) - len(whole.lstrip())
    return blank if whole.lstrip().startswith(("//", "/*", "#")) else f'{blank[:at]}"{blank[at + 1 :]}'


def matching(code: str, at: int, *, angles: bool = False) -> int:
    """Where the bracket at `at` closes; -1 if it does not.

    Args:
        code: masked text.
        at: of an opening bracket, "<" included when `angles`.
        angles: "<" and ">" are brackets, but for those of arrows and comparisons.
    """
    if angles:
        code = _ARROWS.sub("  ", code)
    pairs = {**_PAIRS, "<": ">"} if angles else _PAIRS
    expected: list[str] = []
    for index in range(at, len(code)):
        char = code[index]
        if char in pairs:
            expected.append(pairs[char])
        elif expected and char == expected[-1]:
            expected.pop()
            if not expected:
                return index
        elif char in ")]}":
            return -1
    return -1


def parts(code: str, *, angles: bool) -> list[str]:
    """What the commas outside all brackets separate; blank parts are left out."""
    shown = _ARROWS.sub("  ", code)
    opening, closing = ("([{<", ")]}>") if angles else ("([{", ")]}")
    found, depth, start = [""], 0, 0
    for index, char in enumerate(shown):
        depth += (char in opening) - (char in closing)
        if char == "," and depth == 0:
            found.append("")
            start = index + 1
        else:
            found[-1] = code[start : index + 1]
    return [part.strip() for part in found if part.strip()]


def own(body: str) -> str:
    """A body (braces included) with the bodies of the functions and classes inside it blanked."""
    at = body.find("{", 1)
    while at >= 0:
        end = matching(body, at)
        if end < 0:
            break
        if _opens_function(" ".join(body[max(0, at - _LOOK_BACK) : at].split())):
            body = body[:at] + " " * (end + 1 - at) + body[end + 1 :]
        at = body.find("{", at + 1)
    return body


def _opens_function(before: str) -> bool:
    if before.endswith(("=>", "->", "!")) or re.search(
        r"\b(?:class|interface|impl|struct)\b[^;{}()]*$", before
    ):
        return True
    if re.search(r"\bfunction\b[^;{}]*$", before):
        return True
    # `(x): T {`, `[] (x) -> T {`, `fn f(x) -> T {`, `(x) const {`
    head = re.sub(
        r"\)\s*(?:(?:->|:)[^;{}()?]*|const|noexcept|mutable|override|throws [\w\s,.]+)\s*$", ")", before
    )
    if not head.endswith(")"):
        return bool(re.search(r"\|[^|;{}]*\|\s*$", before))
    opened = _opening(head)
    word = re.search(r"([\w$.]+|[\])])?\s*(?:<[^;{}()]*>)?\s*$", head[max(0, opened - 200) : opened])
    return word is not None and (word.group(1) or "if") not in _CONTROL


def _opening(head: str) -> int:
    depth = 0
    for index in range(len(head) - 1, -1, -1):
        depth += (head[index] == ")") - (head[index] == "(")
        if depth == 0:
            return index
    return 0


def unguarded(body: str) -> str:
    """A body without what stands in a `try` that has a handler: an error there may be caught."""
    for match in reversed(list(re.finditer(r"\btry\b", body))):
        at = body.find("{", match.end())
        end = matching(body, at) if at >= 0 else -1
        if end >= 0 and re.match(r"\s*catch\b", body[end + 1 :]):
            body = body[: at + 1] + " " * (end - at - 1) + body[end:]
    return body


def without(text: str, words: Sequence[str]) -> str:
    """The text without these words."""
    return re.sub(rf"\b(?:{'|'.join(words)})\b", " ", text)
