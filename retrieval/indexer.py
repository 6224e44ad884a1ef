"""The index kept up to date in a background thread.

Knows: threads, the order of work, disks through `files`. Must not know: scores, queries, editors.
The thread owns the `Builder`. Others only leave notes (under one lock) and take `index`, the latest
immutable value. Open buffers come first, then changed files, then the rest of the workspace in small
batches, so an edit never waits for a first index. An error that nobody foresaw goes to the log by way of
`threading.excepthook`; a new thread goes on from the last index, without the file that was in hand.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from retrieval import files
from retrieval.builder import Builder
from retrieval.entries import Entry, read_entry
from retrieval.files import Problem, Source, Workspace
from retrieval.index import Index
from retrieval.memory import give_back_memory
from retrieval.notes import Notes
from retrieval.store import load, save, store_path

_BATCH = 48  # files between two looks at the notes: about 100 ms
_SAVE_AFTER = 200  # files: fewer are read again in a second
_OPEN = (0, 0)  # the stamp of a text that is not on disk
# While much is being read, a new index at most this often, and no more of the time than this share for it.
_PUBLISH_SECONDS, _PUBLISH_SHARE = 0.2, 0.05
_FULL_SECONDS = 1.0  # without memory to read more, until that is asked again
_FAILURES = 5  # unforeseen errors before indexing is given up


class Indexer:
    """Indexes folders in the background. Use as a context manager, or call `start` and `stop`."""

    def __init__(
        self,
        roots: Sequence[Path],
        *,
        cache: Path | None = None,
        on_change: Callable[[Index], None] | None = None,
        on_problem: Callable[[Problem], None] | None = None,
        room: Callable[[], bool] = lambda: True,
    ) -> None:
        """`cache` is a directory to keep the index in between runs; None keeps nothing. `on_change` gets every new index, `on_problem` each problem once; `room` says whether there is memory to read more. All on the indexer's thread."""
        self.workspace = Workspace(tuple(roots))
        self._on_change, self._on_problem, self._room = on_change, on_problem, room
        self._store = store_path(cache, self.workspace.roots) if cache else None
        self._unsaved = 0  # files read since the index was last saved
        self._builder = Builder()
        self._index = Index(self._builder.snapshot(), 0, 1)
        self._open: dict[str, str] = {}
        self._backlog: deque[str] = deque()
        self._listed = 0
        self._told: set[Problem] = set()
        self._notes = Notes(rescan=True)
        self._wake = threading.Condition()
        self._idle = self._full = False
        self._next_publish = 0.0
        self._in_hand: str | None = None  # the file being read
        self._poison: set[str] = set()  # files that ended a thread
        self._failures = 0
        self._ended = False  # no thread is or will be at work
        self._thread = self._new_thread()

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
        while (thread := self._thread).is_alive():  # another one may have taken its place
            thread.join()

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

    def tell(self, problem: Problem) -> None:
        """Report a problem, once however often it is met."""
        if problem not in self._told:
            self._told.add(problem)
            if self._on_problem:
                self._on_problem(problem)

    def wait(self, timeout: float | None = None) -> bool:
        """Block until everything asked for so far is indexed; False when `timeout` seconds were not enough."""
        with self._wake:
            return self._wake.wait_for(
                lambda: self._idle or self._ended or not self._thread.is_alive(), timeout
            )

    def _note(self, write: Callable[[Notes], None]) -> None:
        with self._wake:
            write(self._notes)
            self._idle = False
            self._wake.notify_all()

    def _take_notes(self) -> Notes:
        """Everything asked for; waits while there is nothing to do, or no room to do it."""
        with self._wake:
            while self._notes == Notes() and (self._full or not self._backlog):
                self._idle = True
                self._wake.notify_all()
                self._wake.wait(_FULL_SECONDS if self._full else None)
                self._full = self._full and not self._room()
            notes, self._notes = self._notes, Notes()
            return notes

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=self._run, name="retrieval-indexer", daemon=True)

    def _run(self) -> None:
        finished = False
        try:
            self._restore()
            self._work()
            finished = True
        finally:  # an error goes on from here to threading.excepthook
            with self._wake:
                self._ended = finished or not self._begin_again()
                self._wake.notify_all()

    def _work(self) -> None:
        while not (notes := self._take_notes()).stop:
            if notes.rescan:
                self._scan()
            changed = notes.changed - self.workspace.ignored(notes.changed - self._builder.files.keys())
            if len(changed) > _BATCH:  # a branch was switched: in the background, like a first index
                self._backlog.extend(sorted(changed))
                changed = set[str]()
            urgent = self._take_buffers(notes.buffers) | changed
            self._read(sorted(urgent - self._open.keys()), urgent & self._open.keys())
            if urgent:
                self._publish()
            elif not self._backlog or self._has_room():
                batch = [self._backlog.popleft() for _ in range(min(_BATCH, len(self._backlog)))]
                self._read([key for key in batch if key not in self._open], set())
            self._builder.tidy()
            if not self._backlog or time.monotonic() >= self._next_publish:
                self._publish()
            if not self._backlog and self._unsaved >= _SAVE_AFTER:
                self._rest()
        if self._unsaved:
            self._save()

    def _has_room(self) -> bool:
        """Whether more may be read; if not, what was read for speed is given back, and the rest waits."""
        if not self._full and not self._room():
            self._full = True
            self._rest()
            self._next_publish = 0.0
        return not self._full

    def _begin_again(self) -> bool:
        """After an error: from the last index, with a new thread, and without the file that was in hand.

        False when that has been tried often enough; the last index stays.
        """
        self._failures += 1
        if self._failures > _FAILURES or self._notes.stop:
            return False
        if self._in_hand is not None:
            self._poison.add(self._in_hand)
            self._in_hand = None
        self._builder = Builder(self._index.library)
        self._backlog.clear()
        self._notes.rescan = True
        self._notes.buffers = {**self._open, **self._notes.buffers}
        self._thread = self._new_thread()
        self._thread.start()
        return True

    def _restore(self) -> None:
        """Answer from the index of last time until the disk has been compared with it."""
        if self._builder.files:
            return
        library = load(self._store) if self._store else None
        if library is not None:
            self._builder = Builder(library)
            self._listed = len(library.files)
            self._publish()

    def _rest(self) -> None:
        """After much reading: keep what was read, give back what it took."""
        self._save()
        self._builder.rest()
        give_back_memory()

    def _save(self) -> None:
        """Keep the index for next time, complete or not. Texts of open buffers go with it: their stamp is no
        file's, so that they are read from disk then.
        """
        self._unsaved = 0
        if self._store is not None:
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
            self.tell(problem)
        listed = set(listing.keys)
        self._listed = len(listed | self._open.keys())
        self._builder.update(
            (), [key for key in self._builder.files if key not in listed and key not in self._open]
        )
        self._backlog = deque(key for key in listing.keys if self._stale(key))

    def _stale(self, key: str) -> bool:
        entry = self._builder.files.get(key)
        return entry is None or entry.stamp != files.stamp_of(self.workspace.location(key))

    def _read(self, from_disk: list[str], from_buffers: set[str]) -> None:
        texts: dict[str, str] = {}
        entries = [entry for key in sorted(from_buffers) if (entry := self._entry_of_buffer(key, texts))]
        gone: list[str] = []
        for key in from_disk:
            entry = self._entry_of_file(key, texts)
            if entry is None:
                gone.append(key)
            else:
                entries.append(entry)
        if entries or gone:
            self._unsaved += len(from_disk)
            self._builder.update(entries, gone, texts)

    def _entry_of_buffer(self, key: str, texts: dict[str, str]) -> Entry | None:
        texts[key] = self._open[key]
        return self._entry(key, texts[key], _OPEN, self._builder.files.get(key))

    def _entry_of_file(self, key: str, texts: dict[str, str]) -> Entry | None:
        if not files.indexable(key):
            return None
        source = self.workspace.read(key)
        if isinstance(source, Source):
            texts[key] = source.text
            return self._entry(key, source.text, source.stamp)
        if source.problem:
            self.tell(Problem(key, source.reason))
        return None

    def _entry(
        self, key: str, text: str, stamp: tuple[int, int], before: Entry | None = None
    ) -> Entry | None:
        if key in self._poison:
            self.tell(Problem(key, "could not be indexed: an error that is in the log"))
            return None
        self._in_hand = key
        entry = read_entry(key, text, stamp, before)
        self._in_hand = None
        return entry

    def _publish(self) -> None:
        started = time.monotonic()
        done = max(self._listed - len(self._backlog), 0)  # what waits may be gone, and no longer listed
        total = done if self._full else self._listed  # what there is no room for is not waited for
        self._index = Index(self._builder.snapshot(), done, total, self._index.version + 1)
        if self._on_change:
            self._on_change(self._index)
        now = time.monotonic()
        self._next_publish = now + max(_PUBLISH_SECONDS, (now - started) / _PUBLISH_SHARE)
