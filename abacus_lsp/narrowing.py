"""What a repository may say about itself: its `.abacus.toml`, and what a client found in a folder's own settings.

A repository can be anybody's. It may narrow (exclude, switch off, ask for less) and choose how docstrings look; it never names
an endpoint, a key, a model, a command or a path. What it may not is left out and told. Knows keys and directions; the rest of
reading settings is `configuration`'s.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, Final, cast

from msgspec import Struct
from msgspec.structs import replace

from abacus_lsp.configuration import Problem, from_json
from abacus_lsp.settings import Settings

FILE: Final = ".abacus.toml"
SCOPED: Final = "fromWorkspace"
"""The key under which a client sends what it found in a folder's own settings (VS Code: `inspect().workspaceValue`)."""

_MOST: Final = 64 << 10  # bytes; a settings file is some hundred

May = Callable[[Any, Any], bool]
"""(the user's value, the repository's) -> whether it may be taken."""


def _off(_mine: Any, theirs: Any) -> bool:
    return theirs is False or theirs == "off"


def _less(mine: Any, theirs: Any) -> bool:
    return bool(theirs) and (theirs <= mine if mine else True)  # 0: by the model, so any limit is less


def _smaller(mine: Any, theirs: Any) -> bool:
    return theirs <= mine


def _longer(mine: Any, theirs: Any) -> bool:
    return theirs >= mine


def _any(_mine: Any, _theirs: Any) -> bool:
    return True


# (group, field) -> in which direction. What is not here a repository cannot set.
MAY: Final[Mapping[tuple[str, str], May]] = {
    ("completion", "enabled"): _off,
    ("completion", "popup"): _off,
    ("completion", "prefetch"): _off,
    ("completion", "statistics"): _off,
    ("completion", "background_on_battery"): _off,
    ("completion", "max_tokens"): _smaller,
    ("completion", "max_lines"): _smaller,
    ("completion", "background_seconds"): _smaller,
    ("completion", "debounce_ms"): _longer,
    ("completion", "disabled_languages"): _any,  # added to the user's own
    ("context", "workspace"): _off,
    ("context", "workspace_tokens"): _less,
    ("context", "prefix_tokens"): _less,
    ("context", "suffix_tokens"): _less,
    ("context", "max_file_kb"): _smaller,
    ("context", "never_send"): _any,  # added to the user's own
    ("docstrings", "language"): _any,
    ("docstrings", "style"): _any,
}


def settings_of(
    base: Settings, layers: Sequence[Any], roots: Sequence[PurePath]
) -> tuple[Settings, list[Problem]]:
    """All settings of a client: its own layers over the user's file; then what the open folders may narrow.

    Args:
        base: of the user's file.
        layers: what the client holds, the later over the earlier; a folder's part of it under `SCOPED`.
        roots: the open folders.
    """
    problems: list[Problem] = []
    folders: list[Any] = []
    settings = base
    for layer in layers:
        own = layer
        if isinstance(layer, Mapping):
            held = cast("Mapping[str, Any]", layer)
            own = {key: value for key, value in held.items() if key != SCOPED}
            folders.append(held.get(SCOPED))
        settings, more = from_json(own, settings)
        problems += more
    for theirs in folders:
        settings, more = narrowed(settings, theirs, "the folder's settings")
        problems += more
    for root in roots:
        settings, more = from_folder(Path(root), settings)
        problems += more
    return settings, problems


def from_folder(root: Path, mine: Settings) -> tuple[Settings, list[Problem]]:
    """The user's settings, narrowed by the folder's `.abacus.toml` if it has one. Links are not followed."""
    path = root / FILE
    try:
        if path.is_symlink() or not path.is_file():
            return mine, []
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
        if len(data) > _MOST:
            return mine, [Problem("", str(path), f"longer than {_MOST} bytes, so nothing of it counts")]
        held = tomllib.loads(data.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        return mine, [Problem("", str(path), f"cannot be read, so nothing of it counts: {error}")]
    return narrowed(mine, held, str(path))


def narrowed(mine: Settings, theirs: Any, source: str) -> tuple[Settings, list[Problem]]:
    """`mine` with what `theirs` may change; `source` is who says so. Never raises."""
    wanted, problems = from_json(theirs, mine)
    told = [Problem(p.key, p.value, f"{p.allowed} (in {source})") for p in problems]
    taken: dict[str, Any] = {}
    for group in mine.__struct_fields__:
        own, value = getattr(mine, group), getattr(wanted, group)
        if not isinstance(own, Struct):
            if value != own:
                told.append(_refused(_shown(mine, group), source))
        else:
            taken[group] = _group(group, own, value, source, told)
    return replace(mine, **taken), told


def _group(group: str, own: Struct, wanted: Struct, source: str, told: list[Problem]) -> Struct:
    kept: dict[str, Any] = {}
    for field in own.__struct_fields__:
        mine, theirs = getattr(own, field), getattr(wanted, field)
        if theirs == mine:
            continue
        may = MAY.get((group, field))
        if may is None or not may(mine, theirs):
            told.append(_refused(f"{group}.{_shown(own, field)}", source))
        else:
            kept[field] = _both(mine, theirs) if isinstance(mine, tuple) else theirs
    return replace(own, **kept)


def _both(mine: Any, theirs: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*mine, *theirs)))


def _shown(of: Struct, field: str) -> str:
    return dict(zip(of.__struct_fields__, of.__struct_encode_fields__, strict=True))[field]


def _refused(key: str, source: str) -> Problem:
    return Problem(
        key,
        None,
        f"ignored: it stands in {source}, and a repository may narrow settings, not widen them. If you want it, put it "
        "into your own settings",
    )
