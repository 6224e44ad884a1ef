"""A balancer that knows nothing of prompts: each connection goes to the next server, in turn.

Knows sockets. Must not know HTTP. What a team has that puts servers behind a plain round robin.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Sequence
from urllib.parse import urlsplit

_CHUNK = 1 << 16


@contextlib.asynccontextmanager
async def round_robin(urls: Sequence[str]) -> AsyncGenerator[str]:
    """The address of a balancer in front of `urls`; it ends with the block."""
    turns = itertools.cycle([(urlsplit(url).hostname, urlsplit(url).port) for url in urls])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = next(turns)
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection(host, port)
            # Whichever side ends first ends both: a client that hangs up is hung up on behind the balancer, too.
            sides = [asyncio.create_task(_pump(reader, back)), asyncio.create_task(_pump(there, writer))]
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
            for side in sides:
                side.cancel()
            back.close()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
