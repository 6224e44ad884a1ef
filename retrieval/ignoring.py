"""What git and `.abacusignore` leave out.

Knows git and ignore files. Must not know sizes, languages, chunks.
"""

import os
import subprocess
from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath
from stat import S_ISREG

import pathspec

OWN_IGNORE = ".abacusignore"
_MOST_RULES = 1 << 20  # bytes of an ignore file that are read
_GIT_SECONDS = 60
# A repository's own configuration may name programs that git runs while it lists files; it is anybody's, so they are not run.
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "--no-optional-locks")
_ASK_SECONDS = 2  # somebody waits for a completion; without an answer the ignore files are read here


def ignored(root: Path, paths: Collection[str]) -> set[str]:
    """Those of the paths (relative to `root`, with `/`) that git ignores or an ignore file of ours leaves out.

    A tracked file is not ignored. Where git does not answer, the `.gitignore` files on the way are read here.
    """
    if not paths:
        return set()
    by_git = _asked(root, paths)
    names = (OWN_IGNORE,) if by_git is not None else (".gitignore", OWN_IGNORE)
    rules: Rules = {}
    for folder in {"", *(str(parent) for path in paths for parent in PurePosixPath(path).parents)} - {"."}:
        spec = spec_of(*(root / folder / name for name in names))
        if spec:
            rules[folder] = spec
    return (by_git or set()) | {path for path in paths if ruled_out(path, rules)}


def _asked(root: Path, paths: Collection[str]) -> set[str] | None:
    """What git says; None without git or a repository."""
    said = "\0".join(paths)
    command = [*_GIT, "-C", str(root), "check-ignore", "-z", "--stdin"]
    try:
        done = subprocess.run(
            command,
            input=os.fsencode(said),
            capture_output=True,
            timeout=_ASK_SECONDS,
            env=_env(),
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    if done.returncode not in (0, 1):  # 0: some are, 1: none is
        return None
    return {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}


def _env() -> dict[str, str]:
    # Started from a git hook we would inherit that repository's variables.
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def git_files(root: Path) -> list[str]:
    """Tracked and untracked files that git does not ignore; empty without git or a repository."""
    command = [*_GIT, "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z", "--deduplicate"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_GIT_SECONDS, env=_env(), check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


Rules = dict[str, "pathspec.GitIgnoreSpec"]  # folder ("" is the root) -> its ignore rules


def own_ignores(root: Path, paths: Iterable[str]) -> Rules:
    places = {path.removesuffix(OWN_IGNORE).rstrip("/") for path in paths if path.endswith(OWN_IGNORE)}
    rules: Rules = {}
    for place in {"", *places}:
        spec = spec_of(root / place / OWN_IGNORE)
        if spec:
            rules[place] = spec
    return rules


def spec_of(*files: Path) -> "pathspec.GitIgnoreSpec | None":
    lines: list[str] = []
    for file in files:
        lines += _lines(file)
    try:
        return pathspec.GitIgnoreSpec.from_lines(lines) if lines else None
    except ValueError:  # git, too, passes over a pattern that it cannot read
        return pathspec.GitIgnoreSpec.from_lines(line for line in lines if _readable(line))


def _lines(file: Path) -> list[str]:
    """Of an ordinary file of an ordinary size: reading a pipe or a device might never end."""
    try:
        if not S_ISREG(file.stat().st_mode):
            return []
        with file.open("rb") as held:
            return held.read(_MOST_RULES).decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def _readable(pattern: str) -> bool:
    try:
        pathspec.GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        return False
    return True


def ruled_out(path: str, rules: Rules) -> bool:
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
