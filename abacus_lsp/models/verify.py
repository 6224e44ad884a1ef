"""Is a model on disk whole? Looked at after a download and before an engine opens it.

Lengths and headers only, no checksums: it must take milliseconds for a file of gigabytes.
"""

import json
import struct
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from abacus_lsp.models.errors import ModelFileError
from abacus_lsp.models.gguf import read_header
from abacus_lsp.models.store import LocalModel

MAX_HEADER = 100 << 20
MAX_TOKENIZER = 128 << 20  # bytes; the largest in use have 262,144 entries and 33 MB
MAX_CONFIG = 4 << 20
_LIMITS = MappingProxyType(
    {
        "tokenizer.json": MAX_TOKENIZER,
        "tokenizer.model": MAX_TOKENIZER,
        "vocab.json": MAX_TOKENIZER,
        "merges.txt": MAX_TOKENIZER,
    }
)


def check_model(model: LocalModel) -> None:
    """Raise ModelFileError, with what to do, when a file of the model is truncated, damaged or missing."""
    name = model.row.name if model.row is not None else ""
    if model.kind == "gguf":
        read_header(model.path, name)
        return
    again = f"run `abacus-lsp models pull {name}` again" if name else "fetch the model again"
    weights = sorted(model.path.glob("*.safetensors"))
    if not (model.path / "config.json").is_file() or not weights:
        raise ModelFileError(f"{model.path} has no config.json or no *.safetensors; {again}.")
    for path in weights:
        check_safetensors(path, again)
    for path in (
        *model.path.glob("*.json"),
        *model.path.glob("*.model"),
        *model.path.glob("*.txt"),
        *model.path.glob("*.jinja"),
    ):
        _check_size(path, again)
    _check_shards(model.path, again)


def _check_size(path: Path, again: str) -> None:
    """Parsers take many times a file's size in memory: none larger than any in use is handed to them."""
    most = _LIMITS.get(path.name, MAX_TOKENIZER if path.name.endswith(".index.json") else MAX_CONFIG)
    size = path.stat().st_size
    if size > most:
        raise ModelFileError(
            f"{path.name} has {size} bytes, more than the {most} that such a file may have; {again}."
        )


def check_safetensors(path: Path, again: str = "fetch the file again") -> None:
    """Raise ModelFileError when a safetensors file is shorter than its own header says."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(MAX_HEADER, size):
                raise ModelFileError(f"{path.name} is truncated or no safetensors file; {again}.")
            header = cast("dict[str, Any]", json.loads(file.read(length)))
        ends = [int(entry["data_offsets"][1]) for name, entry in header.items() if name != "__metadata__"]
    except (
        OSError,
        struct.error,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise ModelFileError(f"{path.name} is not a readable safetensors file ({error}); {again}.") from error
    expected = 8 + length + max(ends, default=0)
    if size < expected:
        raise ModelFileError(f"{path.name} is truncated: expected {expected} bytes, has {size}; {again}.")


def _check_shards(folder: Path, again: str) -> None:
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return
    try:
        shards = set(
            cast("dict[str, dict[str, str]]", json.loads(index.read_text("utf-8")))["weight_map"].values()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"{index.name} cannot be read ({error}); {again}.") from error
    missing = sorted(name for name in shards if not (folder / name).is_file())
    if missing:
        raise ModelFileError(f"The model lacks {', '.join(missing[:3])}; {again}.")
