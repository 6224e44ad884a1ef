"""One index of this process: open, or put away on disk until somebody asks again.

Knows the indexer of one set of folders and who listens to it. Must not know clients' texts (`indexes`) or when memory is
short (`ceiling`).
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from abacus_lsp.ceiling import Ceiling

if TYPE_CHECKING:
    from abacus_lsp.indexes import View
    from retrieval import Index, Indexer, Problem

_WATCHER_S: Final = 2.0


class Shared:
    """One indexer and who listens to it."""

    def __init__(
        self, roots: tuple[Path, ...], tell: Callable[[str], None], cache: Path | None, ceiling: Ceiling
    ) -> None:
        self.roots = roots
        self.used = time.monotonic()  # when a client last asked or edited; written by any thread
        self.away = 0  # bytes that it took, while it is put away
        self.views: tuple[View, ...] = ()  # replaced, never changed: the indexer's thread looks at it
        self.stop_watching: threading.Event | None = None
        self._tell, self._cache, self._ceiling = tell, cache, ceiling
        self._watched = False
        self._watcher: threading.Thread | None = None
        self.indexer = self._made()

    def touch(self) -> None:
        """It is used; one that was put away is opened soon. From any thread."""
        self.used = time.monotonic()
        if self.away:
            self._ceiling.ask()

    def put_away(self) -> None:
        """Keep it on disk only. Blocks until it is there: on a thread of its own."""
        from retrieval.memory import forget, give_back_memory  # noqa: PLC0415  (imported by `_made`)

        before = self._ceiling.measure()
        self.away = 1
        self.stop()
        if self._watcher is not None:
            self._watcher.join(_WATCHER_S)  # it holds on to the indexer
        self._watcher = None
        self.indexer, self.stop_watching = self._made(), None
        self._changed(self.indexer.index)
        forget()
        give_back_memory()
        self.away = max(before - self._ceiling.measure(), 1)

    def wake(self) -> None:
        """Open it again, from the disk."""
        self.away = 0
        self.indexer.start()
        if self._watched:
            self.watch()

    def _made(self) -> "Indexer":
        # Not at the top: numpy takes 180 ms to import, and `initialize` is not to wait for it.
        from retrieval import Indexer  # noqa: PLC0415

        return Indexer(
            self.roots,
            cache=self._cache,
            on_change=self._changed,
            on_problem=self._problem,
            room=self._ceiling.room,
        )

    def watch(self) -> None:
        """Follow changes on disk by ourselves, if `watchfiles` is installed; once for all clients."""
        from retrieval import watch  # noqa: PLC0415

        self._watched = True
        if self.stop_watching is None and not self.away and watch.available():
            self.stop_watching = threading.Event()
            self._watcher = watch.watch(self.indexer, self.stop_watching)

    def stop(self) -> None:
        """End after the batch in hand; the index is kept on disk. May take a second."""
        if self.stop_watching is not None:
            self.stop_watching.set()
        self.indexer.stop()

    def _changed(self, index: "Index") -> None:
        for view in self.views:
            view.grown(index)

    def _problem(self, problem: "Problem") -> None:
        self._tell(f"{problem.path}: {problem.text}")
