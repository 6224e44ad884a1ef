"""Definitions that the code at a cursor is about: its imports, its receiver, its base classes, near names.

Knows: how names lead to definitions. Must not know: budgets, prompts. Measured: BM25 has the definition of
an imported name among its best five in 3 to 5 of 100 cases, following the imports in 71.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from retrieval import languages, render, resolve, symbols
from retrieval.aliases import Modules
from retrieval.builder import Library
from retrieval.context import Context, base_names, returned_types, type_names
from retrieval.entries import BLOCK, Entry
from retrieval.imports import Import, imports_of
from retrieval.query import Query
from retrieval.symbols import Kind, Symbol

_IMPLICIT = frozenset(
    {"c", "go", "csharp", "jvm", "ruby", "php", "rust"}
)  # names come without a word of import
_DEPTH = 5  # re-exports followed
_IMPORT_LINES = 2 * BLOCK  # of other files: re-exports stand at the top
_IMPORT_TOP, _IMPORT_NEAR = 20_000, 5_000  # code points of the text at hand
_MAX_NAMES = 400  # imported names looked at
URGENT = 2.5  # from this weight on the cursor's line itself asks for a definition
_RECEIVER, _CALL, _BASE, _NEAR = 4.0, 3.0, 0.35, 0.4
_PRIOR, _UNUSED, _USED = 0.3, 0.35, 1.0  # of imported names: any; not used yet; used right here


@dataclass(frozen=True, slots=True)
class Wanted:
    """A definition, how much it is wanted, and why. `whole`: with its members."""

    entry: Entry
    row: int
    weight: float
    why: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A name in the text and what an import binds it to: a definition, or the files of a module."""

    local: str
    definitions: tuple[tuple[Entry, int], ...]
    modules: tuple[str, ...] = ()


def wanted(library: Library, query: Query, context: Context) -> list[Wanted]:
    """Definitions in other files, the most wanted first, each once."""
    finder = Finder(library, query, context)
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
        if found.entry.path != query.path and (other is None or found.weight > other.weight):
            best[place] = found
    return sorted(best.values(), key=lambda found: (-found.weight, found.entry.path, found.row))


