"""Where the daemon of this user, this code and this environment is met: socket, lock, log.

Knows folders, permissions and the length of socket paths; must not know what is said there. Imports little: it is
on the way of every editor's start.
"""

import hashlib
import json
import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from abacus_lsp import __version__
from abacus_lsp.daemon.environment import deciding

LONGEST_SOCKET: Final = 103  # bytes of a path that every system takes: 107 on Linux, 103 on macOS
_PRIVATE: Final = 0o700


class Unsafe(Exception):
    """The folder for sockets is not this user's alone; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """The places of one daemon."""

    socket: Path
    lock: Path
    log: Path


def supported() -> bool:
    """Whether this system can have a daemon: Linux, macOS and their kin."""
    return sys.platform != "win32"


def rendezvous(environment: Mapping[str, str] | None = None) -> Rendezvous:
    """The daemon for this code and environment. Nothing is created."""
    environment = os.environ if environment is None else environment
    name, folder = _name(environment), folder_of(environment)
    return Rendezvous(
        folder / f"{name}.sock", folder / f"{name}.lock", log_folder(environment) / f"{name}.log"
    )


def folder_of(environment: Mapping[str, str]) -> Path:
    """Where sockets are: below ABACUS_HOME or XDG_RUNTIME_DIR, else the temporary folder; short enough for a socket."""
    home, runtime = environment.get("ABACUS_HOME", "").strip(), environment.get("XDG_RUNTIME_DIR", "")
    if home:
        wanted = Path(home).expanduser().absolute() / "daemon"
    elif runtime and Path(runtime).is_dir():
        wanted = Path(runtime) / "abacus-lsp"
    else:
        wanted = Path(environment.get("TMPDIR") or tempfile.gettempdir()) / f"abacus-lsp-{os.getuid()}"
    longest = os.fsencode(wanted / f"{'0' * 16}.sock")
    if len(longest) <= LONGEST_SOCKET:
        return wanted
    return Path("/tmp") / f"abacus-lsp-{os.getuid()}-{_digest(str(wanted))}"  # noqa: S108  (`prepare` checks whose it is)


def log_folder(environment: Mapping[str, str]) -> Path:
    """Where logs are."""
    home = environment.get("ABACUS_HOME", "").strip()
    if home:
        return Path(home).expanduser().absolute() / "daemon"
    user = Path(environment.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return user / "Library" / "Logs" / "abacus-lsp"
    return Path(environment.get("XDG_STATE_HOME") or user / ".local" / "state") / "abacus-lsp"


def prepare(folder: Path) -> None:
    """Make the folder for sockets, or see that it is this user's alone.

    Raises:
        Unsafe: it is another's, or others may write there, or it is a link.
        OSError: it cannot be made.
    """
    folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise Unsafe(f"{folder} is not a folder")
    if found.st_uid != os.getuid():
        raise Unsafe(f"{folder} belongs to another user")
    if stat.S_IMODE(found.st_mode) != _PRIVATE:
        folder.chmod(_PRIVATE)


def code_root() -> Path:
    """The folder that `abacus_lsp` is imported from."""
    return Path(__file__).absolute().parent.parent.parent


def is_installed() -> bool:
    """Whether the code lies where packages are installed, not in a checkout."""
    return code_root().name in ("site-packages", "dist-packages")


def _name(environment: Mapping[str, str]) -> str:
    return _digest(
        json.dumps(
            [__version__, str(code_root()), _edited(), sys.executable, sys.version, deciding(environment)]
        )
    )


def _edited() -> int:
    """When a checkout's code last changed (ns): a developer's next editor gets a daemon of the new code."""
    if is_installed():
        return 0
    root = code_root()
    files = (file for package in ("abacus_lsp", "retrieval") for file in (root / package).rglob("*.py"))
    return max(file.stat().st_mtime_ns for file in files)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
