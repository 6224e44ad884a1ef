"""What the client process keeps of a session: another server is told the same texts, the client notices only a pause."""

import json
import random
from typing import Any

import pytest
from lsprotocol import types
from pygls.workspace import Workspace

from abacus_lsp.daemon.buffers import Buffers
from abacus_lsp.daemon.mirror import Mirror, Moves
from abacus_lsp.proto import Documents

URI = "file:///w/a.py"


def body(method: str, params: Any = None, number: int | str | None = None) -> bytes:
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    return json.dumps(message if number is None else message | {"id": number}).encode()


def answer(number: int | str, result: Any = None) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "result": result}).encode()


def read(bodies: tuple[bytes, ...]) -> list[dict[str, Any]]:
    return [json.loads(each) for each in bodies]


def hello(**params: Any) -> bytes:
    return body("initialize", {"processId": 7, "capabilities": {}, **params}, 1)


def started(**params: Any) -> Mirror:
    mirror = Mirror("zh_CN.UTF-8")
    mirror.from_client(hello(**params))
    mirror.from_server(answer(1, {"capabilities": {"positionEncoding": "utf-16"}}))
    mirror.from_client(body("initialized", {}))
    return mirror


def opened(uri: str, text: str) -> bytes:
    item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    return body("textDocument/didOpen", {"textDocument": item})


