"""One client of many: a server's messages over an asyncio stream instead of standard input and output.

Knows pygls's protocol object and the framing; must not know who else is connected. pygls's own loop ends the
whole process at `exit`; here the client's hanging up is the end, and only of its own connection.
"""

import asyncio
import json
import logging
from typing import Final

from pygls.exceptions import JsonRpcException

from abacus_lsp.daemon.framing import Frames, Malformed
from abacus_lsp.server import AbacusServer

log = logging.getLogger(__name__)

_MOST_UNSENT: Final = 64 << 20  # bytes; a client that reads nothing for so long is hung up on


async def converse(server: AbacusServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve until the client hangs up or breaks the framing; then end what it had in flight."""
    server.protocol.set_writer(_Out(writer))
    frames = Frames()
    try:
        while data := await reader.read(1 << 16):
            for body in frames.feed(data):
                _handle(server, body)
    except ConnectionError as error:
        log.info("a client is gone: %s", error)
    except Malformed as error:
        log.warning("a client is hung up on: %s", error)
    finally:
        server.session.close()
        server.uses.close()
        for future in list(server.protocol._request_futures.values()):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            future.cancel()
        writer.transport.abort()


def _handle(server: AbacusServer, body: bytes) -> None:
    try:
        message = json.loads(body, object_hook=server.protocol.structure_message)
        if getattr(message, "method", "") != "exit":
            server.protocol.handle_message(message)
    except Exception as error:  # as in pygls's own loop: nothing that a client says ends the connection
        log.exception("a message cannot be handled")
        server.report_server_error(error, JsonRpcException)


class _Out:
    """pygls's writer. Never waits: what the socket does not take yet is kept, up to a limit."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        if self._writer.is_closing():
            return
        self._writer.write(data)
        if self._writer.transport.get_write_buffer_size() > _MOST_UNSENT:
            log.warning("a client reads nothing: it is hung up on")
            self._writer.transport.abort()

    def close(self) -> None:
        self._writer.close()
