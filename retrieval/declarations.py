"""Definitions that the code at a cursor is about: its imports, its receiver, its base classes, near names.

Knows: how names lead to definitions. Must not know: budgets, prompts. Measured: BM25 has the definition of
an imported name among its best five in 3 to 5 of 100 cases, following the imports in 71.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from retrieval import render, symbols
from retrieval.bindings import Bindings, Bound, Definition
from retrieval.builder import Library
from retrieval.context import Context, base_names, returned_types, type_names
from retrieval.entries import Entry
from retrieval.query import Query
from retrieval.symbols import Kind, Symbol
from retrieval.terms import word_terms

_IMPLICIT = frozenset(
    {"c", "go", "csharp", "jvm", "ruby", "php", "rust"}
)  # names come without a word of import
_TWINS = 4  # `impl` blocks of one type looked at
_MAX_NAMES = 400  # imported names looked at
URGENT = 2.5  # from this weight on the cursor's line itself asks for a definition
_RECEIVER, _CALL, _METHOD, _BASE, _NEAR = 4.0, 3.0, 1.2, 0.35, 0.4
_NEXT = (
    0.9  # of its weight, for each further definition of one name: what is imported comes before its homonyms
)
_AROUND = 6_000  # code points before the cursor, half as many behind it, in which uses are counted
_NAME = re.compile(r"[^\W\d]\w*")
# Of imported names: any; not used yet; used right here; per log of its uses; what it is made of is spoken of here.
_PRIOR, _UNUSED, _USED, _OFTEN, _SPOKEN = 0.3, 0.35, 1.0, 0.1, 0.3


@dataclass(frozen=True, slots=True)
class Wanted:
    """A definition, how much it is wanted, and why. `whole`: with its members."""

    entry: Entry
    row: int
    weight: float
    why: str
    whole: bool = False


def wanted(library: Library, query: Query, context: Context, asked: Mapping[str, float]) -> list[Wanted]:
    """Definitions in other files, the most wanted first, each once. `asked` are the terms near the cursor."""
    finder = Finder(library, query, context, asked)
    best: dict[tuple[str, int], Wanted] = {}
    for found in (
        *finder.at_receiver(),
        *finder.calls(),
        *finder.imported(),
        *finder.bases(),
        *finder.near(),
    ):
        place = (found.entry.path, found.row)
        other = best.get(place)
        if found.entry.path != query.path and (
            other is None or (found.weight, found.whole) > (other.weight, other.whole)
        ):
            best[place] = found
    return sorted(best.values(), key=lambda found: (-found.weight, found.entry.path, found.row))


class Finder:
    """One search for definitions; holds what the imports of the text bind."""

    def __init__(self, library: Library, query: Query, context: Context, asked: Mapping[str, float]) -> None:
        self._library, self._query, self._context, self._asked = library, query, context, asked
        self._names = Bindings(library, query)

    def imported(self) -> Iterator[Wanted]:
        """Every imported name: more when it is used near the cursor or has not been used yet."""
        uses = self._uses()
        for bound in list(self._names.names.values())[:_MAX_NAMES]:
            near = self._context.near.get(_last(bound.local), 0.0)
            unused = not _twice(self._query.text, bound.local)
            weight = _PRIOR + _USED * near + (_UNUSED if unused else _OFTEN * math.log1p(uses[bound.local]))
            weight += _SPOKEN * self._spoken_of(bound.local)
            for entry, row, less in _ranked(bound.definitions[:2], weight):
                yield Wanted(entry, row, less, f"imported as {bound.local}")
            if bound.modules and near:
                yield from self._module_members(bound, weight)

    def _uses(self) -> Counter[str]:
        """How often names stand in the text around the cursor."""
        here = self._query.offset if self._names.names else -_AROUND
        return Counter(_NAME.findall(self._query.text, max(0, here - _AROUND), here + _AROUND // 2))

    def _spoken_of(self, name: str) -> float:
        """How much the text just above speaks of what the name is made of, 0 to 1: `dist = euclidean_distances(`."""
        parts = set(word_terms(name))
        parts = parts - {name.strip("_").lower()} or parts
        return sum(min(self._asked.get(part, 0.0), 1.0) for part in parts) / len(parts) if parts else 0.0

    def _module_members(self, bound: Bound, weight: float) -> Iterator[Wanted]:
        """`module.name` near the cursor: definitions of these names in the module."""
        last = _last(bound.local)
        for (module, name), near in self._context.reached.items():
            if module == last:
                for entry, row in self._names.reach(name, bound.modules):
                    yield Wanted(entry, row, weight * 0.5 + near, f"of the imported {bound.local}")

    def at_receiver(self) -> Iterator[Wanted]:
        """What stands before the dot: members of its class, or of the module it is."""
        receiver = self._context.receiver
        if not receiver:
            return
        last = _last(receiver.partition("(")[0])
        for path in self._names.module(receiver)[:2]:
            for place, (entry, row) in enumerate(self._names.members(path)):
                yield Wanted(entry, row, _RECEIVER - place / 1e4, f"member of {receiver}")
        if last in {"self", "this", "cls", "super"}:
            yield from self._classes(self._context.bases, _RECEIVER, "base class of")
            return
        names = type_names(self._query.text, self._query.offset, last)
        if last[:1].isupper() or last in self._names.names:
            names.insert(0, last)
        for place, name in enumerate(names[:6]):
            found = list(self._types(name, _RECEIVER - place * 0.1, f"type of {last}"))
            yield from found
            if any(one.whole for one in found):
                return

    def _types(self, name: str, weight: float, why: str) -> Iterator[Wanted]:
        """The class of this name; for a function, itself and the class that it returns."""
        for entry, row, less in _ranked(self._names.lookup(name)[:2], weight):
            found = render.symbol(entry, row)
            if found.kind is Kind.FUNCTION:
                yield Wanted(entry, row, less - 0.5, why)
                yield from self._returned(entry, found, less, why)
            elif found.kind is Kind.CLASS:
                yield from self._family_of(entry, row, less, why)
            elif found.kind is Kind.TYPE:
                yield Wanted(entry, row, less, why)
                yield from self._twins(entry, row, less, why)

    def _returned(self, entry: Entry, function: Symbol, weight: float, why: str) -> Iterator[Wanted]:
        """The class that a function returns, by its annotation or by what its body returns."""
        lines = entry.lines()
        body = "\n".join(lines[function.line : function.end_line])
        for name in returned_types(render.head(lines, function), body):
            found = self._names.follow(entry.path, name) or tuple(self._names.lookup(name))
            for owner, row in found[:1]:
                if owner.symbols[row, 0] == Kind.CLASS:
                    yield from self._family_of(owner, row, weight, why)
                    return

    def _family_of(self, entry: Entry, row: int, weight: float, why: str, depth: int = 0) -> Iterator[Wanted]:
        """A class with its members, and the classes that it derives from, each a little less wanted."""
        yield Wanted(entry, row, weight, why, whole=True)
        yield from self._twins(entry, row, weight, why)
        found = render.symbol(entry, row)
        if depth >= 2:
            return
        for base in base_names(render.head(entry.lines(), found), found.name):
            for owner, base_row in self._names.follow(entry.path, base)[:1]:
                if owner.symbols[base_row, 0] == Kind.CLASS and (owner.path, base_row) != (entry.path, row):
                    yield from self._family_of(
                        owner, base_row, weight - 0.2, f"base class of {found.name}", depth + 1
                    )

    def _twins(self, entry: Entry, row: int, weight: float, why: str) -> Iterator[Wanted]:
        """Where else the file says what this type has: `impl` blocks, parts, reopened classes."""
        for twin in symbols.rows_named(entry.symbols, render.symbol(entry, row).name)[:_TWINS]:
            if twin != row and entry.symbols[twin, 0] == Kind.CLASS:
                yield Wanted(entry, twin, weight - 0.05, why, whole=True)

    def calls(self) -> Iterator[Wanted]:
        """Functions whose arguments are being written. Behind a dot a name says less: many classes have a `join`."""
        for place, (owner, name) in enumerate(self._context.calls):
            found = self._names.reach(name, self._names.module(owner)) if owner else []
            sure = bool(found) or not owner
            found = found or [pair for pair in self._names.lookup(name) if self._callable(*pair, owner)]
            weight = (_CALL if sure else _METHOD) - place * 0.3
            for entry, row, less in _ranked(found[:2] if sure or len(found) <= 2 else (), weight):
                yield Wanted(entry, row, less, f"call of {name}")

    def _callable(self, entry: Entry, row: int, owner: str) -> bool:
        """Whether a definition may be called this way. In Python, a method is called through its object only."""
        return (
            not owner or entry.symbols[row, 9] >= 0
            if self._names.family != "python"
            else ((entry.symbols[row, 9] >= 0) == bool(owner))
        )

    def bases(self) -> Iterator[Wanted]:
        """Base classes of the enclosing class."""
        return self._classes(self._context.bases, _BASE, "base class of")

    def _classes(self, names: Iterable[str], weight: float, why: str) -> Iterator[Wanted]:
        for name in names:
            for entry, row in self._names.lookup(name)[:1]:
                if entry.symbols[row, 0] == Kind.CLASS:
                    yield from self._family_of(entry, row, weight, f"{why} {self._context.owner or name}")

    def near(self) -> Iterator[Wanted]:
        """Names near the cursor that no import explains: same package, star imports, globals."""
        for name, near in self._context.near.items():
            if (
                name in self._names.names
                or len(name) < 3
                or not (name[0].isupper() or self._names.family in _IMPLICIT)
            ):
                continue
            found = [pair for pair in self._names.lookup(name) if _nameable(*pair)]
            if 0 < len(found) <= 3:
                weight = _NEAR * near * (1.5 if name[0].isupper() else 1.0) / len(found)
                yield from (
                    Wanted(entry, row, less, f"{name} near the cursor")
                    for entry, row, less in _ranked(found, weight)
                )


def _ranked(found: Iterable[Definition], weight: float) -> Iterator[tuple[Entry, int, float]]:
    """What a name may mean, the likeliest first, each with its weight: the later, the less."""
    for place, (entry, row) in enumerate(found):
        yield entry, row, weight * _NEXT**place


def _twice(text: str, name: str) -> bool:
    """Whether a text has a name again after its first place, which is its import."""
    return text.find(name, text.find(name) + len(name)) >= 0


def _nameable(entry: Entry, row: int) -> bool:
    """Whether the bare name means this: methods and fields are reached through their object."""
    kind = entry.symbols[row, 0]
    return bool(kind in {Kind.CLASS, Kind.TYPE} or (entry.symbols[row, 9] < 0 and kind == Kind.FUNCTION))


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]
