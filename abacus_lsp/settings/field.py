"""What every setting carries: its description in both languages and its limits."""

from typing import Any

from msgspec import Meta


def described(english: str, chinese: str, **limits: Any) -> Meta:
    """The annotation of a field; `limits` are msgspec's (`ge`, `le`, `pattern` …)."""
    return Meta(description=english, extra_json_schema={"x-description-zh": chinese}, **limits)
