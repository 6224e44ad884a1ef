"""What a function's text says it takes, gives and throws: `claims_of`, by words and brackets alone.

Knows how seven languages write a signature. Must not know trees or `docstrings`, on whose readers it is a second
opinion. It gives no judgement (None, or a part left empty) on what it cannot be sure of: names inside destructured
parameters and patterns, functions without a plain name (operators, computed keys), values wrapped in calls, macros;
errors below a `try` with a handler, or thrown from a variable, and type parameters outside Java and C++.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from abacus_lsp.evaluation.cutting import Parts, cut_up, declaration
from abacus_lsp.evaluation.masked import masked, matching, own, parts, unguarded, without


@dataclass(frozen=True, slots=True)
class Claims:
    """What must be documented.

    Attributes:
        params: names of parameters.
        tparams: names of type parameters.
        returns: it gives a value (or items).
        raises: names of errors, without their module; "" for one whose type the text does not show.
        panics, unsafe: Rust's.
    """

    params: tuple[str, ...] = ()
    tparams: tuple[str, ...] = ()
    returns: bool = False
    raises: tuple[str, ...] = ()
    panics: bool = False
    unsafe: bool = False


def claims_of(language: str, text: str, start: int, name: str) -> Claims | None:
    """The claims of the function that begins at `start`; None when this reader cannot judge it."""
    code = masked(text, language)[start:]
    cut = cut_up(language, code, name)
    if cut is None or (
        language in ("c", "cpp") and re.search(r"^\s*#", text[start : start + len(cut.head)], re.MULTILINE)
    ):
        return None  # an `#if` within the declaration
    return _READERS[language](cut)


# --- by language

_KEYWORD = re.compile(r"\b(?:async|function|static|get|set|public|private|protected|readonly|override)\b")


def _script(cut: Parts) -> Claims:
    names = [_script_name(part) for part in parts(cut.inside, angles=":" in cut.inside)]
    body = own(cut.body)
    annotation = (
        cut.tail.split("=>")[0] if ":" not in cut.tail else cut.tail.strip().removesuffix("=>").strip()
    )
    told = annotation.removeprefix(":").strip()
    arrow = bool(cut.body) and not cut.body.startswith("{")
    if re.search(r"\b(?:set|constructor)\b", cut.head[-12:] + " ") or cut.head.rstrip().endswith(" set"):
        returns = False
    elif told:
        returns = re.sub(r"\s", "", told) not in (
            *("void", "never", "undefined", "Promise<void>", "Promise<never>", "Promise<undefined>"),
        ) and not told.startswith("asserts ")
    else:
        given = re.search(r"\breturn\b[ \t]*(?!undefined\b)[^\s;}]", body)
        returns = arrow or given is not None
    return Claims(
        tuple(name for name in names if name), (), returns, _thrown(body, r"throw\s+(?:new\s+)?([\w$.]*)")
    )


def _script_name(part: str) -> str:
    part = re.sub(
        r"^(?:@[\w.]+(?:\([^()]*\))?\s*)*(?:(?:public|private|protected|readonly|override)\s+)*", "", part
    )
    match = re.match(r"(?:\.\.\.)?\s*([\w$]+)", part)
    return match.group(1) if match and match.group(1) != "this" else ""


def _thrown(body: str, pattern: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in re.finditer(rf"\b{pattern}", unguarded(body)):
        last = re.split(r"\.|::", match.group(1))[-1]
        found["" if not last[:1].isupper() else last] = None
    return tuple(found)


_JAVA_WORDS = (
    *("public", "protected", "private", "static", "final", "abstract", "native", "synchronized", "default"),
    *("strictfp", "transient"),
)


def _java(cut: Parts) -> Claims:
    head = cut.head[declaration(cut.head) :]
    head = re.sub(r"@[\w.]+(?:\([^()]*\))?", " ", without(head, _JAVA_WORDS)).strip()
    generics: list[str] = []
    if head.startswith("<"):
        end = matching(head, 0, angles=True)
        generics = [re.sub(r"@[\w.]+", "", one).split()[0] for one in parts(head[1:end], angles=True)]
        head = head[end + 1 :].strip()
    names = [re.search(r"([\w$]+)(?:\s*\[\s*\])*\s*$", part) for part in parts(cut.inside, angles=True)]
    params = [match.group(1) for match in names if match and match.group(1) != "this"]
    clause = re.search(r"\bthrows\b(.*)", cut.tail, re.DOTALL)
    declared = [re.sub(r"@[\w.]+", "", one).strip() for one in clause.group(1).split(",")] if clause else []
    raises = dict.fromkeys(one.rpartition(".")[2] for one in declared)
    raises |= dict.fromkeys(_thrown(own(cut.body), r"throw\s+new\s+([\w.]+)"))
    return Claims(tuple(params), tuple(generics), head not in ("", "void"), tuple(raises))


_GO_TYPES = frozenset(("chan", "func", "struct", "interface", "map"))


def _go(cut: Parts) -> Claims:
    given = parts(cut.inside, angles=False)
    named = any((match := re.match(r"(\w+)\s+\S", one)) and match.group(1) not in _GO_TYPES for one in given)
    names = [one.split()[0] for one in given] if named else []
    tail = cut.tail.split("\n", 1)[0].strip()
    return Claims(tuple(name for name in names if name != "_"), returns=tail not in ("", "()"))


def _rust(cut: Parts) -> Claims:
    if re.search(r"\bmacro_rules\b", cut.head):
        return Claims()
    names: list[str] = []
    for part in parts(cut.inside, angles=True):
        plain = re.match(r"(?:#\[[^\]]*\]\s*)*(?:ref\s+)?(?:mut\s+)?(\w+)\s*:(?!:)", part)
        if plain and plain.group(1) not in ("_", "self"):
            names.append(plain.group(1))
    told = re.search(r"->(.*)", re.split(r"\bwhere\b", cut.tail)[0], re.DOTALL)
    kind = told.group(1).strip() if told else ""
    fails = re.match(r"(?:\w+\s*::\s*)*(?:Io)?Result\b(?P<nothing>\s*<\s*\(\s*\))?", kind)
    wholly = fails is not None and (
        fails["nothing"] is not None or kind.replace(" ", "").endswith("fmt::Result")
    )
    # A closure without braces is left out like one with them.
    body = re.sub(r"\|[^|;{}]*\|\s*panic!", " ", cut.body)
    body = own(body.replace("=>", "; "))  # here it is a match's arm, no function's
    return Claims(
        tuple(names),
        returns=kind not in ("", "()", "!") and not wholly,
        raises=("",) if fails else (),
        panics=re.search(r"\b(?:panic|assert|assert_eq|assert_ne)!", body) is not None,
        unsafe=re.search(r"\bunsafe\b", cut.head) is not None,
    )


_CPP_WORDS = (
    *(
        "static",
        "inline",
        "extern",
        "virtual",
        "constexpr",
        "consteval",
        "explicit",
        "friend",
        "typename",
        "const",
    ),
    *(
        "volatile",
        "register",
        "restrict",
        "__restrict",
        "struct",
        "class",
        "enum",
        "union",
        "__inline",
        "explicit",
    ),
)
_CPP_TYPES = frozenset(
    [
        "void",
        "int",
        "char",
        "short",
        "long",
        "float",
        "double",
        "bool",
        "unsigned",
        "signed",
        "auto",
        "size_t",
        "wchar_t",
    ]
)


def _cpp(cut: Parts) -> Claims:
    names = [_cpp_name(re.split(r"(?<![<>=!])=", part)[0]) for part in parts(cut.inside, angles=True)]
    # The one above, of two, is the class's.
    template = next(reversed(list(re.finditer(r"\btemplate\s*<", cut.head))), None)
    generics: list[str] = []
    end = -1
    if template:
        end = matching(cut.head, template.end() - 1, angles=True)
        inner = cut.head[template.end() : end] if end >= 0 else ""
        told = [
            re.match(r"(?:typename|class)\s*(?:\.\.\.)?\s*(\w+)\s*(?:=|$)", one)
            for one in parts(inner, angles=True)
        ]
        generics = [match.group(1) for match in told if match]
    head = re.sub(
        r"\b[A-Z_][A-Z0-9_]*\s*\([^()]*\)|__attribute__\s*\(\(.*?\)\)|\[\[.*?\]\]|(?:\w+\s*::\s*)+$",
        " ",
        cut.head[max(declaration(cut.head), end + 1) :],
    )
    words = re.sub(r"\b__\w+__\b", " ", without(head, _CPP_WORDS)).replace("~", " ").replace('"', " ").split()
    plain = [word for word in words if not re.fullmatch(r"[A-Z_][A-Z0-9_]{3,}", word)]
    trailing = re.search(r"->\s*(\w+)\s*$", cut.tail)
    kind = trailing.group(1) if trailing else " ".join(plain)
    body = own(cut.body) if not re.search(r"^\s*#", cut.body, re.MULTILINE) else ""
    raises = tuple(name for name in _thrown(body, r"throw\s+((?:\w+::)*[A-Z]\w*)\s*[({]") if name)
    return Claims(tuple(name for name in names if name), tuple(generics), kind not in ("", "void"), raises)


def _cpp_name(part: str) -> str:
    pointer = re.search(r"\(\s*(?:\w+\s*::\s*)*[*&^]+\s*(?:const\s+)?(\w+)", part)
    if pointer:
        return pointer.group(1)
    if "(" in part:
        return ""
    words = re.findall(r"\w+|[*&>]", re.sub(r"(?:\[[^\]]*\]\s*)+$", "", without(part, _CPP_WORDS)))
    words = [word for word in words if word.strip()]
    named = len(words) > 1 and re.fullmatch(r"[A-Za-z_]\w*", words[-1]) and words[-1] not in _CPP_TYPES
    scoped = re.search(rf"::\s*{re.escape(words[-1])}\s*$", part) if words else None
    return words[-1] if named and not scoped else ""


_READERS: Final[dict[str, Callable[[Parts], Claims]]] = {
    "javascript": _script,
    "typescript": _script,
    "typescriptreact": _script,
    "java": _java,
    "go": _go,
    "rust": _rust,
    "c": _cpp,
    "cpp": _cpp,
}
