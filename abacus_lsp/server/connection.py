"""One client's stream, in and out: standard input and output, or one connection of the daemon.

Knows the framing and asyncio; must not know what a message says (`intake`) or who else is connected. Between two
messages the loop turns once: the handler of a request takes its snapshot before the next edit is applied.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, Final

from pygls.io_ import StdoutWriter

from abacus_lsp.daemon.framing import Frames, Malformed
from abacus_lsp.server import AbacusServer
from abacus_lsp.server.intake import Intake

log = logging.getLogger(__name__)

_PIECE: Final = 1 << 16  # bytes read at once
_MOST_UNSENT: Final = 64 << 20  # bytes; a client that reads nothing for so long is hung up on

_Read = Callable[[], Awaitable[bytes]]


def over_stdio(
    server: AbacusServer, source: int, sink: BinaryIO, beside: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Serve this process's editor until it says `exit` or closes the descriptor `source`; have `beside` run meanwhile."""
    server.protocol.set_writer(StdoutWriter(sink))
    # A thread that waits in `read` cannot be called off: nobody waits for it, the process ends without it.
    reading = ThreadPoolExecutor(1, "stdin")

    async def serve() -> None:
        loop, running = asyncio.get_running_loop(), asyncio.create_task(beside())
        await _listen(Intake(server), lambda: loop.run_in_executor(reading, os.read, source, _PIECE))
        running.cancel()

    asyncio.run(serve())


async def converse(server: AbacusServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve until the client hangs up or breaks the framing; then end what it had in flight."""
    server.protocol.set_writer(_Out(writer))
    intake = Intake(server)
    try:
        # `exit` ends no process here: the client's hanging up is the end, and only of its own connection.
        await _listen(intake, lambda: reader.read(_PIECE), until_exit=False)
    finally:
        server.session.close()
        server.uses.close()
        intake.drop_requests()
        writer.transport.abort()


async def _listen(intake: Intake, read: _Read, *, until_exit: bool = True) -> None:
    frames = Frames()
    try:
        while data := await read():
            for body in frames.feed(data):
                _take(intake, body)
                if intake.leaving and until_exit:
                    return
                await asyncio.sleep(0)
    except (ConnectionError, BrokenPipeError) as error:
        log.info("a client is gone: %s", error)
    except Malformed as error:
        log.warning("a client is hung up on: %s", error)


def _take(intake: Intake, body: bytes) -> None:
    try:
        intake.take(body)
    except ConnectionError:
        raise
    except Exception:  # the border: nothing that a client says ends the connection
        log.exception("a message cannot be handled")


class _Out:
    """pygls's writer. Never waits: what the socket does not take yet is kept, up to a limit."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> Any:
        if self._writer.is_closing():
            return
        self._writer.write(data)
        if self._writer.transport.get_write_buffer_size() > _MOST_UNSENT:
            log.warning("a client reads nothing: it is hung up on")
            self._writer.transport.abort()

    def close(self) -> None:
        self._writer.close()
