"""The edit that documents an item: `edit_of`.

Knows items, frames, styles. Must not know models: it is handed the prose it has, and says the rest in phrases of
its own. Pure; the same text and prose give the same edit, and its result gives none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from abacus_lsp.docstrings import phrases
from abacus_lsp.docstrings.choose import Manner
from abacus_lsp.docstrings.frames import Framed, Line, stepped, taken_apart, wrapped
from abacus_lsp.docstrings.item import Field, Item, fields_of
from abacus_lsp.docstrings.merge import merged, missing
from abacus_lsp.docstrings.styles import STYLES, Style
from abacus_lsp.document import Snapshot, to_newlines
from abacus_lsp.indentation import step_of

SUMMARY = ("summary", "")
"""The key of the first line, among the keys of fields."""

Prose = Mapping[tuple[str, str], str]
"""Key of a field (or `SUMMARY`) → its line."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace code points `start` to `end` of the snapshot by `text` (in its own line endings)."""

    start: int
    end: int
    text: str

    def applied(self, text: str) -> str:
        return text[: self.start] + self.text + text[self.end :]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a docstring still has to say: its summary (if it has none), and these fields."""

    summary: bool
    fields: tuple[Field, ...]

    def __bool__(self) -> bool:
        return self.summary or bool(self.fields)


def wanted(snapshot: Snapshot, item: Item, manner: Manner) -> Wanted:
    """What `edit_of` would write; nothing for an item that is documented, or in a form that is left alone."""
    fields = fields_of(item)
    if item.fixed:
        return Wanted(summary=False, fields=())
    if item.doc is None:
        return Wanted(summary=True, fields=fields)
    lines = _framed(snapshot, item).text
    empty = not any(line.strip(" \t*/") for line in lines)
    return Wanted(empty, missing(lines, fields, _style(manner)))


def edit_of(snapshot: Snapshot, item: Item, manner: Manner, prose: Prose | None = None) -> Edit | None:
    """The edit that completes the item's docstring; None when nothing is missing."""
    due = wanted(snapshot, item, manner)
    if not due:
        return None
    eol = snapshot.eol
    if item.doc is None:
        lines = content(snapshot, item, manner, prose or {})
        place = item.place
        text = place.before + wrapped(item.frame, lines, item.indent) + place.after
        return Edit(place.start, place.end, text.replace("\n", eol))
    framed = _framed(snapshot, item)
    lines = list(framed.lines)
    if due.summary:
        lines = [Line(_summary(item, manner, prose or {}))]
    done = _merged(snapshot, item, lines, manner, prose or {})
    return Edit(item.doc.start, item.doc.end, framed.source(done).replace("\n", eol))


def content(snapshot: Snapshot, item: Item, manner: Manner, prose: Prose) -> list[str]:
    """The lines of a new docstring, without marks."""
    first = [Line(line) for line in _summary(item, manner, prose).split("\n")]
    return [line.text for line in _merged(snapshot, item, first, manner, prose)]


def _merged(
    snapshot: Snapshot, item: Item, lines: list[Line], manner: Manner, prose: Prose
) -> Sequence[Line]:
    python = item.frame == "quotes"
    done = merged(lines, _told(item, manner, prose), _style(manner), python=python)
    return stepped(done, step_of(snapshot.text, item.indent)) if python else done


def _framed(snapshot: Snapshot, item: Item) -> Framed:
    assert item.doc is not None
    return taken_apart(item.frame, to_newlines(item.doc.of(snapshot.text)), item.indent)


def _style(manner: Manner) -> Style:
    return STYLES[manner.style]


def _summary(item: Item, manner: Manner, prose: Prose) -> str:
    style = _style(manner)
    text = prose.get(SUMMARY, "")
    text = text or phrases.summary(item, manner.tongue, style)
    if style.name == "godoc":
        text = phrases.named_first(item, text)
    if item.kind == "module" and item.frame == "block":
        return f"@file {text}"
    return style.summary.format(text=text)


def _told(item: Item, manner: Manner, prose: Prose) -> tuple[Field, ...]:
    """The fields with their lines."""
    style = _style(manner)
    return tuple(
        replace(field, text=prose.get(field.key, "") or phrases.phrase(field, manner.tongue, style))
        for field in fields_of(item)
    )
