"""Reading code without a tree: lines, indentation, prefixes. For languages without a grammar and broken code.

Knows text and a language's row. Every function is total, and looks at a bounded part of the text.
"""

import re
from collections.abc import Iterator

from abacus_lsp.languages import Language
from abacus_lsp.site import Place, Scope, ScopeKind, Span

_FAR = 200_000  # characters looked at above the cursor
_BELOW = 20_000  # and below it
_TAB = 8

_DEFINES = re.compile(
    r"\s*(?:[\w@]+[ \t]+)*?(?:(?P<function>def|func|function|fn|fun|sub|procedure)"
    r"|(?P<class>class|struct|interface|trait|impl|enum|record|object|protocol|extension)"
    r"|(?P<module>namespace|module|mod|package))[ \t]+(?:\([^)]*\)[ \t]*)?(?P<name>[\w$]+(?:(?:\.|::)[\w$]+)*)"
)
# "int *add(int x" and "add(x) {", but not "add(x": that is a call.
_METHOD = re.compile(
    r"\s*[\w<\[:&*~@][\w<>\[\],.:&*~@ \t]{0,200}?[\s*&](?P<name>[\w:~]+)[ \t]*\([^;=]*$"
    r"|\s*(?P<short>[\w:~#$]+)[ \t]*\([^;]*\{\s*$"
)
_CONTROL = re.compile(
    r"\s*(?:[})\]]+\s*)?(?:if|else|elif|for|foreach|while|switch|case|match|return|catch|try|do|new|throw|with|await"
    r"|assert|raise|print|yield|del|lambda|not|in|and|or)\b"
)
_IMPORT = re.compile(
    r"^(?:#?(?:import|include)|from|use|using|require|package|library|source|@import)\b.*$", re.MULTILINE
)
_INDENTED = re.compile(r"^[ ]+(?=[^\s*])", re.MULTILINE)
_USUAL = 4  # Python's blanks
_CLOSERS = ")]}"


def width(line: str) -> int:
    """Columns of blank space that a line begins with."""
    blank = line[: len(line) - len(line.lstrip(" \t"))]
    return len(blank.expandtabs(_TAB))


def line_start(text: str, offset: int) -> int:
    """Where the line of `offset` begins."""
    return text.rfind("\n", 0, offset) + 1


def lines_above(text: str, offset: int) -> Iterator[tuple[int, str]]:
    """(start, line) of the lines before the one that `offset` is in, nearest first, within reach."""
    end = line_start(text, offset) - 1
    while end >= max(0, offset - _FAR):
        start = line_start(text, end)
        yield start, text[start:end]
        end = start - 1


def lines_below(text: str, offset: int) -> Iterator[tuple[int, str]]:
    """(start, line) of the lines after the one that `offset` is in, within reach."""
    start = text.find("\n", offset) + 1
    while 0 < start < min(len(text), offset + _BELOW):
        end = text.find("\n", start)
        yield start, text[start : end if end >= 0 else len(text)]
        start = end + 1


def depth_at(text: str, offset: int) -> int:
    """The indentation that the cursor's line has, or would have if something were typed here."""
    head = text[line_start(text, offset) : offset]
    return width(head)


def scopes(text: str, offset: int, language: Language) -> tuple[Scope, ...]:
    """The definitions that enclose `offset` by indentation, outermost first."""
    found: list[Scope] = []
    own = line_start(text, offset)
    if (own_line := text[own:offset]).strip() and (scope := _scope(text, own, own_line, offset)):
        found.append(scope)
    depth = depth_at(text, offset)
    if depth == 0 and not own_line.strip() and opens_before(text, own, language):
        depth = 1
    for start, line in lines_above(text, offset):
        bare = line.strip()
        if depth == 0:
            break
        if not bare or width(line) >= depth or _is_comment(bare, language):
            continue
        # A line such as ") {" continues the line above that has its indentation.
        depth = width(line) + (1 if bare[0] in _CLOSERS or bare[0] == "{" else 0)
        if scope := _scope(text, start, line, offset):
            found.append(scope)
    return tuple(reversed(found))


def imports(text: str) -> tuple[Span, ...]:
    """Lines near the top that begin as imports do."""
    return tuple(Span(match.start(), match.end()) for match in _IMPORT.finditer(text, 0, _BELOW))


