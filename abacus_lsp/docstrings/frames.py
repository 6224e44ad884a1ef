r"""FRAMES: how a docstring is marked in the source, and its lines without the marks.

Knows quotes, `/** */`, `///`, `//`, `//!`. Must not know what the lines say. Line endings are "\n" here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

_QUOTES = re.compile(r"(?P<prefix>[rRuU]?)(?P<quote>\"\"\"|'''|\"|')")
_USUAL: Final = "    "  # which styles indent by
_STAR = re.compile(r"^[ \t]*\*(?!/) ?")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a docstring; `raw` is its source as it stands, None for a new one."""

    text: str
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Framed:
    """An existing docstring taken apart.

    Attributes:
        opening: what stands on the first line when no text does, "" if the marks are on every line.
        lines: its text.
        closing: what ends it, with its indentation; "" if the marks are on every line.
        mark: what a new line begins with, indentation included.
    """

    opening: str
    lines: tuple[Line, ...]
    closing: str
    mark: str

    @property
    def text(self) -> tuple[str, ...]:
        """The lines without marks."""
        return tuple(line.text for line in self.lines)

    def source(self, lines: Sequence[Line]) -> str:
        """The docstring with these lines; those it had come out as they were.

        The mark on the first line stays first: where a new line comes before its text, it changes over.
        """
        shown = [line.raw if line.raw is not None else f"{self.mark}{line.text}".rstrip() for line in lines]
        if not self.opening and self.lines and lines[0].raw is None:
            first = self.lines[0]
            held = (first.raw or "").rstrip()
            head = held[: len(held) - len(first.text)] if self.closing else self.mark.lstrip()
            shown[0] = head + lines[0].text
            shown = [
                f"{self.mark}{first.text}" if line is first else text
                for line, text in zip(lines, shown, strict=True)
            ]
        whole = [*([self.opening] if self.opening else []), *shown, *([self.closing] if self.closing else [])]
        return "\n".join(whole)


_LINE_MARKS: Final = {"slashes": "///", "bang": "//!", "go": "//"}


def wrapped(frame: str, lines: Sequence[str], indent: str) -> str:
    """A new docstring; its first line without indentation."""
    if frame == "quotes":
        if len(lines) == 1:
            return f'"""{lines[0]}"""'
        shown = [f'"""{lines[0]}', *(f"{indent}{line}".rstrip() for line in lines[1:]), f'{indent}"""']
        return "\n".join(shown)
    if frame == "block":
        if len(lines) == 1 and not lines[0].startswith("@"):
            return f"/** {lines[0]} */"
        shown = ["/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */"]
        return "\n".join(shown)
    mark = _LINE_MARKS[frame]
    return "\n".join(f"{indent if number else ''}{mark} {line}".rstrip() for number, line in enumerate(lines))


def filled(frame: str, lines: Sequence[str], indent: str, head: str, *, closing: str) -> str:
    """A new docstring behind `head`, the cursor's line under the opening mark, which has its own line.

    Args:
        frame: a key of `wrapped`.
        lines: its text.
        indent: blank space before the opening mark.
        head: blank space, and the mark of the line where the editor put one.
        closing: what is to end it; "" where that is there already: on its own line.
    """
    blank = head[: len(head) - len(head.lstrip())]
    if frame == "quotes":
        margin, end = indent, indent
    elif frame == "block":
        # Where the editor began a line with a star, the others stand under it.
        margin = f"{blank}* " if head.strip() else f"{indent} * "
        end = margin[:-2]
    else:
        margin, end = f"{indent}{_LINE_MARKS[frame]} ", ""
    own = margin if head.strip() or margin.startswith(head) else f"{head}{margin.lstrip()}"
    shown = [own.removeprefix(head) if own.startswith(head) else ""]
    shown[0] += lines[0]
    shown += [f"{margin}{line}".rstrip() for line in lines[1:]]
    if frame in ("quotes", "block"):
        shown.append(f"{end}{closing}")
    return "\n".join(shown)


