"""What models are on this machine already: ours, and those that other programs fetched.

Reads folders and GGUF heads, loads nothing, changes nothing. Where the folders are is a value (`Places`), so
that a test can lay them out. Which of the finds to use is `recommend`'s business.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from abacus_lsp.models import catalogue, store
from abacus_lsp.models.errors import ModelError, ModelFileError
from abacus_lsp.models.gguf import read_header
from abacus_lsp.models.local_servers import FoundServer, find_servers
from abacus_lsp.models.memory import Shape, shape_of_folder, shape_of_gguf
from abacus_lsp.models.rows import Kind, ModelRow
from abacus_lsp.models.verify import check_model

Origin = Literal["abacus-lsp", "huggingface", "lmstudio", "llama.cpp", "ollama"]
MAX_FILES = 2_000
"""GGUF files looked at in one place: a folder that is a whole disk must not hold up the start."""

LOOK_SECONDS = 10.0
"""Ours come first, so a great heap of other programs' models costs completeness, not the start."""

FIM_MARKERS = frozenset({
    "<|fim_prefix|>", "<fim_prefix>", "<fim-prefix>", "<｜fim▁begin｜>", "▁<PRE>", "[PREFIX]", "<[fim-prefix]>",
    "▁<AIX-SPAN-PRE>", "<|code_prefix|>",
})  # fmt: skip
"""Pieces of vocabulary that a model trained to fill in the middle has. A hint for ranking only: the prompt
format is derived, and checked, by `prompts.detect`."""

