"""LSP handlers: convert, delegate, convert back.

Only this module and `proto` know pygls and lsprotocol. An async handler takes its snapshot in the first
statement; notification handlers are plain functions, so that the next request sees their effect.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any, Final, cast

import psutil
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from abacus_lsp import __version__, configuration
from abacus_lsp.completion.pipeline import Completion, Request
from abacus_lsp.completion.reasons import reason
from abacus_lsp.document import Cursor
from abacus_lsp.proto import Documents, completion_items, cursor_from_lsp, inline_items, path_of, root_of
from abacus_lsp.session import Session
from abacus_lsp.settings import Settings
from abacus_lsp.status import Offer, Status

log = logging.getLogger(__name__)

STATUS: Final = "$/abacus/status"
_PARENT_CHECK_S: Final = 2.0
DOWNLOAD: Final = {
    "en": "abacus: no model was found on this machine. Download this one? {about}",
    "zh": "abacus 珠算：本机没有可用的模型。是否下载：{about}",
}
ANSWERS: Final = {"en": ("Download", "Not now"), "zh": ("下载模型", "暂不")}

MakeSession = Callable[[Callable[[Status], None]], Session]


class AbacusServer(LanguageServer):
    """pygls's loop around one `Session`.

    Args:
        make_session: the composition root's; receives where status goes.
        base: the settings of the user's file, under those of the client.
    """

    def __init__(self, make_session: MakeSession, base: Settings) -> None:
        super().__init__("abacus-lsp", __version__, notebook_document_sync=_notebooks())  # pyright: ignore[reportUnknownMemberType]  (its *args)
        self.session = make_session(self._told)
        self._base = base
        self._initial: object = None
        self._locale = "en"
        self._watcher: asyncio.Task[None] | None = None
        self._offering: asyncio.Future[None] | None = None
        self._bar = _Bar(self)
        self._said = ""
        for method, handler, options in HANDLERS:
            self.feature(method, options)(handler)
        for command, handler in COMMANDS:
            self.command(command)(handler)

    @property
    def documents(self) -> Documents:
        """The client's documents."""
        return cast(Documents, self.protocol.workspace)

    def begin(self, params: types.InitializeParams) -> None:
        """Keep what `initialize` says; nothing is loaded before it is answered."""
        # pygls's workspace ends lines where LSP does not (form feed, U+2028); ours keeps the client's text.
        self.protocol._workspace = Documents.adopt(self.protocol.workspace)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self._locale = params.locale or os.environ.get("LC_ALL") or os.environ.get("LANG") or "en"
        self._initial = params.initialization_options

    async def start(self) -> None:
        """After `initialized`: read the client's configuration, load the model, watch the parent process."""
        if self.process_id:
            self._watcher = asyncio.create_task(_watch(self.process_id))
        await self.reconfigure(None)
        self.session.folders.open(self.documents.roots())

    async def reconfigure(self, pushed: object) -> None:
        """Settings in layers: the user's file, initializationOptions, then what the client holds now."""
        workspace = self.client_capabilities.workspace
        if workspace is not None and workspace.configuration:
            items = [types.ConfigurationItem(section="abacus")]
            answer = await self.workspace_configuration_async(types.ConfigurationParams(items))
            pushed = answer[0] if answer else None
        settings = self._base
        for layer in (self._initial, pushed):
            settings, problems = configuration.from_json(layer, settings)
            for problem in problems:
                self.say(types.MessageType.Warning, str(problem))
        self.session.configure(settings)

    def edited(self, uri: str) -> None:
        """The client's text of this document is new."""
        snapshot = self.documents.snapshot(uri)
        if snapshot is not None:
            self.session.edited(snapshot)

    def say(self, kind: types.MessageType, message: str) -> None:
        """A line in the client's log."""
        self.window_log_message(types.LogMessageParams(kind, message))

    @property
    def left_politely(self) -> bool:
        """Whether the client sent `shutdown` before it left."""
        return self.protocol._shutdown  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  (pygls swallows the exit code)

    @property
    def language(self) -> str:
        """Of messages: "zh" or "en"."""
        chosen = self.session.settings.language
        return chosen if chosen != "auto" else "zh" if self._locale.lower().startswith("zh") else "en"

    async def answer(self, cursor: Cursor | None, *, explicit: bool) -> Completion:
        """Ask the session; an error of ours becomes an empty answer with a reason, never the client's problem."""
        if cursor is None:
            return Completion("", 0, 0, "not-open")
        root = root_of(self.documents, cursor.snapshot)
        request = Request(cursor, self.session.settings, explicit, root)
        try:
            return await self.session.complete(request)
        except Exception:  # the one border where anything may arrive; the session has told the client
            log.exception("completion failed")
            return Completion("", 0, 0, "engine-error")

    async def offer(self, offer: Offer) -> None:
        """Ask whether to download a model; the licence is part of the question."""
        question = DOWNLOAD[self.language].format(about=offer.about)
        actions = [types.MessageActionItem(title) for title in ANSWERS[self.language]]
        params = types.ShowMessageRequestParams(types.MessageType.Info, question, actions)
        answer = await self.window_show_message_request_async(params)
        if answer is not None and answer.title == actions[0].title:
            await self.session.pull(offer.name)

    def _told(self, status: Status) -> None:
        params: dict[str, Any] = {"state": status.state}
        if status.info is not None:
            params |= {"model": status.info.name, "device": status.info.device}
            params |= {"engine": status.info.engine, "trial": status.info.trial}
        if status.progress is not None:
            params["progress"] = status.progress
        if status.code:
            told = reason(status.code, self.language, status.message)
            params["reason"] = {"code": told.code, "message": told.message}
        elif status.message:
            params["message"] = status.message
        self.protocol.notify(STATUS, params)
        self._bar.show(status)
        if status.state == "error" and status.message != self._said:
            self._said = status.message
            self.say(types.MessageType.Error, f"{status.code}: {status.message}")
        if status.offer is not None and self._offering is None:
            self._offering = asyncio.ensure_future(self.offer(status.offer))


