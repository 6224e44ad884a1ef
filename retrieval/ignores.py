"""Ignore files, ours and git's: which paths they take out.

Knows: gitignore's patterns, where such files lie. Must not know: what is indexed otherwise. Nothing is raised: a file
that cannot be read says nothing, a pattern that cannot be read is passed over, as git does.
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

import pathspec

OWN_IGNORE: Final = ".abacusignore"

Rules = dict[str, "pathspec.GitIgnoreSpec"]  # folder ("" is the root) -> its ignore rules


def own_rules(root: Path, paths: Iterable[str]) -> Rules:
    """The rules of all `.abacusignore` among these paths, and of the root's even if git ignores it."""
    places = {path.removesuffix(OWN_IGNORE).rstrip("/") for path in paths if path.endswith(OWN_IGNORE)}
    rules: Rules = {}
    for place in {"", *places}:
        spec = spec_of(root / place / OWN_IGNORE)
        if spec:
            rules[place] = spec
    return rules


def spec_of(*files: Path) -> "pathspec.GitIgnoreSpec | None":
    """The rules of some ignore files together; None where there are none."""
    lines: list[str] = []
    for file in files:
        try:
            lines += file.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
    try:
        return pathspec.GitIgnoreSpec.from_lines(lines) if lines else None
    except ValueError:  # git, too, passes over a pattern that it cannot read
        return pathspec.GitIgnoreSpec.from_lines(line for line in lines if _readable(line))


def _readable(pattern: str) -> bool:
    try:
        pathspec.GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        return False
    return True


def ignored(path: str, rules: Rules) -> bool:
    """The innermost folder whose rules say anything about the path decides."""
    if not rules:
        return False
    for folder in (str(parent) for parent in PurePosixPath(path).parents):
        place = "" if folder == "." else folder
        spec = rules.get(place)
        if spec:
            verdict = spec.check_file(path[len(place) + 1 :] if place else path).include
            if verdict is not None:
                return verdict
    return False
