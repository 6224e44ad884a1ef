"""Imported modules to workspace files.

Knows: paths of files, import statements. Must not know: texts, scores. There is no project configuration
to trust (source roots, tsconfig paths, module prefixes): a module is the file whose path ends like it, the
nearest to the importing file where several do. That one rule covers src layouts, monorepos and aliases.
"""

import posixpath
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from retrieval import languages
from retrieval.imports import Import

# A file of such a name stands for its folder.
_FOLDER_FILES: Final = frozenset({"__init__", "index", "mod", "lib"})
SUBJECT: Final = 1.3
_TEST_MARKS = re.compile(r"^tests?[_-]|[._-](?:tests?|spec)$|(?<=[a-z0-9])(?:Tests?|Spec|IT)$")
_MAX_FILES = 60  # of one folder or star import


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Ways to find a path. Copies on change, so that snapshots keep theirs."""

    stems: Mapping[str, tuple[str, ...]]  # last part of the module name -> paths
    folders: Mapping[str, tuple[str, ...]]  # folder -> paths in it
    tails: Mapping[str, tuple[str, ...]]  # last part of a folder -> folders

    def changed(self, added: Collection[str], removed: Collection[str]) -> "Paths":
        """With these paths more and those less. Costs as much as there are paths, so ask seldom."""
        stems = _regrouped(self.stems, added, removed, _last_part)
        folders = _regrouped(self.folders, added, removed, posixpath.dirname)
        come, gone = folders.keys() - self.folders.keys(), self.folders.keys() - folders.keys()
        tails = _regrouped(self.tails, come, gone, posixpath.basename) if come or gone else self.tails
        return Paths(stems, folders, tails)


NO_PATHS: Final = Paths({}, {}, {})


def _regrouped(
    table: Mapping[str, tuple[str, ...]],
    added: Iterable[str],
    removed: Iterable[str],
    key_of: Callable[[str], str],
) -> dict[str, tuple[str, ...]]:
    """A table of sorted groups after a change; each group is made anew once, however much changes in it."""
    changed: dict[str, tuple[set[str], set[str]]] = {}
    for number, paths in enumerate((added, removed)):
        for path in paths:
            changed.setdefault(key_of(path), (set(), set()))[number].add(path)
    groups = dict(table)
    for key, (more, less) in changed.items():
        paths = {*groups.pop(key, ()), *more} - less
        if paths:
            groups[key] = tuple(sorted(paths))
    return groups


def _last_part(path: str) -> str:
    return _module(path)[-1]


@lru_cache(maxsize=8192)  # files of common names are looked at by every query
def _module(path: str) -> tuple[str, ...]:
    """The parts of a path as a module name: no ending, no file that stands for its folder."""
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0] if name.endswith(".d.ts") else name.rpartition(".")[0]
    parts = tuple(part for part in folder.split("/") if part)
    return parts if stem in _FOLDER_FILES and parts else (*parts, stem)


def is_package(path: str) -> bool:
    """Whether a file stands for its folder, so that what it imports is offered under the folder's name."""
    return _stem(path) in _FOLDER_FILES


@lru_cache(maxsize=1024)  # the imports of a file are looked up with every key
def module_files(paths: Paths, wanted: Import, from_path: str) -> tuple[str, ...]:
    """Files that an import's module names, the likeliest first; for a package, its own file."""
    return tuple(_module_files(paths, wanted, from_path))


def _module_files(paths: Paths, wanted: Import, from_path: str) -> list[str]:
    family = languages.family_of(from_path)
    parts = wanted.module
    if parts[:1] in {(".",), ("..",)}:
        return _relative(paths, parts, from_path, family)
    if family == "c" or (parts and "." in parts[-1] and family in {"js", "php"}):
        parts = (*parts[:-1], parts[-1].rpartition(".")[0] or parts[-1])
    if family == "js" and parts and parts[0][:1] in "@~#":  # "@/x", "@app/x", "#x": aliases of folders
        parts = parts[1:] or (parts[0].lstrip("@~#"),)
    if family == "go":
        return _folder_files(paths, parts, from_path, family)
    if family == "python" and parts[:1] and parts[0] in sys.stdlib_module_names:
        return [path for path in paths.stems.get(parts[-1], ()) if _module(path) == parts]
    found = _ending(paths, parts, from_path, family)
    if not found and family == "python" and len(parts) > 1:  # the workspace is the package's own folder
        rest = parts[1:]
        found = [path for path in _ending(paths, rest, from_path, family) if _module(path) == rest]
    if not found and family in {"php", "csharp", "rust", "js", "jvm"}:
        while not found and len(parts) > 2:  # "App\Models\User" lies in src/Models/User.php
            parts = parts[1:]
            found = _ending(paths, parts, from_path, family)
    if wanted.star and not found:
        return _folder_files(paths, wanted.module, from_path, family)
    return found


