"""What a piece of code does, in a sentence or two; long code by its parts.

Knows items and whom to ask. Must not know messages or edits beyond a comment's marks. A part whose answer is of no
use is told by its name, so a summary is never empty.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from abacus_lsp import syntax
from abacus_lsp.brackets import tokens
from abacus_lsp.docstrings import items
from abacus_lsp.docstrings.cleaning import cleaned
from abacus_lsp.docstrings.phrases import Tongue
from abacus_lsp.docstrings.prose import Asking
from abacus_lsp.docstrings.write import Edit
from abacus_lsp.document import Cursor, Snapshot, line_starts, to_newlines
from abacus_lsp.languages import Language, by_id
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.site import Span

_AT_ONCE: Final = 1024  # tokens of code in one question
_TOKENS: Final = 96
MOST_PARTS: Final = 40  # that a model is asked about
_LINES: Final = 80  # of a part, where there are no definitions
_NAMED: Final = 12  # definitions named when a model's words are of no use
_EXAMPLE: Final = "def area(width, height=1):\n    return width * height"
_ASKED: Final[dict[Tongue, str]] = {
    "en": f"Code:\n\n{_EXAMPLE}\n\nSummary, one English sentence: This code computes the area of a rectangle.\n\n"
    "Code:\n\n{code}\n\nSummary, one English sentence:",
    "zh": f"代码：\n\n{_EXAMPLE}\n\n一句中文摘要：这段代码计算矩形的面积。\n\n代码：\n\n{{code}}\n\n一句中文摘要：",
}
_MESSAGE: Final[dict[Tongue, str]] = {
    "en": "Say in one English sentence what this {language} code does.\n\n```\n{code}\n```\n",
    "zh": "请用一句中文概括这段 {language} 代码的功能。\n\n```\n{code}\n```\n",
}
_MORE: Final[dict[Tongue, str]] = {"en": "and {more} more", "zh": "另有 {more} 项"}
_NOTHING: Final[dict[Tongue, str]] = {"en": "There is no code.", "zh": "没有代码。"}
_OPENING: Final[dict[Tongue, str]] = {"en": "This code", "zh": "这段代码"}
_FIRST: Final = re.compile(
    r"\ufeff?"
    r"(?:#![^\r\n]*(?:\r\n?|\n|$))?"
    r"(?:#[^\r\n]*coding[:=][^\r\n]*(?:\r\n?|\n|$))?"
    r"(?:(?:<\?(?:php|xml)\b|<!doctype\b|@charset\b)[^\r\n]*(?:\r\n?|\n|$))*",
    re.IGNORECASE,
)
"""What counts only where a file begins: the mark of its encoding, its interpreter, its kind."""
_BARE: Final = frozenset(
    ("json", "plaintext")
)  # their rows hold relatives that have comments, or none is known
_COPIED: Final = ("area of a rectangle", "矩形的面积")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of code and what to call it."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What was said.

    Attributes:
        text: about the whole: one or two sentences.
        parts: (name, line) of each part of long code, in order.
        asked: a model's words; False: it is only a list of names.
        rest: how many parts nobody was asked about, in words; "" for none.
    """

    text: str
    parts: tuple[tuple[str, str], ...] = ()
    asked: bool = True
    rest: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """For showing: the whole first, then a line for each part."""
        colon = "：" if self.text.endswith("。") else ": "
        told = (f"- {name}{colon}{line}" if line else f"- {name}" for name, line in self.parts)
        return (self.text, *told, *((f"- {self.rest}",) if self.rest else ()))


