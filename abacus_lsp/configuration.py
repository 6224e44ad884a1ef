"""From what a client or the user's TOML file holds to `Settings`, and what was wrong with it.

A bad option never crashes: it keeps its default and becomes a problem that says what is allowed.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from abacus_lsp.settings import Settings
from abacus_lsp.translations import spoken
from retrieval import secret_scan

_KEYLIKE = re.compile(
    r"(?i)(?:^|\.)(?:\w*key\w*|\w*token|\w*secret|\w*passw\w*|\w*auth\w*|credentials?|url|proxy)$"
)


class Problem(Struct, frozen=True):
    """One thing wrong with the settings: the key (dotted), the value as given, what is allowed."""

    key: str
    value: Any
    allowed: str

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: str) -> str:
        """In the language "en" or "zh"."""
        shown = _told(self.key, self.value)
        name = f"abacus.{self.key}" if self.key else spoken("settings", language)
        value = "" if self.value is None else f" = {shown if len(shown) <= 80 else shown[:77] + '…'}"
        colon = "：" if language == "zh" else ": "
        return f"{name}{value}{colon}{spoken(self.allowed, language)}"


def _told(key: str, value: Any) -> str:
    """A value as a message may show it: messages are logged, and people put keys where their names belong."""
    shown = repr(value)
    held = isinstance(value, (str, Mapping, list))
    if (held and _KEYLIKE.search(key)) or secret_scan.holds_secret(f"{key} = {shown}"):
        return "(not shown)"
    return secret_scan.masked(shown, secret_scan.find(shown))


def from_json(obj: Any, base: Settings | None = None) -> tuple[Settings, list[Problem]]:
    """Settings from what a client or a TOML file holds, over `base` (default: the defaults).

    Never raises: a bad or unknown key is reported and the value of `base` stays. Keys may be nested or dotted
    ("completion.maxTokens"), camelCase or snake_case.
    """
    problems: list[Problem] = []
    start = base or Settings()
    if obj is None:
        return start, problems
    if not isinstance(obj, Mapping):
        return start, [Problem("", obj, "expected an object of settings")]
    return cast(Settings, _merge(start, _nested(cast(Mapping[Any, Any], obj)), "", problems)), problems


def user_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the user's own settings are: `ABACUS_CONFIG`, else `config.toml` in the platform's folder."""
    named = environment.get("ABACUS_CONFIG")
    if named:
        return Path(named)
    import platformdirs  # noqa: PLC0415  (14 ms that a client with its own settings does not need to wait)

    return platformdirs.user_config_path("abacus-lsp") / "config.toml"


def from_user_file(environment: Mapping[str, str] = os.environ) -> tuple[Settings, list[Problem]]:
    """Settings of the user's file; a missing file is the defaults, a broken one the defaults and a problem."""
    path = user_file(environment)
    try:
        held = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        named = environment.get("ABACUS_CONFIG")
        return Settings(), [Problem("", named, "there is no such settings file")] if named else []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Settings(), [
            Problem("", str(path), f"cannot be read, so every setting keeps its default: {error}")
        ]
    return from_json(held)


def _nested(obj: Mapping[Any, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in obj.items():
        head, _, rest = str(key).partition(".")
        if not rest:
            held = out.get(head)
            out[head] = {**held, **value} if isinstance(held, dict) and isinstance(value, dict) else value
        elif isinstance(held := out.setdefault(head, {}), dict):
            held[rest] = value
    return out


def _merge(base: Struct, obj: Mapping[str, Any], at: str, problems: list[Problem]) -> Struct:
    names = {
        name: field for field, name in zip(base.__struct_fields__, base.__struct_encode_fields__, strict=True)
    }
    hints = get_type_hints(type(base), include_extras=True)
    changes: dict[str, Any] = {}
    for key, value in obj.items():
        field = names.get(key) or (key if key in base.__struct_fields__ else None)
        if field is None:
            problems.append(Problem(at + key, value, _unknown(key, list(names))))
            continue
        held = getattr(base, field)
        if isinstance(held, Struct):
            if isinstance(value, Mapping):
                changes[field] = _merge(
                    held, _nested(cast(Mapping[Any, Any], value)), f"{at}{key}.", problems
                )
            elif value is not None:
                problems.append(Problem(at + key, value, "expected an object of settings"))
            continue
        try:
            changes[field] = msgspec.convert(value, hints[field])
        except msgspec.ValidationError as error:
            problems.append(Problem(at + key, value, f"{_expected(hints[field]) or error}; keeping {held!r}"))
    return msgspec.structs.replace(base, **changes)


def _expected(hint: Any) -> str:
    """What a field takes, where it takes few things: msgspec does not name them."""
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return f"expected one of {', '.join(map(str, get_args(kind)))}" if get_origin(kind) is Literal else ""


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; known here: {', '.join(known)}"
