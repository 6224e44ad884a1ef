"""The index kept up to date in a background thread.

Knows: threads, the order of work, disks through `files`. Must not know: scores, queries, editors.
The thread owns the `Builder`. Others only leave notes (under one lock) and take `index`, the latest
immutable value. Open buffers come first, then changed files, then the rest of the workspace in small
batches, so an edit never waits for a first index.
"""

import ctypes
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from retrieval import files
from retrieval.builder import Builder
from retrieval.entries import Entry, read_entry
from retrieval.files import Problem, Source, Workspace
from retrieval.index import Index
from retrieval.store import load, save, store_path

_BATCH = 48  # files between two looks at the notes: about 100 ms
_SAVE_AFTER = 200  # files: fewer are read again in a second
_OPEN = (0, 0)  # the stamp of a text that is not on disk


@dataclass(slots=True)
class _Notes:
    """What others asked for since the thread last looked."""

    buffers: dict[str, str | None] = field(default_factory=dict[str, "str | None"])  # None: closed
    changed: set[str] = field(default_factory=set[str])
    rescan: bool = False
    stop: bool = False


class Indexer:
    """Indexes folders in the background. Use as a context manager, or call `start` and `stop`."""

    def __init__(
        self,
        roots: Sequence[Path],
        *,
        cache: Path | None = None,
        on_change: Callable[[Index], None] | None = None,
        on_problem: Callable[[Problem], None] | None = None,
    ) -> None:
        """`cache` is a directory to keep the index in between runs; None keeps nothing. `on_change` gets every new index, `on_problem` each problem once; both on the indexer's thread."""
        self.workspace = Workspace(tuple(roots))
        self._on_change, self._on_problem = on_change, on_problem
        self._store = store_path(cache, self.workspace.roots) if cache else None
        self._unsaved = 0  # files read since the index was last saved
        self._builder = Builder()
        self._index = Index(self._builder.snapshot(), 0, 1)
        self._open: dict[str, str] = {}
        self._backlog: deque[str] = deque()
        self._listed = 0
        self._told: set[Problem] = set()
        self._notes = _Notes(rescan=True)
        self._wake = threading.Condition()
        self._idle = False
        self._thread = threading.Thread(target=self._run, name="retrieval-indexer", daemon=True)

    @property
    def index(self) -> Index:
        """The latest index; at once, however far indexing has come."""
        return self._index

    def start(self) -> Self:
        """Begin indexing."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End after the batch in hand."""
        self._note(lambda notes: setattr(notes, "stop", True))
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def change(self, key: str, text: str) -> None:
        """A buffer was opened or edited: `text` stands in place of the file until `close`."""
        self._note(lambda notes: notes.buffers.__setitem__(key, text))

    def close(self, key: str) -> None:
        """A buffer was closed: the file on disk counts again."""
        self._note(lambda notes: notes.buffers.__setitem__(key, None))

    def disk_changed(self, keys: Iterable[str]) -> None:
        """These files were created, changed or deleted on disk."""
        changed = set(keys)
        self._note(lambda notes: notes.changed.update(changed))

    def rescan(self) -> None:
        """List the workspace anew and read what has changed."""
        self._note(lambda notes: setattr(notes, "rescan", True))

    def wait(self, timeout: float | None = None) -> bool:
        """Block until everything asked for so far is indexed; False when `timeout` seconds were not enough."""
        with self._wake:
            return self._wake.wait_for(lambda: self._idle or not self._thread.is_alive(), timeout)

    def _note(self, write: Callable[[_Notes], None]) -> None:
        with self._wake:
            write(self._notes)
            self._idle = False
            self._wake.notify_all()

    def _take_notes(self) -> _Notes:
        """Everything asked for; waits while there is nothing to do."""
        with self._wake:
            while self._notes == _Notes() and not self._backlog:
                self._idle = True
                self._wake.notify_all()
                self._wake.wait()
            notes, self._notes = self._notes, _Notes()
            return notes

    def _run(self) -> None:
        self._restore()
        while not (notes := self._take_notes()).stop:
            if notes.rescan:
                self._scan()
            changed = notes.changed
            if len(changed) > _BATCH:  # a branch was switched: in the background, like a first index
                self._backlog.extend(sorted(changed))
                changed = set[str]()
            urgent = self._take_buffers(notes.buffers) | changed
            self._read(sorted(urgent - self._open.keys()), urgent & self._open.keys())
            if not urgent:
                batch = [self._backlog.popleft() for _ in range(min(_BATCH, len(self._backlog)))]
                self._read([key for key in batch if key not in self._open], set())
            self._publish()
            if not self._backlog and self._unsaved >= _SAVE_AFTER:
                self._save()
                _give_back_memory()
        if self._unsaved:
            self._save()

    def _restore(self) -> None:
        """Answer from the index of last time until the disk has been compared with it."""
        library = load(self._store) if self._store else None
        if library is not None:
            self._builder = Builder(library)
            self._listed = len(library.files)
            self._publish()

    def _save(self) -> None:
        """Keep the index for next time. Texts of open buffers go with it: their stamp is no file's, so that
        they are read from disk then.
        """
        self._unsaved = 0
        if self._store is not None and not self._backlog:
            self._builder.compact()
            save(self._store, self._builder.snapshot())

    def _take_buffers(self, buffers: dict[str, str | None]) -> set[str]:
        for key, text in buffers.items():
            if text is None:
                self._open.pop(key, None)
            else:
                self._open[key] = text
        return set(buffers)

    def _scan(self) -> None:
        listing = self.workspace.list_files()
        for problem in listing.problems:
            self._tell(problem)
        listed = set(listing.keys)
        self._listed = len(listed | self._open.keys())
        self._builder.update(
            (), [key for key in self._builder.files if key not in listed and key not in self._open]
        )
        self._backlog = deque(key for key in listing.keys if self._stale(key))

    def _stale(self, key: str) -> bool:
        entry = self._builder.files.get(key)
        if entry is None:
            return True
        try:
            status = self.workspace.path(key).stat()
        except OSError:
            return True
        return entry.stamp != (status.st_mtime_ns, status.st_size)

    def _read(self, from_disk: list[str], from_buffers: set[str]) -> None:
        entries = [
            read_entry(key, self._open[key], _OPEN, self._builder.files.get(key))
            for key in sorted(from_buffers)
        ]
        gone: list[str] = []
        for key in from_disk:
            entry = self._entry(key)
            if entry is None:
                gone.append(key)
            else:
                entries.append(entry)
        if entries or gone:
            self._unsaved += len(from_disk)
            self._builder.update(entries, gone)

    def _entry(self, key: str) -> Entry | None:
        if not files.indexable(key):
            return None
        source = files.read_source(self.workspace.path(key))
        if isinstance(source, Source):
            return read_entry(key, source.text, source.stamp)
        if source.problem:
            self._tell(Problem(key, source.reason))
        return None

    def _tell(self, problem: Problem) -> None:
        if problem not in self._told:
            self._told.add(problem)
            if self._on_problem:
                self._on_problem(problem)

    def _publish(self) -> None:
        done = self._listed - len(self._backlog)
        self._index = Index(self._builder.snapshot(), done, self._listed, self._index.version + 1)
        if self._on_change:
            self._on_change(self._index)


def _give_back_memory() -> None:
    """Return what parsing has left free to the system: a third of the process after a first index.

    glibc keeps it otherwise; other C libraries do this by themselves or have no such call.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