def summarise(
    snapshot: Snapshot,
    span: Span | None,
    tongue: Tongue,
    asking: Asking,
    tick: Callable[[int, int], None] | None = None,
) -> Summary:
    """Summarise `span` of the text, or all of it.

    Args:
        snapshot: the file.
        span: the selection; None for the file.
        tongue: to write in.
        asking: whom to ask.
        tick: told (parts done, parts) of long code.

    Raises:
        Cancelled: no longer wanted.
        EngineError: the model cannot answer.
    """
    code = to_newlines((span or Span(0, len(snapshot.text))).of(snapshot.text)).strip("\n")
    language = by_id(snapshot.language)
    if not code.strip():
        return Summary(_NOTHING[tongue])
    if asking.engine.count(code) <= min(_AT_ONCE, asking.engine.info.context // 2):
        line = _ask(code, language, tongue, asking)
        return Summary(line) if line else without_model(snapshot, span, tongue)
    every = parts_of(snapshot, span)
    parts = every[:MOST_PARTS]
    told: list[tuple[str, str]] = []
    for number, part in enumerate(parts):
        told.append((part.name, _ask(part.code, language, tongue, asking)))
        if tick is not None:
            tick(number + 1, len(parts))
    joined = "\n".join(f"{name}: {line}" for name, line in told)
    whole = _ask(joined, language, tongue, asking)
    text = whole or without_model(snapshot, span, tongue).text
    more = len(every) - len(parts)
    rest = _MORE[tongue].format(more=more) if more else ""
    return Summary(text, tuple(told), asked=bool(whole), rest=rest)


def without_model(snapshot: Snapshot, span: Span | None, tongue: Tongue) -> Summary:
    """What the tree tells: the names of what is defined."""
    found = [item.name for item in _outermost(snapshot, span) if item.name]
    if not found:
        lines = _lines((span or Span(0, len(snapshot.text))).of(snapshot.text))
        if not any(line.strip() for line in lines):
            return Summary(_NOTHING[tongue])
        count = len(lines)
        return Summary(f"共 {count} 行代码。" if tongue == "zh" else f"{count} lines of code.", asked=False)
    shown = found[:_NAMED]
    more = len(found) - len(shown)
    if tongue == "zh":
        tail = f"等 {len(found)} 项" if more else ""
        return Summary(f"定义了 {'、'.join(shown)}{tail}。", asked=False)
    tail = f" and {more} more" if more else ""
    return Summary(f"Defines {', '.join(shown)}{tail}.", asked=False)


def parts_of(snapshot: Snapshot, span: Span | None) -> tuple[Part, ...]:
    """The outermost definitions, or runs of lines where there are none."""
    found = _outermost(snapshot, span)
    if found:
        return tuple(Part(item.name or item.kind, to_newlines(item.span.of(snapshot.text))) for item in found)
    whole = span or Span(0, len(snapshot.text))
    lines = _lines(whole.of(snapshot.text))
    first = to_newlines(snapshot.text[: whole.start]).count("\n") + 1
    runs = range(0, len(lines), _LINES)
    return tuple(
        Part(f"{first + at}-{first + min(at + _LINES, len(lines)) - 1}", "\n".join(lines[at : at + _LINES]))
        for at in runs
    )


def _lines(code: str) -> list[str]:
    """Its lines; a line ending at its end begins no other one."""
    return to_newlines(code).removesuffix("\n").split("\n")


def takes_comments(snapshot: Snapshot) -> bool:
    """Whether there are comments in its language at all."""
    language = by_id(snapshot.language)
    return snapshot.language not in _BARE and bool(language.line_comment or language.block_comment)


def comment_of(snapshot: Snapshot, span: Span, summary: Summary) -> Edit | None:
    """The summary as comment lines above the span, outside of a string and under what must stand first in a file.

    None where no comment can be: the language has none, or what is written there would be read as something else.
    """
    language, text = by_id(snapshot.language), snapshot.text
    if not takes_comments(snapshot):
        return None
    held = (token for token in tokens(text, language) if token.kind != "bracket")
    place = next((token.start for token in held if token.start < span.start < token.end), span.start)
    first = _FIRST.match(text)
    head = first.end() if first is not None else 0
    start = max(head, [at for at in line_starts(text) if at <= place][-1])
    line = re.split(r"[\r\n]", text[start:], maxsplit=1)[0]
    indent = line[: len(line) - len(line.lstrip())]
    before, after = (f"{language.line_comment} ", "") if language.line_comment else ("", "")
    if not before and language.block_comment:
        before, after = f"{language.block_comment[0]} ", f" {language.block_comment[1]}"
    marked = [
        f"{indent}{before}{one.replace(after.strip() or before, ' ')}{after}\n" for one in summary.lines
    ]
    opened = "" if start == 0 or text[start - 1] in "\r\n\ufeff" else "\n"
    edit = Edit(start, start, (opened + "".join(marked)).replace("\n", snapshot.eol))
    inside = start + len(opened and snapshot.eol) + len(indent) + len(before)
    there = syntax.site_at(Cursor(replace(snapshot, text=edit.applied(text)), inside)).place
    return edit if there in ("comment", "docstring") else None


def _outermost(snapshot: Snapshot, span: Span | None) -> list[items.Item]:
    whole = span or Span(0, len(snapshot.text))
    found: list[items.Item] = []
    for item in items.items_in(snapshot):
        inside = whole.start <= item.span.start and item.span.end <= whole.end
        if inside and (not found or item.span.start >= found[-1].span.end):
            found.append(item)
    if len(found) == 1 and found[0].kind == "class":
        outer = found[0].span
        members = [one for one in items.items_in(snapshot) if outer.start < one.span.start < outer.end]
        return members or found
    return found


def _ask(code: str, language: Language, tongue: Tongue, asking: Asking) -> str:
    text, whole = asking.line(_prompt(asking.fitting(code), language, tongue, asking), _TOKENS)
    glue = "" if tongue == "zh" or text[:1] in ",.;:'’" else " "
    line = cleaned(
        f"{_OPENING[tongue]}{glue}{text.removeprefix(_OPENING[tongue]).strip()}", tongue, whole=whole
    )
    copied = any(words in line for words in _COPIED)
    return "" if copied or line.rstrip("。.") == _OPENING[tongue] else line


def _prompt(code: str, language: Language, tongue: Tongue, asking: Asking) -> Prompt:
    if asking.talks:
        message = _MESSAGE[tongue].replace("{language}", language.name).replace("{code}", code)
        return asking.message(message, _OPENING[tongue])
    asked = _ASKED[tongue].replace("{code}", code)
    blank = " " if tongue == "en" else ""
    return asking.continued(f"{asked}{blank}{_OPENING[tongue]}")
