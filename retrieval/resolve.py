"""Imported modules to workspace files.

Knows: paths of files, import statements. Must not know: texts, scores. There is no project configuration
to trust (source roots, tsconfig paths, module prefixes): a module is the file whose path ends like it, the
nearest to the importing file where several do. That one rule covers src layouts, monorepos and aliases.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping
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

    def changed(self, added: Iterable[str], removed: Iterable[str]) -> "Paths":
        """With these paths more and those less."""
        stems, folders = dict(self.stems), dict(self.folders)
        for path in removed:
            _drop(stems, _module(path)[-1:], path)
            _drop(folders, (posixpath.dirname(path),), path)
        grown: dict[int, dict[str, list[str]]] = {0: {}, 1: {}}
        for path in added:
            for part in _module(path)[-1:]:
                grown[0].setdefault(part, []).append(path)
            grown[1].setdefault(posixpath.dirname(path), []).append(path)
        for table, more in ((stems, grown[0]), (folders, grown[1])):
            for key, paths in more.items():
                table[key] = tuple(sorted({*table.get(key, ()), *paths}))
        return Paths(stems, folders)


NO_PATHS: Final = Paths({}, {})


def _drop(table: dict[str, tuple[str, ...]], keys: Iterable[str], path: str) -> None:
    for key in keys:
        rest = tuple(other for other in table.get(key, ()) if other != path)
        if rest:
            table[key] = rest
        else:
            table.pop(key, None)


def _module(path: str) -> tuple[str, ...]:
    """The parts of a path as a module name: no ending, no file that stands for its folder."""
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0] if name.endswith(".d.ts") else name.rpartition(".")[0]
    parts = tuple(part for part in folder.split("/") if part)
    return parts if stem in _FOLDER_FILES and parts else (*parts, stem)


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
    found = [
        path
        for path in paths.stems.get(parts[-1], ())
        if path != from_path and languages.family_of(path) == family and _module(path)[-len(parts) :] == parts
    ]
    return sorted(found, key=lambda path: (-shared_folders(path, from_path), len(path), path))[:8]


def _folder_files(paths: Paths, parts: tuple[str, ...], from_path: str, family: str) -> list[str]:
    """The files of the folder whose path ends in as many of the last parts as any does."""
    tail: list[str] = []
    best: list[str] = list(paths.folders)
    for part in reversed(parts):
        tail.insert(0, part)
        suffix = "/".join(tail)
        closer = [folder for folder in best if folder == suffix or folder.endswith("/" + suffix)]
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
