"""The values that say where a cursor stands in its program. Offsets are code points of the snapshot's text."""

from dataclasses import dataclass
from typing import Literal

from abacus_lsp.languages import Language

Place = Literal["code", "comment", "string", "docstring"]
ScopeKind = Literal["function", "class", "module"]


@dataclass(frozen=True, slots=True)
class Span:
    """Code points `start` to `end` (not included)."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Scope:
    """A definition that encloses the cursor.

    Attributes:
        kind: "function" (methods too), "class" (struct, trait, enum …), "module" (namespace).
        name: as written; "" if it has none yet.
        header: the signature, from decorators and modifiers to what opens the body (":" or "{" included).
        span: all of it.
    """

    kind: ScopeKind
    name: str
    header: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, a run of line comments on consecutive lines, or a docstring.

    Attributes:
        span: where it is, markers included.
        text: its source, markers included.
        doc: it documents code: a docstring, `/** */`, `///`.
    """

    span: Span
    text: str
    doc: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """What surrounds a cursor.

    Attributes:
        language: its row.
        parsed: a syntax tree stands behind this; else everything comes from indentation and prefixes.
        broken: the tree has errors, as half-typed code has.
        place: what the cursor is in. "docstring" includes comments that document, such as `/** */`.
        scopes: the definitions that enclose the cursor, outermost first.
        imports: the imports outside functions, in order (in a long file, those far below the cursor are left out).
        tops: line starts of the definitions that are not inside a function, in order: good places to cut
            (in a long file, those far below the cursor are left out).
        comment: the comment that the cursor is in, or that ends on the line above (or on its own line,
            right before it); not one that trails code.
        after_header: the last code before the cursor opens a block ("def f():", "if (x) {", "do").
        empty_body: and nothing but comments is in that block yet: one is due.
        asks: the comment is a request for code (`intent`), not a licence, switched-off code, a rule or a remark.
    """

    language: Language
    parsed: bool
    broken: bool
    place: Place
    scopes: tuple[Scope, ...]
    imports: tuple[Span, ...]
    tops: tuple[int, ...]
    comment: Comment | None
    after_header: bool
    empty_body: bool
    asks: bool = False