class _Bar:
    """`$/progress` while a model is fetched or loaded, for clients that show it."""

    def __init__(self, server: AbacusServer) -> None:
        self._server = server
        self._token = ""
        self._count = 0

    def show(self, status: Status) -> None:
        """Begin, move or end the bar, as the state says."""
        window = self._server.client_capabilities.window
        if window is None or not window.work_done_progress:
            return
        if status.state != "loading":
            self._end()
        elif not self._token:
            self._begin(status)
        else:
            share = None if status.progress is None else min(int(status.progress * 100), 100)
            report = types.WorkDoneProgressReport(message=status.message, percentage=share)
            self._server.work_done_progress.report(self._token, report)

    def _begin(self, status: Status) -> None:
        self._count += 1
        self._token = f"abacus-{self._count}"
        # Messages arrive in order, so the client knows the token when the bar begins; its answer is not waited for.
        self._server.work_done_progress.create(self._token)  # pyright: ignore[reportUnknownMemberType]
        begin = types.WorkDoneProgressBegin("abacus 珠算", message=status.message, percentage=0)
        self._server.work_done_progress.begin(self._token, begin)

    def _end(self) -> None:
        if self._token:
            self._server.work_done_progress.end(self._token, types.WorkDoneProgressEnd())
            self._token = ""


def _notebooks() -> types.NotebookDocumentSyncOptions:
    return types.NotebookDocumentSyncOptions([types.NotebookDocumentFilterWithNotebook(notebook="*")])


async def _watch(parent: int) -> None:
    """Leave when the editor is gone, even if it left our standard input open in another child."""
    while psutil.pid_exists(parent):  # noqa: ASYNC110  (no event says that a process is gone)
        await asyncio.sleep(_PARENT_CHECK_S)
    log.warning("the parent process %d is gone", parent)
    os._exit(1)


def initialize(server: AbacusServer, params: types.InitializeParams) -> None:
    server.begin(params)


async def initialized(server: AbacusServer, _params: types.InitializedParams) -> None:
    await server.start()


async def did_change_configuration(server: AbacusServer, params: types.DidChangeConfigurationParams) -> None:
    held = params.settings
    await server.reconfigure(held.get("abacus", held) if isinstance(held, dict) else None)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def did_open(server: AbacusServer, params: types.DidOpenTextDocumentParams) -> None:
    server.edited(params.text_document.uri)


def did_change(server: AbacusServer, params: types.DidChangeTextDocumentParams) -> None:
    server.edited(params.text_document.uri)


def did_close(server: AbacusServer, params: types.DidCloseTextDocumentParams) -> None:
    server.session.closed(params.text_document.uri, path_of(params.text_document.uri))


def did_open_notebook(server: AbacusServer, params: types.DidOpenNotebookDocumentParams) -> None:
    for cell in params.cell_text_documents:
        server.edited(cell.uri)


def did_change_notebook(server: AbacusServer, params: types.DidChangeNotebookDocumentParams) -> None:
    cells = params.change.cells
    for change in (cells.text_content if cells else None) or ():
        server.edited(change.document.uri)


def did_change_folders(server: AbacusServer, _params: types.DidChangeWorkspaceFoldersParams) -> None:
    server.session.folders.open(server.documents.roots())


async def inline_completion(
    server: AbacusServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    cursor = cursor_from_lsp(server.documents, params.text_document.uri, params.position)
    explicit = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    return inline_items(server.documents, cursor, await server.answer(cursor, explicit=explicit))


async def completion(server: AbacusServer, params: types.CompletionParams) -> types.CompletionList:
    cursor = cursor_from_lsp(server.documents, params.text_document.uri, params.position)
    text_document = server.client_capabilities.text_document
    inline = text_document is not None and text_document.inline_completion is not None
    if inline and not server.session.settings.completion.popup:
        return completion_items(server.documents, cursor, Completion("", 0, 0, "inline-instead"))
    return completion_items(server.documents, cursor, await server.answer(cursor, explicit=False))


def shutdown(server: AbacusServer, _params: None) -> None:
    server.session.close()


def reload_model(server: AbacusServer) -> None:
    server.session.reload()


async def pull_model(server: AbacusServer, name: str) -> None:
    await server.session.pull(name)


def unload_model(server: AbacusServer) -> None:
    server.session.unload()


HANDLERS: Final[tuple[tuple[str, Callable[..., Any], Any], ...]] = (
    (types.INITIALIZE, initialize, None),
    (types.INITIALIZED, initialized, None),
    (types.SHUTDOWN, shutdown, None),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, did_change_configuration, None),
    (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, did_change_folders, None),
    (types.NOTEBOOK_DOCUMENT_DID_OPEN, did_open_notebook, None),
    (types.NOTEBOOK_DOCUMENT_DID_CHANGE, did_change_notebook, None),
    (types.TEXT_DOCUMENT_DID_OPEN, did_open, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, did_change, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, did_close, None),
    (types.TEXT_DOCUMENT_INLINE_COMPLETION, inline_completion, types.InlineCompletionOptions()),
    (types.TEXT_DOCUMENT_COMPLETION, completion, types.CompletionOptions()),
)
COMMANDS: Final[tuple[tuple[str, Callable[..., Any]], ...]] = (
    ("abacus.pullModel", pull_model),
    ("abacus.reloadModel", reload_model),
    ("abacus.unloadModel", unload_model),
)
