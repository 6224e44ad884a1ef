"""Where models live on this machine: one folder per model, each with a small manifest.

Knows the layout and turns a name or a path into a file for an engine. It does not know the network, nor what
is inside a GGUF (see `gguf`). A folder without a readable manifest is not a model: it is shown by nobody and
replaced by the next pull.

    models/gemma3-270m/manifest.json
    models/gemma3-270m/gemma-3-270m-Q4_K_M.gguf
    models/.partial/gemma3-270m/…            downloads under way; never looked at by `resolve`
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from abacus_lsp.models import catalogue
from abacus_lsp.models.errors import ModelError, ModelFileError, NotInstalledError, UnknownModelError
from abacus_lsp.models.rows import Kind, ModelRow

MANIFEST = "manifest.json"
PARTIAL = ".partial"
PULL = "abacus-lsp models pull"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a model: its path inside the model's folder, its size in bytes and its sha256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was installed, from where and when (ISO 8601, UTC). `entry` is the file or folder an engine opens.

    `entry` may be absolute: an import can leave a big file where it is.
    """

    name: str
    kind: Kind
    entry: str
    source: str
    revision: str
    licence: str
    time: str
    files: tuple[StoredFile, ...]


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model an engine can open: a GGUF file, or a folder for transformers. `row` is None off the catalogue."""

    name: str
    path: Path
    kind: Kind
    row: ModelRow | None = None
    manifest: Manifest | None = None


def models_dir() -> Path:
    """The folder of installed models: `$ABACUS_HOME/models`, else the user's data folder. May not exist yet."""
    home = os.environ.get("ABACUS_HOME", "").strip()
    if home:
        return Path(home).expanduser().absolute() / "models"
    import platformdirs  # noqa: PLC0415  14 ms that a set ABACUS_HOME saves

    return Path(platformdirs.user_data_dir("abacus-lsp", appauthor=False)) / "models"


def resolve(name_or_path: str, home: Path | None = None) -> LocalModel:
    """The model that a person named: a catalogue or imported name, a GGUF file, or a transformers folder.

    Raises ModelError with what to do: NotInstalledError, UnknownModelError or ModelFileError.
    """
    text = name_or_path.strip()
    if not text:
        raise UnknownModelError("No model is named. See `abacus-lsp models list`.")
    installed = _installed_as(text, home or models_dir())
    if installed is not None:
        return installed
    row = catalogue.find(text)
    if row is not None:
        raise NotInstalledError(
            f"The model {row.name} is not on this machine. Get it with: {PULL} {row.name}"
        )
    path = Path(text).expanduser()
    if path.exists():
        return at_path(path)
    raise UnknownModelError(_unknown(text))


def at_path(path: Path) -> LocalModel:
    """The model at a path of the person's own: a `.gguf` file, a transformers folder, or a folder with one GGUF."""
    path = path.absolute()
    if path.is_file():
        if path.suffix.lower() != ".gguf":
            raise ModelFileError(
                f"{path} is not a .gguf file. Name a GGUF file, or the folder that holds config.json and *.safetensors."
            )
        return LocalModel(path.stem, path, "gguf")
    if (path / "config.json").is_file():
        if not any(path.glob("*.safetensors")):
            raise ModelFileError(
                f"{path} has no *.safetensors. Pickled weights (*.bin, *.pt) are not opened: convert them first."
            )
        return LocalModel(path.name, path, "hf")
    ggufs = sorted(path.glob("*.gguf"))
    if len(ggufs) == 1:
        return LocalModel(ggufs[0].stem, ggufs[0], "gguf")
    if ggufs:
        names = ", ".join(gguf.name for gguf in ggufs[:5])
        raise ModelFileError(f"{path} holds several GGUF files ({names}). Name one of them.")
    raise ModelFileError(f"{path} holds no model: neither a .gguf file nor config.json with *.safetensors.")


def installed(home: Path | None = None) -> tuple[LocalModel, ...]:
    """Every installed model that has a readable manifest and whose files are there, by name."""
    return tuple(sorted(_installed(home or models_dir()), key=lambda model: model.name))


def installed_size(model: LocalModel) -> int:
    """Bytes of the model's files."""
    if model.manifest is not None and model.manifest.files:
        return sum(file.size for file in model.manifest.files)
    if model.path.is_file():
        return model.path.stat().st_size
    return sum(path.stat().st_size for path in model.path.rglob("*") if path.is_file())


def remove(name: str, home: Path | None = None) -> int:
    """Delete an installed model and anything half downloaded of it. Returns the bytes freed.

    A file imported in place (not copied) stays where it is; only our note of it goes.
    """
    home = home or models_dir()
    folder, partial = home / _folder_name(name), home / PARTIAL / _folder_name(name)
    if not folder.is_dir() and not partial.is_dir():
        raise NotInstalledError(
            f"There is no model {name} to remove. See `abacus-lsp models list --installed`."
        )
    freed = sum(
        path.stat().st_size for base in (folder, partial) for path in base.rglob("*") if path.is_file()
    )
    for base in (folder, partial):
        if base.is_dir():
            try:
                shutil.rmtree(base)
            except OSError as error:
                raise ModelError(
                    f"{base} could not be deleted ({error}). Close the editors that use it and try again."
                ) from error
    return freed


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of one model folder; None when it is missing or not one of ours."""
    try:
        data = cast("dict[str, Any]", json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        files = tuple(StoredFile(str(f["path"]), int(f["size"]), str(f["sha256"])) for f in data["files"])
        kind: Kind = "hf" if data["kind"] == "hf" else "gguf"
        words = {key: str(data[key]) for key in ("name", "entry", "source", "revision", "licence", "time")}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return Manifest(kind=kind, files=files, **words)


def publish(staging: Path, manifest: Manifest, home: Path) -> LocalModel:
    """Install a complete folder: its manifest is written and it gets its final name, in one step.

    An older model of that name is replaced; what was half downloaded of it goes.
    """
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1)
    (staging / MANIFEST).write_text(text + "\n", encoding="utf-8")
    final = home / _folder_name(manifest.name)
    old = home / PARTIAL / f"{final.name}.old"
    if old.exists():
        shutil.rmtree(old)
    if final.exists():
        final.replace(old)
    staging.replace(final)
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(staging.parent, ignore_errors=True)
    return resolve(manifest.name, home)


def now() -> str:
    """The time for a manifest."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _installed(home: Path) -> Iterator[LocalModel]:
    if not home.is_dir():
        return
    for folder in home.iterdir():
        if folder.is_dir() and not folder.name.startswith("."):
            model = _installed_as(folder.name, home)
            if model is not None:
                yield model


def _installed_as(name: str, home: Path) -> LocalModel | None:
    try:
        folder = home / _folder_name(name)
    except UnknownModelError:
        return None
    manifest = read_manifest(folder)
    if manifest is None:
        return None
    path = folder / manifest.entry
    if not path.exists():
        return None
    return LocalModel(manifest.name, path, manifest.kind, catalogue.find(manifest.name), manifest)


def _folder_name(name: str) -> str:
    """The name as a folder; a name that could leave the models folder is nobody's model."""
    cleaned = name.strip().lower()
    if not cleaned or cleaned.startswith(".") or any(char in cleaned for char in '/\\:\0<>"|?*'):
        raise UnknownModelError(f"{name!r} is not a model's name. See `abacus-lsp models list`.")
    return cleaned


def _unknown(text: str) -> str:
    near = catalogue.near(text)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no model or file named {text!r}.{hint} See `abacus-lsp models list`, or give a path."
