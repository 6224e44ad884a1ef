"""The settings as a table and as a JSON schema: for documents and for the clients that are generated from them.

Knows how `settings` annotates a field. Must not know where values come from.
"""

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

from abacus_lsp.settings import Settings


def schema() -> dict[str, Any]:
    """JSON schema (2020-12) of the settings, `$defs` for the sections."""
    return msgspec.json.schema(Settings)


class Row(Struct, frozen=True):
    """One setting, for a table: dotted key as clients write it, default, description in both languages."""

    key: str
    default: Any
    english: str
    chinese: str


def rows() -> list[Row]:
    """Every setting in the order of the schema."""
    return list(_rows(Settings(), ""))


def _rows(section: Struct, at: str) -> Iterator[Row]:
    hints = get_type_hints(type(section), include_extras=True)
    for field, name in zip(section.__struct_fields__, section.__struct_encode_fields__, strict=True):
        value = getattr(section, field)
        if isinstance(value, Struct):
            yield from _rows(value, f"{at}{name}.")
            continue
        meta: Meta = get_args(hints[field])[1]
        extra = meta.extra_json_schema or {}
        yield Row(at + name, value, meta.description or "", str(extra.get("x-description-zh", "")))
