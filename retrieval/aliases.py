"""What a project's tsconfig.json or jsconfig.json says about the modules that are imported in its folders.

Knows: `extends`, `references`, `baseUrl` and `paths` of such files, which are JSON with comments. Must not know:
disks; the files are in the index like any other. A file that cannot be read says nothing: then the rule that needs no
configuration decides (`resolve`).
"""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from retrieval import languages, resolve
from retrieval.builder import Library
from retrieval.entries import Entry
from retrieval.imports import Import

_NAMES: Final = ("tsconfig.json", "jsconfig.json")
_FROM_TOP: Final = "file.ts"  # imports relative to it start at the top of the workspace
_DEPTH: Final = 8  # configurations that stand on configurations
# A string stays; comments and commas before a closing bracket go.
_LOOSE: Final = re.compile(r"(\"(?:[^\"\\]|\\.)*\")|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_LAST_COMMA: Final = re.compile(r"(\"(?:[^\"\\]|\\.)*\")|,(?=\s*[}\]])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Config:
    """One file as it stands. `base` and `paths` are None where it says nothing; folders are relative to its own."""

    base: str | None = None
    paths: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    extends: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)  # the same object while its files are the same: a key of caches
class Aliases:
    """With all that is extended: `base` is a folder of the workspace, `paths` map patterns to paths in it."""

    base: str | None = None
    paths: tuple[tuple[str, tuple[str, ...]], ...] | None = None


_SILENT: Final = Aliases()


class Modules:
    """Imports to files, in one state of the workspace. Lives for one search and remembers its folders."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._folders: dict[str, tuple[Aliases, ...]] = {}

    def files(self, wanted: Import, from_path: str) -> tuple[str, ...]:
        """Files that an import's module names: as the project is configured, else by the likeness of paths."""
        if wanted.module[:1] not in {(".",), ("..",)} and languages.family_of(from_path) == "js":
            found = self._aliased("/".join(wanted.module), from_path)
            if found:
                return found
        return resolve.module_files(self._library.paths, wanted, from_path)

    def _aliased(self, module: str, from_path: str) -> tuple[str, ...]:
        folder = posixpath.dirname(from_path)
        if folder not in self._folders:
            self._folders[folder] = tuple(_in_force(self._library, folder))
        for aliases in self._folders[folder]:
            for target in targets(aliases, module):
                found = resolve.module_files(self._library.paths, target, _FROM_TOP)
                if found:
                    return found
        return ()


@lru_cache(maxsize=2048)
def targets(aliases: Aliases, module: str) -> tuple[Import, ...]:
    """What a module may mean, from the top of the workspace: by the pattern that says most, else below the base."""
    matching = [
        (pattern, middle, places)
        for pattern, places in aliases.paths or ()
        if (middle := _middle(pattern, module)) is not None
    ]
    found: list[str] = []
    if matching:  # an exact one, then the longest before its star
        _, middle, places = max(matching, key=lambda row: ("*" not in row[0], row[0].find("*")))
        found += [place.replace("*", middle, 1) for place in places]
    if aliases.base is not None:
        found.append(posixpath.join(aliases.base, module))
    paths = [posixpath.normpath(path) for path in found]
    return tuple(
        Import((".", *(part for part in path.split("/") if part not in {"", "."}))) for path in paths
    )


def _middle(pattern: str, module: str) -> str | None:
    """What the star stands for; "" for an equal pattern without one; None: it does not match."""
    before, star, after = pattern.partition("*")
    if not star:
        return "" if pattern == module else None
    fits = module.startswith(before) and module.endswith(after) and len(module) >= len(before) + len(after)
    return module[len(before) : len(module) - len(after)] if fits else None


def _in_force(library: Library, folder: str) -> Iterator[Aliases]:
    """The configurations of the nearest folder upwards that has one, then those it refers to."""
    while True:
        path = next((path for name in _NAMES if (path := posixpath.join(folder, name)) in library.files), "")
        if path:
            yield _whole(library, path, 0)
            for reference in _config(library.files[path]).references:
                yield _whole(library, _config_path(library, folder, reference), 0)
            return
        if not folder:
            return
        folder = posixpath.dirname(folder)


def _whole(library: Library, path: str, depth: int) -> Aliases:
    """A configuration over those it extends; of several, the last one wins. Cycles end."""
    entry = library.files.get(path)
    if entry is None or depth > _DEPTH:
        return _SILENT
    folder = posixpath.dirname(path)
    below = [
        _whole(library, _config_path(library, folder, other), depth + 1) for other in _config(entry).extends
    ]
    return _over(entry, tuple(below))


@lru_cache(maxsize=256)
def _over(entry: Entry, below: tuple[Aliases, ...]) -> Aliases:
    config, folder = _config(entry), posixpath.dirname(entry.path)
    base = next((one.base for one in reversed(below) if one.base is not None), None)
    paths = next((one.paths for one in reversed(below) if one.paths is not None), None)
    if config.base is not None:
        base = posixpath.normpath(posixpath.join(folder, config.base))
    if config.paths is None:
        return Aliases(base, paths)
    start = folder if base is None else base
    return Aliases(
        base,
        tuple(
            (pattern, tuple(posixpath.join(start, place) for place in places))
            for pattern, places in config.paths
        ),
    )


def _config_path(library: Library, folder: str, name: str) -> str:
    """Where an extended or referred to configuration lies; "" when it is not in the workspace."""
    path = posixpath.normpath(posixpath.join(folder, name))
    choices = (path, f"{path}.json", posixpath.join(path, "tsconfig.json"))
    return next((choice for choice in choices if choice in library.files), "")


@lru_cache(maxsize=64)  # looked at with every key
def _config(entry: Entry) -> Config:
    return read_config(entry.text())


def read_config(text: str) -> Config:
    """Read one file; whatever in it is not as it should be is left out."""
    try:
        loaded: object = json.loads(_LAST_COMMA.sub(_kept, _LOOSE.sub(_kept, text.removeprefix("\ufeff"))))
    except (ValueError, RecursionError):
        return Config()
    top = _mapping(loaded)
    options = _mapping(top.get("compilerOptions"))
    base, paths = options.get("baseUrl"), options.get("paths")
    references = top.get("references")
    return Config(
        base if isinstance(base, str) else None,
        tuple((pattern, _texts(places)) for pattern, places in _mapping(paths).items())
        if isinstance(paths, dict)
        else None,
        _texts(top.get("extends")),
        tuple(
            place
            for one in cast("list[object]", references if isinstance(references, list) else [])
            for place in _texts(_mapping(one).get("path"))
        ),
    )


def _kept(match: re.Match[str]) -> str:
    return match[1] or ""


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    """A string or a list of strings, as strings."""
    rows = cast("list[object]", value) if isinstance(value, list) else [value]
    return tuple(row for row in rows if isinstance(row, str))
