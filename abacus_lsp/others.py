"""Other answers for the place where one is shown, for who asks by hand. Lives on the loop thread.

Knows the session's answers and how a run is started; must not know LSP. Nobody pays for them who does not ask: they
are drawn when the first answer is known already and the user asks again, and are kept for that place.
"""

import asyncio
from dataclasses import replace
from typing import Final

from abacus_lsp import launch
from abacus_lsp.completion.pipeline import Completion, Request
from abacus_lsp.completion.reuse import Offer, Spot
from abacus_lsp.flight import Run, outcome
from abacus_lsp.session import Session

MOST: Final = 2  # besides the first


class Others:
    """What else the model would write, for one client."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._run: Run | None = None

    async def of(self, request: Request, first: Completion) -> list[Completion]:
        """Different from the first answer and from each other, at most `MOST`; none where none are known or due.

        Raises:
            asyncio.CancelledError: the client no longer wants them.
        """
        spot = Spot.of(request.cursor)
        known = self._session.answers.others(spot)
        if not known and request.explicit and first.source in ("reuse", "prefetch"):
            known = await self._draw(request, spot, first)
        offset = request.cursor.offset
        texts = [(offer.text, offset + offer.over) for offer in known if offer.text != first.text]
        return [Completion(text, offset, end, "ok", source="reuse") for text, end in texts]

    def stop(self) -> None:
        """The document has changed: nobody wants those of the place it was."""
        run, self._run = self._run, None
        if run is not None:
            run.token.cancel("superseded")

    async def _draw(self, request: Request, spot: Spot, first: Completion) -> tuple[Offer, ...]:
        """One after the other; what was there before the text changed is not kept."""
        self.stop()
        found: list[Offer] = []
        for variant in range(1, MOST + 1):
            run = self._run = Run(replace(request, variant=variant), spot)
            completion = await self._completed(run)
            if run.token.reason is not None:
                return ()
            if completion.text and completion.text not in {first.text, *(offer.text for offer in found)}:
                found.append(Offer(completion.text, completion.end - completion.start))
        self._session.answers.keep_others(spot, tuple(found))
        return tuple(found)

    async def _completed(self, run: Run) -> Completion:
        session = self._session
        seconds = run.request.settings.completion.deadline_ms / 1000
        late = asyncio.get_running_loop().call_later(seconds, run.token.cancel, "timed-out")
        task = launch.completing(run, session.host, session, session.folders.retrieve, grew=_unheard)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            run.token.cancel("cancelled")
            raise
        finally:
            late.cancel()
        return outcome(task)


def _unheard(_run: Run, _made: str, _whole: str) -> None:
    """Nobody is shown how another answer grows."""
