"""An editor that asks a language server at every key: this server over standard input and output.

Knows LSP messages and the notification `$/abacus/answered`. Must not know anything inside the server. Like
Neovim it never cancels a request; with `cancels` it cancels the one before at every key, as VS Code does.

Where the client sets `completion.report`, the server tells what each answer took: `$/abacus/answered` with
{uri, version, position, reason: {code, message}, source: model | reuse | in-flight | prefetch | none,
tokens: {reused, prefilled, generated}, ms, near}. Without it the source of a text is unknown.
"""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from abacus_lsp.document import line_starts
from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.typing.screen import Cost, Document, Edit, Screen, Source
from abacus_lsp.evaluation.typing.wire import LspFailed, Wire

COMMAND: Final = (sys.executable, "-m", "abacus_lsp", "serve", "--no-daemon")
ANSWERED: Final = "$/abacus/answered"
READY: Final = "$/abacus/ready"
_PING: Final = "abacus/nothing"  # no server knows it: the loop answers as soon as it is free
_PING_S: Final = 0.05
_ERROR: Final = 1  # MessageType.Error
_START_S: Final = 180.0
_SOURCES: Final[Mapping[str, Source]] = {
    "model": "model", "reuse": "reuse", "in-flight": "in-flight", "prefetch": "prefetch", "none": "none",
}  # fmt: skip


