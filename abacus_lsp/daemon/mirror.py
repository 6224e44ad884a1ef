"""What one client and its server have told each other, as far as another server must know it. No input or output.

Knows JSON-RPC and which LSP messages make up a session; must not know sockets. When the server is lost, the client
gets an empty answer to everything it waits for; the next server is told `initialize`, the settings and every open
document with its present text, and what it answers to that does not reach the client.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from abacus_lsp.daemon.buffers import Buffers, Json

_NO_POPUP: Final[Json] = {"isIncomplete": True, "items": []}
_EMPTY: Final[dict[str, Json]] = {
    "textDocument/inlineCompletion": {"items": []},
    "textDocument/completion": _NO_POPUP,
}
_KEPT: Final = ("workspace/didChangeConfiguration", "$/setTrace")
_NOT_INITIALIZED: Final = -32002
_AGAIN: Final = "abacus-again-"
Id = int | str


@dataclass(frozen=True, slots=True)
class Moves:
    """Bodies to send, in order."""

    to_client: tuple[bytes, ...] = ()
    to_server: tuple[bytes, ...] = ()


class Mirror:
    """One client's session.

    Args:
        locale: of the client's environment, for a client that does not name one in `initialize`.
    """

    def __init__(self, locale: str = "") -> None:
        self.process_id: int | None = None
        self.shut_down = False
        self.left = False
        self._locale = locale
        self._up = True
        self._initialize: Json | None = None  # the request
        self._initialized: bytes | None = None
        self._kept: dict[str, bytes] = {}
        self._buffers = Buffers()
        self._in_flight: dict[Id, str] = {}
        self._asked: dict[Id, Json] = {}  # requests of the present server
        self._registered: set[str] = set()
        self._bars: dict[Id, None] = {}
        self._lost = 0

    @property
    def owes_shutdown(self) -> bool:
        """Whether the client still waits for the answer to `shutdown`."""
        return "shutdown" in self._in_flight.values()

    def from_client(self, body: bytes) -> Moves:
        """A message of the client: what goes where."""
        message = _parsed(body)
        if message is None or not message.keys() & {"method", "result", "error"}:
            return self._on(body)
        method, number = message.get("method"), message.get("id")
        if method is None:
            return self._answer(cast(Id, number), body)
        if number is None:
            return self._notified(method, message, body)
        return self._requested(method, number, message, body)

    def from_server(self, body: bytes) -> Moves:
        """A message of the server: what goes where."""
        message = _parsed(body)
        if message is None:
            return Moves(to_client=(body,))
        method, number = message.get("method"), message.get("id")
        if method is None:
            return self._answered(cast(Id, number), message, body)
        if number is not None:
            return self._questioned(method, number, message, body)
        if method == "$/progress":
            self._progress(message)
        return Moves(to_client=(body,))

    def lost(self) -> Moves:
        """The server is gone: what its client is told meanwhile."""
        self._up = False
        self._lost += 1
        told = [
            _answer(number, _EMPTY.get(method))
            for number, method in self._in_flight.items()
            if method != "initialize"
        ]
        told += [_notice("$/progress", {"token": token, "value": {"kind": "end"}}) for token in self._bars]
        if self._initialized is not None:
            told.append(_notice("$/abacus/status", {"state": "loading"}))
        self._in_flight = {
            number: method for number, method in self._in_flight.items() if method == "initialize"
        }
        self._bars.clear()
        self._asked.clear()
        return Moves(to_client=tuple(told))

    def found(self) -> Moves:
        """There is a new server: what it must be told."""
        self._up = True
        return Moves(to_server=tuple(self._story()))

    def _story(self) -> Iterator[bytes]:
        if self._initialize is None:
            return
        waiting = "initialize" in self._in_flight.values()
        again = {} if waiting else {"id": f"{_AGAIN}{self._lost}"}
        yield _body(self._initialize | again)
        if self._initialized is None:
            return
        yield self._initialized
        yield from self._kept.values()
        for method, params in self._buffers.opening():
            yield _notice(method, params)

    def _on(self, body: bytes) -> Moves:
        return Moves(to_server=(body,)) if self._up else Moves()

    def _requested(self, method: str, number: Id, message: Json, body: bytes) -> Moves:
        if method == "initialize" and self._initialize is None:
            body = self._first(message)
        elif method == "shutdown":
            self.shut_down = True
        if self._up or method == "initialize":
            self._in_flight[number] = method
            return self._on(body)
        if self._initialize is None:
            error = {"code": _NOT_INITIALIZED, "message": "the server is starting"}
            return Moves(to_client=(_body({"jsonrpc": "2.0", "id": number, "error": error}),))
        return Moves(to_client=(_answer(number, _EMPTY.get(method)),))

    def _first(self, message: Json) -> bytes:
        """`initialize`, as the server gets it: who watches the editor's process, and whose language counts, is here."""
        params: Json = dict(message.get("params") or {})
        held = params.get("processId")
        self.process_id = held if isinstance(held, int) else None
        params["processId"] = None
        if not params.get("locale") and self._locale:
            params["locale"] = self._locale
        self._initialize = message | {"params": params}
        return _body(self._initialize)

    def _notified(self, method: str, message: Json, body: bytes) -> Moves:
        params = message.get("params")
        if method == "exit":
            self.left = True
        elif method == "initialized":
            self._initialized = body
        elif method in _KEPT:
            self._kept[method] = body
        elif isinstance(params, dict):
            try:
                if method == "workspace/didChangeWorkspaceFolders":
                    self._change_folders(cast(Json, params))
                else:
                    self._buffers.took(method, cast(Json, params))
            except (KeyError, TypeError, ValueError, AttributeError):
                pass  # the server says what is wrong with it
        return self._on(body)

    def _change_folders(self, params: Json) -> None:
        if self._initialize is None:
            return
        event = params["event"]
        gone = {folder["uri"] for folder in event["removed"]}
        held = cast("list[Json]", self._initialize["params"].get("workspaceFolders") or [])
        kept = [folder for folder in held if folder["uri"] not in gone]
        self._initialize["params"]["workspaceFolders"] = kept + list(event["added"])

    def _answer(self, number: Id, body: bytes) -> Moves:
        """An answer to the server; one to a question of an earlier server has nobody to go to."""
        asked = self._asked.pop(number, None)
        if asked is None:
            return Moves()
        if asked["method"] == "client/registerCapability":
            self._registered |= _registrations(asked)
        return self._on(body)

    def _answered(self, number: Id, message: Json, body: bytes) -> Moves:
        if isinstance(number, str) and number.startswith(_AGAIN):
            return Moves()
        method = self._in_flight.pop(number, None)
        if method == "initialize" and isinstance(result := message.get("result"), dict):
            capabilities: Json = cast(Json, result).get("capabilities") or {}
            self._buffers.encoding = str(capabilities.get("positionEncoding") or "utf-16")
        return Moves(to_client=(body,))

    def _questioned(self, method: str, number: Id, message: Json, body: bytes) -> Moves:
        known = method == "client/registerCapability" and _registrations(message) <= self._registered
        if known:  # by an earlier server; the client would watch everything twice
            return Moves(to_server=(_answer(number, None),))
        self._asked[number] = message
        return Moves(to_client=(body,))

    def _progress(self, message: Json) -> None:
        params: Json = message.get("params") or {}
        value: Json = params.get("value") or {}
        kind = value.get("kind")
        if kind == "begin":
            self._bars[params["token"]] = None
        elif kind == "end":
            self._bars.pop(params.get("token", ""), None)


def _parsed(body: bytes) -> Json | None:
    """The message, None for what is none: that is the other side's to complain about."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    held = cast(Json, message)
    sound = isinstance(held.get("method", ""), str) and isinstance(held.get("id", 0), int | str)
    return held if sound else None


def _registrations(message: Json) -> set[str]:
    params: Json = message.get("params") or {}
    return {str(each.get("id")) for each in params.get("registrations") or ()}


def _body(message: Json) -> bytes:
    return json.dumps(message).encode()  # ASCII: half a surrogate pair stays what it was


def _answer(number: Id, result: Json | None) -> bytes:
    return _body({"jsonrpc": "2.0", "id": number, "result": result})


def _notice(method: str, params: Json) -> bytes:
    return _body({"jsonrpc": "2.0", "method": method, "params": params})
