"""LSP handlers: convert, delegate, convert back.

An async handler takes its snapshot in the first statement; notification handlers are plain functions, so that
the next request sees their effect.
"""

import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import PurePath
from typing import Any, Final, cast, get_args

from lsprotocol import types

from abacus_lsp.completion.parts import Unit
from abacus_lsp.completion.pipeline import Completion
from abacus_lsp.completion.story import facts, prompt_page
from abacus_lsp.proto import (
    ACCEPTED,
    as_if_taken,
    completion_items,
    cursor_from_lsp,
    encoding_of,
    going_on,
    inline_items,
    path_of,
    range_to_lsp,
)
from abacus_lsp.server import AbacusServer, actions


def register(server: AbacusServer) -> None:
    """Connect every handler and command."""
    for method, handler, options in (*HANDLERS, *actions.HANDLERS):
        server.feature(method, options)(handler)
    for command, handler in (*COMMANDS, *actions.COMMANDS):
        server.command(command)(handler)


def initialize(server: AbacusServer, params: types.InitializeParams) -> None:
    server.begin(params)


async def initialized(server: AbacusServer, _params: types.InitializedParams) -> None:
    await server.start()


async def did_change_configuration(server: AbacusServer, params: types.DidChangeConfigurationParams) -> None:
    held = params.settings
    await server.reconfigure(held.get("abacus", held) if isinstance(held, dict) else None)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def did_open(server: AbacusServer, params: types.DidOpenTextDocumentParams) -> None:
    server.edited(params.text_document.uri)
    server.opened(params.text_document.uri)


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


async def did_change_folders(server: AbacusServer, _params: types.DidChangeWorkspaceFoldersParams) -> None:
    await server.folders_changed()


async def inline_completion(
    server: AbacusServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    selected = params.context.selected_completion_info
    here = cursor_from_lsp(server.documents, params.text_document.uri, params.position)
    cursor = as_if_taken(server.documents, here, selected)
    explicit = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    answer = await server.answer(cursor, explicit=explicit)
    return going_on(inline_items(server.documents, cursor, *answer), selected)


async def completion(server: AbacusServer, params: types.CompletionParams) -> types.CompletionList:
    cursor = cursor_from_lsp(server.documents, params.text_document.uri, params.position)
    text_document = server.client_capabilities.text_document
    inline = text_document is not None and text_document.inline_completion is not None
    if inline and not server.session.settings.completion.popup:
        silence = Completion("", 0, 0, "inline-instead", source="none")
        server.uses.last = server.uses.last or silence  # the same key is asked about twice: ghost text counts
        return completion_items(server.documents, cursor, silence)
    return completion_items(server.documents, cursor, *await server.answer(cursor, explicit=False))


def did_save(server: AbacusServer, params: types.DidSaveTextDocumentParams) -> None:
    server.changed_on_disk(_paths([params.text_document.uri]))


def shutdown(server: AbacusServer, _params: None) -> None:
    server.uses.close()
    server.session.close()


def did_change_watched_files(server: AbacusServer, params: types.DidChangeWatchedFilesParams) -> None:
    server.changed_on_disk(_paths([change.uri for change in params.changes]))


def _paths(uris: list[str]) -> list[PurePath]:
    return [path for uri in uris if (path := path_of(uri)) is not None]


def reindex(server: AbacusServer) -> None:
    server.session.folders.rescan()


def reload_model(server: AbacusServer) -> None:
    server.session.host.reload()


async def pull_model(server: AbacusServer, name: str) -> None:
    await server.session.host.pull(name)


def unload_model(server: AbacusServer) -> None:
    server.session.host.unload()


def accepted(server: AbacusServer, number: int) -> None:
    server.uses.accepted(number)


def accept_part(server: AbacusServer, number: int, unit: str = "word") -> types.TextEdit | None:
    part = server.uses.part(number, cast(Unit, unit)) if unit in get_args(Unit) else None
    if part is None:
        return None
    place = range_to_lsp(part.snapshot.text, part.start, part.end, encoding_of(server.documents))
    return types.TextEdit(place, part.text)


def cursor_rests(server: AbacusServer, params: Any) -> None:
    """The client says where its cursor is: after a file was opened or shown, or a jump."""
    try:
        uri, at = str(params.textDocument.uri), params.position
        position = types.Position(int(at.line), int(at.character))
    except (AttributeError, TypeError, ValueError):
        return
    server.rest(cursor_from_lsp(server.documents, uri, position))


def shown(server: AbacusServer, params: Any) -> None:
    server.uses.shown(number_of(params))


def rejected(server: AbacusServer, params: Any) -> None:
    server.uses.rejected(number_of(params))


def number_of(params: Any) -> int:
    """The `id` of a notification of ours; 0 where there is none."""
    number = getattr(params, "id", 0)
    return number if isinstance(number, int) else 0


def snooze(server: AbacusServer, minutes: float = 5) -> None:
    server.session.rhythm.snooze(max(minutes, 0) * 60, time.monotonic())


def explain_last(server: AbacusServer) -> dict[str, Any]:
    last = server.uses.last
    return facts(last, server.language) if last is not None else {}


def show_prompt(server: AbacusServer) -> str:
    last = server.uses.last_run
    page = prompt_page(last) if last is not None else ""
    server.show_page("prompt.txt", page)
    return page


def document_state(server: AbacusServer, uri: str) -> dict[str, Any] | None:
    """What the server holds of a document, so that a client can check that both hold the same; None if not open."""
    snapshot = server.documents.snapshot(uri)
    if snapshot is None:
        return None
    digest = sha256(snapshot.text.encode("utf-8", "surrogatepass")).hexdigest()
    return {"version": snapshot.version, "characters": len(snapshot.text), "sha256": digest}


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
    (types.TEXT_DOCUMENT_DID_SAVE, did_save, None),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, did_change_watched_files, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, did_close, None),
    (types.TEXT_DOCUMENT_INLINE_COMPLETION, inline_completion, types.InlineCompletionOptions()),
    (types.TEXT_DOCUMENT_COMPLETION, completion, types.CompletionOptions()),
    ("$/abacus/cursor", cursor_rests, None),
    ("$/abacus/shown", shown, None),
    ("$/abacus/rejected", rejected, None),
)
COMMANDS: Final[tuple[tuple[str, Callable[..., Any]], ...]] = (
    (ACCEPTED, accepted),
    ("abacus.acceptPart", accept_part),
    ("abacus.documentState", document_state),
    ("abacus.explainLast", explain_last),
    ("abacus.pullModel", pull_model),
    ("abacus.reindex", reindex),
    ("abacus.reloadModel", reload_model),
    ("abacus.showPrompt", show_prompt),
    ("abacus.snooze", snooze),
    ("abacus.unloadModel", unload_model),
)
