"""The indexes of this process, one for each set of folders, shared by every client that has them open.

Knows who uses which index, and the texts that each client alone has not saved; must not know queries or prompts.
The shared index is of what is on disk. A client's unsaved text is laid over it for that client only: two editors
that hold the same file with different text see each their own, what one has not saved is never in another's prompt
(whose endpoint may be another company's), and nothing unsaved is kept on disk.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from abacus_lsp.ceiling import Ceiling
from abacus_lsp.shared_index import Shared

if TYPE_CHECKING:
    from retrieval import Index, Workspace
    from retrieval.entries import Entry

_MOST_OPEN: Final = 256  # texts of a client over the index: each edit looks at all of them
_UNSAVED: Final = (0, 0)  # the stamp of a text that is not on disk
_CALM_S: Final = (
    1.0  # while the folders are read for the first time, between two overlays; and the longest rest
)
_WAITS_S: Final = 60.0  # an index that nobody has asked for so long is not in use
_REST: Final = 5  # times as long as an overlay took, before the next one

Share = Callable[[float], None]
"""How much of the workspace is indexed, 0 to 1; called from the indexer's thread."""


class View:
    """One client's view of a shared index: what is on disk, and its own unsaved texts over it.

    `change`, `close` and `stop` belong to the loop thread; `index` may be asked from any.
    """

    def __init__(self, shared: Shared, on_share: Share, release: "Callable[[View], None]") -> None:
        self.shared = shared
        self._on_share = on_share
        self._release = release
        self._news = threading.Condition()
        self._texts: dict[str, str] = {}
        self._entries: dict[str, tuple[str, Entry]] = {}  # of the thread
        self._admitted: dict[str, bool] = {}  # of the thread
        self._own: Index | None = None
        self._asked = 0  # grows with every edit and every growth of the shared index
        self._done = 0
        self._ended = False
        self._thread: threading.Thread | None = None

    @property
    def index(self) -> "Index":
        """The latest index as this client should see it; at once."""
        self.shared.touch()
        own = self._own
        return self.shared.indexer.index if own is None else own

    @property
    def workspace(self) -> "Workspace":
        """The folders and how files in them are called."""
        return self.shared.indexer.workspace

    def change(self, key: str, text: str) -> None:
        """This client's buffer has this text now."""
        self.shared.touch()
        with self._news:
            self._texts.pop(key, None)
            self._texts[key] = text
            if len(self._texts) > _MOST_OPEN:  # the one that was edited longest ago: the disk counts for it
                del self._texts[next(iter(self._texts))]
            self._ask()

    def close(self, key: str) -> None:
        """This client closed its buffer: the file on disk counts again."""
        with self._news:
            if self._texts.pop(key, None) is not None:
                self._ask()

    def grown(self, index: "Index") -> None:
        """The shared index is another; on the indexer's thread."""
        with self._news:
            if self._texts:
                self._ask()
        self._on_share(1.0 if self.shared.away else index.share)  # nobody waits for what is not to come

    def rescan(self) -> None:
        """List the folders anew and read what has changed."""
        self.shared.indexer.rescan()

    def wait(self, seconds: float) -> bool:
        """Until everything is indexed and laid over; False when that took longer."""
        if not self.shared.indexer.wait(seconds):
            return False
        with self._news:
            return self._news.wait_for(lambda: self._done == self._asked or self._ended, seconds)

    def stop(self) -> None:
        """This client has the folders open no more."""
        with self._news:
            self._ended = True
            self._news.notify_all()
        self._release(self)

    def _ask(self) -> None:
        self._asked += 1
        self._news.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="index-view", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._ended or self._done != self._asked)
                if self._ended:
                    return
                texts, asked = dict(self._texts), self._asked
            base, began = self.shared.indexer.index, time.monotonic()
            own = self._laid_over(base, texts)
            with self._news:
                self._own, self._done = own, asked
                self._news.notify_all()
                # Every key changes the file: laying a large one over each time would take the interpreter for itself.
                self._news.wait_for(lambda: self._ended, min(_REST * (time.monotonic() - began), _CALM_S))
                if own is not None and base.share < 1:
                    self._news.wait_for(lambda texts=texts: self._ended or self._texts != texts, _CALM_S)

    def _laid_over(self, base: "Index", texts: Mapping[str, str]) -> "Index | None":
        """The base with these texts in place of its files; None when they are no different."""
        from retrieval import Index  # noqa: PLC0415  (imported by `Shared`)
        from retrieval.builder import Builder  # noqa: PLC0415

        files = base.library.files
        texts = {key: text for key, text in texts.items() if key in files or self._wanted(key)}
        self._entries = {key: self._entry(key, text, files.get(key)) for key, text in texts.items()}
        unsaved = [entry for key, (_, entry) in self._entries.items() if not _same(entry, files.get(key))]
        if not unsaved:
            return None
        builder = Builder(base.library, over=True)
        builder.update(unsaved)
        return Index(builder.snapshot(), base.indexed, base.total, base.version)

    def _wanted(self, key: str) -> bool:
        """Whether a file that is not in the index may be: a private or ignored one stays out, open or not."""
        from retrieval.private_files import private  # noqa: PLC0415

        if key not in self._admitted:
            self._admitted[key] = not private(key) and not self.workspace.ignored([key])
        return self._admitted[key]

    def _entry(self, key: str, text: str, on_disk: "Entry | None") -> "tuple[str, Entry]":
        from retrieval.entries import read_entry  # noqa: PLC0415

        held = self._entries.get(key)
        if held is not None and held[0] == text:
            return held
        return text, read_entry(key, text, _UNSAVED, on_disk if held is None else held[1])


