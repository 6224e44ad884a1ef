"""What the names in a text mean: bound by an import, else by name alone in files of the same family.

Knows: the imports of one text, modules, definitions. Must not know: cursors, weights, budgets.
"""

import builtins
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from retrieval import languages, resolve, symbols
from retrieval.aliases import Modules
from retrieval.builder import Library
from retrieval.entries import BLOCK, Entry
from retrieval.imports import Import, imports_of
from retrieval.query import Query
from retrieval.symbols import Kind

_BUILTINS = frozenset(dir(builtins))
_DEPTH = 5  # re-exports followed
_MEMBERS = 60  # of a module
_IMPORT_LINES = 2 * BLOCK  # of other files: re-exports stand at the top
_IMPORT_TOP, _IMPORT_NEAR = 20_000, 5_000  # code points of the text at hand

Definition = tuple[Entry, int]
"""A file and a row of its symbols."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A name in the text and what an import binds it to: definitions, or the files of a module."""

    local: str
    definitions: tuple[Definition, ...]
    modules: tuple[str, ...] = ()


class Bindings:
    """The imports of a query's text, bound to definitions. Lives for one search."""

    def __init__(self, library: Library, query: Query) -> None:
        self.family = languages.family_of(query.path)
        self.names: dict[str, Bound] = {}
        self._library, self._path = library, query.path
        self._modules = Modules(library)
        self._foreign: set[str] = set()  # imported from outside the workspace: nothing here is meant
        self._star_files: list[str] = []
        # Of packages whose file was not found, the last part: of a name's, and under "" of those taken whole.
        self._packages: dict[str, set[str]] = {}
        for statement in imports_of(self.family, _import_text(query)):
            for bound in self._bind(statement):
                self.names.setdefault(bound.local, bound)
        self._foreign -= self.names.keys()

    def lookup(self, name: str) -> list[Definition]:
        """Definitions of a name in other files, the likeliest first."""
        bound = self.names.get(name)
        if bound and bound.definitions:
            return list(bound.definitions)
        if name in self._foreign or self._at_hand(name) or (self.family == "python" and name in _BUILTINS):
            return []
        found = [
            (entry, row)
            for entry, row in self._library.definitions(name)
            if entry.path != self._path and languages.family_of(entry.path) == self.family
        ]
        found = [pair for pair in found if pair[0].symbols[pair[1], 0] != Kind.FIELD] or found
        packages = self._packages.get(name) or self._packages.get("", ())
        return sorted(found, key=lambda pair: self._distance(pair, packages))

    def in_files(self, name: str, paths: Iterable[str]) -> Iterator[Definition]:
        """The first of the files that defines a name at all, and where."""
        for path in paths:
            entry = self._library.files[path]
            for row in symbols.rows_named(entry.symbols, name)[:1]:
                yield entry, row
                return

    def reach(self, name: str, paths: Sequence[str]) -> list[Definition]:
        """What the files of a module call by this name: defined in one of them, or imported from elsewhere."""
        return list(self.in_files(name, paths)) or list(self._exported(paths, name, name)[:1])

    def module(self, dotted: str) -> tuple[str, ...]:
        """The files of the module that a name means, also one that is reached through others: `package.part`.

        Where what stands before the last dot is unknown, the last part alone decides.
        """
        bound = self.names.get(dotted)
        if bound is not None and bound.modules:
            return bound.modules
        head, dot, last = dotted.rpartition(".")
        if not dot:
            return ()
        inside = next((self._inside(path, last) for path in self.module(head)[:1]), ())
        return inside[:1] or self.module(last)

    def _inside(self, path: str, name: str) -> tuple[str, ...]:
        """The module that a file has under this name."""
        for statement in _imports(self._library.files[path]):
            for source, local in statement.names:
                files = (
                    self._modules.files(resolve.submodule(statement, source), path) if local == name else ()
                )
                if files:
                    return files
            if statement.alias == name and not statement.names:
                return self._modules.files(statement, path)
        if self.family == "python" and resolve.is_package(path):
            return self._modules.files(Import((".", name)), path)
        return ()

    def members(self, path: str) -> list[Definition]:
        """What a module has to offer: what stands at its top level, and what it hands on."""
        entry = self._library.files[path]
        found = _top_level(entry)
        for statement in _imports(entry):
            handed_on = statement.reexport or (self.family != "js" and resolve.is_package(path))
            if len(found) >= _MEMBERS or not handed_on:
                continue
            files = self._modules.files(statement, path)
            for source, local in statement.names:
                found += self._exported(files, source, local)[:1]
            for file in files[:1] if statement.star else ():
                found += _top_level(self._library.files[file])
        return found[:_MEMBERS]

    def follow(self, path: str, name: str) -> tuple[Definition, ...]:
        """A name's definition in a file, or where the file itself imports it from; cycles end."""
        return self._follow(path, name, set(), 0)

    def _follow(self, path: str, name: str, seen: set[str], depth: int) -> tuple[Definition, ...]:
        here = tuple(self.in_files(name, (path,)))
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

    def _bind(self, statement: Import) -> Iterator[Bound]:
        """The names that an import statement of the text binds."""
        files = self._modules.files(statement, self._path)
        if statement.star:
            self._star_files += files
            if not files:
                self._note_package("", statement)
        if statement.alias and not statement.names and files:
            yield Bound(statement.alias, (), files[:1] if self.family != "go" else files)
        for name, local in statement.names:
            found = self._exported(files, name, local)
            if found:
                yield Bound(local, found)
                continue
            inner = self._modules.files(resolve.submodule(statement, name), self._path)
            if inner:
                yield Bound(local, tuple(self.in_files(name, inner[:1])), inner[:1])
                continue
            self._note_package(local, statement)
            if self.family == "python" and not files:  # elsewhere a module's place is a guess
                self._foreign.add(local)

    def _exported(self, files: Sequence[str], name: str, local: str) -> tuple[Definition, ...]:
        for path in files:
            found = self.follow(path, local if name == "default" else name)
            if found:
                return found
        return ()

    def _at_hand(self, name: str) -> bool:
        """Whether the text's own file defines the name: then no other file is meant."""
        entry = self._library.files.get(self._path)
        return entry is not None and bool(symbols.rows_named(entry.symbols, name))

    def _note_package(self, name: str, statement: Import) -> None:
        self._packages.setdefault(name, set()).update(part.casefold() for part in statement.module[-1:])

    def _distance(
        self, pair: Definition, packages: Collection[str]
    ) -> tuple[bool, bool, bool, int, str, int]:
        entry, row = pair
        shared = resolve.shared_folders(entry.path, self._path)
        return (
            entry.path not in self._star_files,
            entry.path.rpartition("/")[0].rpartition("/")[2].casefold() not in packages,
            entry.symbols[row, 0] != Kind.CLASS,
            -shared,
            entry.path,
            row,
        )


def _top_level(entry: Entry) -> list[Definition]:
    return [(entry, row) for row in (entry.symbols[:, 9] < 0).nonzero()[0][:_MEMBERS].tolist()]


@lru_cache(maxsize=256)
def _imports(entry: Entry) -> tuple[Import, ...]:
    return tuple(imports_of(languages.family_of(entry.path), "\n".join(entry.lines()[:_IMPORT_LINES])))


def _import_text(query: Query) -> str:
    """Where imports stand: the top of the file, and just above the cursor."""
    text, near = query.text, max(_IMPORT_TOP, query.offset - _IMPORT_NEAR)
    return text if len(text) <= 2 * _IMPORT_TOP else f"{text[:_IMPORT_TOP]}\n{text[near : query.offset]}"
