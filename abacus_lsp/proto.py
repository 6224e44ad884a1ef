r"""LSP text and positions to and from the domain; with `columns`, the only arithmetic on client columns.

LSP counts a line's columns in the units that were negotiated (utf-8, utf-16 or utf-32) and ends lines at
"\n", "\r\n" and "\r" only. pygls splits at every character that `str.splitlines` knows (form feeds, U+2028
…), which would put edits on the wrong line, so documents are kept here and pygls asks them.
"""

import re
from dataclasses import replace
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import unquote, urlsplit

from lsprotocol import types
from pygls.workspace import TextDocument, Workspace

from abacus_lsp import languages
from abacus_lsp.columns import Columns
from abacus_lsp.completion.pipeline import Completion
from abacus_lsp.document import Cursor, Snapshot

_WORD_END = re.compile(r"\w+$")
ACCEPTED = "abacus.accepted"
_LABEL = 48  # characters; Helix's popup is as wide as its longest label
_DRIVE = re.compile(r"^/?([A-Za-z]):(?=/|\\|$)")

Encoding = types.PositionEncodingKind


class LineIndex(Columns):
    """The two conversions between offsets in one text and the protocol's positions."""

    def offset(self, position: types.Position) -> int:
        """Code-point offset of a client position (`Columns.offset_at`)."""
        return self.offset_at(position.line, position.character)

    def position(self, offset: int) -> types.Position:
        """Client position of a code-point offset."""
        return types.Position(*self.place_of(offset))


class Document(TextDocument):
    """A document whose text is exactly the client's."""

    @property
    def index(self) -> LineIndex:
        return LineIndex(self.source, self.encoding)

    @property
    def encoding(self) -> Encoding:
        return Encoding(self.position_codec.encoding)

    def _apply_incremental_change(self, change: types.TextDocumentContentChangePartial) -> None:
        start, end = change.range.start, change.range.end
        self._source = self.index.replaced(
            (start.line, start.character), (end.line, end.character), change.text
        )

    @property
    def source(self) -> str:
        """The client's text; a document the client never opened is empty, never read from disk."""
        return self._source or ""


class Documents(Workspace):
    """The client's documents and notebooks; made from pygls's own workspace when `initialize` arrives."""

    @classmethod
    def adopt(cls, other: Workspace) -> "Documents":
        return cls(
            other.root_uri,
            types.TextDocumentSyncKind.Incremental,
            list(other.folders.values()),
            other.position_encoding,
        )

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> TextDocument:
        return Document(
            doc_uri,
            source=source,
            version=version,
            language_id=language_id,
            position_codec=self.position_codec,
        )

    def update_text_document(
        self, text_doc: types.VersionedTextDocumentIdentifier, change: types.TextDocumentContentChangeEvent
    ) -> None:
        """A change to a document that was never opened is dropped: there is no text to apply it to."""
        if unquote(text_doc.uri) in self.text_documents:
            super().update_text_document(text_doc, change)

    def roots(self) -> tuple[PurePath, ...]:
        """The folders that are open, those that lie on a disk."""
        uris = list(self.folders) or ([self.root_uri] if self.root_uri else [])
        return tuple(path for uri in uris if (path := path_of(uri)) is not None)

    def snapshot(self, uri: str) -> Snapshot | None:
        """The document as it is now, None if the client has not opened it."""
        document = self.text_documents.get(unquote(uri))
        if document is None:
            return None
        path = path_of(uri)
        language = document.language_id or (languages.by_path(path).id if path is not None else "")
        return Snapshot(
            uri,
            language,
            document.source,
            document.version,
            path,
            self._earlier_cells(uri, document.language_id),
        )

    def _earlier_cells(self, uri: str, language: str | None) -> str:
        notebook = self.get_notebook_document(cell_uri=uri)
        if notebook is None:
            return ""
        texts: list[str] = []
        for cell in notebook.cells:
            if unquote(cell.document) == unquote(uri):
                break
            held = self.text_documents.get(unquote(cell.document))
            if held is not None and held.language_id == language and cell.kind == types.NotebookCellKind.Code:
                texts.append(held.source)
        return "".join(f"{text.rstrip()}\n\n" for text in texts if text.strip())


def cursor_from_lsp(documents: Documents, uri: str, position: types.Position) -> Cursor | None:
    """Where the client's cursor is, None for a document it has not opened."""
    snapshot = documents.snapshot(uri)
    if snapshot is None:
        return None
    return Cursor(snapshot, LineIndex(snapshot.text, encoding_of(documents)).offset(position))


