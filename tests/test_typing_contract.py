"""What `bench typing` expects of a server, on a small one that keeps to it: reports, `ready`, the item's command."""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.typing.lsp_client import LspClient
from abacus_lsp.evaluation.typing.screen import Cost, Document, Edit, Screen
from abacus_lsp.evaluation.typing.wire import LspFailed

SERVER = r"""
import json, sys
out, asked, ran = sys.stdout.buffer, 0, []
def send(**message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    out.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    out.flush()
def tell(params, source, **tokens):
    at = {"uri": params["textDocument"]["uri"], "version": version, "position": params["position"]}
    send(method="$/abacus/answered", params={**at, "reason": {"code": "ok", "message": ""}, "source": source,
         "tokens": tokens, "ms": 3.5})
while header := sys.stdin.buffer.readline():
    sys.stdin.buffer.readline()
    message = json.loads(sys.stdin.buffer.read(int(header.split(b":")[1])))
    method, params, number = message["method"], message.get("params"), message.get("id")
    if method == "initialize":
        send(id=number, result={"capabilities": {"positionEncoding": ENCODING}})
    elif method == "initialized":
        send(method="$/abacus/status", params=STATUS)
    elif method in ("textDocument/didOpen", "textDocument/didChange"):
        version = params["textDocument"]["version"]
    elif method == "workspace/executeCommand":
        ran.append(params)
        send(id=number, result=None)
    elif method == "textDocument/inlineCompletion":
        asked += 1
        at = params["position"]
        place = {"start": {"line": at["line"], "character": at["character"] - 1}, "end": at}
        command = {"title": "", "command": "did", "arguments": [7]}
        if asked == 1:
            tell(params, "none")
            send(id=number, result={"items": []})
            send(method="$/abacus/ready", params={})
        elif asked == 2:
            send(id=number, result={"items": [{"insertText": "x = 1", "range": place, "command": command}]})
            tell(params, "prefetch", reused=9, prefilled=2, generated=3)
        else:
            send(id=number, result={"items": [{"insertText": json.dumps(ran)}]})
    elif method in ("shutdown", "exit"):
        send(id=number, result=None) if number else sys.exit()
    elif number:
        send(id=number, error={"code": -32601, "message": "no"})
"""


def served(encoding: str = "utf-32", state: str = "ready") -> tuple[str, ...]:
    head = f"ENCODING = {encoding!r}\nSTATUS = {{'state': {state!r}, 'reason': 'because'}}\n"
    return (sys.executable, "-c", head + SERVER)


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110  (what is awaited happens in the client's own tasks)
            await asyncio.sleep(0.002)


def test_reports_ready_and_the_command_of_an_accepted_item(tmp_path: Path) -> None:
    async def whole() -> None:
        client = LspClient("abacus", Screen(time.perf_counter))
        try:
            await client.start({}, tmp_path, served())
            one = Document("file:///a.py", "a.py", "python", "# 一\nx", 5, 1)
            view = client.screen.begin(1)
            await client.open(one)
            await until(lambda: len(view.costs) == 2)
            assert (view.text, view.source) == (" = 1", "prefetch")
            assert view.settled is not None
            assert view.shown is not None
            assert view.settled <= view.shown
            assert view.costs == (Cost(server_ms=3.5, reason="ok"), Cost(9, 2, 3, 3.5, "ok"))
            two = Document("file:///a.py", "a.py", "python", "# 一\nx = 1", 9, 2)
            accepted = client.screen.begin(2)
            await client.changed(one, two, Edit(5, 0, " = 1"), accepted=True)
            await until(lambda: accepted.shown is not None)
            assert accepted.text == '[{"command": "did", "arguments": [7]}]'
            assert client.reported
        finally:
            await client.end()

    asyncio.run(whole())


def test_what_a_loop_does_meanwhile_is_asked_of_any_server(tmp_path: Path) -> None:
    async def whole() -> None:
        client = LspClient("abacus", Screen(time.perf_counter))
        try:
            await client.start({}, tmp_path, served())
            with pytest.raises(LspFailed):
                await client.wire.request("abacus/nothing", {})
        finally:
            await client.end()

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("encoding", "state", "said"), [("utf-16", "ready", "utf-32"), ("utf-32", "error", "abacus: because")]
)
def test_a_server_that_cannot_be_measured_is_told(
    tmp_path: Path, encoding: str, state: str, said: str
) -> None:
    async def whole() -> None:
        client = LspClient("abacus", Screen(time.perf_counter))
        try:
            await client.start({}, tmp_path, served(encoding, state))
        finally:
            await client.end()

    with pytest.raises(CannotMeasure, match=said):
        asyncio.run(whole())
