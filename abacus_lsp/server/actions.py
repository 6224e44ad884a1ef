"""Code actions: write a docstring, summarise code. Offered as commands that end in a versioned `workspace/applyEdit`.

A command and not an edit to be resolved: the model takes seconds, the text may change meanwhile, and Helix, Neovim
and VS Code all check the version of an edit that a server applies. What was written for an older text is fitted
into the present one (the item is found again by its name), or dropped with a message; it is never applied blindly.
"""

import asyncio
from typing import Any, Final, cast

from lsprotocol import types

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.completion.pipeline import Model
from abacus_lsp.completion.reasons import reason
from abacus_lsp.docstrings import choose, items, prose, summary, write
from abacus_lsp.docstrings.item import Item
from abacus_lsp.docstrings.phrases import Tongue
from abacus_lsp.document import Snapshot
from abacus_lsp.engines.base import EngineError, PrivateFile
from abacus_lsp.proto import LineIndex, encoding_of, range_to_lsp
from abacus_lsp.server import AbacusServer, telling
from abacus_lsp.server.work import on_engine
from abacus_lsp.site import Span

DOCUMENT: Final = "abacus.document"
SUMMARISE: Final = "abacus.summarise"
_KIND: Final = types.CodeActionKind.RefactorRewrite
_SAID: Final[dict[str, tuple[str, str]]] = {
    "docstring": ("Write docstring", "生成文档字符串"),
    "comment": ("Write documentation comment", "生成文档注释"),
    "complete-docstring": ("Complete docstring", "补全文档字符串"),
    "complete-comment": ("Complete documentation comment", "补全文档注释"),
    "summarise": ("Summarise", "生成代码摘要"),
    "summarise-comment": ("Summarise in a comment", "生成代码摘要并插入注释"),
    "no-model": (
        "abacus: no model is loaded, so only the structure was written, from the syntax tree.",
        "abacus 珠算：没有加载模型，仅根据语法树写出了结构。",
    ),
    "no-words": (
        "abacus: the model's words were of no use; what is shown comes from the syntax tree.",
        "abacus 珠算：模型的文字不可用，此处内容来自语法树。",
    ),
    "no-words-no-model": (
        "abacus: no model is loaded; this comes from the syntax tree.",
        "abacus 珠算：没有加载模型，此处内容来自语法树。",
    ),
    "nothing": (
        "abacus: nothing to document here, or nothing is missing.",
        "abacus 珠算：此处没有可写的文档，或文档已完整。",
    ),
    "no-place": (
        "abacus: a comment there would be read as something else; nothing was written.",
        "abacus 珠算：此处的注释不会被识别为注释，未写入任何内容。",
    ),
    "changed": (
        "abacus: the text changed meanwhile; nothing was written. Ask again.",
        "abacus 珠算：文本已改变，未写入任何内容，请重试。",
    ),
}


async def code_action(server: AbacusServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """What can be done at the selection. The tree is made off the loop: editors ask at every move of the cursor."""
    snapshot = server.documents.snapshot(params.text_document.uri)
    if snapshot is None or not _asked_for(params.context.only):
        return []
    span = _span(server, snapshot, params.range)
    item = await asyncio.to_thread(items.item_at, snapshot, span.start)
    held: list[types.CodeAction] = []
    if item is not None and write.wanted(snapshot, item, _manner(server, snapshot)):
        thing = "docstring" if item.frame == "quotes" else "comment"
        key = thing if item.doc is None else f"complete-{thing}"
        held.append(_action(_say(server, key), DOCUMENT, {"uri": snapshot.uri, "offset": span.start}))
    if not snapshot.text.strip():
        return held
    target = span if span.end > span.start else item.span if item is not None else Span(0, len(snapshot.text))
    place = {"uri": snapshot.uri, "start": target.start, "end": target.end}
    held.append(_action(_say(server, "summarise"), SUMMARISE, place))
    if summary.takes_comments(snapshot):
        held.append(_action(_say(server, "summarise-comment"), SUMMARISE, {**place, "comment": True}))
    return held


def _may_leave(server: AbacusServer, snapshot: Snapshot, model: Model) -> None:
    """On the engine's thread.

    Raises:
        PrivateFile: somebody else's server must not see this document.
    """
    path = snapshot.path
    if model.outside and path is not None and server.session.folders.secluded(path):
        raise PrivateFile(reason("private-file").message)


async def document(server: AbacusServer, where: Any) -> bool:
    """Write the docstring at `where` {uri, offset}; whether something was written."""
    asked = cast("dict[str, Any]", where)
    snapshot = server.documents.snapshot(str(asked.get("uri", "")))
    offset = min(int(asked.get("offset", 0)), len(snapshot.text)) if snapshot is not None else 0
    item = items.item_at(snapshot, offset) if snapshot is not None else None
    if snapshot is None or item is None or not write.wanted(snapshot, item, _manner(server, snapshot)):
        _show(server, "nothing")
        return False
    manner = _manner(server, snapshot)

    def ask(model: Model, token: CancelToken) -> write.Prose:
        _may_leave(server, snapshot, model)
        return prose.prose_for(snapshot, item, manner, prose.Asking(model.engine, model.profile, token))

    try:
        said = await on_engine(server.session, ask)
    except (Cancelled, EngineError) as error:
        _warn(server, error)
        said = None
    present = server.documents.snapshot(snapshot.uri)
    again = item if snapshot == present else _same(present, item)
    edit = write.edit_of(present, again, manner, said or {}) if present is not None and again else None
    if present is None or edit is None:
        _show(server, "changed")
        return False
    if said is None:
        _show(server, "no-model")
    elif not said:
        _show(server, "no-words")
    return await _apply(server, present, edit)


async def summarise(server: AbacusServer, where: Any) -> str:
    """Summarise `where` {uri, start, end, comment}; shown as a message, or written as a comment. Returns the text."""
    asked = cast("dict[str, Any]", where)
    snapshot = server.documents.snapshot(str(asked.get("uri", "")))
    if snapshot is None:
        return ""
    size = len(snapshot.text)
    start = min(max(int(asked.get("start", 0)), 0), size)
    span = Span(start, min(max(int(asked.get("end", size)), start), size))
    tongue = _manner(server, snapshot).tongue

    def ask(model: Model, token: CancelToken) -> summary.Summary:
        _may_leave(server, snapshot, model)
        asking = prose.Asking(model.engine, model.profile, token)
        return summary.summarise(snapshot, span, tongue, asking)

    try:
        found = await on_engine(server.session, ask)
    except (Cancelled, EngineError) as error:
        _warn(server, error)
        found = None
    told = found or summary.without_model(snapshot, span, tongue)
    if not told.asked:
        _show(server, "no-words" if found is not None else "no-words-no-model")
    text = "\n".join(told.lines)
    if not asked.get("comment"):
        server.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))
        return text
    edit = summary.comment_of(snapshot, span, told)
    if edit is None or server.documents.snapshot(snapshot.uri) != snapshot:
        _show(server, "changed" if edit is not None else "no-place")
        return ""
    return text if await _apply(server, snapshot, edit) else ""


