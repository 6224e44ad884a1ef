"""How an answer is compared with the statement that stood there, as cross-file benchmarks do it.

Knows: text, where a statement ends in a language, which words are keywords. Must not know: models, files. The rules
are CrossCodeEval's: an answer ends with its first statement; comments go (both kinds, in every language); lines are
compared without blanks around them; identifiers are what is left without strings and keywords.
"""

import keyword
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from abacus_lsp.evaluation.metrics import edit_similarity
from retrieval.languages import BY_NAME
from retrieval.parse import grammar_of, parse

_COMMENT = re.compile(r"#.*|//.*")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.DOTALL)
_NAME = re.compile(r"[^\W\d]\w*")
_ENDS_STATEMENT = re.compile(r"[;{}]")
_PARSE_SECONDS = 2.0

_SCRIPT = (
    "break case catch class const continue debugger default delete do else enum export extends finally for "
    "function if implements import in instanceof interface let new package private protected public return "
    "static super switch this throw try typeof var void while with yield"
)
_JAVA = (
    "abstract assert boolean break byte case catch char class const continue default do double else enum "
    "extends final finally float for goto if implements import instanceof int interface long native new "
    "package private protected public return short static strictfp super switch synchronized this "
    "throw throws transient try var void volatile while"
)
_CSHARP = (
    "abstract as base bool break byte case catch char checked class const continue decimal default "
    "delegate do double else enum event explicit extern finally fixed float for foreach goto if "
    "implicit in int interface internal is lock long namespace new null object operator out override "
    "params private protected public readonly ref return sbyte sealed short sizeof stackalloc static "
    "string struct switch this throw try typeof uint ulong unchecked unsafe ushort using virtual "
    "void volatile while"
)
_KEYWORDS: Final = MappingProxyType(
    {
        "python": frozenset(keyword.kwlist),
        "javascript": frozenset(_SCRIPT.split()),
        "typescript": frozenset(_SCRIPT.split()),
        "java": frozenset(_JAVA.split()),
        "csharp": frozenset(_CSHARP.split()),
    }
)


@dataclass(frozen=True, slots=True)
class Score:
    """One answer against the truth: shares from 0 to 1."""

    exact_match: float
    edit_similarity: float
    identifier_match: float
    identifier_f1: float


def score(answer: str, truth: str, language: str) -> Score:
    """Compare two statements; `language` says which words are keywords."""
    ours, theirs = _COMMENT.sub("", answer), _COMMENT.sub("", truth)
    found, wanted = identifiers(ours, language), identifiers(theirs, language)
    return Score(
        float(_lines(ours) == _lines(theirs)),
        round(100 * edit_similarity(ours.strip(), theirs.strip())) / 100,
        float(found == wanted),
        _f1(set(found), set(wanted)),
    )


def first_statement(prompt: str, answer: str, language: str) -> str:
    """The answer up to the end of its first statement.

    With brackets: up to the first of `; { }`. Python: the least whole lines with which the text up to here parses;
    where it does not parse anyway, all of it.
    """
    if language != "python":
        end = _ENDS_STATEMENT.search(answer)
        return answer[: end.end()] if end else answer
    lines = answer.split("\n")
    for count in range(1, len(lines)):
        part = "\n".join(lines[:count])
        if part.strip() and _parses(prompt + part + "\n"):
            return part
    return answer


def identifiers(text: str, language: str) -> list[str]:
    """Names of a piece of code in their order, without strings and keywords."""
    known = _KEYWORDS.get(language, frozenset())
    return [name for name in _NAME.findall(_STRING.sub("", text)) if name not in known]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _f1(found: set[str], wanted: set[str]) -> float:
    """Two empty sets are the same."""
    if not found and not wanted:
        return 1.0
    return 2 * len(found & wanted) / (len(found) + len(wanted))


def _parses(text: str) -> bool:
    grammar = grammar_of(BY_NAME["python"])
    tree = parse(grammar, text.encode("utf-8", "replace"), seconds=_PARSE_SECONDS) if grammar else None
    return tree is not None and not tree.root_node.has_error
