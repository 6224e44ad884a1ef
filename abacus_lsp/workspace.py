"""Context from other files: the `retrieval` package as the pipeline wants it.

Knows folders, open buffers and the index; must not know prompts or LSP. The indexer has a thread of its
own; `retrieve` reads its latest immutable index, so it may be called from the engine's thread.
"""

import os
import tempfile
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from abacus_lsp.document import Cursor, to_newlines
from abacus_lsp.indexes import Indexes, View
from abacus_lsp.prompts.prompt import Snippet
from abacus_lsp.settings import Settings
from abacus_lsp.site import Site
from abacus_lsp.window import Window

if TYPE_CHECKING:
    from retrieval import Place, Query, Result

_SAME_PLACE_LINES = 20
_BESIDE = 24  # files of the same folder
_ASKED_AGAIN_S = 30.0
_MOST_PLACES = 12  # of all files; a search looks at the first few of other files

_PROJECT_MARKS = (
    ".git",
    ".hg",
    "pyproject.toml",
    "setup.py",
    "package.json",
    "Cargo.toml",
    "go.mod",
    "pom.xml",
)


_NEAR_LINES = 12  # by which the cursor may leave a definition; half-typed code makes definitions come and go
_KEPT = 4  # places: as many as engines keep caches for, and one


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was retrieved for a place: a file, a definition (how deep, how many begin before it), the last line in it.

    `prose`: for a docstring.
    """

    key: str
    definition: tuple[int, int]
    line: int
    tokens: int
    result: "Result"
    prose: bool


class Folders:
    """The open folders and their index.

    Args:
        tell: receives each problem of the disk once, from the indexer's thread.
        cache: where the index is kept between runs; None keeps nothing.
        indexes: shared with other clients; then `tell` and `cache` are theirs.
    """

    def __init__(
        self, tell: Callable[[str], None], cache: Path | None = None, indexes: Indexes | None = None
    ) -> None:
        self._indexes = Indexes(tell, cache) if indexes is None else indexes
        self.on_share: Callable[[float], None] = _nobody
        self.never_send: tuple[str, ...] = ()
        self._secluded: dict[str, tuple[float, bool]] = {}
        self._kept: list[_Kept] = []  # the most recent first
        self._recent: tuple[Place, ...] = ()  # replaced, never changed: two threads look at it
        self._roots: tuple[Path, ...] = ()
        self._indexer: View | None = None
        self._buffers: dict[PurePath, str] = {}  # other folders may be opened, and these files be in them

    def open(self, roots: Sequence[PurePath]) -> None:
        """Index these folders instead of the ones before; other systems' paths and missing folders are left out."""
        wanted = tuple(dict.fromkeys(path for root in roots if (path := Path(root)).is_dir()))
        if wanted == self._roots:
            return
        self.close()
        self._roots = wanted
        if wanted:
            self._indexer = self._indexes.open(wanted, self._share)
            for path, text in self._buffers.items():
                self._lay(path, text)

    def configure(self, settings: Settings) -> None:
        """Take new settings: what never goes to somebody else's server, and how much memory there may be."""
        self.never_send = settings.context.never_send
        self._indexes.ceiling.limit(self, settings.limits.memory_mb << 20)

    def forget(self) -> None:
        """Let go of what was found for earlier places; what may be sent is asked anew."""
        self._kept, self._secluded = [], {}

    def changed(self, path: PurePath | None, text: str | None) -> None:
        """A buffer has this text now; None: it was closed and the file on disk counts again."""
        if path is None:
            return
        if text is None:
            self._buffers.pop(path, None)
        else:
            self._buffers[path] = text
        self._lay(path, text)

    def retrieve(
        self, cursor: Cursor, site: Site, view: Window, tokens: int, count: Callable[[str], int]
    ) -> Sequence[Snippet]:
        """What other files offer at the cursor, within `tokens`.

        The same snippets as long as the cursor stays in its definition or near it, and when it comes back, if they
        hold: they stand at the start of the prompt, and with one of them everything behind it would be read again.
        """
        if self._indexer is None:
            return ()
        key = self._key(cursor.snapshot.path) or ""
        query = query_at(key, cursor, site, view)
        self._recent = visited(self._recent, key, query.line)
        query = replace(query, recent=tuple(place for place in self._recent if place.path != key))
        index, definition = self._indexer.index, (len(site.scopes), bisect_right(site.tops, cursor.offset))
        last = self._place(query, definition, tokens)
        if last is not None and index.holds(last.result, query):
            line = query.line if last.definition == definition else last.line
            self._keep(replace(last, line=line), last)
            return snippets_of(last.result)
        result = index.search(query, tokens, count, previous=last.result if last is not None else None)
        self._keep(_Kept(key, definition, query.line, tokens, result, query.prose), last)
        return snippets_of(result)

    def beside(self, path: PurePath | None) -> tuple[str, ...]:
        """Texts of the project's files like this one, to see how it is written: open ones, then those in its folder."""
        if path is None:
            return ()
        from retrieval.files import Source, read_source  # noqa: PLC0415  (imported by `open`)

        buffers = self._buffers.copy()  # the loop's; this may be the engine's thread
        found = {one: text for one, text in buffers.items() if one.suffix == path.suffix and one != path}
        if self._roots and Path(path).parent.is_dir():
            for one in sorted(Path(path).parent.glob(f"*{path.suffix}"))[:_BESIDE]:
                source = read_source(one) if one != path and one not in found else None
                if isinstance(source, Source):
                    found[one] = source.text
        return tuple(found.values())

    def secluded(self, path: PurePath) -> bool:
        """Whether a file must never go to somebody else's server: private by its name, or ignored. For any thread.

        Git is asked once per file and half a minute.
        """
        from retrieval.private_files import private  # noqa: PLC0415

        if private(path.as_posix(), self.never_send):
            return True
        name, now = str(path), time.monotonic()
        held = self._secluded.get(name)
        if held is None or now - held[0] > _ASKED_AGAIN_S:
            held = self._secluded[name] = (now, self._ignored(path))
        return held[1]

    def _ignored(self, path: PurePath) -> bool:
        """Whether git or an ignore file leaves it out; outside of the folders, as its own folder sees it."""
        from retrieval import ignoring  # noqa: PLC0415

        key = self._key(path)
        if self._indexer is None or key is None:
            return bool(ignoring.ignored(Path(path.parent), [path.name]))
        return bool(self._indexer.workspace.ignored([key]))

    def visit(self, path: PurePath | None, line: int) -> None:
        """The user edits or looks at this line (from 0): a source for what is written next in other files.

        Cheap; for any thread. Places where completions are asked for are noted without it.
        """
        key = self._key(path)
        if key is not None:
            self._recent = visited(self._recent, key, line)

    def changed_on_disk(self, paths: Sequence[PurePath]) -> None:
        """These files were created, changed or deleted."""
        if self._indexer is not None:
            from retrieval.watch import report  # noqa: PLC0415  (imported by `open`)

            report(self._indexer.shared.indexer, [str(path) for path in paths])

    def rescan(self) -> None:
        """List the folders anew and read what has changed."""
        if self._indexer is not None:
            self._indexer.rescan()

    def watch(self) -> None:
        """Follow changes on disk by ourselves, if `watchfiles` is installed (`abacus-lsp[watch]`)."""
        if self._indexer is not None:
            self._indexer.shared.watch()

    def wait(self, seconds: float) -> bool:
        """Until everything is indexed; False when that took longer."""
        return self._indexer is None or self._indexer.wait(seconds)

    def close(self) -> None:
        """Stop indexing."""
        indexer, self._indexer = self._indexer, None
        if indexer is not None:
            indexer.stop()

    def _place(self, query: "Query", definition: tuple[int, int], tokens: int) -> _Kept | None:
        """What was retrieved for this definition, or else near this line. What a docstring needs is not enough for code."""
        here = [kept for kept in self._kept if kept.key == query.path and kept.tokens == tokens]
        here = [kept for kept in here if query.prose or not kept.prose]
        same = (kept for kept in here if kept.definition == definition)
        near = (kept for kept in here if abs(kept.line - query.line) <= _NEAR_LINES)
        return next(same, None) or next(near, None)

    def _keep(self, new: _Kept, old: _Kept | None) -> None:
        self._kept = [new, *(kept for kept in self._kept if kept is not old)][:_KEPT]

    def _lay(self, path: PurePath, text: str | None) -> None:
        key = self._key(path)
        if self._indexer is None or key is None:
            return
        if text is None:
            self._indexer.close(key)
        else:
            self._indexer.change(key, text)

    def _share(self, share: float) -> None:
        self.on_share(share)

    def _key(self, path: PurePath | None) -> str | None:
        return (
            self._indexer.workspace.key(Path(path))
            if self._indexer is not None and path is not None
            else None
        )


