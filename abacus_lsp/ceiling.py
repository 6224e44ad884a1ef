"""The memory of this process under a ceiling: what is least missed goes first, and at the last nothing more is taken.

Knows bytes, clients and when to look. Must not know what is let go of: who holds something says how. The model is
not counted: what it takes was decided when it was chosen (`models/memory`).
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

import psutil

log = logging.getLogger(__name__)

_EVERY_S: Final = 10.0
_LOW: Final = 0.9  # of the ceiling: once it is passed, down to here, or the next key would pass it again
_HARD: Final = 1.1  # of the ceiling: beyond it indexes go that are in use
_AGAIN_S: Final = 60.0  # after nothing helped

Forget = Callable[[], Awaitable[None]]
"""Let go of what takes only time to have again."""


class Holder(Protocol):
    """Who holds the indexes."""

    def forget(self) -> None:
        """Let go of what was read of them for earlier queries."""

    def wake(self, free: int) -> int:
        """Open what was put away and is asked for again, within `free` bytes; how many more would be needed."""
        ...

    async def put_away(self, *, used: bool) -> bool:
        """Close the index that was asked longest ago, also one that is in use; False when there is none."""
        ...


def resident() -> int:
    """Bytes of memory that this process has: some 20 µs."""
    return psutil.Process().memory_info().rss


@dataclass(slots=True)
class _Guest:
    forget: Forget
    tell: Callable[[], None]
    limit: int = 0
    told: bool = False


class Ceiling:
    """Belongs to the loop thread, but for `room` and `ask`, which any thread may call.

    Args:
        measure: bytes that count now; from any thread.
    """

    def __init__(self, measure: Callable[[], int] = resident) -> None:
        self.measure = measure
        self._guests: dict[object, _Guest] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._full = self._refused = False
        self._rest_until = 0.0

    @property
    def bytes(self) -> int:
        """The ceiling: the lowest that a client set; 0 when none has."""
        return min((guest.limit for guest in self._guests.values() if guest.limit), default=0)

    def join(self, client: object, forget: Forget, tell: Callable[[], None]) -> None:
        """A client is here: how it lets go of what it holds, and how it is told that there is no room."""
        self._guests[client] = _Guest(forget, tell)

    def limit(self, client: object, bytes_: int) -> None:
        """What this client allows; of one that has not joined it does not count."""
        if client in self._guests:
            self._guests[client].limit = bytes_
            self._rest_until = 0.0
            self.ask()

    def leave(self, client: object) -> None:
        """The client is gone."""
        self._guests.pop(client, None)
        self._rest_until = 0.0
        self.ask()

    def room(self) -> bool:
        """Whether more may be taken; if not, some is made, and it may be asked again in a second."""
        ceiling = self.bytes
        if not ceiling or (not self._full and self.measure() <= ceiling):
            return True
        self._refused = True
        self.ask()
        return False

    def ask(self) -> None:
        """Look soon."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._news.set)

    async def keep(self, holder: Holder) -> None:
        """Look now and then, until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), _EVERY_S)
            self._news.clear()
            await self._look(holder)

    async def _look(self, holder: Holder) -> None:
        ceiling = self.bytes
        if not ceiling:
            return
        short = holder.wake(ceiling - self.measure())
        wanted = short or self.measure() > ceiling or (self._full and self._refused)
        if wanted and time.monotonic() >= self._rest_until:
            await self._make_room(holder, ceiling, short)
            short = holder.wake(ceiling - self.measure()) if short else 0
            if short or self.measure() > ceiling * _LOW:
                self._rest_until = time.monotonic() + _AGAIN_S
        self._full = self.measure() > ceiling * (_LOW if self._full else 1)
        self._tell(refused=bool(short) or (self._full and self._refused))
        self._refused = False

    async def _make_room(self, holder: Holder, ceiling: int, short: int) -> None:
        """Caches first, then indexes that wait, then, where even that is far from enough, those in use."""
        before, low = self.measure(), ceiling * _LOW - short
        if before > ceiling:
            await self._forget(holder)
        while self.measure() > low and await holder.put_away(used=False):
            await _give_back()
        while self.measure() > ceiling * _HARD and await holder.put_away(used=True):
            await _give_back()
        after = self.measure()
        log.info("memory: %d MB before, %d after, %d allowed", before >> 20, after >> 20, ceiling >> 20)

    async def _forget(self, holder: Holder) -> None:
        each = [guest.forget() for guest in self._guests.values()]
        for failed in filter(None, await asyncio.gather(*each, return_exceptions=True)):
            log.warning("memory: a client did not let go: %r", failed)
        holder.forget()
        await _give_back()

    def _tell(self, *, refused: bool) -> None:
        """Each client once, for as long as there is no room."""
        for guest in self._guests.values():
            if refused and not guest.told:
                guest.tell()
            guest.told = refused or (guest.told and self._full)


async def _give_back() -> None:
    from retrieval.memory import give_back_memory  # noqa: PLC0415  (numpy comes with it)

    await asyncio.to_thread(give_back_memory)