class Finder:
    """One search for definitions; holds what the imports of the text bind."""

    def __init__(self, library: Library, query: Query, context: Context) -> None:
        self._library, self._query, self._context = library, query, context
        self._family = languages.family_of(query.path)
        self._modules = Modules(library)
        self._bound: dict[str, Bound] = {}
        self._star_files: list[str] = []
        for statement in imports_of(self._family, _import_text(query)):
            for bound in self._bind(statement, query.path):
                self._bound.setdefault(bound.local, bound)

    def imported(self) -> Iterator[Wanted]:
        """Every imported name: more when it is used near the cursor or has not been used yet."""
        for bound in list(self._bound.values())[:_MAX_NAMES]:
            near = self._context.near.get(bound.local, 0.0)
            unused = not _twice(self._query.text, bound.local)
            weight = _PRIOR + _USED * near + (_UNUSED if unused else 0.0)
            for entry, row in bound.definitions[:2]:
                yield Wanted(entry, row, weight, f"imported as {bound.local}")
            if bound.modules and near:
                yield from self._module_members(bound, weight)

    def _module_members(self, bound: Bound, weight: float) -> Iterator[Wanted]:
        """`module.name` near the cursor: definitions of these names in the module."""
        for name, near in self._context.near.items():
            for entry, row in self._in_files(name, bound.modules):
                yield Wanted(entry, row, weight * 0.5 + near, f"of the imported {bound.local}")

    def at_receiver(self) -> Iterator[Wanted]:
        """What stands before the dot: members of its class, or of the module it is."""
        receiver = self._context.receiver
        if not receiver:
            return
        last = receiver.partition("(")[0].rpartition(".")[2]
        module = self._bound.get(receiver) or self._bound.get(last)
        if module and module.modules:
            for path in module.modules[:2]:
                entry = self._library.files[path]
                yield from (
                    Wanted(entry, row, _RECEIVER - row / 1e4, f"member of {receiver}")
                    for row in _top_level(entry)
                )
        if last in {"self", "this", "cls", "super"}:
            yield from self._classes(self._context.bases, _RECEIVER, "base class of")
            return
        names = type_names(self._query.text, self._query.offset, last)
        if last[:1].isupper() or last in self._bound:
            names.insert(0, last)
        for place, name in enumerate(names[:6]):
            found = list(self._types(name, _RECEIVER - place * 0.1, f"type of {last}"))
            yield from found
            if any(one.whole for one in found):
                return

    def _types(self, name: str, weight: float, why: str) -> Iterator[Wanted]:
        """The class of this name; for a function, itself and the class that it returns."""
        for entry, row in self._lookup(name)[:2]:
            found = render.symbol(entry, row)
            if found.kind is Kind.FUNCTION:
                yield Wanted(entry, row, weight - 0.5, why)
                yield from self._returned(entry, found, weight, why)
            elif found.kind is Kind.CLASS:
                yield from self._family_of(entry, row, weight, why)
            elif found.kind is Kind.TYPE:
                yield Wanted(entry, row, weight, why)

    def _returned(self, entry: Entry, function: Symbol, weight: float, why: str) -> Iterator[Wanted]:
        """The class that a function returns, by its annotation or by what its body returns."""
        lines = entry.lines()
        body = "\n".join(lines[function.line : function.end_line])
        for name in returned_types(render.head(lines, function), body):
            found = self._follow(entry.path, name, set(), 0) or tuple(self._lookup(name))
            for owner, row in found[:1]:
                if owner.symbols[row, 0] == Kind.CLASS:
                    yield from self._family_of(owner, row, weight, why)
                    return

    def _family_of(self, entry: Entry, row: int, weight: float, why: str, depth: int = 0) -> Iterator[Wanted]:
        """A class with its members, and the classes that it derives from, each a little less wanted."""
        yield Wanted(entry, row, weight, why, whole=True)
        found = render.symbol(entry, row)
        if depth >= 2:
            return
        for base in base_names(render.head(entry.lines(), found), found.name):
            for owner, base_row in self._follow(entry.path, base, set(), 0)[:1]:
                if owner.symbols[base_row, 0] == Kind.CLASS and (owner.path, base_row) != (entry.path, row):
                    yield from self._family_of(
                        owner, base_row, weight - 0.2, f"base class of {found.name}", depth + 1
                    )

    def calls(self) -> Iterator[Wanted]:
        """Functions whose arguments are being written."""
        for place, name in enumerate(self._context.calls):
            for entry, row in self._lookup(name)[:2]:
                yield Wanted(entry, row, _CALL - place * 0.3, f"call of {name}")

    def bases(self) -> Iterator[Wanted]:
        """Base classes of the enclosing class."""
        return self._classes(self._context.bases, _BASE, "base class of")

    def _classes(self, names: Iterable[str], weight: float, why: str) -> Iterator[Wanted]:
        for name in names:
            for entry, row in self._lookup(name)[:1]:
                if entry.symbols[row, 0] == Kind.CLASS:
                    yield from self._family_of(entry, row, weight, f"{why} {self._context.owner or name}")

    def near(self) -> Iterator[Wanted]:
        """Names near the cursor that no import explains: same package, star imports, globals."""
        for name, near in self._context.near.items():
            if name in self._bound or len(name) < 3 or not (name[0].isupper() or self._family in _IMPLICIT):
                continue
            found = [pair for pair in self._lookup(name) if _nameable(*pair)]
            if 0 < len(found) <= 3:
                weight = _NEAR * near * (1.5 if name[0].isupper() else 1.0) / len(found)
                yield from (Wanted(entry, row, weight, f"{name} near the cursor") for entry, row in found)

    def _lookup(self, name: str) -> list[tuple[Entry, int]]:
        """Definitions of a name: by import, else by name alone in files of the same family."""
        bound = self._bound.get(name)
        if bound and bound.definitions:
            return list(bound.definitions)
        found = [
            (entry, row)
            for entry, row in self._library.definitions(name)
            if entry.path != self._query.path and languages.family_of(entry.path) == self._family
        ]
        found = [pair for pair in found if pair[0].symbols[pair[1], 0] != Kind.FIELD] or found
        return sorted(found, key=self._distance)

    def _distance(self, pair: tuple[Entry, int]) -> tuple[bool, bool, int, str, int]:
        entry, row = pair
        shared = resolve.shared_folders(entry.path, self._query.path)
        return (
            entry.path not in self._star_files,
            entry.symbols[row, 0] != Kind.CLASS,
            -shared,
            entry.path,
            row,
        )

    def _bind(self, statement: Import, path: str) -> Iterator[Bound]:
        """The names that an import statement of the text binds."""
        files = self._modules.files(statement, path)
        if statement.star:
            self._star_files += files
        if statement.alias and not statement.names and files:
            yield Bound(statement.alias, (), files[:1] if self._family != "go" else files)
        for name, local in statement.names:
            found = self._exported(files, name, local)
            if found:
                yield Bound(local, found)
                continue
            inner = self._modules.files(resolve.submodule(statement, name), path)
            if inner:
                yield Bound(local, tuple(self._in_files(name, inner[:1])), inner[:1])

    def _exported(self, files: Sequence[str], name: str, local: str) -> tuple[tuple[Entry, int], ...]:
        for path in files:
            found = self._follow(path, local if name == "default" else name, set(), 0)
            if found:
                return found
        return ()

    def _follow(self, path: str, name: str, seen: set[str], depth: int) -> tuple[tuple[Entry, int], ...]:
        """A name's definition in a file, or where the file itself imports it from; cycles end."""
        here = tuple(self._in_files(name, (path,)))
        if here or path in seen or depth >= _DEPTH:
            return here
        seen.add(path)
        for statement in _imports(self._library.files[path]):
            original = next((source for source, local in statement.names if local == name), None)
            if original is None and not statement.star:
                continue
            for file in self._modules.files(statement, path)[:4]:
                found = self._follow(file, original or name, seen, depth + 1)
                if found:
                    return found
        return ()

    def _in_files(self, name: str, paths: Iterable[str]) -> Iterator[tuple[Entry, int]]:
        """The first of the files that defines a name at all, and where."""
        for path in paths:
            entry = self._library.files[path]
            for row in symbols.rows_named(entry.symbols, name)[:1]:
                yield entry, row
                return


@lru_cache(maxsize=256)
def _imports(entry: Entry) -> tuple[Import, ...]:
    return tuple(imports_of(languages.family_of(entry.path), "\n".join(entry.lines()[:_IMPORT_LINES])))


def _import_text(query: Query) -> str:
    """Where imports stand: the top of the file, and just above the cursor."""
    text, near = query.text, max(_IMPORT_TOP, query.offset - _IMPORT_NEAR)
    return text if len(text) <= 2 * _IMPORT_TOP else f"{text[:_IMPORT_TOP]}\n{text[near : query.offset]}"


def _twice(text: str, name: str) -> bool:
    """Whether a text has a name again after its first place, which is its import."""
    return text.find(name, text.find(name) + len(name)) >= 0


def _nameable(entry: Entry, row: int) -> bool:
    """Whether the bare name means this: methods and fields are reached through their object."""
    kind = entry.symbols[row, 0]
    return bool(kind in {Kind.CLASS, Kind.TYPE} or (entry.symbols[row, 9] < 0 and kind == Kind.FUNCTION))


def _top_level(entry: Entry) -> list[int]:
    table = entry.symbols
    return [row for row in range(len(table)) if table[row, 9] < 0][:60]