def _same(present: Snapshot | None, item: Item) -> Item | None:
    """The item in the text as it is now: the only one of its name and kind, still as it was."""
    if present is None:
        return None
    same = [one for one in items.items_in(present) if (one.name, one.kind) == (item.name, item.kind)]
    return same[0] if len(same) == 1 and same[0].signature == item.signature else None


async def _apply(server: AbacusServer, snapshot: Snapshot, edit: write.Edit) -> bool:
    place = range_to_lsp(snapshot.text, edit.start, edit.end, encoding_of(server.documents))
    workspace = server.client_capabilities.workspace
    capable = workspace.workspace_edit if workspace is not None else None
    whole = types.WorkspaceEdit(changes={snapshot.uri: [types.TextEdit(place, edit.text)]})
    if capable is not None and capable.document_changes:
        document = types.OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
        change = types.TextDocumentEdit(document, [types.TextEdit(place, edit.text)])
        whole = types.WorkspaceEdit(document_changes=[change])
    answer = await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(whole))
    if not answer.applied:
        _show(server, "changed")
    return answer.applied


def _asked_for(only: Any) -> bool:
    kinds = cast("list[str] | None", only)
    return kinds is None or any(kind == _KIND or _KIND.startswith(f"{kind}.") or kind == "" for kind in kinds)


def _span(server: AbacusServer, snapshot: Snapshot, place: types.Range) -> Span:
    index = LineIndex(snapshot.text, encoding_of(server.documents))
    return Span(index.offset(place.start), index.offset(place.end))


def _action(title: str, command: str, argument: dict[str, Any]) -> types.CodeAction:
    return types.CodeAction(title, kind=_KIND, command=types.Command(title, command, arguments=[argument]))


def _manner(server: AbacusServer, snapshot: Snapshot) -> choose.Manner:
    def beside() -> tuple[str, ...]:
        return server.session.folders.beside(snapshot.path)

    return choose.manner_of(snapshot, server.session.settings.docstrings, _tongue(server), beside)


def _tongue(server: AbacusServer) -> Tongue:
    return "zh" if server.language == "zh" else "en"


def _say(server: AbacusServer, key: str) -> str:
    return _SAID[key][_tongue(server) == "zh"]


def _warn(server: AbacusServer, error: Cancelled | EngineError) -> None:
    told = (error.reason, "") if isinstance(error, Cancelled) else (error.code, str(error))
    server.say(types.MessageType.Warning, telling.trouble(*told, server.language))


def _show(server: AbacusServer, key: str) -> None:
    server.window_show_message(types.ShowMessageParams(types.MessageType.Info, _say(server, key)))


HANDLERS: Final = ((types.TEXT_DOCUMENT_CODE_ACTION, code_action, types.CodeActionOptions([_KIND])),)
COMMANDS: Final = ((DOCUMENT, document), (SUMMARISE, summarise))
