"""The values of a docstring: what can be documented, and what must be said about it.

Knows names, types and places in one text. Must not know trees, styles or models. Offsets are code points.
"""

from dataclasses import dataclass
from typing import Literal

from abacus_lsp.languages import Language
from abacus_lsp.site import Span

ItemKind = Literal["function", "method", "class", "module"]
FieldKind = Literal["tparam", "param", "return", "yield", "raise", "panic", "safety"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes:
        name: without stars; "root0" for a destructured one that has no name, `0` its number.
        type: as written, "" if it has none.
        default: as written, on one line; "" if it has none or it is long.
        star: "*" and "**" (Python), "..." (the rest, elsewhere), "" for an ordinary one.
        optional: may be left out.
        fields: dotted names that a destructured parameter takes apart.
        generic: a type parameter.
    """

    name: str
    type: str = ""
    default: str = ""
    star: str = ""
    optional: bool = False
    fields: tuple[str, ...] = ()
    generic: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """Something returned or yielded; `type` and `name` as far as the source tells."""

    type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Raise:
    """An error that leaves the function; `when` is the condition it stands under, "" if not a short one."""

    type: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and gives."""

    parameters: tuple[Parameter, ...] = ()
    returns: tuple[Result, ...] = ()
    yields: Result | None = None
    raises: tuple[Raise, ...] = ()
    panics: tuple[Raise, ...] = ()
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new docstring goes: over `start` to `end`, with `before` and `after` around it."""

    start: int
    end: int
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be documented.

    Attributes:
        kind: what it is.
        name: as written.
        language: its row.
        span: all of it, decorators and modifiers included; an existing comment above it is not.
        signature: of functions and methods; empty for others.
        frame: how its docstring is marked (a key of `frames.FRAMES`).
        doc: the existing docstring, marks included; None if there is none.
        place: where a new one goes.
        indent: blank space in front of every line of the docstring but its first.
        fixed: there is one, in a form that is left alone.
    """

    kind: ItemKind
    name: str
    language: Language
    span: Span
    signature: Signature
    frame: str
    doc: Span | None
    place: Place
    indent: str
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a docstring says, apart from its summary.

    Attributes:
        kind: what about.
        name: of the parameter, error or named result; "" otherwise.
        type: as written in the source.
        default: the parameter's default.
        star: as in `Parameter`.
        optional: the parameter may be left out.
        when: the condition an error stands under.
        text: the prose, one line.
    """

    kind: FieldKind
    name: str = ""
    type: str = ""
    default: str = ""
    star: str = ""
    optional: bool = False
    when: str = ""
    text: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it within one item."""
        return (self.kind, self.name or self.type)


def fields_of(item: Item) -> tuple[Field, ...]:
    """Everything that must be said, in the order of the signature, prose still empty."""
    signature = item.signature
    fields: list[Field] = []
    for one in signature.parameters:
        kind: FieldKind = "tparam" if one.generic else "param"
        fields.append(Field(kind, one.name, one.type, one.default, one.star, one.optional))
        fields += [Field("param", f"{one.name}.{name}") for name in one.fields]
    if signature.yields is not None:
        fields.append(Field("yield", type=signature.yields.type))
    fields += [Field("return", one.name, one.type) for one in signature.returns]
    fields += [Field("raise", one.type, when=one.when) for one in signature.raises]
    fields += [Field("panic", when=one.when) for one in signature.panics[:1]]
    if signature.unsafe:
        fields.append(Field("safety"))
    return tuple(fields)
