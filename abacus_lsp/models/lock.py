"""One pull of a model at a time on this machine: a file that the operating system locks.

The lock goes with its process, so a crash leaves nothing to clean up.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from abacus_lsp.models.errors import ModelError


@contextmanager
def held(path: Path, name: str) -> Generator[None]:
    """Hold the lock at `path` while the block runs. Raises ModelError when another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            _lock(file)
        except OSError as error:
            raise ModelError(
                f"Another abacus-lsp is fetching {name} right now. Wait for it, or stop it and try again."
            ) from error
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
