"""What no editor sends: answered as the protocol says, and the next request is served with the right text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trust.raw import RawClient

pytestmark = [pytest.mark.slow, pytest.mark.trust]

URI = "file:///work/a.py"
PARSE, INVALID, UNKNOWN, PARAMS, TOO_EARLY = -32700, -32600, -32601, -32602, -32002
ANY_SIZE = 2**31  # one more than LSP's greatest number


def request(number: Any, method: str, params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def notification(method: str, params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def ask(number: int, line: Any, character: Any) -> dict[str, Any]:
    at = {"line": line, "character": character}
    params = {"textDocument": {"uri": URI}, "position": at, "context": {"triggerKind": 1}}
    return request(number, "textDocument/inlineCompletion", params)


def command(number: int, name: str, *arguments: Any) -> dict[str, Any]:
    return request(number, "workspace/executeCommand", {"command": name, "arguments": list(arguments)})


def change(uri: str, changes: Any, version: Any = 7) -> dict[str, Any]:
    document = {"uri": uri, "version": version}
    return notification("textDocument/didChange", {"textDocument": document, "contentChanges": changes})


def framed(body: bytes, header: bytes = b"Content-Length: %d\r\n\r\n") -> bytes:
    return header % len(body) + body


UNKNOWN_METHOD = json.dumps(request(900, "no/such", {})).encode()
REFUSED: dict[str, tuple[Any, Any, int]] = {
    "no JSON": (b"{nope", None, PARSE),
    "no UTF-8": (b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', None, PARSE),
    "an empty body of blanks": (b"  ", None, PARSE),
    "100,000 brackets": (b"[" * 100_000 + b"]" * 100_000, None, PARSE),
    "a batch": ([request(1, "no/such", {})], None, INVALID),
    "a number": (b"3", None, INVALID),
    "null": (b"null", None, INVALID),
    "an empty object": ({}, None, INVALID),
    "another version": ({**request(901, "no/such", {}), "jsonrpc": "1.0"}, 901, INVALID),
    "neither method nor result": ({"jsonrpc": "2.0", "id": 902}, 902, INVALID),
    "a method that is a number": (request(903, 5, {}), 903, INVALID),  # pyright: ignore[reportArgumentType]
    "an id that is a list": (request([1], "no/such", {}), None, INVALID),
    "an id that is null": (request(None, "no/such", {}), None, INVALID),
    "an unknown method": (request("abc", "no/such", {}), "abc", UNKNOWN),
    "a second initialize": (request(904, "initialize", {"capabilities": {}}), 904, INVALID),
    "parameters of another shape": (
        request(905, "textDocument/inlineCompletion", {"position": "x"}),
        905,
        PARAMS,
    ),
    "parameters in a list": (request(906, "textDocument/completion", [1, 2]), 906, PARAMS),
    "no parameters": (request(907, "textDocument/inlineCompletion", None), 907, PARAMS),
    "a line before the first": (ask(908, -1, 0), 908, PARAMS),
    "a line beyond every number": (ask(909, ANY_SIZE, ANY_SIZE), 909, PARAMS),
    "a line that is a word": (ask(910, "first", []), 910, PARAMS),
    "an unknown command": (command(911, "rm -rf"), 911, PARAMS),
    "a command's wrong arguments": (command(912, "abacus.snooze", "long", {}, 3), 912, PARAMS),
}
IGNORED: dict[str, Any] = {
    "an unknown notification": notification("no/such", {"text": "x"}),
    "a cancel of nothing": notification("$/cancelRequest", {"id": 424242}),
    "a cancel without an id": notification("$/cancelRequest", None),
    "an answer to nothing": {"jsonrpc": "2.0", "id": 777, "result": None},
    "an error to nothing": {"jsonrpc": "2.0", "id": "x", "error": {"code": 1, "message": "m"}},
    "an edit of what is not open": change("file:///work/none.py", [{"text": "x"}]),
    "closing what is not open": notification(
        "textDocument/didClose", {"textDocument": {"uri": "file:///none"}}
    ),
    "an edit without a text": change(URI, [{"range": None}]),
    "edits that are no list": change(URI, "x"),
    "an older version": change(URI, [], version=-5),
    "a notification of ours with nonsense": notification("$/abacus/cursor", {"position": [1]}),
    "what was shown, with nonsense": notification("$/abacus/shown", 5),
    "watched files that are no files": notification(
        "workspace/didChangeWatchedFiles", {"changes": [{"uri": "nonsense:///\0", "type": 1}]}
    ),
    "half a surrogate pair": b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":'
    b'{"uri":"file:///s.py","languageId":"python","version":1,"text":"x = \\ud800"}}}',
}
STREAMS: dict[str, tuple[bytes, list[int]]] = {
    "lines that are no headers": (b"hello\r\nworld: 5\r\n\r\n" + framed(UNKNOWN_METHOD), [UNKNOWN]),
    "a negative length": (b"Content-Length: -5\r\n\r\n" + framed(UNKNOWN_METHOD), [UNKNOWN]),
    "a length that is a word": (b"Content-Length: many\r\n\r\n" + framed(UNKNOWN_METHOD), [UNKNOWN]),
    "a length too small": (b"Content-Length: 5\r\n\r\n" + UNKNOWN_METHOD + b"\r\n", [PARSE]),
    "a length too large": (framed(b'{"jsonrpc": ', b"Content-Length: 1%d\r\n\r\n"), [PARSE]),
    "headers in small letters": (framed(UNKNOWN_METHOD, b"content-length:%d\n\n"), [UNKNOWN]),
    "a type before the length": (
        framed(
            UNKNOWN_METHOD,
            b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
        ),
        [UNKNOWN],
    ),
    "one id twice": (framed(UNKNOWN_METHOD) * 2, [UNKNOWN, UNKNOWN]),
}


@pytest.fixture(scope="module", params=["alone", "daemon"])
def client(request, tmp_path_factory) -> Iterator[RawClient]:
    """An editor that is ready, with one document open."""
    folder = tmp_path_factory.mktemp("home")
    arguments = ["--no-daemon"] if request.param == "alone" else ["serve", "--daemon-idle", "0.01"]
    with RawClient(arguments, env={"ABACUS_HOME": str(folder)}) as client:
        client.initialize(options=scripted(folder))
        client.open(URI, "x = ")
        yield client
        assert client.leave() == 0
        assert "Traceback" not in client.stderr
        assert not [told for told in client.notifications if told["method"] == "window/showMessage"]


def scripted(folder: Path) -> dict[str, Any]:
    script = folder / "answers.json"
    script.write_text(json.dumps({"answers": {"": "f(1)"}}))
    return {"engine": "scripted", "model": str(script), "completion": {"debounceMs": 0}}


def served(client: RawClient) -> None:
    """The document is as it was, and a request for it is answered."""
    assert (
        client.request("workspace/executeCommand", {"command": "abacus.documentState", "arguments": [URI]})[
            "characters"
        ]
        == 4
    )
    assert client.inline(URI, 0, 4, 1)[0]["insertText"] == "f(1)"


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_message_gets_one_answer_that_says_so(client: RawClient, name: str) -> None:
    body, number, code = REFUSED[name]
    client.message(body)
    answer = client.stray()
    assert (answer["id"], answer["error"]["code"]) == (number, code)
    assert answer["error"]["message"]
    served(client)
    assert client.strays.empty()


@pytest.mark.parametrize("name", IGNORED)
def test_a_notification_that_makes_no_sense_is_ignored(client: RawClient, name: str) -> None:
    client.message(IGNORED[name])
    served(client)
    assert client.strays.empty()


@pytest.mark.parametrize("name", STREAMS)
def test_a_broken_stream_is_read_on(client: RawClient, name: str) -> None:
    data, codes = STREAMS[name]
    if name == "a length too large":  # it takes a piece of what comes next along
        data += b" " * 200
    client.raw(data)
    assert [client.stray()["error"]["code"] for _ in codes] == codes
    served(client)


@pytest.mark.parametrize("daemon", [False, True])
def test_before_initialize_and_after_shutdown(tmp_path: Path, daemon: bool) -> None:
    arguments = ["serve", "--daemon-idle", "0.01"] if daemon else ["--no-daemon"]
    with RawClient(arguments, env={"ABACUS_HOME": str(tmp_path)}) as client:
        client.message(ask(1001, 0, 0))
        assert client.stray()["error"]["code"] == TOO_EARLY
        client.message(notification("textDocument/didOpen", {}))
        client.initialize(options=scripted(tmp_path))
        client.request("shutdown", None)
        client.message(ask(1002, 0, 0))
        assert client.stray()["error"]["code"] == INVALID
        client.message(notification("exit", None))
        assert client.wait() == 0


def test_exit_without_shutdown_is_an_error(tmp_path: Path) -> None:
    with RawClient(env={"ABACUS_HOME": str(tmp_path)}) as client:
        client.initialize(options=scripted(tmp_path))
        client.message(notification("exit", None))
        assert client.wait() == 1


def test_half_a_message_and_then_nothing(tmp_path: Path) -> None:
    with RawClient(env={"ABACUS_HOME": str(tmp_path)}) as client:
        client.initialize(options=scripted(tmp_path))
        client.raw(b"Content-Length: 5000\r\n\r\n{")
        assert client.hang_up() == 1


def test_a_flood_is_answered_to_the_last(client: RawClient) -> None:
    """Three thousand requests in one breath: each gets one answer, the last one the text."""
    numbers = [
        client.start("textDocument/inlineCompletion", ask(0, 0, number % 5)["params"])
        for number in range(3000)
    ]
    answers = [client.result(number) for number in numbers]
    assert all("items" in answer for answer in answers)
    served(client)
