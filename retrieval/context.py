"""What the text around a cursor talks about: names with their nearness, the receiver, its type, base classes.

Knows: one text, patterns of many languages. Must not know: other files, scores. Patterns, not trees: the
line being typed is broken by nature, and this runs on every keystroke.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

_Key = TypeVar("_Key")
NEAR_ABOVE = 30
_MAX_LINE = 300  # longer lines are data; the patterns below are quadratic in them
NEAR_BELOW = 10
_CLASS_ABOVE = 60_000  # code points: no class header is looked for farther away
_NAME = re.compile(r"[^\W\d]\w*")
_RECEIVER = re.compile(r"([^\W\d][\w.]*(?:\([^()]*\))?(?:\.[\w.]+)?)(?:\?\.|\.|->|::)(\w*)$")
_IMPORTS = re.compile(r"[ \t]*(?:from|import|using|use|#[ \t]*include)\b")  # names are there, but not used
_REACHED = re.compile(r"([^\W\d]\w*)(?:\?\.|\.|->|::)(?=([^\W\d]\w*))")
_BEHIND_DOT = re.compile(r"([\w.]*)\W?(?:\?\.|\.|->|::)$")
_OPEN_CALL = re.compile(r"([^\W\d]\w*)\s*(?:<[^<>]*>)?\((?:[^()]|\([^()]*\))*$")
_MODIFIERS = "public|private|protected|internal|static|final|abstract|sealed|partial|export|default|data|open|pub|inner|enum"
_CLASS = re.compile(
    rf"^([ \t]*)(?:(?:{_MODIFIERS})[ \t]+)*(?:class|struct|interface|trait|impl|object|record)[ \t]+(\w+)"
    r"([^\n{:]*(?:\([^)]*\))?[^\n{]*)",
    re.MULTILINE,
)
_TYPE = r"([^\W\d_a-z]\w*)"
_WRAPPERS = frozenset(
    {"Optional", "Promise", "Awaitable", "List", "Iterator", "Iterable", "Task", "Result", "Option"}
)
_NOISE = frozenset(
    [
        "self",
        "this",
        "super",
        "cls",
        "None",
        "True",
        "False",
        "null",
        "true",
        "false",
        "new",
        "return",
        "extends",
        "implements",
        "public",
        "private",
    ]
)


@dataclass(frozen=True, slots=True)
class Context:
    """`near`: names and how near they are (0 to 1.5). `reached`: of these, the pairs (what stands before a dot, what
    behind it). `receiver`: what stands before the dot that is being typed after. `calls`: functions whose brackets are
    open on the cursor's line, innermost first, each behind what stands before its dot, or "".
    `owner`, `bases`: the enclosing class and what it derives from.
    """

    near: dict[str, float]
    reached: dict[tuple[str, str], float]
    receiver: str
    calls: tuple[tuple[str, str], ...]
    owner: str
    bases: tuple[str, ...]


def context_at(text: str, offset: int) -> Context:
    """Read the surroundings of a cursor."""
    above, below = text[:offset].rsplit("\n", NEAR_ABOVE + 1), text[offset:].split("\n", NEAR_BELOW + 1)
    current = above[-1][-_MAX_LINE:]
    near: dict[str, float] = {}
    reached: dict[tuple[str, str], float] = {}
    for line, weight in (
        (re.sub(r"\w+$", "", current), 1.5),
        *(
            (line, 1.0 / (1 + n / 8))
            for n, line in enumerate(reversed(above[-1 - NEAR_ABOVE : -1]))
            if not _IMPORTS.match(line)
        ),
        *((line, 0.5 / (1 + n / 5)) for n, line in enumerate(below[1 : NEAR_BELOW + 1])),
    ):
        _note(near, _NAME.findall(line[:_MAX_LINE]), weight)
        _note(reached, _REACHED.findall(line[:_MAX_LINE]), weight)
    receiver = _RECEIVER.search(current)
    owner, bases = _enclosing_class(text, offset, current)
    return Context(near, reached, receiver[1] if receiver else "", _calls(current), owner, bases)


def _note(near: dict[_Key, float], found: list[_Key], weight: float) -> None:
    for one in found:
        if near.get(one, 0.0) < weight:
            near[one] = weight


def _calls(current: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    rest = current
    while (match := _OPEN_CALL.search(rest)) and len(found) < 3:
        rest = rest[: match.start()]
        behind = _BEHIND_DOT.search(rest)
        found.append((behind[1] or "." if behind else "", match[1]))
    return tuple(found)


def _enclosing_class(text: str, offset: int, current: str) -> tuple[str, tuple[str, ...]]:
    """The nearest class header above that is indented less than the cursor's line, by layout alone."""
    indent = len(current) - len(current.lstrip()) if current.strip() else len(current)
    for match in (
        reversed(list(_CLASS.finditer(text, max(0, offset - _CLASS_ABOVE), offset))) if indent else ()
    ):
        if len(match[1].expandtabs(4)) < indent:
            names = [name for name in _NAME.findall(match[3]) if name not in _NOISE]
            return match[2], tuple(dict.fromkeys(names))[:5]
    return "", ()