def _scope(text: str, start: int, line: str, offset: int) -> Scope | None:
    """The scope whose signature begins on this line, if it looks like one."""
    if len(line) > 1000 or _CONTROL.match(line):
        return None
    match = _DEFINES.match(line)
    kind: ScopeKind = "function"
    if match:
        kind = "module" if match["module"] else "class" if match["class"] else "function"
    else:
        match = _METHOD.match(line)
    if not match:
        return None
    first = start + len(line) - len(line.lstrip())
    name = match["name"] or match["short"]
    return Scope(kind, name, Span(first, start + len(line.rstrip())), Span(first, _end(text, line, offset)))


def _end(text: str, header: str, offset: int) -> int:
    """Where a block ends that is open at `offset`: before the first line that is not deeper than its header."""
    depth, end = width(header), offset
    for start, line in lines_below(text, offset):
        if line.strip() and width(line) <= depth:
            return start + len(line.rstrip()) if line.strip()[0] in _CLOSERS else end
        if line.strip():
            end = start + len(line.rstrip())
    return max(end, offset)


def _is_comment(bare: str, language: Language) -> bool:
    return bool(language.line_comment) and bare.startswith(language.line_comment)


def opens_before(text: str, offset: int, language: Language) -> bool:
    """Whether the text that ends at `offset` (trailing blank space aside) ends with what opens a block."""
    end = len(text[max(0, offset - _FAR) : offset].rstrip()) + max(0, offset - _FAR)
    line = text[max(line_start(text, end), end - 1000) : end]
    return bool(re.search(language.opens, line))


def place(text: str, offset: int, language: Language) -> Place:
    """What the cursor is in, from its own line and the nearest block comment marker above."""
    head = text[max(line_start(text, offset), offset - 1000) : offset]
    inside = _open_in(head, language)
    if (
        inside == "code"
        and language.block_comment
        and _in_block_comment(text, offset, language.block_comment)
    ):
        inside = "comment"
    if inside == "comment" and head.lstrip().startswith(language.doc_comments or "\0"):
        return "docstring"
    return inside


def _open_in(head: str, language: Language) -> Place:
    """What is open at the end of a line that begins in code."""
    at, quote = 0, ""
    while at < len(head):
        if quote:
            if head[at] == "\\":
                at += 1
            elif head[at] == quote:
                quote = ""
        elif language.line_comment and head.startswith(language.line_comment, at):
            return "comment"
        elif head[at] in language.quotes:
            quote = head[at]
        at += 1
    return "string" if quote else "code"


def _in_block_comment(text: str, offset: int, pair: tuple[str, str]) -> bool:
    opening = text.rfind(pair[0], max(0, offset - _FAR), offset)
    if opening < 0 or text[line_start(text, opening) : opening].strip():
        return False
    return text.find(pair[1], opening + len(pair[0]), offset) < 0


def unit(text: str) -> str:
    """One step of the text's indentation: a tab or some blanks, "" when nothing is indented.

    The most frequent difference between a line and the shallower line above it; one alone is no habit.
    """
    steps: dict[str, int] = {}
    last = ""
    for line in text.split("\n"):
        bare = line.lstrip(" \t")
        if not bare or bare[0] == "*":
            continue
        blank = line[: len(line) - len(bare)]
        if blank.startswith(last) and blank != last:
            step = blank[len(last) :]
            if step == "\t" or not step.strip(" "):
                steps[step] = steps.get(step, 0) + 1
        last = blank
    likely = {
        step: count for step, count in steps.items() if count > 1 and (step == "\t" or 1 < len(step) <= _TAB)
    }
    return max(likely, key=lambda step: (likely[step], -len(step)), default="")


def step_of(text: str, blank: str) -> str:
    """As `unit`, but never "": where the text has no habit, what the line indented by `blank` and the first one tell."""
    step = unit(text)
    if step or blank.startswith("\t"):
        return step or "\t"
    first = _INDENTED.search(text)
    step = first.group() if first else blank
    return step if 1 < len(step) < _USUAL and not len(blank) % len(step) else " " * _USUAL


def continues_below(head: str, below: str) -> bool:
    """Whether the line right after the current one has code at the current line's depth or deeper."""
    following = below[1:].partition("\n")[0]
    bare = following.strip()
    return bool(bare) and bare[0] not in ")]}" and width(following) >= width(head)