def edited(uri: str, start: tuple[int, int], end: tuple[int, int], text: str, version: int = 2) -> bytes:
    places = [{"line": line, "character": column} for line, column in (start, end)]
    change = {"range": {"start": places[0], "end": places[1]}, "text": text}
    document = {"uri": uri, "version": version}
    return body("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})


def test_what_passes_is_not_touched() -> None:
    mirror = started()
    for message in (body("x/y", {"a": 1}), b"not json", b"[1, 2]", answer(9)[:-1]):
        assert mirror.from_client(message) == Moves(to_server=(message,))
        assert mirror.from_server(message) == Moves(to_client=(message,))


def test_initialize_names_no_process_and_the_clients_own_language() -> None:
    mirror = Mirror("zh_CN.UTF-8")
    [sent] = read(mirror.from_client(hello()).to_server)
    assert mirror.process_id == 7
    assert sent["params"] == {"processId": None, "capabilities": {}, "locale": "zh_CN.UTF-8"}
    [sent] = read(Mirror("zh_CN.UTF-8").from_client(hello(locale="de")).to_server)
    assert sent["params"]["locale"] == "de"


def test_another_server_is_told_the_session_and_its_answer_is_kept_from_the_client() -> None:
    mirror = started(workspaceFolders=[{"uri": "file:///w", "name": "w"}, {"uri": "file:///v", "name": "v"}])
    mirror.from_client(opened(URI, "a𠮷b\n"))
    mirror.from_client(edited(URI, (0, 3), (0, 4), "cd"))
    mirror.from_client(opened("file:///w/closed.py", "x"))
    mirror.from_client(body("textDocument/didClose", {"textDocument": {"uri": "file:///w/closed.py"}}))
    mirror.from_client(body("workspace/didChangeConfiguration", {"settings": {"abacus": {"model": "a"}}}))
    settings = body("workspace/didChangeConfiguration", {"settings": {"abacus": {"model": "b"}}})
    mirror.from_client(settings)
    event = {"added": [{"uri": "file:///u", "name": "u"}], "removed": [{"uri": "file:///v", "name": "v"}]}
    mirror.from_client(body("workspace/didChangeWorkspaceFolders", {"event": event}))
    mirror.lost()
    told = read(mirror.found().to_server)
    assert [each["method"] for each in told] == [
        "initialize",
        "initialized",
        "workspace/didChangeConfiguration",
        "textDocument/didOpen",
    ]
    assert [folder["name"] for folder in told[0]["params"]["workspaceFolders"]] == ["w", "u"]
    assert told[2] == json.loads(settings)
    assert told[3]["params"]["textDocument"] == {
        "uri": URI,
        "languageId": "python",
        "version": 2,
        "text": "a𠮷cd\n",
    }
    assert mirror.from_server(answer(told[0]["id"], {})) == Moves()


def test_requests_in_flight_get_empty_answers_and_bars_end() -> None:
    mirror = started()
    mirror.from_client(body("textDocument/inlineCompletion", {}, 5))
    mirror.from_client(body("textDocument/completion", {}, "six"))
    mirror.from_client(body("workspace/executeCommand", {}, 7))
    mirror.from_client(body("textDocument/completion", {}, 8))
    mirror.from_server(answer(8))
    mirror.from_server(body("$/progress", {"token": "done", "value": {"kind": "begin", "title": "t"}}))
    mirror.from_server(body("$/progress", {"token": "done", "value": {"kind": "end"}}))
    mirror.from_server(body("$/progress", {"token": "bar", "value": {"kind": "begin", "title": "t"}}))
    told = read(mirror.lost().to_client)
    assert {each["id"]: each["result"] for each in told if "id" in each} == {
        5: {"items": []},
        "six": {"isIncomplete": True, "items": []},
        7: None,
    }
    notices = [(each["method"], each["params"]) for each in told if "id" not in each]
    assert notices == [
        ("$/progress", {"token": "bar", "value": {"kind": "end"}}),
        ("$/abacus/status", {"state": "loading"}),
    ]


def test_while_there_is_no_server_edits_are_kept_and_requests_answered_empty() -> None:
    mirror = started()
    mirror.from_client(opened(URI, "x"))
    mirror.lost()
    assert mirror.from_client(edited(URI, (0, 1), (0, 1), "y")) == Moves()
    [told] = read(mirror.from_client(body("textDocument/inlineCompletion", {}, 3)).to_client)
    assert told["result"] == {"items": []}
    assert read(mirror.found().to_server)[-1]["params"]["textDocument"]["text"] == "xy"
    assert mirror.from_client(body("textDocument/inlineCompletion", {}, 4)).to_server


def test_an_initialize_in_flight_is_asked_again_as_itself() -> None:
    mirror = Mirror()
    mirror.from_client(hello())
    assert mirror.lost() == Moves()
    [told] = read(mirror.found().to_server)
    assert (told["method"], told["id"]) == ("initialize", 1)
    assert mirror.from_server(answer(1, {"capabilities": {}})).to_client


def test_answers_to_an_earlier_server_go_nowhere_and_nothing_is_watched_twice() -> None:
    mirror = started()
    watch = {"registrations": [{"id": "abacus-files", "method": "workspace/didChangeWatchedFiles"}]}
    assert mirror.from_server(body("client/registerCapability", watch, "r1")).to_client
    assert mirror.from_client(answer("r1")).to_server
    mirror.from_server(body("workspace/configuration", {"items": []}, "c1"))
    mirror.lost()
    mirror.found()
    assert mirror.from_client(answer("c1", [{}])) == Moves()
    [told] = read(mirror.from_server(body("client/registerCapability", watch, "r2")).to_server)
    assert told == {"jsonrpc": "2.0", "id": "r2", "result": None}
    assert mirror.from_server(body("workspace/configuration", {"items": []}, "c2")).to_client
    assert mirror.from_client(answer("c2", [{}])).to_server


def test_leaving() -> None:
    mirror = started()
    assert not mirror.shut_down
    mirror.from_client(body("shutdown", None, 9))
    mirror.from_client(body("exit"))
    assert mirror.shut_down
    assert mirror.left


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_the_kept_text_is_the_servers_after_any_edits(encoding: str) -> None:
    """The oracle is the server's own document store, told every single edit."""
    rng = random.Random(encoding)
    buffers = Buffers()
    buffers.encoding = encoding
    documents = Documents.adopt(
        Workspace(None, types.TextDocumentSyncKind.Incremental, [], types.PositionEncodingKind(encoding))
    )
    item = {"uri": URI, "languageId": "python", "version": 0, "text": "甲 = '𠮷'\r\nb\n\x0ce\u0301"}
    buffers.took("textDocument/didOpen", {"textDocument": item})
    documents.put_text_document(types.TextDocumentItem(URI, "python", 0, item["text"]))
    for version in range(1, 400):
        start, end = sorted((rng.randrange(6), rng.randrange(12)) for _ in range(2))
        text = rng.choice(["", "x", "\n", "𠮷", "é", "\r\n", "\r", "长", "\u2028", "a\nb\rc"])
        places = [{"line": line, "character": column} for line, column in (start, end)]
        change = {"range": {"start": places[0], "end": places[1]}, "text": text}
        if rng.random() < 0.05:
            change = {"text": text * 3}
        buffers.took(
            "textDocument/didChange",
            {"textDocument": {"uri": URI, "version": version}, "contentChanges": [change]},
        )
        identifier = types.VersionedTextDocumentIdentifier(version, URI)
        if "range" in change:
            span = types.Range(*(types.Position(**place) for place in places))
            documents.update_text_document(identifier, types.TextDocumentContentChangePartial(span, text))
        else:
            whole = types.TextDocumentContentChangeWholeDocument(change["text"])
            documents.update_text_document(identifier, whole)
        if rng.random() < 0.1:
            assert buffers.opening()[0][1]["textDocument"]["text"] == documents.get_text_document(URI).source
    [(_, told)] = buffers.opening()
    assert told["textDocument"]["text"] == documents.get_text_document(URI).source
    assert told["textDocument"]["version"] == 399


def test_notebooks_are_opened_again_with_their_present_cells() -> None:
    book = "file:///w/n.ipynb"
    buffers = Buffers()

    def cell(name: str, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
        item = {"uri": f"cell:{name}", "languageId": "python", "version": 1, "text": text}
        return {"kind": 2, "document": f"cell:{name}"}, item

    (one, first), (two, second), (three, third) = cell("1", "a"), cell("2", "b"), cell("3", "c")
    notebook = {"uri": book, "notebookType": "jupyter", "version": 1, "cells": [one, two]}
    buffers.took(
        "notebookDocument/didOpen", {"notebookDocument": notebook, "cellTextDocuments": [first, second]}
    )
    change = {
        "cells": {
            "structure": {
                "array": {"start": 0, "deleteCount": 1, "cells": [three]},
                "didOpen": [third],
                "didClose": [{"uri": "cell:1"}],
            },
            "data": [{"kind": 1, "document": "cell:2"}],
            "textContent": [{"document": {"uri": "cell:3", "version": 2}, "changes": [{"text": "new"}]}],
        }
    }
    identifier = {"uri": book, "version": 2}
    buffers.took("notebookDocument/didChange", {"notebookDocument": identifier, "change": change})
    [(method, told)] = buffers.opening()
    assert method == "notebookDocument/didOpen"
    assert told["notebookDocument"]["cells"] == [three, {"kind": 1, "document": "cell:2"}]
    assert {each["uri"]: each["text"] for each in told["cellTextDocuments"]} == {
        "cell:2": "b",
        "cell:3": "new",
    }
    buffers.took("notebookDocument/didClose", {"notebookDocument": identifier})
    assert buffers.opening() == []


@pytest.mark.parametrize("params", [None, {}, {"textDocument": {}}, {"textDocument": None}, [1]])
@pytest.mark.parametrize(
    "method",
    [
        "textDocument/didOpen",
        "textDocument/didChange",
        "notebookDocument/didChange",
        "workspace/didChangeWorkspaceFolders",
    ],
)
def test_what_is_no_protocol_is_passed_on_and_breaks_nothing(method: str, params: Any) -> None:
    mirror = started()
    mirror.from_client(opened(URI, "x"))
    message = body(method, params)
    assert mirror.from_client(message) == Moves(to_server=(message,))
    mirror.lost()
    assert read(mirror.found().to_server)[-1]["params"]["textDocument"]["text"] == "x"