class Indexes:
    """The indexes in use. Belongs to the loop thread.

    Args:
        tell: receives each problem of the disk once, from an indexer's thread.
        cache: where indexes are kept between runs; None keeps nothing.
        aside: end an index that nobody uses any more on a thread of its own, since others are being served.
        ceiling: over the memory of this process.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        cache: Path | None = None,
        *,
        aside: bool = False,
        ceiling: Ceiling | None = None,
    ) -> None:
        self.ceiling = Ceiling() if ceiling is None else ceiling
        self._tell = tell
        self._cache = cache
        self._aside = aside
        self._held: dict[tuple[Path, ...], Shared] = {}
        self._ending: list[threading.Thread] = []
        self._closing: set[Shared] = set()  # being put away

    def open(self, roots: Sequence[Path], on_share: Share) -> View:
        """A view of these folders; they are indexed if nobody had them open."""
        wanted = tuple(roots)
        shared = self._held.get(wanted)
        fresh = shared is None
        if shared is None:
            shared = self._held[wanted] = Shared(wanted, self._tell, self._cache, self.ceiling)
        view = View(shared, on_share, self._released)
        shared.views = (*shared.views, view)
        if fresh:
            shared.indexer.start()
        else:
            on_share(shared.indexer.index.share)
        return view

    def told(self) -> list[tuple[tuple[Path, ...], int, int]]:
        """(folders, files indexed, clients) of each."""
        return [
            (shared.roots, shared.indexer.index.indexed, len(shared.views)) for shared in self._held.values()
        ]

    def forget(self) -> None:
        """Let go of what was read of the indexes for earlier queries."""
        if self._held:
            from retrieval.memory import forget  # noqa: PLC0415  (numpy comes with it)

            forget()

    def wake(self, free: int) -> int:
        """Open what was put away and is asked for again, within `free` bytes; how many more would be needed."""
        now, short = time.monotonic(), 0
        for shared in self._held.values():
            if shared.away and now - shared.used < _WAITS_S and shared not in self._closing:
                if shared.away <= free:
                    free -= shared.away
                    shared.wake()
                else:
                    short = shared.away - free
        return short

    async def put_away(self, *, used: bool) -> bool:
        """Close the index that was asked longest ago, also one that is in use; False when there is none."""
        now = time.monotonic()
        open_ = [shared for shared in self._held.values() if not shared.away]
        oldest = min(open_, key=lambda shared: shared.used, default=None)
        if oldest is None or (not used and now - oldest.used < _WAITS_S):
            return False
        self._closing.add(oldest)
        try:
            await asyncio.to_thread(oldest.put_away)
        finally:
            self._closing.discard(oldest)
        return True

    def settle(self) -> None:
        """Wait for what ends aside."""
        for thread in self._ending:
            thread.join()

    def _released(self, view: View) -> None:
        shared = view.shared
        shared.views = tuple(each for each in shared.views if each is not view)
        if shared.views:
            return
        self._held = {roots: held for roots, held in self._held.items() if held is not shared}
        if not self._aside:
            shared.stop()
            return
        thread = threading.Thread(target=shared.stop, name="index-end")
        thread.start()
        self._ending = [each for each in self._ending if each.is_alive()] + [thread]


def _same(entry: "Entry", on_disk: "Entry | None") -> bool:
    return on_disk is not None and entry.text() == on_disk.text()
