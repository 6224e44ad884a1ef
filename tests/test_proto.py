"""Positions: exact in every encoding, for every kind of line ending."""

import random
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from lsprotocol import types

from abacus_lsp.proto import Documents, Encoding, LineIndex, cursor_from_lsp, path_of, range_to_lsp

ENCODINGS = [Encoding.Utf8, Encoding.Utf16, Encoding.Utf32]
CODECS = {Encoding.Utf8: ("utf-8", 1), Encoding.Utf16: ("utf-16-le", 2), Encoding.Utf32: ("utf-32-le", 4)}


def units(text: str, encoding: Encoding) -> int:
    codec, width = CODECS[encoding]
    return len(text.encode(codec)) // width


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_columns_are_the_negotiated_units(encoding: Encoding, eol: str) -> None:
    line = "x = '珠算𠮷😀' # é"
    text = eol.join(["首", line, ""])
    index = LineIndex(text, encoding)
    for column in range(len(line) + 1):
        offset = text.index(line) + column
        position = types.Position(1, units(line[:column], encoding))
        assert index.position(offset) == position
        assert index.offset(position) == offset


def test_only_lsp_line_endings_end_a_line() -> None:
    text = "a\x0cb\u2028c\x85d\ne"
    assert LineIndex(text, Encoding.Utf16).position(len(text)) == types.Position(1, 1)


@pytest.mark.parametrize(
    ("position", "offset"),
    [((0, 99), 2), ((1, 0), 3), ((9, 0), 5), ((1, 99), 5)],
)
def test_positions_past_the_end_are_clamped(position: tuple[int, int], offset: int) -> None:
    assert LineIndex("ab\ncd", Encoding.Utf16).offset(types.Position(*position)) == offset


def test_half_a_surrogate_pair_is_the_start_of_the_character() -> None:
    assert LineIndex("𠮷a", Encoding.Utf16).offset(types.Position(0, 1)) == 0
    assert LineIndex("算a", Encoding.Utf8).offset(types.Position(0, 2)) == 0


def opened(text: str, encoding: Encoding, uri: str = "file:///a.py") -> Documents:
    documents = Documents(None, position_encoding=encoding)
    documents.put_text_document(types.TextDocumentItem(uri, "python", 1, text))
    return documents


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_random_edits_keep_the_server_text_equal_to_the_clients(encoding: Encoding) -> None:
    rng = random.Random(7)
    alphabet = ["a", "算", "𠮷", "\n", "\r\n", "\r", "😀", "\x0c", "\u2028", "\t", "é"]
    text = "start\n"
    documents = opened(text, encoding)
    for version in range(2, 400):
        start, end = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        # A position between \r and \n cannot be said in LSP.
        start -= text[start - 1 : start + 1] == "\r\n"
        end -= text[end - 1 : end + 1] == "\r\n"
        new = "".join(rng.choice(alphabet) for _ in range(rng.randint(0, 6)))
        change = types.TextDocumentContentChangePartial(range_to_lsp(text, start, end, encoding), new)
        documents.update_text_document(types.VersionedTextDocumentIdentifier(version, "file:///a.py"), change)
        text = text[:start] + new + text[end:]
        snapshot = documents.snapshot("file:///a.py")
        assert snapshot is not None
        assert snapshot.text == text


def test_a_change_to_an_unknown_document_is_dropped() -> None:
    documents = opened("a", Encoding.Utf16)
    change = types.TextDocumentContentChangeWholeDocument("b")
    documents.update_text_document(types.VersionedTextDocumentIdentifier(2, "file:///other.py"), change)
    assert documents.snapshot("file:///other.py") is None


def test_bom_and_line_endings_are_kept() -> None:
    documents = opened("\ufeffa = 1\r\nb = 2\r\n", Encoding.Utf16)
    cursor = cursor_from_lsp(documents, "file:///a.py", types.Position(1, 5))
    assert cursor is not None
    assert cursor.before == "\ufeffa = 1\r\nb = 2"
    assert cursor.snapshot.eol == "\r\n"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///home/%E5%BC%A0/a.py", PurePosixPath("/home/张/a.py")),
        ("file:///c%3A/Users/%E5%BC%A0%E4%B8%89/a.py", PureWindowsPath("c:/Users/张三/a.py")),
        ("file:///C:/Users/x/a%20b.py", PureWindowsPath("C:/Users/x/a b.py")),
        ("file://server/share/a.py", PureWindowsPath("//server/share/a.py")),
        ("untitled:Untitled-1", None),
        ("vscode-notebook-cell:/a.ipynb#1", None),
    ],
)
def test_paths_of_uris(uri: str, path: object) -> None:
    assert path_of(uri) == path


def test_earlier_cells_of_a_notebook_come_before() -> None:
    documents = Documents(None, position_encoding=Encoding.Utf16)
    cells = [types.NotebookCell(types.NotebookCellKind.Code, f"cell:{n}") for n in range(3)]
    cells.insert(1, types.NotebookCell(types.NotebookCellKind.Markup, "cell:text"))
    items = [types.TextDocumentItem(f"cell:{n}", "python", 1, f"x{n} = {n}") for n in range(3)]
    items.append(types.TextDocumentItem("cell:text", "markdown", 1, "# title"))
    notebook = types.NotebookDocument("file:///n.ipynb", "jupyter-notebook", 1, cells)
    documents.put_notebook_document(types.DidOpenNotebookDocumentParams(notebook, items))
    snapshot = documents.snapshot("cell:2")
    assert snapshot is not None
    assert snapshot.before == "x0 = 0\n\nx1 = 1\n\n"
    first = documents.snapshot("cell:0")
    assert first is not None
    assert first.before == ""
