"""The texts a client holds open, as it sent them: what a new daemon must be told.

Knows documents and notebooks of LSP as plain JSON; must not know sockets or requests. Edits are kept as they come
and applied now and then, so that a keystroke costs nothing here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from abacus_lsp.columns import Columns

Json = dict[str, Any]
_MOST_PENDING: Final = 64  # edits of one document that are kept apart


@dataclass(slots=True)
class _Buffer:
    item: Json  # a TextDocumentItem; its text as of the edits that were applied
    notebook: str | None = None
    pending: list[Json] = field(default_factory=list[Json])


class Buffers:
    """Open documents and notebooks of one client. `encoding` is the unit of columns that was negotiated."""

    def __init__(self) -> None:
        self.encoding = "utf-16"
        self._buffers: dict[str, _Buffer] = {}
        self._notebooks: dict[str, Json] = {}

    def took(self, method: str, params: Mapping[str, Any]) -> None:
        """A notification of the client. Those that are not about documents are ignored.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: it is not what the protocol says; nothing was taken.
        """
        match method:
            case "textDocument/didOpen":
                self._open(params["textDocument"], None)
            case "textDocument/didChange":
                self._change(params["textDocument"], params["contentChanges"])
            case "textDocument/didClose":
                self._buffers.pop(params["textDocument"]["uri"], None)
            case "notebookDocument/didOpen":
                self._open_notebook(params["notebookDocument"], params["cellTextDocuments"])
            case "notebookDocument/didChange":
                self._change_notebook(params["notebookDocument"], params["change"])
            case "notebookDocument/didClose":
                self._close_notebook(params["notebookDocument"]["uri"])
            case _:
                pass

    def opening(self) -> list[tuple[str, Json]]:
        """The notifications (method, params) that open everything again with its present text."""
        for buffer in self._buffers.values():
            self._apply(buffer)
        told: list[tuple[str, Json]] = [
            ("textDocument/didOpen", {"textDocument": buffer.item})
            for buffer in self._buffers.values()
            if buffer.notebook is None
        ]
        for uri, notebook in self._notebooks.items():
            cells = [buffer.item for buffer in self._buffers.values() if buffer.notebook == uri]
            params = {"notebookDocument": notebook, "cellTextDocuments": cells}
            told.append(("notebookDocument/didOpen", params))
        return told

    def _open(self, item: Json, notebook: str | None) -> None:
        self._buffers[item["uri"]] = _Buffer(dict(item), notebook)

    def _change(self, document: Json, changes: Sequence[Json]) -> None:
        buffer = self._buffers.get(document["uri"])
        if buffer is None:  # as the server does: there is no text to change
            return
        buffer.pending += changes
        buffer.item["version"] = document.get("version")
        if len(buffer.pending) > _MOST_PENDING:
            self._apply(buffer)

    def _apply(self, buffer: _Buffer) -> None:
        text = buffer.item["text"]
        for change in buffer.pending:
            text = _changed(text, change, self.encoding)
        buffer.pending.clear()
        buffer.item["text"] = text

    def _open_notebook(self, notebook: Json, cells: Sequence[Json]) -> None:
        self._notebooks[notebook["uri"]] = dict(notebook)
        for cell in cells:
            self._open(cell, notebook["uri"])

    def _change_notebook(self, document: Json, change: Json) -> None:
        notebook = self._notebooks.get(document["uri"])
        if notebook is None:
            return
        notebook["version"] = document.get("version")
        if "metadata" in change:
            notebook["metadata"] = change["metadata"]
        cells: Json = change.get("cells") or {}
        if structure := cells.get("structure"):
            array = structure["array"]
            held = list(notebook["cells"])
            held[array["start"] : array["start"] + array["deleteCount"]] = array.get("cells") or []
            notebook["cells"] = held
            for item in structure.get("didOpen") or ():
                self._open(item, document["uri"])
            for item in structure.get("didClose") or ():
                self._buffers.pop(item["uri"], None)
        new = {cell["document"]: cell for cell in cells.get("data") or ()}
        notebook["cells"] = [new.get(cell["document"], cell) for cell in notebook["cells"]]
        for each in cells.get("textContent") or ():
            self._change(each["document"], each["changes"])

    def _close_notebook(self, uri: str) -> None:
        self._notebooks.pop(uri, None)
        self._buffers = {name: buffer for name, buffer in self._buffers.items() if buffer.notebook != uri}


def _changed(text: str, change: Json, encoding: str) -> str:
    """One content change; one that is not what the protocol says changes nothing, as in the server."""
    try:
        place, new = change.get("range"), change["text"]
        if not isinstance(new, str):
            return text
        if place is None:
            return new
        start, end = place["start"], place["end"]
        ends = (start["line"], start["character"]), (end["line"], end["character"])
        return Columns(text, encoding).replaced(*ends, new)
    except (KeyError, TypeError, AttributeError):
        return text