def query_at(key: str, cursor: Cursor, site: Site, view: Window) -> "Query":
    """What is asked of the index at a cursor in `site` whose prompt shows `view`; `key` names the file there."""
    from retrieval import Query  # noqa: PLC0415  (imported by `open`)

    text, offset = to_newlines(cursor.snapshot.text), len(to_newlines(cursor.before))
    shown = (max(offset - len(view.prefix), 0), offset + len(view.rest) + len(view.below))
    return Query(key, text, offset, shown, prose=site.place == "docstring")


def snippets_of(result: "Result") -> list[Snippet]:
    """What was found, as a prompt takes it."""
    return [
        Snippet(found.path, found.text, found.kind, found.start_line + 1, found.score, found.why)
        for found in result.snippets
    ]


def visited(places: "tuple[Place, ...]", key: str, line: int) -> "tuple[Place, ...]":
    """The places with this one in front; one that is near it in the same file is the same place, moved."""
    from retrieval import Place  # noqa: PLC0415  (imported by `open`)

    rest = (place for place in places if place.path != key or abs(place.line - line) > _SAME_PLACE_LINES)
    return (Place(key, line), *rest)[:_MOST_PLACES]


def _nobody(_share: float) -> None:
    """Who is told of progress when nobody asked."""


def index_cache() -> Path:
    """Where indexes are kept between runs: `$ABACUS_HOME/index`, else the user's cache folder."""
    home = os.environ.get("ABACUS_HOME", "").strip()
    if home:
        return Path(home).expanduser().absolute() / "index"
    import platformdirs  # noqa: PLC0415  (14 ms that a set ABACUS_HOME saves)

    return platformdirs.user_cache_path("abacus-lsp", appauthor=False) / "index"


def project_of(file: Path) -> Path | None:
    """The project folder around a file: the nearest one with a project's mark, else the file's own folder.

    None where that would be a home folder, a folder for temporary files or a whole disk: nobody wants those indexed.
    """
    folders = [file.parent, *file.parent.parents]
    shared = (Path.home(), Path(tempfile.gettempdir()), Path(file.anchor))
    inside = [folder for folder in folders if folder not in shared]
    marked = (folder for folder in inside if any((folder / mark).exists() for mark in _PROJECT_MARKS))
    return next(marked, inside[0] if inside and inside[0] == file.parent else None)
