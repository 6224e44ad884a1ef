"""The daemon: clients come through one socket, each gets a server of its own over shared models and indexes.

Knows connections, greetings and when nobody has been here for long. Must not know LSP, models or indexes: what a
client is served with, and what there is to tell of it, is handed in.
"""

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from abacus_lsp.daemon import peer, reaching
from abacus_lsp.daemon.framing import Malformed, framed
from abacus_lsp.daemon.greeting import Greeting, Refused, read_greeting, reply

log = logging.getLogger(__name__)

_GREETING_S: Final = 10.0
_LOCK_S: Final = 1.0
_MOST_GREETING: Final = 4 << 20  # bytes; an environment is mostly some thousand

Serve = Callable[[Greeting, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Serve this client until it hangs up."""

Told = Callable[[], Awaitable[dict[str, Any]]]
"""What there is to say of models, indexes and memory."""


@dataclass(slots=True, eq=False)
class _Guest:
    greeting: Greeting
    since: float
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)


class House:
    """Takes clients in until told to stop, or until nobody has been here for a while.

    Args:
        listener: the socket that is listened on already.
        path: where it is found, `lock` what is held while that changes.
        serve: serves one editor.
        told: for `daemon status`.
    """

    def __init__(self, listener: socket.socket, path: Path, lock: Path, serve: Serve, told: Told) -> None:
        self._listener = listener
        self._path, self._lock = path, lock
        self._serve, self._told = serve, told
        self._inode = path.stat().st_ino if path.exists() else 0
        self._guests: dict[_Guest, None] = {}
        self._began = time.monotonic()
        self._idle_minutes = 10.0
        self._idle: asyncio.TimerHandle | None = None
        self._over = asyncio.Event()

    async def stay(self) -> None:
        """Until the end: `daemon stop`, a signal (`leave`) or idleness."""
        server = await asyncio.start_unix_server(self._came, sock=self._listener)
        self._rest()
        await self._over.wait()
        self._withdraw()
        server.close()
        guests = [guest.task for guest in self._guests if guest.task is not None]
        for task in guests:
            task.cancel()
        await asyncio.gather(*guests, return_exceptions=True)

    def leave(self, why: str) -> None:
        """End soon. On the loop's thread."""
        log.info("leaving: %s", why)
        self._over.set()

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._welcome(reader, writer)
        except (OSError, EOFError, Malformed, TimeoutError) as error:
            log.info("a client left before it was served: %s", error)
        except asyncio.CancelledError:
            log.info("a client is hung up on: the daemon ends")
        finally:
            writer.transport.abort()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        user = peer.user_of(writer.get_extra_info("socket"))
        if user is not None and user != os.getuid():
            log.warning("user %s is not let in", user)
            return
        try:
            said = read_greeting(await asyncio.wait_for(_first(reader), _GREETING_S))
        except Refused as error:
            await _send(writer, reply(refused=str(error)))
            return
        if said.purpose == "status":
            await _send(writer, reply(**await self._status()))
        elif said.purpose == "stop":
            await _send(writer, reply(clients=len(self._guests)))
            self.leave("asked to")
        else:
            writer.write(framed(reply()))
            await self._entertain(said, reader, writer)

    async def _entertain(
        self, said: Greeting, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        guest = _Guest(said, time.monotonic(), asyncio.current_task())
        self._guests[guest] = None
        self._idle_minutes = said.idle_minutes
        self._wake()
        log.info("client %d came, %d are here", said.pid, len(self._guests))
        try:
            await self._serve(said, reader, writer)
        finally:
            del self._guests[guest]
            log.info("client %d left, %d are here", said.pid, len(self._guests))
            if not self._guests:
                self._rest()

    async def _status(self) -> dict[str, Any]:
        now = time.monotonic()
        clients = [
            {"pid": guest.greeting.pid, "seconds": round(now - guest.since), "folder": guest.greeting.folder}
            for guest in self._guests
        ]
        told = await self._told()
        return {
            "uptime_s": round(now - self._began),
            "clients": clients,
            "idle_minutes": self._idle_minutes,
            "socket": str(self._path),
            **told,
        }

    def _rest(self) -> None:
        """Nobody is here: leave after a while."""
        loop = asyncio.get_running_loop()
        self._wake()
        self._idle = loop.call_later(
            self._idle_minutes * 60, self.leave, f"no client for {self._idle_minutes:g} minutes"
        )

    def _wake(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _withdraw(self) -> None:
        """Take the socket away, unless another daemon's is there by now. Who connected but was not greeted tries again."""
        try:
            with reaching.locked(self._lock, _LOCK_S), contextlib.suppress(FileNotFoundError):
                if self._path.stat().st_ino == self._inode:
                    self._path.unlink()
        except OSError as error:  # a starter removes what nobody answers at
            log.warning("the socket stays: %s", error)


async def _first(reader: asyncio.StreamReader) -> bytes:
    """The first message; what follows it is left to be read."""
    try:
        header = await reader.readuntil(b"\r\n\r\n")
        length = int(header.partition(b":")[2])
    except (asyncio.LimitOverrunError, ValueError) as error:
        raise Malformed("not a greeting") from error
    if not 0 < length <= _MOST_GREETING:
        raise Malformed(f"a greeting of {length} bytes")
    return await reader.readexactly(length)


async def _send(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(framed(body))
    await writer.drain()
    writer.close()
    await writer.wait_closed()