@cache
def _declarations(word: str) -> tuple[re.Pattern[str], ...]:
    """What says of `word` what it is. Compiled for a stand-in of any name: for each name it takes 3 ms."""
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"\b{word}\s*\??:\s*[\"']?(?:[\w.]*\[|\w+<)?[&*]?(?:mut\s+)?(?:\w+[.:]+)*{_TYPE}",
            rf"\b{word}\s*:?=\s*(?:await\s+)?(?:new\s+)?&?([\w.:]+?)(?:<[^<>\n]*>)?\s*[({{]",
            rf"\b(?:\w+[.:]+)*{_TYPE}(?:<[^<>\n]*>)?(?:\[\])?[?&*]*[ \t]+[&*.]*\$?{word}\b",
            rf"\b{word}\s*\|{{0,2}}=\s*(?:\w+::)*{_TYPE}\.new\b",
            rf"\b{word}\s*=\s*new[ \t]+(?:\w*\\)*{_TYPE}[ \t]*;",
            rf"\b{word}[ \t]+[*&]?(?:\[\])?(?:\w+\.)?{_TYPE}\b",
            rf"\b{_TYPE}\([^()\n]*\)[ \t]+as[ \t]+{word}\b",
        )
    )


def type_names(text: str, offset: int, name: str) -> list[str]:
    """What `name` may be: types it is declared with, classes or functions it is made by; nearest first.

    A guess without a declaration comes last: the name itself in the manner of classes.
    """
    if len(name) > 80:
        return []
    stand_in = "Zqxjvk" if name[:1].isupper() else "zqxjvk"
    patterns = _declarations(stand_in)
    whole_word = re.compile(rf"\b{re.escape(name)}\b")
    found: list[tuple[int, str]] = []
    start, lines = 0, text.split("\n")
    for line in lines:
        if name in line:
            distance = abs(offset - start) + (10_000 if start > offset else 0)
            plain = whole_word.sub(stand_in, line[:_MAX_LINE])
            made = (match[1] for pattern in patterns for match in pattern.finditer(plain))
            found += [(distance, re.split(r"[.:]+", one.replace(stand_in, name))[-1]) for one in made]
        start += len(line) + 1
    names = [made for _, made in sorted(found)[:6] if made not in _NOISE]
    guess = "".join(part.capitalize() for part in name.split("_"))
    return list(dict.fromkeys([*names, guess]))


def base_names(head: str, name: str) -> list[str]:
    """What a class header says that the class derives from."""
    rest = head.partition(name)[2]
    return [
        base for base in dict.fromkeys(_NAME.findall(rest)) if base not in _NOISE and base != "metaclass"
    ][:4]


def returned_types(head: str, body: str) -> list[str]:
    """Classes that a function may return, from its signature and its `return` lines."""
    _, arrow, annotation = head.rpartition("->")
    if not arrow and re.search(r"\)\s*:", head):
        annotation = head.rpartition(":")[2]
    found = [name for name in _NAME.findall(annotation) if name[0].isupper() and name not in _WRAPPERS]
    for name, call in re.findall(r"\breturn[ \t]+(?:new[ \t]+)?(?:\w+\.)*(\w+)[ \t]*(\()?", body):
        if call and name[:1].isupper():
            found.append(name)
        elif not call and name not in _NOISE:
            found += type_names(body, len(body), name)[:2]
    return list(dict.fromkeys(found))[:4]
