"""The language server: pygls's loop around one `Session`.

Only this package and `proto` know pygls and lsprotocol. Here is what a server is and tells; `handlers` says
what it answers to which method.
"""

import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, Final, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from abacus_lsp import __version__, narrowing
from abacus_lsp.completion.pipeline import Completion, Request
from abacus_lsp.completion.reuse import Spot
from abacus_lsp.daemon.environment import locale
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.ledger import Ledger
from abacus_lsp.proto import Documents, encoding_of, range_to_lsp, root_of
from abacus_lsp.server import telling
from abacus_lsp.server.bars import Bar, Step
from abacus_lsp.server.parent import leave_with
from abacus_lsp.session import Ready, Session
from abacus_lsp.settings import Settings
from abacus_lsp.status import Offer, Status, Tell
from abacus_lsp.uses import Uses

log = logging.getLogger(__name__)

STATUS: Final = "$/abacus/status"
ANSWERED: Final = "$/abacus/answered"
READY: Final = "$/abacus/ready"
_GUESS_S: Final = 0.5
MakeSession = Callable[[Tell, Ready], Session]


class AbacusServer(LanguageServer):
    """pygls's loop around one `Session`.

    Args:
        make_session: the composition root's; receives where status and late answers go.
        base: the settings of the user's file, under those of the client.
        ledger: where it is written what became of the answers.
    """

    def __init__(self, make_session: MakeSession, base: Settings, ledger: Ledger) -> None:
        super().__init__("abacus-lsp", __version__, notebook_document_sync=_notebooks())  # pyright: ignore[reportUnknownMemberType]  (its *args)
        self.session = make_session(self._told, self._ready)
        self.uses = Uses(self.session, self._snapshot, ledger)
        self._base = base
        self._initial: object = None
        self._pushed: object = None
        self._rereading: asyncio.Future[None] | None = None
        self._locale = "en"
        self._watcher: asyncio.Task[None] | None = None
        self._offering: asyncio.Future[None] | None = None
        self._loading = Bar(self._send_bar, "abacus 珠算")
        self._indexing = Bar(self._send_bar, "abacus 珠算")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._said = ""
        self._placed: set[str] = set()  # documents of which the client has told a cursor
        self._pages: tempfile.TemporaryDirectory[str] | None = None

    @property
    def documents(self) -> Documents:
        """The client's documents."""
        return cast(Documents, self.protocol.workspace)

    def begin(self, params: types.InitializeParams) -> None:
        """Keep what `initialize` says; nothing is loaded before it is answered."""
        # pygls's workspace ends lines where LSP does not (form feed, U+2028); ours keeps the client's text.
        self.protocol._workspace = Documents.adopt(self.protocol.workspace)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self._locale = params.locale or locale(os.environ) or "en"
        self._initial = params.initialization_options

    async def start(self) -> None:
        """After `initialized`: read the client's configuration, load the model, watch the parent process."""
        self._loop = asyncio.get_running_loop()
        if self.process_id:
            self._watcher = asyncio.create_task(leave_with(self.process_id))
        await self.reconfigure(None)
        self.session.folders.open(self.documents.roots())
        await self._watch_files()

    async def _watch_files(self) -> None:
        """Ask the client to report changes on disk, if it can; else the index watches by itself."""
        workspace = self.client_capabilities.workspace
        watched = workspace.did_change_watched_files if workspace is not None else None
        if watched is None or not watched.dynamic_registration:
            self.session.folders.watch()
            return
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*")])
        registration = types.RegistrationParams([types.Registration("abacus-files", method, options)])
        try:
            await self.client_register_capability_async(registration)
        except JsonRpcException as error:  # Emacs in a project that its version control cannot list
            log.info("the client will not watch files: %s", error)
            self.session.folders.watch()

    async def reconfigure(self, pushed: object) -> None:
        """Settings in layers: the user's file, initializationOptions, then what the client holds now."""
        workspace = self.client_capabilities.workspace
        if workspace is not None and workspace.configuration:
            items = [types.ConfigurationItem(section="abacus")]
            answer = await self.workspace_configuration_async(types.ConfigurationParams(items))
            pushed = answer[0] if answer else None
        self._pushed = pushed
        settings, problems = narrowing.settings_of(
            self._base, (self._initial, pushed), self.documents.roots()
        )
        for problem in problems:
            self.say(types.MessageType.Warning, telling.not_taken(problem, self.language))
        self.session.folders.configure(settings)
        self.session.configure(settings)

    async def folders_changed(self) -> None:
        """Other folders are open, or what one says of itself is new."""
        self.session.folders.open(self.documents.roots())
        await self.reconfigure(self._pushed)

    def changed_on_disk(self, paths: Sequence[PurePath]) -> None:
        """These files are new, different or gone; what a folder says of itself holds at once."""
        self.session.folders.changed_on_disk(paths)
        if any(path.name == narrowing.FILE for path in paths):
            self._rereading = asyncio.ensure_future(self.reconfigure(self._pushed))

    def _snapshot(self, uri: str) -> Snapshot | None:
        return self.documents.snapshot(uri)

    def edited(self, uri: str) -> None:
        """The client's text of this document is new."""
        if (snapshot := self.documents.snapshot(uri)) is not None:
            self.session.edited(snapshot)

    def indexed(self, share: float) -> None:
        """How much of the workspace the index holds, 0 to 1; called from the indexer's thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._show_index, share)

    def _show_index(self, share: float) -> None:
        if share < 1:
            self._indexing.show(telling.INDEXING[self.language], share)
        else:
            self._indexing.end()

    def _send_bar(self, token: str, value: Step) -> None:
        window = self.client_capabilities.window
        if window is None or not window.work_done_progress:
            return
        if isinstance(value, types.WorkDoneProgressBegin):
            # Messages arrive in order: the client knows the token when the bar begins. Its answer is not waited for.
            self.work_done_progress.create(token)  # pyright: ignore[reportUnknownMemberType]
        self.protocol.notify(types.PROGRESS, types.ProgressParams(token, value))

    def say(self, kind: types.MessageType, message: str) -> None:
        """A line in the client's log."""
        self.window_log_message(types.LogMessageParams(kind, message))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """A handler failed: for the log, without the message it was given; its client has got an error or nothing."""
        foreseen = isinstance(error, JsonRpcException)  # what the client did wrong; its answer says so
        log.error("%s: %s", getattr(source, "__name__", source), error, exc_info=None if foreseen else error)

    @property
    def left_politely(self) -> bool:
        """Whether the client sent `shutdown` before it left."""
        return self.protocol._shutdown  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  (pygls swallows the exit code)

    @property
    def language(self) -> str:
        """Of messages: "zh" or "en"."""
        chosen = self.session.settings.language
        return chosen if chosen != "auto" else "zh" if self._locale.lower().startswith("zh") else "en"

    def opened(self, uri: str) -> None:
        """A document is there; if the client does not soon say where the cursor is, its end is as good a guess as any."""
        self._placed.discard(uri)
        asyncio.get_running_loop().call_later(_GUESS_S, self._guess, uri)

    def _guess(self, uri: str) -> None:
        snapshot = self.documents.snapshot(uri)
        if snapshot is not None and uri not in self._placed:
            self.rest(Cursor(snapshot, len(snapshot.text)))

    def rest(self, cursor: Cursor | None) -> None:
        """The cursor rests here."""
        if cursor is not None:
            self._placed.add(cursor.snapshot.uri)
            root = root_of(self.documents, cursor.snapshot)
            secluded = self.session.folders.secluded
            self.session.resting(Request(cursor, self.session.settings, root=root, secluded=secluded))

    async def answer(self, cursor: Cursor | None, *, explicit: bool) -> tuple[Completion, int]:
        """Ask the session; the answer, and the number under which its fate is told (0 for an empty one).

        An error of ours becomes an empty answer with a reason, never the client's problem.
        """
        if cursor is None:
            self.uses.last = Completion("", 0, 0, "not-open", source="none")
            return self.uses.last, 0
        self._placed.add(cursor.snapshot.uri)
        root = root_of(self.documents, cursor.snapshot)
        turned_down: frozenset[str] = frozenset() if explicit else self.session.turned_down
        path, folders = cursor.snapshot.path, self.session.folders
        request = Request(
            cursor,
            self.session.settings,
            explicit,
            root,
            turned_down,
            beside=lambda: folders.beside(path),
            secluded=folders.secluded,
            tongue="zh" if self.language == "zh" else "en",
        )
        began = time.perf_counter()
        try:
            completion = await self.session.complete(request)
        except Exception:  # the one border where anything may arrive; the session has told the client
            log.exception("completion failed")
            completion = Completion("", 0, 0, "engine-error")
        seconds = time.perf_counter() - began
        self._tell_reason(completion)
        if request.settings.completion.report:
            self._report(cursor, completion, seconds)
        return completion, self.uses.answered(request, completion, seconds)

    def _tell_reason(self, completion: Completion) -> None:
        """An answer without a run has a reason too; the session tells only those of runs."""
        held = self.session.status
        if completion.source != "model" and held.state == "ready" and held.code != completion.reason:
            self.session.status = replace(held, code=completion.reason, message=completion.detail)
            self.protocol.notify(STATUS, telling.status(self.session.status, self.language))
            if completion.reason != "ok":  # a text from memory does not say that a server is back
                self._say_once(self.session.status)

    def show_page(self, name: str, text: str) -> None:
        """Open a text in the editor, if it can open one: a file of this process's own that goes with it."""
        window = self.client_capabilities.window
        if not text or window is None or window.show_document is None or not window.show_document.support:
            return
        if self._pages is None:
            self._pages = tempfile.TemporaryDirectory(prefix="abacus-")
        page = Path(self._pages.name) / name
        page.write_text(text, "utf-8", "replace")
        # Whether the editor could open it is of no consequence: its answer is not waited for.
        self.window_show_document(types.ShowDocumentParams(page.as_uri(), take_focus=True))

    def _report(self, cursor: Cursor, completion: Completion, seconds: float) -> None:
        """What an answer cost, for whoever measures."""
        place = self._place(Spot.of(cursor), cursor.snapshot.version)
        self.protocol.notify(ANSWERED, place | telling.answered(completion, seconds, self.language))

    def _ready(self, spot: Spot, version: int | None) -> None:
        """An answer is there that nobody waits for: the client may ask again, as if a key had been pressed."""
        self.protocol.notify(READY, self._place(spot, version))

    def _place(self, spot: Spot, version: int | None) -> dict[str, Any]:
        place = range_to_lsp(spot.before, len(spot.before), len(spot.before), encoding_of(self.documents))
        position = {"line": place.start.line, "character": place.start.character}
        return {"uri": spot.uri, "version": version, "position": position}

    def _say_once(self, status: Status) -> None:
        """A line in the client's log for each trouble, not for each request that meets it."""
        if status.code == "ok" or status.code.startswith("load-"):
            self._said = ""
        # What goes wrong with a loaded model brings an engine's own message; its words may differ from time to time.
        trouble = status.message if status.state == "error" else status.message and status.code
        if status.state in ("error", "ready") and trouble and trouble != self._said:
            self._said = trouble
            self.say(types.MessageType.Error, telling.trouble(status.code, status.message, self.language))

    async def offer(self, offer: Offer) -> None:
        """Ask whether to download a model; the licence is part of the question."""
        question = telling.question(offer, self.language)
        answer = await self.window_show_message_request_async(question)
        if answer is not None and question.actions and answer.title == question.actions[0].title:
            await self.session.host.pull(offer.name)

    def _told(self, status: Status) -> None:
        self.protocol.notify(STATUS, telling.status(status, self.language))
        if status.state == "loading":
            self._loading.show(telling.doing(status.message, self.language), status.progress)
        else:
            self._loading.end()
        self._say_once(status)
        if status.offer is not None and self._offering is None:
            self._offering = asyncio.ensure_future(self.offer(status.offer))


def _notebooks() -> types.NotebookDocumentSyncOptions:
    return types.NotebookDocumentSyncOptions([types.NotebookDocumentFilterWithNotebook(notebook="*")])