def _relative(paths: Paths, parts: tuple[str, ...], from_path: str, family: str) -> list[str]:
    folder = posixpath.dirname(from_path)
    if family == "rust" and parts[:1] == ("..",):  # super of a/b.rs is a, of a/b/mod.rs it is a, too
        parts = parts[1:] if _module(from_path)[-1:] != (posixpath.basename(folder),) else parts
    target = tuple(
        part for part in posixpath.normpath(posixpath.join(folder, *parts)).split("/") if part != "."
    )
    if target[:1] == ("..",):
        return []
    if not target:
        return [path for path in paths.folders.get("", ()) if path.partition(".")[0] in _FOLDER_FILES]
    exact = "/".join(target)
    last = target[-1]
    for stem in (last, last.rpartition(".")[0]):
        found = [
            path
            for path in paths.stems.get(stem, ())
            if languages.family_of(path) == family and _module(path) == (*target[:-1], stem)
        ]
        if found:
            return sorted(found, key=lambda path: (path != exact, path.endswith((".pyi", ".d.ts")), path))
    return []


def _ending(paths: Paths, parts: tuple[str, ...], from_path: str, family: str) -> list[str]:
    """Files of the family whose module name ends in these parts, the nearest first."""
    if not parts:
        return []
    folder = parts[-2] if parts[1:] else ""  # a glance: most files of the name lie elsewhere
    found = [
        path
        for path in paths.stems.get(parts[-1], ())
        if folder in path
        and _module(path)[-len(parts) :] == parts
        and path != from_path
        and languages.family_of(path) == family
    ]
    return sorted(found, key=lambda path: (-shared_folders(path, from_path), len(path), path))[:8]


def _folder_files(paths: Paths, parts: tuple[str, ...], from_path: str, family: str) -> list[str]:
    """The files of the folder whose path ends in as many of the last parts as any does."""
    tail: list[str] = []
    best = paths.tails.get(parts[-1], ()) if parts else ()
    for part in reversed(parts):
        tail.insert(0, part)
        suffix = "/".join(tail)
        closer = tuple(folder for folder in best if folder == suffix or folder.endswith("/" + suffix))
        if not closer:
            break
        best = closer
    else:
        tail.insert(0, "")
    if len(tail) <= 1:
        return []
    folder = max(best, key=lambda folder: (shared_folders(folder, from_path), -len(folder), folder))
    return [path for path in paths.folders[folder] if languages.family_of(path) == family][:_MAX_FILES]


def shared_folders(path: str, other: str) -> int:
    """How many leading folders two paths have in common."""
    count = 0
    for one, two in zip(path.split("/"), other.split("/"), strict=False):
        if one != two:
            break
        count += 1
    return count


def submodule(wanted: Import, name: str) -> Import:
    """`from package import name`, read as the module `package.name`."""
    return Import((*wanted.module, name))


def kinship(path: str, other: str) -> float:
    """How much more than a stranger's the code of one file helps in another: a factor on scores, 1 for strangers.

    A test and its subject are kin. Files of one folder are not: 1.1 for them lost 1, 1.25 lost 2, 1.5 lost 3 of 27
    names found in other languages than Python, and gained none in it or on random lines.
    """
    return SUBJECT if subject(path) == subject(other) and is_test(path) != is_test(other) else 1.0


def is_test(path: str) -> bool:
    """Whether a file is named as tests are: test_x, x_test, x.spec, XTest."""
    return subject(path) != _stem(path)


@lru_cache(maxsize=4096)
def subject(path: str) -> str:
    """What a file is about: its name without what marks tests."""
    stem = _stem(path)
    return _TEST_MARKS.sub("", stem) or stem


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]