OTHER_PURPOSES = frozenset(
    {"clip", "bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "t5encoder", "mmproj"}
)
"""Architectures that embed or see, and cannot write."""

_LATER_SHARD = re.compile(r"-0*(?:[2-9]|1\d+|[2-9]\d+)-of-\d+\.gguf$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Places:
    """Folders to look in; those that do not exist are passed over."""

    models: Path
    huggingface: tuple[Path, ...] = ()
    lmstudio: tuple[Path, ...] = ()
    llama_cpp: tuple[Path, ...] = ()
    ollama: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model on disk. `fim`: its vocabulary has fill-in-the-middle markers; `shape` for the memory arithmetic."""

    name: str
    path: Path
    kind: Kind
    origin: Origin
    size: int
    shape: Shape
    fim: bool
    row: ModelRow | None = None

    @property
    def local(self) -> store.LocalModel:
        """As an engine opens it."""
        return store.LocalModel(self.name, self.path, self.kind, self.row)


@dataclass(frozen=True, slots=True)
class Found:
    """Everything found: models on disk, servers on loopback, and files that were passed over, with the reason."""

    models: tuple[FoundModel, ...]
    servers: tuple[FoundServer, ...] = ()
    skipped: tuple[str, ...] = ()


def discover(where: Places | None = None, *, ask_servers: bool = True) -> Found:
    """Look everywhere. Takes tens of milliseconds per GGUF (its vocabulary is read), a second for the servers."""
    where, deadline = where or places(), time.monotonic() + LOOK_SECONDS
    models: dict[Path, FoundModel] = {}
    skipped: list[str] = []
    for name, path, kind, origin in _candidates(where):
        real = path.resolve()
        if real in models:
            continue
        if time.monotonic() > deadline:
            skipped.append(f"{name} and what follows were not looked at: it took too long.")
            break
        try:
            found = _examine(name, path, kind, origin)
        except ModelError as error:
            skipped.append(str(error))
            continue
        if found is not None:
            models[real] = found
    servers = find_servers() if ask_servers else ()
    return Found(tuple(models.values()), servers, tuple(skipped))


def places(environ: Mapping[str, str] | None = None, home: Path | None = None) -> Places:
    """Where the programs that fetch models keep them, on this system."""
    environ, home = os.environ if environ is None else environ, home or Path.home()
    cache = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")

    def named(variable: str, *usual: Path) -> tuple[Path, ...]:
        value = environ.get(variable)
        return (Path(value).expanduser(),) if value else usual

    hub = (
        Path(environ["HF_HOME"]).expanduser() / "hub"
        if environ.get("HF_HOME")
        else cache / "huggingface" / "hub"
    )
    llama = cache / "llama.cpp"
    if sys.platform == "darwin":
        llama = home / "Library" / "Caches" / "llama.cpp"
    elif sys.platform == "win32":
        llama = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "llama.cpp"
    return Places(
        models=store.models_dir(),
        huggingface=named("HF_HUB_CACHE", hub),
        lmstudio=(home / ".lmstudio" / "models", cache / "lm-studio" / "models"),
        llama_cpp=named("LLAMA_CACHE", llama),
        ollama=named("OLLAMA_MODELS", home / ".ollama" / "models", Path("/usr/share/ollama/.ollama/models")),
    )


_Candidate = tuple[str, Path, Kind, Origin]


def _candidates(where: Places) -> Iterator[_Candidate]:
    for model in store.installed(where.models):
        yield model.name, model.path, model.kind, "abacus-lsp"
    for folder in where.huggingface:
        yield from _in_hub_cache(folder)
    for folder in where.lmstudio:
        yield from _files_in(folder, "lmstudio")
    for folder in where.llama_cpp:
        yield from _files_in(folder, "llama.cpp")
    for folder in where.ollama:
        yield from _in_ollama(folder)


def _in_hub_cache(folder: Path) -> Iterator[_Candidate]:
    """The current snapshot of every repository: `models--ORG--NAME/refs/main` names it."""
    for repository in _listed(folder, "models--*"):
        try:
            commit = (repository / "refs" / "main").read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            continue
        snapshot = repository / "snapshots" / commit
        if not re.fullmatch(r"[0-9a-f]{7,64}", commit) or not snapshot.is_dir():
            continue
        name = repository.name.rpartition("--")[2]
        yield from _files_in(snapshot, "huggingface")
        if (snapshot / "config.json").is_file() and any(snapshot.glob("*.safetensors")):
            yield name, snapshot, "hf", "huggingface"


def _in_ollama(folder: Path) -> Iterator[_Candidate]:
    """`manifests/HOST/NAMESPACE/NAME/TAG` is JSON whose model layer names a file in `blobs/`."""
    manifests = folder / "manifests"
    for path in _listed(manifests, "*/*/*/*"):
        digest = _model_layer(path)
        blob = folder / "blobs" / digest.replace(":", "-")
        if digest and blob.is_file():
            yield f"{path.parent.name}:{path.name}", blob, "gguf", "ollama"


def _model_layer(manifest: Path) -> str:
    try:
        data = cast("dict[str, Any]", json.loads(manifest.read_bytes()[: 1 << 20]))
        layers = cast("list[dict[str, Any]]", data["layers"])
        digests = [
            str(la["digest"]) for la in layers if la["mediaType"] == "application/vnd.ollama.image.model"
        ]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return digests[0] if digests and re.fullmatch(r"sha256:[0-9a-f]{64}", digests[0]) else ""


def _examine(name: str, path: Path, kind: Kind, origin: Origin) -> FoundModel | None:
    """The find, or None for what is not a language model. Raises ModelError for a damaged one."""
    row = catalogue.find(name) or _row_by_file(name, kind)
    if kind == "hf":
        check_model(store.LocalModel(name, path, kind, row))
        shape = shape_of_folder(path)
        return FoundModel(name, path, kind, origin, shape.weight_bytes, shape, _fim_in_folder(path), row)
    info = read_header(path, name if origin == "abacus-lsp" else "")
    if info.architecture in OTHER_PURPOSES or not info.tokens:
        return None
    fim = not FIM_MARKERS.isdisjoint(info.tokens)
    return FoundModel(name, path, kind, origin, info.size, shape_of_gguf(info), fim, row)


def _row_by_file(name: str, kind: Kind) -> ModelRow | None:
    """The catalogue row whose weights a file of another program is made of, by the first words of its name."""
    plain = re.sub(r"[_:]", "-", name.lower()) + "-"
    rows = [
        row
        for row in catalogue.CATALOGUE
        if row.kind == kind and plain.startswith(f"{row.base or row.name}-")
    ]
    return max(rows, key=lambda row: len(row.base or row.name), default=None)


def _fim_in_folder(folder: Path) -> bool:
    for name in ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.json"):
        path = folder / name
        if path.is_file() and path.stat().st_size < 64 << 20:
            text = path.read_text(encoding="utf-8", errors="replace")
            if any(marker in text for marker in FIM_MARKERS):
                return True
    return False


def _files_in(folder: Path, origin: Origin) -> Iterator[_Candidate]:
    """The GGUF files below a folder: of a split model the first, of a seeing model not the eye."""
    for path in _listed(folder, "**/*.gguf"):
        if path.is_file() and not _LATER_SHARD.search(path.name) and "mmproj" not in path.name.lower():
            yield path.stem, path, "gguf", origin


def _listed(folder: Path, pattern: str) -> list[Path]:
    found: list[Path] = []
    if not folder.is_dir():
        return found
    try:
        for path in folder.glob(pattern):
            found.append(path)
            if len(found) >= MAX_FILES:
                break
    except OSError as error:
        raise ModelFileError(f"{folder} cannot be read ({error}).") from error
    return sorted(found)
