"""Answers that are likelier wrong than right wait until the typist rests. Lives on the loop thread.

Knows the typist's rhythm and what was given last; must not know runs or engines. A text that comes up and is wrong
takes the eye off the line for nothing, and who types on would have typed over it before it was read; who rests has
time to see whether it is of use. What is on the screen already stays there while it is typed along, and a text behind
an accepted one (a prefetched one) comes at once: accepting is no typing.
"""

import asyncio
import time
from dataclasses import replace

from abacus_lsp.completion.pace import Rhythm
from abacus_lsp.completion.reuse import Offer, Spot
from abacus_lsp.completion.values import Completion


class Hesitation:
    """One client's.

    Args:
        rhythm: of its typist.
    """

    def __init__(self, rhythm: Rhythm) -> None:
        self._rhythm = rhythm
        self._held: tuple[Spot, asyncio.Event] | None = None
        self._given: tuple[Spot, Offer] | None = None

    def moved(self) -> None:
        """A key was pressed: who is held back has been overtaken."""
        if self._held is not None:
            self._held[1].set()
            self._held = None

    def asked(self, spot: Spot) -> None:
        """Somebody asks about a spot: who is held back at another one has been overtaken."""
        if self._held is not None and self._held[0] != spot:
            self.moved()

    async def settled(self, spot: Spot, completion: Completion) -> Completion:
        """The completion as soon as it may be shown at the spot; an empty one if the typist went on before."""
        if self._seen(spot):
            return completion
        if completion.doubtful and completion.source != "prefetch":
            wait = self._rhythm.unrested(time.monotonic())
            if wait and not await self._rests(spot, wait):
                return Completion("", completion.start, completion.start, "superseded")
            completion = replace(completion, held=wait)
        if completion.text:
            self._given = spot, Offer(completion.text, completion.end - completion.start)
        return completion

    async def _rests(self, spot: Spot, seconds: float) -> bool:
        """Whether nothing happened for so long."""
        held = self._held = self._held or (spot, asyncio.Event())
        try:
            async with asyncio.timeout(seconds):
                await held[1].wait()
        except TimeoutError:
            self._held = None if self._held is held else self._held
            return True
        return False

    def _seen(self, spot: Spot) -> bool:
        """What was given last is being typed along."""
        return self._given is not None and self._given[1].left(self._given[0], spot) is not None
