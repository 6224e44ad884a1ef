"""Several typists at once: each types traces of its own into a client of its own.

Knows clients, traces, an event loop. Must not know servers. What a typist saw is kept as moments (`typing.typist`).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.typing.bench import Work
from abacus_lsp.evaluation.typing.lsp_client import LspClient
from abacus_lsp.evaluation.typing.screen import Screen
from abacus_lsp.evaluation.typing.typist import Client, Moment, Replay

_STARTS: Final = 4  # servers that start at the same time
_STAGGER_S: Final = 0.4  # people do not open their files in the same moment


class Typist:
    """One person: a client, and the traces they type."""

    def __init__(self, client: Client, works: Sequence[Work]) -> None:
        self.client = client
        self._works = works
        self._replays: list[Replay] = []

    @property
    def moments(self) -> list[Moment]:
        """What was seen so far, also of what is being typed."""
        return [moment for replay in self._replays for moment in replay.moments]

    async def once(self, after_s: float) -> None:
        """Type every trace once, beginning after so many seconds.

        Raises:
            CannotMeasure: the client's server has gone.
        """
        await asyncio.sleep(after_s)
        for work in self._works:
            replay = Replay(work.trace, self.client, _sleep)
            self._replays.append(replay)
            await replay.run()
            if self.client.failed is not None:
                raise self.client.failed

    async def on_and_on(self, after_s: float) -> None:
        """Type the traces in turn until cancelled."""
        await asyncio.sleep(after_s)
        while True:
            await self.once(0)


async def _sleep(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)


async def sessions(number: int, options: Mapping[str, Any], folder: Path) -> list[LspClient]:
    """So many language servers, each as one editor has it.

    Raises:
        CannotMeasure: one does not come up.
    """
    clients = [LspClient(f"typist {each}", Screen(time.perf_counter), pings=False) for each in range(number)]
    gate = asyncio.Semaphore(_STARTS)

    async def start(client: LspClient) -> None:
        async with gate:
            await client.start(options, folder)

    try:
        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(start(client))
    except* BaseException:
        await end(clients)
        raise
    return clients


async def end(clients: Sequence[LspClient]) -> None:
    """Stop the servers."""
    await asyncio.gather(*(client.end() for client in clients), return_exceptions=True)


async def type_once(typists: Sequence[Typist]) -> float:
    """All type their traces once, side by side; seconds from the first key to the last."""
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, typist in enumerate(typists):
            group.create_task(typist.once(number * _STAGGER_S))
    return time.perf_counter() - began


@contextlib.asynccontextmanager
async def typing(typists: Sequence[Typist]) -> AsyncGenerator[None]:
    """All type on and on while the block runs.

    Raises:
        CannotMeasure: a client's server has gone.
    """
    tasks = [
        asyncio.create_task(typist.on_and_on(number * _STAGGER_S)) for number, typist in enumerate(typists)
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, CannotMeasure):
                raise ended
