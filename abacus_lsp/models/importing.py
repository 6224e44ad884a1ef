"""`import`: a model that is on this machine already becomes an installed one, without any network.

Takes a GGUF file, a folder for transformers, or a folder of wheels (a wheelhouse carried over on a stick).
"""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from abacus_lsp.models import catalogue
from abacus_lsp.models.copying import place, sha256_of
from abacus_lsp.models.errors import ModelError, UnknownModelError, told
from abacus_lsp.models.lock import held
from abacus_lsp.models.progress import Job
from abacus_lsp.models.rows import ModelRow, PypiSource
from abacus_lsp.models.store import (
    PARTIAL,
    LocalModel,
    Manifest,
    StoredFile,
    at_path,
    models_dir,
    now,
    publish,
)
from abacus_lsp.models.verify import check_model
from abacus_lsp.models.wheels import assemble, in_folders


@dataclass(frozen=True, slots=True)
class _Import:
    name: str
    model: LocalModel
    row: ModelRow | None
    origin: Path


def import_path(path: Path, name: str = "", job: Job | None = None, home: Path | None = None) -> LocalModel:
    """Install what is at `path` under `name` (else a name made from the file's). Returns the installed model.

    Files are hard-linked where the disk allows it, else copied; the originals stay. Raises ModelError.
    """
    job, home = job or Job(), home or models_dir()
    path = path.expanduser().absolute()
    if not path.exists():
        raise UnknownModelError(
            f"{path} does not exist. Give a .gguf file, a model folder or a folder of wheels."
        )
    folder = path.parent if path.suffix == ".whl" else path
    row = _packaged_in(folder, name)
    if row is not None:
        return _import_wheels(row, folder, job, home)
    model = at_path(path)
    check_model(model)
    known = _known(model, job)
    final = clean_name(name or (known.name if known else model.name))
    return _install(_Import(final, model, known or catalogue.find(final), path), job, home)


def clean_name(text: str) -> str:
    """A name for the models folder and the command line: lower case, no blanks or slashes."""
    cleaned = re.sub(r"[^\w.+-]+", "-", text.strip().lower()).strip("-.")
    if not cleaned:
        raise ModelError(f"{text!r} is no name for a model. Give one with --name.")
    return cleaned


def _install(what: _Import, job: Job, home: Path) -> LocalModel:
    with told(home), held(home / PARTIAL / f"{what.name}.lock", what.name):
        staging = _staging(what.name, home)
        sources = list(_files(what.model))
        job.total_bytes = sum(path.stat().st_size for path in sources)
        files: list[StoredFile] = []
        for path in sources:
            place(path, staging / path.name)
            size = path.stat().st_size
            files.append(StoredFile(path.name, size, sha256_of(staging / path.name, job)))
            job.advance(size, path.name)
        entry = "." if what.model.kind == "hf" else what.model.path.name
        licence = what.row.licence.name if what.row is not None else "unknown: see where the file came from"
        manifest = Manifest(
            what.name, what.model.kind, entry, f"import {what.origin}", "", licence, now(), tuple(files)
        )
        return publish(staging, manifest, home)


def _import_wheels(row: ModelRow, folder: Path, job: Job, home: Path) -> LocalModel:
    source = _packaged(row)
    assert source is not None, "only rows with wheels get here"
    paths = [path for wheel in source.wheels if (path := in_folders(wheel, [folder])) is not None]
    with told(home), held(home / PARTIAL / f"{row.name}.lock", row.name):
        staging = _staging(row.name, home)
        job.total_bytes = source.size
        file = assemble(paths, source, staging, job)
        check_model(LocalModel(row.name, staging / file.path, "gguf", row))
        manifest = Manifest(
            row.name, "gguf", file.path, f"import {folder}", "", row.licence.name, now(), (file,)
        )
        return publish(staging, manifest, home)


def _staging(name: str, home: Path) -> Path:
    folder = home / PARTIAL / name / "import"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _files(model: LocalModel) -> Iterable[Path]:
    if model.kind == "gguf":
        return [model.path]
    patterns = (*catalogue.SAFETENSORS, "*.py")
    return [
        p
        for p in sorted(model.path.iterdir())
        if p.is_file() and any(fnmatchcase(p.name, x) for x in patterns)
    ]


def _known(model: LocalModel, job: Job) -> ModelRow | None:
    """The catalogue row of exactly this file, told by its size and checksum."""
    if model.kind != "gguf":
        return None
    size = model.path.stat().st_size
    for row in catalogue.CATALOGUE:
        source = _packaged(row)
        if source is not None and source.size == size and sha256_of(model.path, job) == source.sha256:
            return row
    return None


def _packaged_in(folder: Path, name: str) -> ModelRow | None:
    """The row whose wheels are all in the folder; `name` decides when there are several."""
    if not folder.is_dir() or not any(folder.glob("*.whl")):
        return None
    rows = [row for row in catalogue.CATALOGUE if _complete(row, folder)]
    chosen = [row for row in rows if row.name == name.lower()] if name else rows
    if len(chosen) == 1:
        return chosen[0]
    if not rows:
        raise ModelError(
            f"{folder} lacks wheels of every model that comes as wheels. See docs/offline.md for the list to fetch."
        )
    raise ModelError(
        f"{folder} holds the wheels of {', '.join(row.name for row in rows)}. Choose one with --name."
    )


def _complete(row: ModelRow, folder: Path) -> bool:
    source = _packaged(row)
    return source is not None and all(in_folders(wheel, [folder]) is not None for wheel in source.wheels)


def _packaged(row: ModelRow) -> PypiSource | None:
    return next((source for source in row.sources if isinstance(source, PypiSource)), None)
