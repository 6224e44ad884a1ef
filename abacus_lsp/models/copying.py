"""Files that are on this machine already: hashed, linked or copied, never moved.

A hard link costs no space and survives the original's deletion; where the file system has none, it is copied.
"""

import hashlib
import os
import shutil
from pathlib import Path

from abacus_lsp.models.progress import Job
from abacus_lsp.models.store import StoredFile
from abacus_lsp.models.transfer import BLOCK, RemoteFile, writing


def adopt(remote: RemoteFile, folder: Path, job: Job) -> StoredFile | None:
    """Use what is here in place of a download: the target from an earlier try, or a hub's cache.

    None when there is nothing, or it is not the promised file.
    """
    target = folder / remote.path
    for found in (target, remote.cached):
        if found is None or not found.is_file() or found.stat().st_size != remote.size:
            continue
        digest = sha256_of(found, job)
        if remote.sha256 is None and found is target:
            continue  # without a checksum nobody knows whose bytes an earlier try left here
        if remote.sha256 not in {None, digest}:
            continue
        if found != target:
            place(found, target)
        job.advance(remote.size or 0, remote.path)
        return StoredFile(remote.path, target.stat().st_size, digest)
    return None


def place(found: Path, target: Path) -> None:
    """Make `target` the same file as `found`: a hard link, else a copy; in one step either way."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        os.link(found.resolve(), part)
    except OSError:
        with writing(part):
            shutil.copyfile(found, part)
    part.replace(target)


def sha256_of(path: Path, job: Job) -> str:
    """The file's checksum; the job may stop it on the way."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            job.say(f"checking {path.name}")
    return digest.hexdigest()