def stepped(lines: Sequence[Line], step: str) -> list[Line]:
    """Python's docstrings, with new entries below a heading indented as the file is, not by four blanks.

    Where an old line is indented, by its step instead: a docstring is written in one.
    """
    old = [line.text for line in lines if line.raw is not None and line.text[:1] in (" ", "\t")]
    leads = {text[: len(text) - len(text.lstrip())] for text in old}
    if leads:
        step = _USUAL if _USUAL in leads else min(leads, key=len)
    return [
        replace(line, text=step + line.text[len(_USUAL) :])
        if line.raw is None and line.text.startswith(_USUAL)
        else line
        for line in lines
    ]


def taken_apart(frame: str, source: str, indent: str) -> Framed:
    """An existing docstring; `source` from its first mark to its last."""
    if frame == "quotes":
        return _quoted(source, indent)
    if frame == "block":
        return _block(source, indent)
    mark = _LINE_MARKS[frame]
    lines: list[Line] = []
    for number, raw in enumerate(source.split("\n")):
        text = raw.strip()
        text = text.removeprefix(mark) if text.startswith(mark) else text.lstrip("/!")
        lines.append(Line(text.removeprefix(" "), raw if number else raw.lstrip()))
    return Framed("", tuple(lines), "", f"{indent}{mark} ")


def _quoted(source: str, indent: str) -> Framed:
    match = _QUOTES.match(source)
    if match is None:
        return Framed("", (Line(source, source),), "", indent)
    quote = match["quote"]
    inner = source[match.end() : len(source) - len(quote)]
    opening = match["prefix"] + (quote if len(quote) == 3 else quote * 3)
    closing = opening[-3:]
    raws = inner.split("\n")
    end = indent + closing
    if len(raws) > 1 and not raws[-1].strip():
        end = raws.pop() + closing
    else:
        raws[-1] = raws[-1].rstrip()
    common = _margin(raws[1:])
    margin = common if common is not None else indent
    lines = [Line(raws[0].strip(), opening + raws[0])]
    lines += [Line(raw[len(margin) :].rstrip() if raw.strip() else "", raw) for raw in raws[1:]]
    return Framed("", tuple(lines), end, margin)


def _margin(raws: Sequence[str]) -> str | None:
    blanks = [raw[: len(raw) - len(raw.lstrip())] for raw in raws if raw.strip()]
    return min(blanks, key=len) if blanks else None


def _block(source: str, indent: str) -> Framed:
    opening = source[:3] if source[:3] in ("/**", "/*!") else source[:2]
    inner = source[len(opening) :].removesuffix("*/")
    raws = inner.split("\n")
    # A comment that is none of documentation is Go's, whose readers take stars for text.
    usual = f"{indent} * " if len(opening) > len("/*") else indent
    end = f"{indent}*/" if usual == indent else f"{indent} */"
    if len(raws) == 1:
        text = inner.strip()
        lines = (Line(text, f"{usual}{text}"),) if text else ()
        return Framed(opening, lines, end, usual)
    if not raws[-1].strip(" \t*"):
        end = raws.pop() + "*/"
    else:
        raws[-1] = raws[-1].rstrip(" \t*")
    starred = [match.group() for raw in raws[1:] if (match := _STAR.match(raw)) and match.group().strip()]
    margin = _margin(raws[1:])
    if starred:
        blank = starred[0][: len(starred[0]) - len(starred[0].lstrip())]
        mark = f"{blank}* "
    else:
        mark = margin if margin is not None else usual
    lines = [] if not raws[0].strip() else [Line(raws[0].strip(), opening + raws[0])]
    for raw in raws[1:]:
        text = _STAR.sub("", raw) if starred else raw[len(margin or "") :]
        lines.append(Line(text.rstrip(), raw))
    return Framed("" if raws[0].strip() else opening + raws[0], tuple(lines), end, mark)
