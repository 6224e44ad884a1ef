"""What a client's messages must be before a handler sees them: JSON, JSON-RPC, in the order of LSP's life cycle.

Knows pygls's protocol object and the errors of JSON-RPC; must not know streams. pygls by itself leaves a request
with wrong parameters, or one before `initialize` or after `shutdown`, without an answer and shows the user a box;
here every request is answered exactly once, and what is wrong with a message is told to the client that sent it.
"""

import json
import logging
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any, Final, Literal, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from abacus_lsp.server import AbacusServer

log = logging.getLogger(__name__)

_PARSE_ERROR: Final = types.ErrorCodes.ParseError.value
_INVALID_REQUEST: Final = types.ErrorCodes.InvalidRequest.value
_INVALID_PARAMS: Final = types.ErrorCodes.InvalidParams.value
_NOT_INITIALIZED: Final = types.ErrorCodes.ServerNotInitialized.value

_Id = int | str | None


class Intake:
    """The way in of one client. `leaving` once it has said `exit`."""

    def __init__(self, server: AbacusServer) -> None:
        self._server = server
        self._stage: Literal["new", "open", "shut"] = "new"
        self.leaving = False

    def take(self, body: bytes) -> None:
        """Hand one message on, or answer what is wrong with it. Raises nothing that a client could cause."""
        try:
            message: Any = json.loads(body)
        except (ValueError, RecursionError) as error:
            self._refuse(None, _PARSE_ERROR, f"this is no JSON: {error}")
            return
        wrong = _not_a_message(message)
        if wrong:
            self._refuse(_id_of(message), _INVALID_REQUEST, wrong)
        elif "method" not in message:
            self._hand_on(message)
        elif "id" in message:
            self._request(message)
        else:
            self._notification(message)

    def _request(self, message: Mapping[str, Any]) -> None:
        first = message["method"] == types.INITIALIZE
        if self._stage == "shut":
            self._refuse(message["id"], _INVALID_REQUEST, "the server was told to shut down")
        elif first and self._stage == "open":
            self._refuse(message["id"], _INVALID_REQUEST, "initialize may be sent only once")
        elif not first and self._stage == "new":
            self._refuse(message["id"], _NOT_INITIALIZED, "send initialize first")
        else:
            last = message["method"] == types.SHUTDOWN
            if last:
                # pygls (2.1.1) does so itself, but stumbles over futures that leave its table as it cancels them.
                self.drop_requests()
            if self._hand_on(message):
                self._stage = "open" if first else "shut" if last else self._stage

    def drop_requests(self) -> None:
        """Nobody waits for an answer any more: cancel what is being answered."""
        for future in list(self._futures.values()):
            future.cancel()

    def _notification(self, message: Mapping[str, Any]) -> None:
        if message["method"] == types.EXIT:
            self.leaving = True
        elif self._stage == "open":
            self._hand_on(message)
        else:
            log.warning("%s is ignored: the session is not open", message["method"])

    def _hand_on(self, message: Mapping[str, Any]) -> bool:
        """False when its parameters are not what the method takes."""
        protocol = self._server.protocol
        try:
            structured: Any = protocol.structure_message(cast("dict[str, Any]", message))
        except JsonRpcException:
            method = message.get("method", "a response")
            if "method" in message and "id" in message:
                self._refuse(message["id"], _INVALID_PARAMS, f"the parameters are not those of {method}")
            else:
                log.warning("%s is ignored: its parameters are not what the protocol says", method)
            return False
        futures = self._futures
        last = next(reversed(futures), None)
        protocol.handle_message(structured)
        newest = next(reversed(futures), None)
        if "id" not in message and newest is not None and newest != last:
            # pygls (2.1.1) forgets the futures of requests only: 2 KB stayed for every key that was pressed.
            futures[newest].add_done_callback(lambda _: futures.pop(newest, None))
        return True

    @property
    def _futures(self) -> dict[Any, Future[Any]]:
        futures = self._server.protocol._request_futures  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return cast("dict[Any, Future[Any]]", futures)

    def _refuse(self, number: _Id, code: int, why: str) -> None:
        log.warning("a message is refused: %s", why)
        answer = {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": f"abacus-lsp: {why}"}}
        # pygls's own answers leave the id out where it is null.
        self._server.protocol._send_data(answer)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def _not_a_message(message: Any) -> str:
    """What is wrong with the envelope; "" for a request, a notification or a response."""
    if isinstance(message, list):
        return "LSP has no batches: send one message at a time"
    if not isinstance(message, dict):
        return "a message is an object"
    held = cast("dict[str, Any]", message)
    if held.get("jsonrpc") != "2.0":
        return 'a message says "jsonrpc": "2.0"'
    if "method" in held:
        if not isinstance(held["method"], str):
            return "a method is a string"
        return "" if "id" not in held or _id_of(held) is not None else "an id is a number or a string"
    return (
        "" if "id" in held and ("result" in held or "error" in held) else "a message has a method or a result"
    )


def _id_of(message: Any) -> _Id:
    held = cast("dict[str, Any]", message).get("id") if isinstance(message, dict) else None
    return held if isinstance(held, int | str) and not isinstance(held, bool) else None