def encoding_of(documents: Documents) -> Encoding:
    """The negotiated unit of columns."""
    return Encoding(documents.position_encoding or Encoding.Utf16)


def range_to_lsp(text: str, start: int, end: int, encoding: Encoding) -> types.Range:
    """Client range of two code-point offsets."""
    index = LineIndex(text, encoding)
    return types.Range(index.position(start), index.position(end))


def path_of(uri: str) -> PurePath | None:
    """The path a file URI names, in the style it is written in (drive letters are Windows's), else None."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    path = unquote(parts.path)
    drive = _DRIVE.match(path)
    if drive:
        return PureWindowsPath(path.lstrip("/"))
    if parts.netloc and parts.netloc != "localhost":
        return PureWindowsPath(f"//{parts.netloc}{path}")
    return PurePosixPath(path)


def root_of(documents: Documents, snapshot: Snapshot) -> PurePath | None:
    """The innermost open folder that holds the document, else the folder it lies in, else None."""
    path = snapshot.path
    if path is None:
        return None
    holding = [root for root in documents.roots() if path.is_relative_to(root)]
    return max(holding, key=lambda root: len(root.parts), default=path.parent)


def inline_items(
    documents: Documents, cursor: Cursor | None, completion: Completion, number: int = 0
) -> types.InlineCompletionList:
    """Ghost text and what may be shown instead, or an empty list.

    Clients run an item's command when it is accepted: it tells `number`, counted on from the first item's.
    """
    if cursor is None or not completion.text:
        return types.InlineCompletionList([])
    place = range_to_lsp(cursor.snapshot.text, completion.start, completion.end, encoding_of(documents))
    items = [
        types.InlineCompletionItem(
            text,
            range=place,
            command=types.Command("", ACCEPTED, arguments=[number + index]) if number else None,
        )
        for index, text in enumerate((completion.text, *completion.others))
    ]
    return types.InlineCompletionList(items)


def as_if_taken(
    documents: Documents, cursor: Cursor | None, selected: types.SelectedCompletionInfo | None
) -> Cursor | None:
    """The cursor behind the popup's selected item, in the text as it would be with it.

    An editor whose popup is open shows ghost text only where it goes on from what is selected there.
    """
    if cursor is None or selected is None:
        return cursor
    text = cursor.snapshot.text
    index = LineIndex(text, encoding_of(documents))
    start, end = index.offset(selected.range.start), index.offset(selected.range.end)
    taken = replace(cursor.snapshot, text=text[:start] + selected.text + text[end:])
    return Cursor(taken, start + len(selected.text))


def going_on(
    items: types.InlineCompletionList, selected: types.SelectedCompletionInfo | None
) -> types.InlineCompletionList:
    """Items that were made behind a selected one, for the text as it is: they begin with it, over its range."""
    if selected is None:
        return items
    for item in items.items:
        assert item.range is not None
        over = item.range.end.character - item.range.start.character
        end = types.Position(selected.range.end.line, selected.range.end.character + over)
        item.range = types.Range(selected.range.start, end)
        item.insert_text = f"{selected.text}{item.insert_text}"
    return items


def completion_items(
    documents: Documents, cursor: Cursor | None, completion: Completion, number: int = 0
) -> types.CompletionList:
    """The same text as one popup item: short label, whole text beside it, over the word being typed.

    The list is always incomplete: the client asks again at the next key instead of filtering an old answer.
    """
    if cursor is None or not completion.text:
        return types.CompletionList(is_incomplete=True, items=[])
    word = _WORD_END.search(cursor.line_head)
    typed = word.group() if word else ""
    text = typed + completion.text
    place = range_to_lsp(
        cursor.snapshot.text, completion.start - len(typed), completion.end, encoding_of(documents)
    )
    item = types.CompletionItem(
        label=_label(text),
        kind=types.CompletionItemKind.Text,
        detail="abacus 珠算",
        documentation=types.MarkupContent(types.MarkupKind.PlainText, text),
        filter_text=text.split("\n", 1)[0].rstrip("\r") or text,
        insert_text_format=types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(place, text),
        command=types.Command("", ACCEPTED, arguments=[number]) if number else None,
    )
    return types.CompletionList(is_incomplete=True, items=[item])


def _label(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else text.strip()
    cut = len(first) > _LABEL or len(lines) > 1
    return first[:_LABEL] + ("…" if cut else "")
