"""Whether an answer leaves a file in order: it parses, stands right, is code and nothing but code, ends with its unit.

Knows text, grammars, Python's own compiler. Must not know models. Each rule gives "" or what is wrong.
"""

import ast
import re
import warnings
from typing import Final

from abacus_lsp import languages
from abacus_lsp.parsing import Trees

_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
_MARKER = re.compile(
    r"<\|[\w▁]+\|>|<(?:fim_\w+|end_of_turn|start_of_turn|eos|bos)>|<用户>|<AI>|</s>|\[/?INST\]"
)
_CHATTER = re.compile(
    r"^\s*(?:(?:sure|certainly|of course|here(?:'s| is| are)|the (?:following|above)|this (?:function|code))\b.*"
    r"|(?:以下是|下面是|好的|当然|这是一个|这个函数|该函数).*)$",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSERS: Final = ("", "\n}", "\n}\n}")
"""What may be missing at the end of a benchmark's file: its functions are opened in the prompt and closed by nobody."""


def parses(text: str, language: str) -> bool:
    """Whether the whole file is free of syntax errors (Python: its compiler; else the grammar; no grammar: yes)."""
    if language == "python":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ast.parse(text)
            except (SyntaxError, ValueError, MemoryError, RecursionError):
                return False
        return True
    parsed = Trees(first=10).parse("", languages.by_id(language), text)
    return parsed is None or not parsed.root.has_error


def foreign(answer: str, language: str) -> str:
    """What no source has: "fence", "marker" (a control token), "chatter" (prose where code is due); "" for none."""
    if _FENCE.search(answer):
        return "fence"
    if _MARKER.search(answer):
        return "marker"
    return "chatter" if _chatter(answer, language) else ""


def problem(prefix: str, answer: str, suffix: str, language: str) -> str:
    """The first thing wrong with a function's body written at the end of `prefix`; "" when nothing is."""
    if (odd := foreign(answer, language)) in ("fence", "marker"):
        return odd
    if not any(parses(prefix + answer + closer + suffix, language) for closer in _CLOSERS):
        return "syntax"
    if language == "python":
        return _python_problem(prefix, answer)
    return "chatter" if _chatter(answer, language) else _brace_problem(answer)


def _chatter(answer: str, language: str) -> bool:
    """Prose outside comments and strings; what parses seldom is."""
    row = languages.by_id(language)
    code = "\n".join(
        line
        for line in answer.split("\n")
        if not line.lstrip().startswith((row.line_comment or "#", "*", "/*"))
    )
    return _CHATTER.search(code) is not None


def _python_problem(prefix: str, answer: str) -> str:
    """The body stands deeper than its header, to the last line: what does not is another unit."""
    header = next(
        (line for line in reversed(prefix.split("\n")) if re.match(r"\s*(?:async\s+)?(?:def|class)\b", line)),
        "",
    )
    floor = len(header) - len(header.lstrip())
    if _chatter(answer, "python"):
        return "chatter"
    head = prefix.rpartition("\n")[2]
    lines = [line for line in (head + answer).split("\n") if line.strip()]
    whole = ast.parse(prefix + answer)
    inside = _string_lines(whole)
    first = prefix.count("\n") + 1
    for number, line in enumerate((head + answer).split("\n"), start=first):
        if line.strip() and number not in inside and len(line) - len(line.lstrip()) <= floor:
            return "indentation" if line == lines[0] else "beyond the unit"
    return ""


def _string_lines(tree: ast.Module) -> set[int]:
    """Lines that continue a string or brackets: their indentation is free."""
    free: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(
            node, ast.Constant | ast.JoinedStr | ast.Call | ast.List | ast.Tuple | ast.Dict | ast.Set
        ):
            free.update(range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
    return free


def _brace_problem(answer: str) -> str:
    """Nothing but blanks and comments follows the brace that closes the unit."""
    depth = 1
    for place, character in enumerate(_without_strings(answer)):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            # A method's class may be closed, too; a declared function expression ends with a semicolon.
            after = _without_strings(answer)[place + 1 :].strip("} ;)\n\t\r")
            return "beyond the unit" if after else ""
    return ""


_QUOTED = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|$)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL
)


def _without_strings(text: str) -> str:
    """The same length, strings and comments blanked."""
    return _QUOTED.sub(lambda found: " " * len(found[0]), text)