class LspClient:
    """One server and its documents.

    Attributes:
        reported: whether the server has told what an answer took.
        loop_ms: round trips of an unknown request while a completion was under way: what else its loop did.
        cancelled: requests that a newer one took the place of.
        errors: messages of errors in the client's log.
        reasons: what each answer was told to be, in order.
    """

    def __init__(self, name: str, screen: Screen, *, cancels: bool = False, pings: bool = True) -> None:
        self.name = name
        self.screen = screen
        self.reported = False
        self.loop_ms: list[float] = []
        self.cancelled = 0
        self.failed: CannotMeasure | None = None
        self.errors: list[str] = []
        self.reasons: list[str] = []
        self._cancels = cancels
        self._pings = pings
        self._wire: Wire | None = None
        self._document: Document | None = None
        self._places: dict[tuple[int, int, int], int] = {}
        self._pending: tuple[int, asyncio.Future[Any]] | None = None
        self._status: dict[str, Any] = {}
        self._told = asyncio.Event()
        self._offer: tuple[str, dict[str, Any] | None] = ("", None)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def pid(self) -> int:
        """Of the server."""
        return self.wire.pid

    @property
    def wire(self) -> Wire:
        """The connection; there is one after `start`."""
        assert self._wire is not None
        return self._wire

    async def start(
        self,
        options: Mapping[str, Any],
        folder: Path,
        command: Sequence[str] = COMMAND,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Start the server with these settings in this folder, and wait until its model is loaded.

        Raises:
            CannotMeasure: it does not come up; with what it said.
        """
        given = {"ABACUS_CONFIG": os.devnull, **(env or {})}
        self._wire = await Wire.open(command, given, self._heard)
        capabilities = {
            "textDocument": {"inlineCompletion": {"dynamicRegistration": False}},
            "general": {"positionEncodings": ["utf-32"]},
        }
        params = {
            "processId": os.getpid(), "rootUri": None, "capabilities": capabilities,
            "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
            "initializationOptions": dict(options),
        }  # fmt: skip
        answer = await self.wire.request("initialize", params)
        if answer["capabilities"].get("positionEncoding") != "utf-32":
            raise CannotMeasure("the server does not count columns in utf-32")
        self.wire.notify("initialized", {})
        try:
            await asyncio.wait_for(self._told.wait(), _START_S)
        except TimeoutError as error:
            raise CannotMeasure(f"{self.name}: no model after {_START_S:.0f} s: {self._status}") from error
        if self._status.get("state") != "ready":
            raise CannotMeasure(f"{self.name}: {self._status.get('reason') or self._status}")

    async def end(self) -> None:
        """Stop the server."""
        if self._wire is not None:
            await self._wire.end()

    async def open(self, document: Document) -> None:
        self._document = document
        self.wire.notify(
            "textDocument/didOpen",
            {
                "textDocument": {
                    "uri": document.uri,
                    "languageId": document.language,
                    "version": document.version,
                    "text": document.text,
                }
            },
        )
        self._ask(document)

    async def changed(self, before: Document, after: Document, edit: Edit | None, *, accepted: bool) -> None:
        self._document = after
        pending, self._pending = self._pending, None
        if pending is not None and not pending[1].done():
            self.cancelled += 1
            if self._cancels:
                self.wire.notify("$/cancelRequest", {"id": pending[0]})
        if edit is not None:
            start, end = _position(before.text, edit.start), _position(before.text, edit.start + edit.removed)
            change = {"range": {"start": start, "end": end}, "text": edit.text}
            identifier = {"uri": after.uri, "version": after.version}
            self.wire.notify(
                "textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]}
            )
        if accepted and edit is not None and self._offer[0] == edit.text and self._offer[1]:
            # What editors do when the whole of an item is accepted.
            self.wire.start("workspace/executeCommand", self._offer[1])
        self._ask(after)

    async def close(self, document: Document) -> None:
        self._document = None
        self.wire.notify("textDocument/didClose", {"textDocument": {"uri": document.uri}})

    def _ask(self, document: Document) -> None:
        position = _position(document.text, document.cursor)
        self._places[document.version, position["line"], position["character"]] = document.version
        number, answer = self.wire.start(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": document.uri},
                "position": position,
                "context": {"triggerKind": 2},
            },
        )
        self._pending = (number, answer)
        work = [self._receive(document, answer)]
        if self._pings:
            work.append(self._ping(answer))
        for each in work:
            task = asyncio.create_task(each)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _receive(self, document: Document, answer: asyncio.Future[Any]) -> None:
        try:
            result = await answer
        except LspFailed:
            return  # cancelled, as asked for
        except CannotMeasure as error:
            self.failed = error
            return
        items = cast("list[dict[str, Any]]", (result or {"items": []})["items"])
        if not items:
            self.screen.silent(document.version)
            return
        text, command = _offered(document, items[0]), items[0].get("command")
        told = {"command": command["command"], "arguments": command.get("arguments")} if command else None
        if self.screen.show(document.version, text, "unknown"):
            self._offer = (text, told)

    async def _ping(self, answer: asyncio.Future[Any]) -> None:
        """How long the server's loop takes to answer something trivial while it owes an answer."""
        await asyncio.sleep(_PING_S)
        while not answer.done():
            began = self.screen.clock()
            try:
                await self.wire.request(_PING, {})
            except LspFailed:
                self.loop_ms.append((self.screen.clock() - began) * 1000)
            except CannotMeasure:
                return
            await asyncio.sleep(_PING_S)

    def _heard(self, method: str, params: dict[str, Any]) -> None:
        if method == "$/abacus/status":
            self._status = params
            if params.get("state") in ("ready", "error"):
                self._told.set()
        elif method == ANSWERED:
            self._answered(params)
        elif method == READY:
            self._ready()
        elif method == "window/logMessage" and params.get("type") == _ERROR:
            self.errors.append(str(params.get("message")))

    def _ready(self) -> None:
        """The server has something, or more, for where the cursor stands: ask again."""
        if self._document is not None and (self._pending is None or self._pending[1].done()):
            self._ask(self._document)

    def _answered(self, params: dict[str, Any]) -> None:
        self.reported = True
        tokens, reason = (cast("dict[str, Any]", params.get(key) or {}) for key in ("tokens", "reason"))
        self.reasons.append(str(reason.get("code", "")))
        place = params["position"]
        version = self._places.get((params["version"], place["line"], place["character"]))
        if version is None:
            return
        cost = Cost(
            tokens.get("reused"),
            tokens.get("prefilled"),
            tokens.get("generated"),
            params.get("ms"),
            str(reason.get("code", "")),
            bool(params.get("near")),
        )
        self.screen.cost(version, cost, _SOURCES.get(params.get("source", ""), "unknown"))


def _position(text: str, offset: int) -> dict[str, int]:
    line = text.count("\n", 0, offset)
    return {"line": line, "character": offset - (text.rfind("\n", 0, offset) + 1)}


def _offered(document: Document, item: dict[str, Any]) -> str:
    """What would stand behind the cursor: an item may begin with what stands before it."""
    text = str(item["insertText"])
    if "range" not in item:
        return text
    line, character = (int(item["range"]["start"][key]) for key in ("line", "character"))
    from_offset = line_starts(document.text)[line] + character
    already = document.text[from_offset : document.cursor]
    return text[len(already) :] if text.startswith(already) else ""
